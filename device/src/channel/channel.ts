import { randomInt, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Value } from 'typebox/value';
import type { FaultCode } from '../driver/faults.ts';
import type { SealingId, SignatureId } from '@hearthward/protocol';
import { openRoom, type Room } from '../driver/room.ts';
import type { Outbound } from '../exposure/outbound.ts';
import type { EventDetails, EventKind } from '../logging/catalogue.ts';
import type { Millis, StateStore } from '../seams.ts';
import type { ReleasedKey, Signer, SignerStatus } from '../secrets/signer.ts';
import {
  ChannelState,
  channelWith,
  INITIAL_CHANNEL,
  type ChannelEffect,
  type ChannelEvent,
  type Message,
  type Say,
} from './decide.ts';
import { openMessageLink, type Heard, type MessageLink } from './messages.ts';
import type { FlooredClock } from './clock/clock.ts';
import type { TakenBack } from './queue.ts';
import { renewal, type RenewalRule } from './renewal.ts';
import type { KnownTime } from './time/time.ts';
import { connectSecured, type ClientTls } from './secured.ts';
import { openTickets } from './tickets.ts';

/** The room's name in the store. */
export const CHANNEL = 'channel';
/** The declared communication mechanism that enrolment goes over. */
const ENROLMENT = 'enrolment';

export interface Channel {
  /** at every start; says nothing while the device is not set up */
  readonly start: (initialised: boolean) => Promise<void>;
  /** set-up is finished: enrol, then connect */
  readonly initialised: () => Promise<void>;
  /** a new operational key, where the device is connected; whether it has one when this resolves */
  readonly renew: () => Promise<boolean>;
  /** SHA-256 of the operational certificate, lower-case hex; undefined before enrolment */
  readonly fingerprint: () => string | undefined;
  /** what the operational key signs with; undefined before enrolment */
  readonly algorithm: () => SignatureId | undefined;
  /** which roots of the manufacturer are believed, PEM; none before the signer was first asked */
  readonly anchors: () => readonly string[];
  /** back to the factory's state: silent, without operational key */
  readonly reset: () => Promise<void>;
  readonly say: (
    topic: Message['topic'],
    body: Readonly<Record<string, unknown>>,
    place?: Say['place'],
  ) => Promise<void>;
  /**
   * A connection besides the one for messages, as the operational identity, with a handshake of its own from the
   * beginning; whoever asked ends it. Faults: those of `connectSecured`, quarantined, signer-refused before enrolment.
   */
  readonly connectAnew: (mechanismId: string, withinMillis: Millis) => Promise<TLSSocket>;
  /** what waits of it does not leave any more; durable when it resolves */
  readonly takeBack: (taken: readonly TakenBack[]) => Promise<void>;
  readonly isConnected: () => boolean;
  /** hears what the services send to this device, from now on and after every reconnection; undefined: it does not listen */
  readonly listen: (to: Heard, hear: Hear | undefined) => void;
  /** while the services vouch for the time, the floor under the clock rises; a clock set back is told */
  readonly watchClock: () => void;
  readonly state: () => ChannelState;
  readonly close: () => Promise<void>;
}

/** Hostile bytes from a topic of the device's own. */
export type Hear = (payload: Uint8Array) => void;

/** Writes a security event. */
export type RecordEvent = <Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind]) => void;

/** What the channel does with the world, so that a test can stand in for each. */
export interface ChannelWorld {
  readonly store: StateStore;
  readonly clock: FlooredClock;
  readonly clientTls?: ClientTls;
  readonly renewal?: RenewalRule;
  readonly signer: Signer;
  readonly outbound: Outbound;
  readonly deviceId: string;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
  /** the services want what the device stores sealed this way */
  readonly sealWith?: (algorithm: SealingId) => Promise<void>;
  /** the time of day, which the services are asked for */
  readonly time?: KnownTime;
  /** hears of each message that has left the home */
  readonly left?: (message: Message) => void;
  readonly draw?: () => number;
  readonly openLink?: typeof openMessageLink;
}

