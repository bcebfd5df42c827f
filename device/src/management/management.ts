import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { CommandBody, SignedCommand, signedBytes, type ManagementCommand } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Channel, RecordEvent } from '../channel/channel.ts';
import { openRoom } from '../driver/room.ts';
import { REPORTED } from '../logging/catalogue.ts';
import type { Protection } from '../platform/protection.ts';
import type { Clock, StateStore } from '../seams.ts';
import {
  decideManagement,
  ManagementState,
  UNMANAGED,
  untilNow,
  type ManagementEffect,
  type ManagementEvent,
  type Period,
} from './decide.ts';

/** The room's name in the store; no reset erases it, since the number of the last command must not go back. */
const ROOM = 'management';

export interface Management {
  /** undefined while it is off */
  readonly allowed: () => ManagementState['allowed'];
  /** false where the device was made without the operators' key */
  readonly possible: boolean;
  readonly allow: (hours: Period) => Promise<void>;
  readonly end: () => Promise<void>;
  readonly reset: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly tick: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface ManagementWorld {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly channel: Pick<Channel, 'listen' | 'renew' | 'say'>;
  readonly deviceId: string;
  /** PEM; nothing can be asked from afar without it */
  readonly operatorsKey: string | undefined;
  readonly softwareVersion: string;
  readonly record: RecordEvent;
  /** how the system protects what runs; undefined where it says nothing of it */
  readonly protection?: (() => Protection | undefined) | undefined;
  /** ends this process in order; who watches it starts it again. Absent where nobody does */
  readonly restart?: () => void;
  readonly fault: (thrown: unknown) => void;
  /** a part */
  readonly decide?: typeof decideManagement;
}

/** The newest of what was kept at home: enough to see what went wrong, far below the queue of the channel. */
const LOG_SENT = 50;
const RESTART_AFTER = 1_000;

export const openManagement = (world: ManagementWorld): Management => {
  const key = world.operatorsKey === undefined ? undefined : createPublicKey(world.operatorsKey);
  let timer: NodeJS.Timeout | undefined;

  const hear = (payload: Uint8Array): void => {
    const body = readCommand(payload, world.deviceId, key);
    room.dispatch(body ? { kind: 'command', body } : { kind: 'forged' }).catch(world.fault);
  };

  const room = openRoom<ManagementState, ManagementEvent, ManagementEffect>(
    {
      name: ROOM,
      initial: UNMANAGED,
      read: (stored) => (Value.Check(ManagementState, stored) ? stored : undefined),
      decide: world.decide ?? decideManagement,
      failed: () => ({ kind: 'ticked' }),
      executors: {
        listen: () => world.channel.listen('down', hear),
        'stop-listening': () => world.channel.listen('down', undefined),
        'record-allowed': ({ hours }) => world.record('remote-management-on', { hours }),
        'record-ended': ({ because }) => world.record('remote-management-off', { because }),
        'record-refused': ({ because }) => world.record('remote-command-refused', { because }),
        'carry-out': async ({ id, command }) => {
          const outcome = await carryOut(command);
          world.record('remote-command', { id, command, outcome });
        },
      },
    },
    world,
  );

  const carryOut = async (command: ManagementCommand): Promise<string> => {
    switch (command) {
      case 'status': {
        const protection = world.protection?.();
        const running = `version ${world.softwareVersion}, up ${Math.round(process.uptime())} s`;
        return protection === undefined ? running : `${running}, ${protection.line}`;
      }
      case 'send-log': {
        // the manufacturer hears of the others anyway
        const kept = world.store.events(LOG_SENT).filter(({ kind }) => !REPORTED.has(kind));
        // what binds them in the log at home stays there
        for (const { at, kind, detail } of kept.toReversed()) {
          await world.channel.say('events', { v: 1, at, kind, detail });
        }
        return `${kept.length} sent`;
      }
      case 'restart':
        if (!world.restart) return 'not possible here';
        timer = setTimeout(world.restart, RESTART_AFTER);
        return 'done';
      case 'renew-certificate':
        await world.channel.renew();
        return 'done';
    }
  };

  const dispatch = async (event: ManagementEvent): Promise<void> => void (await room.dispatch(event));
  return {
    allowed: () => untilNow(room.state(), world.clock.now()).allowed,
    possible: key !== undefined,
    allow: (hours) => dispatch({ kind: 'allowed', hours }),
    end: () => dispatch({ kind: 'ended' }),
    reset: () => dispatch({ kind: 'reset' }),
    start: () => dispatch({ kind: 'started' }),
    tick: () => dispatch({ kind: 'ticked' }),
    close: async () => {
      clearTimeout(timer);
      await room.close();
    },
  };
};

/** Hostile bytes: a command for this device, signed by the operators' key; undefined whatever else it is. */
export const readCommand = (
  payload: Uint8Array,
  deviceId: string,
  key: KeyObject | undefined,
): CommandBody | undefined => {
  // boundary remote-command: the services, whoever speaks in their name -> SignedCommand, at most MAX_MESSAGE_BYTES, else a logged refusal;
  // device/test/management/decide.test.ts, testbed/test/management.test.ts
  const signed = parse(Buffer.from(payload).toString('utf8'));
  if (!key || !Value.Check(SignedCommand, signed)) return undefined;
  if (!verify(null, signedBytes(signed.body), key, Buffer.from(signed.signature, 'base64url'))) return undefined;
  const body = parse(signed.body);
  return Value.Check(CommandBody, body) && body.deviceId === deviceId ? body : undefined;
};

const parse = (text: string): unknown => {
  try {
    // no boundary: remote-command says what becomes of it
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};
