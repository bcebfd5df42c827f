import { claimedOn, type Check } from './rule.ts';

/** The board: its interfaces as a laboratory finds them, and what is done where they are touched. */

/** G045 PH-1-1, PH-1-2: who claims it says of each physical interface where it is, in what form, and what keeps it off. */
export const interfaceUnspecified: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'physical-interfaces');
  if (claimed === '' || declaration.board === undefined) return;
  for (const [index, it] of declaration.interfaces.entries()) {
    if (it.kind === 'radio') continue;
    const path = `/interfaces/${index}`;
    if (it.location === undefined || it.form === undefined)
      yield {
        path,
        message: `where "${it.id}" is on the product and what form it has is not declared, yet ${claimed} is claimed`,
      };
  }
};

/** EN 303 645 5.6-4: what is off is kept off by something that can be named. */
export const debugOffByNothing: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'debug-interfaces');
  if (claimed === '' || declaration.board === undefined) return;
  for (const [index, it] of declaration.interfaces.entries()) {
    if (!it.debug || it.enabled.includes('initialised') || it.switchedOffBy !== undefined) continue;
    yield {
      path: `/interfaces/${index}`,
      message: `debug interface "${it.id}" is off, and nothing says what keeps it off, yet ${claimed} is claimed`,
    };
  }
};

/** G045 PH-1-1: the running system can be held against each port once. */
export const portDeclaredTwice: Check = function* ({ interfaces }) {
  const first = new Map<string, string>();
  for (const [index, { id, port }] of interfaces.entries()) {
    if (port === undefined) continue;
    const key = `${port.kind} ${port.name ?? 'of any name'}`;
    const before = first.get(key);
    if (before === undefined) first.set(key, id);
    else yield { path: `/interfaces/${index}/port`, message: `${key} is how "${before}" is seen already` };
  }
};

/** G045 PL-3-4: the parts that every product with software has, and what becomes of a product whose part has failed. */
export const selfTestIncomplete: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'self-test');
  const { selfTests } = declaration;
  if (selfTests === undefined) return;
  if (claimed !== '') {
    const missing = ALWAYS_TESTED.filter((part) => !selfTests.some((each) => each.part === part));
    if (missing.length > 0)
      yield { path: '/selfTests', message: `nothing tries ${missing.join(', ')}, yet ${claimed} is claimed` };
  }
  for (const [index, { id, part, of, onFailure, safeState }] of selfTests.entries()) {
    const path = `/selfTests/${index}`;
    if ((part === 'sensor' || part === 'actuator') === (of === undefined))
      yield { path, message: of === undefined ? `"${id}" does not say which ${part}` : `"${id}" is of no sensor` };
    if (onFailure !== 'told' && safeState === undefined)
      yield { path: `${path}/onFailure`, message: `what the safe state after "${id}" is, is not declared` };
  }
};
const ALWAYS_TESTED = ['storage', 'memory', 'clock', 'random', 'keystore'] as const;

/** G045 PH-2-1: an input that nothing remembers for is not watched in sleep, and nobody has to guess how a product comes back. */
export const tamperUnclear: Check = function* (declaration) {
  const { tamperInputs = [], tamperShown, communicationMechanisms } = declaration;
  for (const [index, { id, watched, latch, onTamper, zeroises, broughtBack }] of tamperInputs.entries()) {
    const path = `/tamperInputs/${index}`;
    if (latch === undefined && watched.some((state) => state !== 'running'))
      yield { path, message: `"${id}" is watched while nothing runs, and nothing remembers what it saw` };
    if ((onTamper === 'zeroise') !== (zeroises !== undefined))
      yield { path, message: `"${id}" does not say of one thing which keys are destroyed` };
    if (zeroises !== undefined && broughtBack === undefined)
      yield { path, message: `how the product comes back once "${id}" had its keys destroyed is not declared` };
  }
  if (tamperInputs.length === 0) return;
  if (tamperInputs.some(({ zeroises }) => zeroises === 'stored') && tamperShown?.zeroised === undefined)
    yield { path: '/tamperShown', message: 'what people read once stored keys are destroyed is not declared' };
  const claimed = claimedOn(declaration, 'tamper-detection');
  if (claimed !== '' && !communicationMechanisms.some(({ alert }) => alert === true))
    yield { path: '/tamperInputs', message: `nobody at the manufacturer is told of it, yet ${claimed} is claimed` };
  if (claimed !== '' && tamperShown === undefined)
    yield { path: '/tamperInputs', message: `nobody at home can read of it, yet ${claimed} is claimed` };
};

/** G045 PL-4-3: where the time of day comes from can be told, and what nobody authenticates is not declared as if it were. */
export const timeUnclear: Check = function* ({ timeSources = [] }) {
  for (const [index, { id, kind, mechanism, authenticated }] of timeSources.entries()) {
    const path = `/timeSources/${index}`;
    if (kind !== 'host' && mechanism === undefined)
      yield { path, message: `time "${id}" comes over no declared mechanism` };
    if (kind === 'network-time' && authenticated)
      yield { path, message: `nobody authenticates "${id}": network time without its security extension is believed` };
  }
};