export const openChannel = (world: ChannelWorld): Channel => {
  const draw = world.draw ?? drawn;
  const openLink = world.openLink ?? openMessageLink;
  let link: MessageLink | undefined;
  let timer: NodeJS.Timeout | undefined;
  let credentials: Promise<ReleasedKey> | undefined;
  /** what the services showed, while the connection lasts */
  let peer: readonly X509Certificate[] = [];
  const tickets = openTickets();
  let anchors: readonly string[] = [];
  let fingerprint: string | undefined;
  let algorithm: SignatureId | undefined;
  const hearers = new Map<Heard, Hear>();

  const askTime = (): void => {
    const { time } = world;
    if (!time || !link) return;
    time.asked();
    link.listen('time', time.heard);
  };
  const disconnect = (): void => {
    clearTimeout(timer);
    link?.close();
    link = undefined;
    peer = [];
  };

  /** The signer hands the key out once; it serves every connection until the next enrolment. */
  const released = async (): Promise<ReleasedKey> => {
    credentials ??= world.signer.release('channel');
    try {
      return await credentials;
    } catch (fault) {
      credentials = undefined;
      throw fault;
    }
  };
  const forgetCredentials = (): void => {
    void credentials?.then(({ key }) => key.fill(0)).catch(world.fault);
    credentials = undefined;
    tickets.forget();
  };

  /** the signer keeps what is believed; this is its answer of the last time */
  const believe = (status: SignerStatus): void => {
    ({ anchors, fingerprint, algorithm } = status);
    const { learnt = 0, retired = 0, refused = 0 } = status.changed ?? {};
    if (learnt + retired > 0) world.record('anchors-changed', { learnt, retired });
    if (refused > 0) world.record('anchors-refused', { count: refused });
  };

  const room: Room<ChannelState, ChannelEvent> = openRoom<ChannelState, ChannelEvent, ChannelEffect>(
    {
      name: CHANNEL,
      initial: INITIAL_CHANNEL,
      read: (stored) => (Value.Check(ChannelState, stored) ? stored : undefined),
      decide: channelWith(world.renewal ?? renewal),
      failed: (effect, { code }) => ({ kind: 'failed', step: effect.kind, because: code, draw: draw() }),
      executors: {
        enrol: async () => {
          const status = await world.signer.enrol(world.outbound.connectDeclared(ENROLMENT), world.clock.now());
          forgetCredentials();
          if (status.sealing) world.sealWith?.(status.sealing).catch(world.fault);
          believe(status);
          return { kind: 'enrolled', ...lifeOf(status), draw: draw() };
        },
        connect: async (_effect, dispatch) => {
          const { key, certificates } = await released();
          const lost = (because: FaultCode): void => {
            link = undefined;
            peer = [];
            dispatch({ kind: 'failed', step: 'connect', because, draw: draw() });
          };
          link = openLink({
            outbound: world.outbound,
            deviceId: world.deviceId,
            anchors,
            key,
            certificates,
            now: world.clock.now,
            tickets,
            ...(world.clientTls ? { clientTls: world.clientTls } : {}),
            connected: (shown) => {
              for (const [to, hear] of hearers) link?.listen(to, hear);
              askTime();
              peer = shown;
              world.clock.vouchedBy(shown);
              dispatch({ kind: 'connected' });
            },
            delivered: (seq) => dispatch({ kind: 'delivered', seq }),
            lost,
          });
        },
        disconnect,
        forget: async () => {
          forgetCredentials();
          await world.signer.forget();
          fingerprint = undefined;
          algorithm = undefined;
        },
        publish: ({ message }) => link?.publish(message),
        left: ({ message }) => world.left?.(message),
        wake: ({ inMillis }, dispatch) => {
          clearTimeout(timer);
          timer = setTimeout(() => dispatch({ kind: 'woken' }), inMillis);
        },
        record: ({ event }) => world.record(event, {}),
        'record-down': ({ step, because }) => world.record('channel-down', { because: step, reason: because }),
      },
    },
    world,
  );

  const dispatch = async (event: ChannelEvent): Promise<void> => void (await room.dispatch(event));
  return {
    start: async (initialised) => {
      const status = await world.signer.status();
      believe(status);
      const { from, until } = lifeOf(status);
      await dispatch({ kind: 'started', initialised, from, until: status.enrolled ? until : null, draw: draw() });
    },
    initialised: () => dispatch({ kind: 'initialised' }),
    renew: async () => {
      const before = fingerprint;
      await dispatch({ kind: 'renew' });
      return fingerprint !== before;
    },
    anchors: () => anchors,
    fingerprint: () => fingerprint,
    algorithm: () => algorithm,
    reset: () => dispatch({ kind: 'reset' }),
    say: (topic, body, place) => dispatch({ kind: 'say', topic, body, ...(place ? { place } : {}) }),
    takeBack: (taken) => dispatch({ kind: 'take-back', taken }),
    connectAnew: async (mechanismId, withinMillis) => {
      const { outbound } = world;
      outbound.mustBeOpen(mechanismId);
      const { key, certificates } = await released();
      const { tls } = await connectSecured({
        carrier: outbound.connectDeclared(mechanismId),
        target: outbound.target(mechanismId),
        anchors,
        as: { key, certificates },
        now: world.clock.now,
        withinMillis,
        ...(world.clientTls ? { options: world.clientTls } : {}),
      });
      return tls;
    },
    listen: (to, wanted) => {
      if (wanted) hearers.set(to, wanted);
      else hearers.delete(to);
      link?.listen(to, wanted);
    },
    isConnected: () => room.state().phase === 'connected',
    watchClock: () => {
      world.clock.vouchedBy(peer);
      world.clock.look();
      world.time?.look();
      if (world.time?.isDue()) askTime();
    },
    state: room.state,
    close: async () => {
      // Whatever waits for the network ends first, so that the queue can run dry.
      world.outbound.close();
      disconnect();
      await room.close();
      disconnect();
      forgetCredentials();
    },
  };
};

const lifeOf = ({ from, until }: SignerStatus): { readonly from: number; readonly until: number } => ({
  from: from === undefined ? 0 : Date.parse(from),
  until: until === undefined ? 0 : Date.parse(until),
});

const DRAWS = 2 ** 32;
const drawn = (): number => randomInt(DRAWS) / DRAWS;
