import { isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MAX_MESSAGE_BYTES, topicsOf } from '@hearthward/protocol';
import { MqttClient } from 'mqtt';
import type { Outbound } from '../exposure/outbound.ts';
import type { Message } from './decide.ts';

/** The declared communication mechanism that messages go over. */
export const MESSAGES = 'messages';

/** Seconds between signs of life; the front end closes after one and a half of them. */
const KEEP_ALIVE_SECONDS = 60;
const CONNECT_WITHIN_MILLIS = 20_000;

export interface MessageLink {
  readonly publish: (message: Message) => void;
  readonly close: () => void;
}

/** One MQTT 3.1.1 connection, at least once per message. `lost` is called once, whatever ended it; it does not come back by itself. */
export const openMessageLink = (options: {
  readonly outbound: Outbound;
  readonly deviceId: string;
  readonly anchors: readonly string[];
  readonly key: Uint8Array;
  readonly certificates: readonly string[];
  readonly connected: () => void;
  readonly delivered: (seq: number) => void;
  readonly lost: (because: string) => void;
}): MessageLink => {
  const topics = topicsOf(options.deviceId);
  let over = false;
  let because = 'closed';

  const client = new MqttClient(() => secured(options, (cause) => (because = reasonOf(cause))), {
    clientId: options.deviceId,
    clean: true,
    keepalive: KEEP_ALIVE_SECONDS,
    connectTimeout: CONNECT_WITHIN_MILLIS,
    // The room decides when to try again.
    reconnectPeriod: 0,
    protocolVersion: 4,
    queueQoSZero: false,
    resubscribe: false,
  });

  const end = (): void => {
    if (over) return;
    over = true;
    client.end(true);
    options.lost(because);
  };
  client.once('connect', () => {
    if (!over) options.connected();
  });
  client.on('error', (cause) => {
    because = reasonOf(cause);
    end();
  });
  client.once('close', end);

  return {
    publish: ({ seq, topic, payload }) => {
      if (over) return;
      if (Buffer.byteLength(payload) > MAX_MESSAGE_BYTES) {
        // It would be refused every time; the sequence shows the gap.
        options.delivered(seq);
        return;
      }
      client.publish(topics[topic], payload, { qos: 1 }, (fault) => {
        if (!fault && !over) options.delivered(seq);
      });
    },
    close: () => {
      over = true;
      client.end(true);
    },
  };
};

// EN 303 645 5.5-1, 5.5-6, 5.5-7, G045 AU-3-2, DS-1-1, DS-1-2: TLS 1.3, both ends certified, the server's name checked
const secured = (
  options: {
    readonly outbound: Outbound;
    readonly anchors: readonly string[];
    readonly key: Uint8Array;
    readonly certificates: readonly string[];
  },
  failed: (cause: Error) => void,
) => {
  const host = options.outbound.target(MESSAGES).hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = options.outbound.connectDeclared(MESSAGES);
  const tls = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    minVersion: 'TLSv1.3',
    ca: [...options.anchors],
    key: Buffer.from(options.key),
    cert: options.certificates.join('\n'),
  });
  socket.once('error', (cause) => {
    failed(cause);
    tls.destroy();
  });
  tls.once('error', failed);
  return tls;
};

/** A code where there is one; texts of faults may carry addresses. */
const reasonOf = (cause: Error): string => {
  // MQTT gives numbers, the system names.
  const { code } = cause as { readonly code?: string | number };
  return code === undefined ? cause.name : `${code}`;
};
