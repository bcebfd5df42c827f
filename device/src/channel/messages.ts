import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MAX_MESSAGE_BYTES, topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { DeviceFault, type FaultCode } from '../driver/faults.ts';
import type { Outbound } from '../exposure/outbound.ts';
import type { Millis } from '../seams.ts';
import type { Message } from './decide.ts';
import { type ClientTls, connectSecured } from './secured.ts';
import type { Tickets } from './tickets.ts';

/** The declared communication mechanism that messages go over. */
export const MESSAGES = 'messages';

/** Seconds between signs of life; the front end closes after one and a half of them. */
const KEEP_ALIVE_SECONDS = 60;
const CONNECT_WITHIN_MILLIS = 20_000;

/** Topics by which the services speak to one device. */
export type Heard = 'down' | 'updates' | 'time' | 'told';

export interface MessageLink {
  readonly publish: (message: Message) => void;
  /** subscribes to a topic of the device's own, or leaves it */
  readonly listen: (to: Heard, hear: ((payload: Uint8Array) => void) | undefined) => void;
  readonly close: () => void;
}

/** One MQTT 3.1.1 connection, at least once per message. `lost` is called once, whatever ended it; it does not come back by itself. */
export const openMessageLink = (options: {
  readonly outbound: Outbound;
  readonly deviceId: string;
  readonly anchors: readonly string[];
  readonly key: Buffer;
  readonly certificates: readonly string[];
  readonly now: () => Millis;
  readonly tickets: Tickets;
  readonly clientTls?: ClientTls;
  /** certificates that the server showed */
  readonly connected: (peer: readonly X509Certificate[]) => void;
  readonly delivered: (seq: number) => void;
  readonly lost: (because: FaultCode) => void;
}): MessageLink => {
  const topics = topicsOf(options.deviceId);
  let over = false;
  let because: FaultCode = 'services-unreachable';
  let client: MqttClient | undefined;
  const hearers = new Map<string, (payload: Uint8Array) => void>();

  const end = (): void => {
    if (over) return;
    over = true;
    client?.end(true);
    options.lost(because);
  };
  const failed = (cause: unknown): void => {
    because = reasonOf(cause);
    end();
  };

  const carrier = options.outbound.connectDeclared(MESSAGES);
  // read when it is needed: a panel does not wait for it at the start
  const loading = import('mqtt');
  secured(options, carrier)
    .then(async ({ tls, chain }) => {
      if (over) return tls.destroy();
      tls.on('error', failed);
      tls.once('close', end);
      const mqtt = await loading;
      if (over) return tls.destroy();
      client = speak(mqtt, options.deviceId, tls);
      client.once('connect', () => {
        if (!over) options.connected(chain);
      });
      client.on('error', failed);
      // boundary mqtt-message: the services, whoever speaks in their name -> readCommand, at most MAX_MESSAGE_BYTES, else not heard;
      // device/test/channel/channel.test.ts
      client.on('message', (topic, payload) => {
        if (payload.length <= MAX_MESSAGE_BYTES) hearers.get(topic)?.(payload);
      });
      client.once('close', end);
    })
    .catch(failed);

  return {
    publish: ({ seq, topic, payload }) => {
      if (over) return;
      if (Buffer.byteLength(payload) > MAX_MESSAGE_BYTES) {
        // It would be refused every time; the sequence shows the gap.
        options.delivered(seq);
        return;
      }
      client?.publish(topics[topic], payload, { qos: 1 }, (fault) => {
        if (!fault && !over) options.delivered(seq);
      });
    },
    listen: (to, wanted) => {
      if (wanted) hearers.set(topics[to], wanted);
      else hearers.delete(topics[to]);
      if (over || !client?.connected) return;
      // The broker refuses any other topic; a refusal ends the connection, and the room tries again.
      if (wanted) client.subscribe(topics[to], { qos: 1 });
      else client.unsubscribe(topics[to]);
    },
    close: () => {
      over = true;
      carrier.destroy();
      client?.end(true);
    },
  };
};

const secured = (options: Parameters<typeof openMessageLink>[0], carrier: Socket) => {
  const { outbound, anchors, key, certificates, now, tickets, clientTls } = options;
  return connectSecured({
    carrier,
    target: outbound.target(MESSAGES),
    anchors,
    as: { key, certificates },
    now,
    withinMillis: CONNECT_WITHIN_MILLIS,
    ...(clientTls ? { options: clientTls } : {}),
    ticket: tickets.take(now()),
    onTicket: (session, chain) => tickets.keep(session, chain, now()),
  });
};

/** Nothing of MQTT is written before the other end has been believed: the client is made only then. */
const speak = (mqtt: typeof import('mqtt'), deviceId: string, tls: TLSSocket): MqttClient =>
  new mqtt.MqttClient(() => tls, {
    clientId: deviceId,
    clean: true,
    keepalive: KEEP_ALIVE_SECONDS,
    connectTimeout: CONNECT_WITHIN_MILLIS,
    // The room decides when to try again.
    reconnectPeriod: 0,
    protocolVersion: 4,
    queueQoSZero: false,
    resubscribe: false,
  });

/** A code of ours where there is one; MQTT's own are numbers (3.1.1, table 3.1): the other end is there and refuses. */
const reasonOf = (cause: unknown): FaultCode => {
  if (cause instanceof DeviceFault) return cause.code;
  return typeof (cause as { readonly code?: unknown }).code === 'number' ? 'services-refused' : 'services-unreachable';
};
