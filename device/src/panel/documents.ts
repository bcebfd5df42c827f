import { Value } from 'typebox/value';
import { Type, type Static, type TSchema } from 'typebox';
import { AccountsState, NO_ACCOUNTS } from '../access/accounts.ts';
import { HouseholdTime, NO_TIME } from '../access/household/time.ts';
import { CeremoniesState, NO_CEREMONIES } from '../access/factors/ceremony/decide.ts';
import { NO_SESSIONS, SessionsState } from '../access/sessions/decide.ts';
import { NO_SIGN_INS, SignInsState } from '../access/sign-in/decide.ts';
import { NO_ATTEMPTS, ThrottleState } from '../access/throttle/decide.ts';
import { DeviceFault } from '../driver/faults.ts';
import type { Plain, StateStore } from '../seams.ts';
import { LedgerState } from '../privacy/ledger/decide.ts';
import { NOTHING_KNOWN, PrivacyState } from '../privacy/state.ts';
import { FROM_FACTORY, SetupState } from '../setup/decide.ts';
import { NOTHING_SENT, TelemetryState } from '../telemetry/decide.ts';
import { SendersState } from '../telemetry/parcels.ts';

/** What the panel keeps, one document per room of the store; read through, so that the store is the only truth. */

export const Settings = Type.Object(
  {
    /** what people call the device; empty: its product name */
    name: Type.String({ maxLength: 200 }),
    /** personal-data item -> whether consent is given; of what versions without records did, see `privacy/settings.ts` */
    consents: Type.Record(Type.String(), Type.Boolean()),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
const NO_SETTINGS: Settings = { name: '', consents: {} };

const DOCUMENTS = {
  accounts: [AccountsState, NO_ACCOUNTS],
  householdTime: [HouseholdTime, NO_TIME],
  sessions: [SessionsState, NO_SESSIONS],
  signIns: [SignInsState, NO_SIGN_INS],
  ceremonies: [CeremoniesState, NO_CEREMONIES],
  throttle: [ThrottleState, NO_ATTEMPTS],
  setup: [SetupState, FROM_FACTORY],
  settings: [Settings, NO_SETTINGS],
  telemetry: [TelemetryState, NOTHING_SENT],
  privacy: [PrivacyState, NOTHING_KNOWN],
  ledger: [LedgerState, []],
  senders: [SendersState, []],
} as const satisfies Record<string, readonly [TSchema, Plain]>;
type Room = keyof typeof DOCUMENTS;
export interface States {
  readonly accounts: AccountsState;
  readonly householdTime: HouseholdTime;
  readonly sessions: SessionsState;
  readonly signIns: SignInsState;
  readonly ceremonies: CeremoniesState;
  readonly throttle: ThrottleState;
  readonly setup: SetupState;
  readonly settings: Settings;
  readonly telemetry: TelemetryState;
  readonly privacy: PrivacyState;
  readonly ledger: LedgerState;
  readonly senders: SendersState;
}

/** Rooms that hold what people have put in; `setup` goes last, since it remembers that a reset is under way. */
export const USER_ROOMS: readonly Room[] = [
  'accounts',
  'householdTime',
  'sessions',
  'signIns',
  'ceremonies',
  'throttle',
  'settings',
  'telemetry',
  'privacy',
  'ledger',
  'senders',
];

/** @throws DeviceFault `data-other-version` where the stored document is not one of this version */
export function readState<Name extends Room>(store: StateStore, room: Name): States[Name] {
  const [schema, empty] = DOCUMENTS[room];
  const stored = store.read(room);
  if (stored === undefined) return empty as States[Name];
  if (Value.Check(schema, stored)) return stored as States[Name];
  throw new DeviceFault(
    'data-other-version',
    `The stored room ${room} is not one that this version reads`,
    'Start the version that wrote it, or reset the device.',
  );
}

/** Every given room in one transaction; what did not change is left alone. */
export function writeStates(store: StateStore, states: Partial<States>): void {
  if (Object.keys(states).length > 0) store.writeAll(states);
}
