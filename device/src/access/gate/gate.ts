import type { PasswordRecord } from '@hearthward/protocol';
import type { EventDetails } from '../../logging/record.ts';
import type { DeviceParts } from '../../parts.ts';
import type { EventKind, Millis } from '../../seams.ts';
import type { AccountsState, Credentials } from '../accounts.ts';
import { hashOf } from '../sessions/decide.ts';
import type { ThrottleLimits, ThrottleState } from '../throttle/decide.ts';
import type { Hashing } from './hashing.ts';

/**
 * The one gate for every proof by a person: password, PIN, one-time code, recovery code, passkey. Whatever surface asks,
 * an attempt is counted durably before the secret is looked at, and guesses are held back alike.
 *
 * Guarantees: no secret is looked at without the throttle's leave; a power cut gives no guess away; a name without an
 * account costs what one with an account costs. Refuses what comes too soon. Leaves to the caller how a refusal looks,
 * and what a person may do who was right.
 */
export interface Gate {
  /** a password of the account `user`; the record that it opened comes along */
  readonly password: (user: string, password: string, from: Origin) => Promise<GuessOutcome>;
  /** any other proof: `check` looks at it, and is only called where an attempt is allowed */
  readonly proof: (asked: Asked, check: () => Promise<boolean>) => Promise<ProofOutcome>;
}

/** Where an attempt comes from. */
export interface Origin {
  /** of the network: see `throttle/source.ts` */
  readonly source: string;
}
export interface Asked {
  readonly account: string;
  readonly from: Origin;
  /** each kind has counters of its own: the right password must not clear what was guessed at one-time codes */
  readonly kind: ProofKind;
  /** those of the mechanism that declares this proof; the gate's own where absent */
  readonly limits?: ThrottleLimits;
}
export type ProofKind = 'password' | 'pin' | 'one-time-code' | 'recovery-code' | 'passkey';

export type Refused =
  | { readonly kind: 'failed'; readonly because: 'unknown-user' | 'wrong-proof' }
  | { readonly kind: 'throttled'; readonly waitSeconds: number };
export type ProofOutcome = { readonly kind: 'right' } | { readonly kind: 'busy' } | Refused;
export type GuessOutcome =
  | { readonly kind: 'right'; readonly credentials: Credentials }
  | { readonly kind: 'busy' }
  | Refused;

export interface GateWorld {
  /** read through, so that the store is the only truth */
  readonly access: {
    readonly accounts: () => AccountsState;
    readonly throttle: () => ThrottleState;
    /** durable when it returns */
    readonly keepThrottle: (state: ThrottleState) => void;
  };
  readonly now: () => Millis;
  readonly limits: ThrottleLimits;
  /** whether an answer of its own is declared for what came too soon; where not, it must cost what a wrong password costs */
  readonly tellsDelays: boolean;
  readonly parts: Pick<DeviceParts, 'throttle' | 'credentialsOf' | 'checkCredential' | 'verifyPassword'>;
  readonly hashing: Hashing;
  /** record of the password on the label */
  readonly initialPassword: PasswordRecord;
  readonly decoy: PasswordRecord;
  readonly record: <Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind]) => void;
}

export function openGate(world: GateWorld): Gate {
  const { access, parts, hashing, decoy, initialPassword, record } = world;
  const credentials = (user: string) => parts.credentialsOf(access.accounts(), user, initialPassword);
  const hash = (records: readonly PasswordRecord[], password: string) =>
    hashing.run(() => parts.checkCredential(records, password, decoy, parts.verifyPassword));

  /** undefined where the proof may be looked at now */
  const held = ({
    account,
    from,
    kind,
    limits = world.limits,
  }: Asked): Extract<Refused, { kind: 'throttled' }> | undefined => {
    const event = { kind: 'attempt', account: keyOf(kind, account), source: from.source, limits } as const;
    const { state, effects } = parts.throttle(access.throttle(), event, world.now());
    const delay = effects.find((effect) => effect.kind === 'delay');
    if (delay?.kind === 'delay') {
      record('login-throttled', { by: delay.by, waitSeconds: delay.waitSeconds });
      return { kind: 'throttled', waitSeconds: delay.waitSeconds };
    }
    // EN 303 645 5.1-5, G045 AU-1-3: the attempt is on disk before the secret is looked at; a power cut gives none away
    access.keepThrottle(state);
    return undefined;
  };
  const right = ({ account, from, kind, limits = world.limits }: Asked): void => {
    const event = { kind: 'success', account: keyOf(kind, account), source: from.source, limits } as const;
    access.keepThrottle(parts.throttle(access.throttle(), event, world.now()).state);
  };

  return {
    password: async (user, password, from) => {
      const asked: Asked = { account: user, from, kind: 'password' };
      const delay = held(asked);
      if (delay && !world.tellsDelays && !(await hash([], password)).ok) return { kind: 'busy' };
      if (delay) return delay;
      const found = credentials(user);
      const checked = await hash(found?.records ?? [], password);
      if (!checked.ok) return { kind: 'busy' };
      // what was replaced or erased while this one was being hashed opens nothing any more
      if (!checked.value || !found || !sameRecords(found, credentials(user))) {
        record('login-failed', {});
        return { kind: 'failed', because: found ? 'wrong-proof' : 'unknown-user' };
      }
      right(asked);
      return { kind: 'right', credentials: found };
    },
    proof: async (asked, check) => {
      const delay = held(asked);
      if (delay) return delay;
      if (!(await check())) {
        record('login-failed', {});
        return { kind: 'failed', because: 'wrong-proof' };
      }
      right(asked);
      return { kind: 'right' };
    },
  };
}

/** A name may be a password that was typed into the wrong field: it is kept as a hash only. */
const keyOf = (kind: ProofKind, account: string): string => hashOf(`${kind}\0${account}`);

const sameRecords = (one: Credentials, other: Credentials | undefined): boolean =>
  one.records.every(({ tag }, at) => other?.records[at]?.tag === tag);
