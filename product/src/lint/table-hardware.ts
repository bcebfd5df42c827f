import {
  debugOffByNothing,
  interfaceUnspecified,
  portDeclaredTwice,
  selfTestIncomplete,
  tamperUnclear,
  timeUnclear,
} from './hardware.ts';
import { OR_N, rule, type LintRule } from './rule.ts';

/** Rules of the board, in the order in which their problems are reported. */
export const HARDWARE_RULES: readonly LintRule[] = [
  rule('debug-off-by-nothing', 'EN 303 645 5.6-4', debugOffByNothing, `say in switchedOffBy what does it, ${OR_N}`),
  rule(
    'self-test-incomplete',
    'G045 PL-3-4',
    selfTestIncomplete,
    `try each part, name the sensor or actuator, say what the safe state is, ${OR_N}`,
  ),
  rule(
    'tamper-unclear',
    'G045 PH-2-1',
    tamperUnclear,
    `name its latch, which keys are destroyed and how it comes back, who is told and where it is shown, ${OR_N}`,
  ),
  rule(
    'time-unclear',
    'G045 PL-4-3',
    timeUnclear,
    'name the mechanism that it comes over, and call authenticated what is',
  ),
  rule(
    'interface-unspecified',
    'G045 PH-1-1',
    interfaceUnspecified,
    `declare location and form with its dimensions, ${OR_N}`,
  ),
  rule(
    'port-declared-twice',
    'G045 PH-1-1',
    portDeclaredTwice,
    'give each interface the name that the system has for it',
  ),
];
