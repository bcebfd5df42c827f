import { Value } from 'typebox/value';
import type { Channel, RecordEvent } from '../../channel/channel.ts';
import { openRoom } from '../../driver/room.ts';
import type { Outbound } from '../../exposure/outbound.ts';
import type { Language } from '@hearthward/standards';
import type { OwnIntegrity } from '../../integrity/own.ts';
import type { Management } from '../../management/management.ts';
import { readState } from '../../panel/documents.ts';
import type { DeviceParts } from '../../parts.ts';
import type { Clock, StateStore } from '../../seams.ts';
import type { Signer } from '../../secrets/signer.ts';
import { converse, type Stated } from './converse.ts';
import {
  decideSetupCheck,
  NEVER_CHECKED,
  SetupCheckState,
  unanswered,
  unansweredBy,
  type CheckOutcome,
  type SetupCheckEffect,
  type SetupCheckEvent,
} from './decide.ts';
import { settingsOf, type SelfCheck, type SelfChecked } from './self.ts';

/** The room's name in the store. */
const ROOM = 'setup-check';

/** Is it securely set up: by the device's own lights, and by its manufacturer's where the owner asks. */
export interface SetupCheck {
  readonly self: (language: Language) => readonly SelfCheck[];
  /** has the manufacturer check; what came of it, or that it was asked too often here */
  readonly ask: () => Promise<CheckOutcome | 'not-now'>;
  readonly last: () => SetupCheckState['last'];
  /** false where the product declares no such check */
  readonly offered: boolean;
  /** the device begins anew */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A person waits for it. */
const WITHIN = 15_000;

export const standSetupCheck = (world: {
  readonly declaration: SelfChecked['declaration'] & {
    readonly product: { readonly softwareVersion: string };
    readonly setupCheck?: { readonly remote?: { readonly mechanism: string } };
  };
  readonly store: StateStore;
  readonly clock: Clock;
  /** what the device takes the time for: the services compare theirs with it */
  readonly dated: Clock;
  readonly channel: Pick<Channel, 'connectAnew' | 'fingerprint'>;
  readonly outbound: Pick<Outbound, 'target'>;
  readonly signer: Pick<Signer, 'attest'>;
  readonly deviceId: string;
  readonly integrity: Pick<OwnIntegrity, 'check'>;
  readonly management: Pick<Management, 'allowed' | 'possible'>;
  readonly protection: SelfChecked['protection'];
  readonly own: SelfChecked['own'];
  readonly parts: Pick<DeviceParts, 'selfCheck' | 'setupAnswer'>;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
}): SetupCheck => {
  const { declaration, channel, parts, record } = world;
  const remote = declaration.setupCheck?.remote;
  const { management, protection, own } = world;
  const checked: SelfChecked = {
    declaration,
    accounts: () => readState(world.store, 'accounts'),
    now: world.clock.now,
    ...(management.possible ? { managed: () => management.allowed() !== null } : {}),
    protection,
    own,
  };
  const self: SetupCheck['self'] = (language) => parts.selfCheck(checked, language);
  const says = async (): Promise<Stated> => ({
    device: world.deviceId,
    version: declaration.product.softwareVersion,
    integrity: await world.integrity.check(),
    settings: settingsOf(self('en')),
  });
  const speak = (mechanism: string): Promise<CheckOutcome> =>
    converse({
      connect: () => channel.connectAnew(mechanism, WITHIN),
      target: () => world.outbound.target(mechanism),
      signer: world.signer,
      says,
      now: world.dated.now,
      answer: parts.setupAnswer,
      withinMillis: WITHIN,
    });

  let refused = false;
  const room = openRoom<SetupCheckState, SetupCheckEvent, SetupCheckEffect>(
    {
      name: ROOM,
      initial: NEVER_CHECKED,
      read: (stored) => (Value.Check(SetupCheckState, stored) ? stored : undefined),
      decide: decideSetupCheck,
      failed: (_effect, { code }) => ({ kind: 'told', outcome: unansweredBy(code) }),
      executors: {
        converse: async () => ({
          kind: 'told',
          // before enrolment there is nothing to show, and nobody to show it to
          outcome: remote && channel.fingerprint() ? await speak(remote.mechanism) : unanswered('not-enrolled'),
        }),
        'not-now': () => void (refused = true),
        record: ({ outcome }) =>
          record(
            'setup-checked',
            outcome.kind === 'answered' ? { verdict: outcome.verdict } : { verdict: 'none', because: outcome.because },
          ),
      },
    },
    world,
  );

  let asking: Promise<CheckOutcome | 'not-now'> | undefined;
  const askOnce = async (): Promise<CheckOutcome | 'not-now'> => {
    refused = false;
    await room.dispatch({ kind: 'ask' });
    await room.idle();
    return refused ? 'not-now' : (room.state().last?.outcome ?? unanswered('failed'));
  };
  return {
    self,
    offered: remote !== undefined,
    // two who ask at once get one answer
    ask: () => (asking ??= askOnce().finally(() => (asking = undefined))),
    last: () => room.state().last,
    forget: async () => void (await room.dispatch({ kind: 'forget' })),
    close: room.close,
  };
};
