import type { GuessLimits, PasswordRecord } from '@hearthward/protocol';
import type { EventDetails, EventKind } from '../../logging/catalogue.ts';
import type { DeviceParts } from '../../parts.ts';
import { viewOf, wiping } from '../../secrets/wiping.ts';
import type { Millis } from '../../seams.ts';
import type { AccountsState, Credentials } from '../accounts.ts';
import { decoyRecord } from '../passwords/record.ts';
import { hashOf } from '../sessions/decide.ts';
import { isPressed, type ThrottleEffect, type ThrottleEvent, type ThrottleState } from '../throttle/decide.ts';
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
  /** the password on the label, of a device that is in use: looked at only after a press of its button, for whoever is in the home */
  readonly label: (password: string, from: Origin) => Promise<ProofOutcome | { readonly kind: 'not-pressed' }>;
  /** any other proof: `check` looks at it, and is only called where an attempt is allowed */
  readonly proof: (asked: Asked, check: () => Promise<boolean>) => Promise<ProofOutcome>;
  /** after a change of what proves a person: whoever came in with the old one is as unknown as anybody; `keep` stays */
  readonly forgetDevices: (account: string, keep: string | undefined) => void;
  /** the account is no more: whoever gets one of its name later begins afresh */
  readonly forgetAccount: (account: string) => void;
  /** somebody pressed the button of the device: people in the home are not held back by others for a while */
  readonly pressed: (grace: { readonly minutes: number; readonly attempts: number }) => void;
  readonly isPressed: () => boolean;
  /** the press has served */
  readonly releasePress: () => void;
}

/** Where an attempt comes from. */
export interface Origin {
  /** of the network: see `throttle/source.ts` */
  readonly source: string;
  /** what the gate gave to this client when somebody came in with it before */
  readonly device?: string | undefined;
  /** whether the source is on a network that the device itself is on */
  readonly inTheHome: boolean;
}
export interface Asked {
  readonly account: string;
  readonly from: Origin;
  /** each kind has counters of its own: the right password must not clear what was guessed at one-time codes */
  readonly kind: ProofKind;
  /** those of the mechanism that declares this proof; the gate's own where absent */
  readonly limits?: GuessLimits;
}
const PROOF_KINDS = ['password', 'label-password', 'pin', 'one-time-code', 'recovery-code', 'passkey'] as const;
export type ProofKind = (typeof PROOF_KINDS)[number];

export type Refused =
  | { readonly kind: 'failed'; readonly because: 'unknown-user' | 'wrong-proof' }
  /** by guesses from elsewhere: nobody is told who has not shown otherwise that the account is theirs */
  | { readonly kind: 'failed'; readonly because: 'held-back'; readonly waitSeconds: number }
  /** by what this source, or this known device, did itself */
  | { readonly kind: 'throttled'; readonly waitSeconds: number };
export interface Known {
  /** 256 bits for the client to keep and to come again with; absent where it came with them */
  readonly device?: string;
}
export type ProofOutcome = ({ readonly kind: 'right' } & Known) | { readonly kind: 'busy' } | Refused;
export type GuessOutcome =
  | ({ readonly kind: 'right'; readonly credentials: Credentials } & Known)
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
  /** runs evenly from any beginning: not the time of day, which others may set */
  readonly running: () => Millis;
  /** cryptographically strong bytes */
  readonly random: (bytes: number) => Uint8Array;
  readonly limits: GuessLimits;
  /** whether an answer of its own is declared for what came too soon; where not, it must cost what a wrong password costs */
  readonly tellsDelays: boolean;
  readonly parts: Pick<DeviceParts, 'throttle' | 'credentialsOf' | 'checkCredential' | 'verifyPassword' | 'mayRecover'>;
  readonly hashing: Hashing;
  /** record of the password on the label */
  readonly initialPassword: PasswordRecord;
  readonly record: <Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind]) => void;
}

