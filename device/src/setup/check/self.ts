import type { Declaration } from '@hearthward/product';
import type { SetupStatement } from '@hearthward/protocol';
import type { Language } from '@hearthward/standards';
import { message, paths } from '@hearthward/web';
import type { AccountsState } from '../../access/accounts.ts';
import type { Protection } from '../../platform/protection.ts';
import type { Millis, SafetyCheck } from '../../seams.ts';

/** What the rooms of the device find of themselves; each under the word by which the manufacturer hears of it. */
export type OwnChecks = Readonly<
  Partial<
    Record<'log-server' | 'integrity' | 'hardware' | 'malware' | 'open', (language: Language) => readonly SafetyCheck[]>
  >
>;

export interface SelfChecked {
  readonly declaration: Pick<Declaration, 'support'>;
  readonly accounts: () => AccountsState;
  readonly now: () => Millis;
  /** while the manufacturer's operators may act on it; absent where they never may */
  readonly managed?: (() => boolean) | undefined;
  readonly protection?: (() => Protection | undefined) | undefined;
  readonly own: OwnChecks;
}

export interface SelfCheck extends SafetyCheck {
  readonly code: string;
  readonly cure?: { readonly path: string; readonly label: string };
}

/** A part: the device's own answer to "is it securely set up?", in words. */
// EN 303 645 5.12-3, G044 6.12.3: a check that people can read, with what to do about each thing that is amiss
export const selfCheck = (world: SelfChecked, language: Language): readonly SelfCheck[] => {
  const say = (key: string): string => message(language, key);
  const owned = world.accounts().accounts.some((account) => account.role === 'owner');
  const supported = new Date(world.now()).toISOString().slice(0, 10) <= world.declaration.support.until;
  const managed = world.managed?.();
  return [
    {
      code: 'password',
      good: owned,
      text: say(owned ? 'selfcheck.password' : 'selfcheck.password.not'),
      ...(owned ? {} : { cure: { path: paths.panel.password, label: say('password.title') } }),
    },
    { code: 'support', good: supported, text: say(supported ? 'selfcheck.support' : 'selfcheck.support.not') },
    ...(managed === undefined
      ? []
      : [
          {
            code: 'remote-help',
            good: !managed,
            text: say(managed ? 'selfcheck.remote.on' : 'selfcheck.remote.off'),
            ...(managed
              ? { cure: { path: `${paths.panel.safety}#remote_help`, label: say('selfcheck.remote.end') } }
              : {}),
          },
        ]),
    ...Object.entries(world.own).flatMap(([code, checks]) => checks(language).map((check) => ({ code, ...check }))),
    ...protectionOf(world.protection?.(), say),
  ];
};

/** What the system under the device does for it, read at this moment. */
const protectionOf = (found: Protection | undefined, say: (key: string) => string): readonly SelfCheck[] => {
  if (!found) return [];
  const { apart, memory, secureBoot } = found;
  const check = (code: string, good: boolean): SelfCheck => ({
    code,
    good,
    text: say(good ? `selfcheck.${code}` : `selfcheck.${code}.not`),
  });
  return [
    check('programs', apart),
    check('memory', memory),
    // of a computer that has none there is nothing to say
    ...(secureBoot === 'none' ? [] : [check('secure-boot', secureBoot === 'on')]),
  ];
};

/** What of it the manufacturer hears: words and whether, nothing else. */
export const settingsOf = (checks: readonly SelfCheck[]): SetupStatement['settings'] =>
  [...new Set(checks.map(({ code }) => code))].map((code) => ({
    code,
    good: checks.every((each) => each.code !== code || each.good),
  }));