export function openGate(world: GateWorld): Gate {
  const { access, parts, hashing, initialPassword, record } = world;
  const decoys = new Map<string, PasswordRecord>();
  // EN 303 645 5.1-3, G045 AU-2-3: a name without an account costs what the owner's costs, also when the parameters have risen
  const decoyNow = (): PasswordRecord => {
    const like = access.accounts().accounts.find(({ role }) => role === 'owner')?.password ?? initialPassword;
    const cost = `${like.memoryKib} ${like.passes} ${like.parallelism}`;
    const decoy = decoys.get(cost) ?? decoyRecord(like, world.random);
    decoys.set(cost, decoy);
    return decoy;
  };
  // EN 303 645 5.1-5, G045 AU-1-3: delays last over a restart, and no clock that is set from outside shortens them
  const offset = access.throttle().at - world.running();
  const now = () => offset + world.running();
  const credentials = (user: string) => parts.credentialsOf(access.accounts(), user, initialPassword);
  const hash = (records: readonly PasswordRecord[], password: string) =>
    hashing.run(() => parts.checkCredential(records, password, decoyNow(), parts.verifyPassword));
  const step = (event: ThrottleEvent): readonly ThrottleEffect[] => {
    const before = access.throttle();
    const { state, effects } = parts.throttle(before, event, now());
    if (state !== before) access.keepThrottle(state);
    return effects;
  };

  // EN 303 645 5.1-5, G045 AU-1-3: the attempt is on disk before the secret is looked at; a power cut gives none away
  const attempt = (asked: Asked, found: Credentials | undefined): ThrottleEffect =>
    step({
      kind: 'attempt',
      ...attempted(asked, found !== undefined, world.limits),
      inTheHome: asked.from.inTheHome,
      isOwner: found?.role === 'owner',
    })[0] ?? { kind: 'refuse', waitSeconds: 0 };
  const waits = ({ by, waitSeconds }: Extract<ThrottleEffect, { kind: 'wait' }>): Refused => {
    record('login-throttled', { by, waitSeconds });
    return { kind: 'throttled', waitSeconds };
  };
  const failed = (effect: Exclude<ThrottleEffect, { kind: 'wait' }>, exists: boolean): Refused => {
    if (effect.kind === 'look' || !exists) {
      record('login-failed', {});
      return { kind: 'failed', because: exists ? 'wrong-proof' : 'unknown-user' };
    }
    record('login-throttled', { by: 'account', waitSeconds: effect.waitSeconds });
    return { kind: 'failed', because: 'held-back', waitSeconds: effect.waitSeconds };
  };
  /** The attempt is taken back, and the client is known from now on. */
  const right = (asked: Asked): Known => {
    const { device, ...rest } = attempted(asked, true, world.limits);
    const made = wiping(world.random(DEVICE_BYTES), (bytes) => viewOf(bytes).toString('base64url'));
    const known = device !== undefined && access.throttle().known.some(({ key }) => key === device);
    step({ kind: 'success', ...rest, device: known ? device : hashOf(made) });
    return known ? {} : { device: made };
  };

  return {
    password: async (user, password, from) => {
      const asked: Asked = { account: user, from, kind: 'password' };
      const found = credentials(user);
      const effect = attempt(asked, found);
      if (effect.kind === 'wait') {
        if (!world.tellsDelays && !(await hash([], password)).ok) return { kind: 'busy' };
        return waits(effect);
      }
      // EN 303 645 5.1-3, G045 AU-2-3: an account that is held back costs the same work, and its right password is a wrong one
      const checked = await hash(found?.records ?? [], password);
      if (!checked.ok) return { kind: 'busy' };
      // what was replaced or erased while this one was being hashed opens nothing any more
      const opens = checked.value && found !== undefined && sameRecords(found, credentials(user));
      if (effect.kind === 'refuse' || !opens) return failed(effect, found !== undefined);
      return { kind: 'right', credentials: found, ...right(asked) };
    },
    label: async (password, from) => {
      const pressed = isPressed(access.throttle(), now());
      if (!parts.mayRecover({ pressed, inTheHome: from.inTheHome })) return { kind: 'not-pressed' };
      const asked: Asked = { account: '', from, kind: 'label-password' };
      const effect = attempt(asked, { role: 'owner', records: [initialPassword] });
      if (effect.kind === 'wait') return waits(effect);
      const checked = await hash([initialPassword], password);
      if (!checked.ok) return { kind: 'busy' };
      if (effect.kind === 'refuse' || !checked.value) return failed(effect, true);
      return { kind: 'right', ...right(asked) };
    },
    proof: async (asked, check) => {
      const effect = attempt(asked, credentials(asked.account));
      if (effect.kind === 'wait') return waits(effect);
      if (effect.kind === 'refuse' || !(await check())) return failed(effect, true);
      return { kind: 'right', ...right(asked) };
    },
    forgetDevices: (account, keep) => {
      const accounts = PROOF_KINDS.map((kind) => keyOf(kind, account));
      step({ kind: 'forget-devices', accounts, keep: keep === undefined ? undefined : hashOf(keep) });
    },
    forgetAccount: (account) =>
      void step({ kind: 'forget-accounts', accounts: PROOF_KINDS.map((kind) => keyOf(kind, account)) }),
    pressed: ({ minutes, attempts }) => void step({ kind: 'pressed', millis: minutes * 60_000, attempts }),
    isPressed: () => isPressed(access.throttle(), now()),
    releasePress: () => void step({ kind: 'grace-over' }),
  };
}

const DEVICE_BYTES = 32;

function attempted({ account, from, kind, limits }: Asked, exists: boolean, usual: GuessLimits) {
  return {
    // all names without an account share one counter, so that no flood of names pushes out the counter of an account
    account: exists ? keyOf(kind, account) : NOBODY,
    source: from.source,
    device: from.device === undefined ? undefined : hashOf(from.device),
    limits: limits ?? usual,
  };
}
const NOBODY = 'nobody';

/** A name may be a password that was typed into the wrong field: it is kept as a hash only. */
const keyOf = (kind: ProofKind, account: string): string => hashOf(`${kind}\0${account}`);

const sameRecords = (one: Credentials, other: Credentials | undefined): boolean =>
  one.records.every(({ tag }, at) => other?.records[at]?.tag === tag);
