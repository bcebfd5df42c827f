import { createPublicKey } from 'node:crypto';
import { parser } from 'mqtt-packet';
import { openTime } from '../../device/src/channel/time/time.ts';
import { readCommand } from '../../device/src/management/management.ts';
import { isHint } from '../../device/src/updates/running/beside.ts';
import hub from '@hearthward/example-hub';
import { readRequest } from '../../services/src/authority/x509.ts';
import { atStart, follow, type Framing, MAX_PACKET_BYTES } from '../../services/src/bus/framing.ts';
import { readEvent, readTelemetry } from '../../services/src/telemetry/validate.ts';
import type { FuzzTarget } from './driver.ts';

/** What device and services say to each other, and what somebody may say in the place of either. */
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** RFC 8032, 7.1, test 1: nobody of ours has its other half. */
const OPERATORS = createPublicKey({
  key: hex('302a300506032b6570032100 d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
  format: 'der',
  type: 'spki',
});
const NOW = Date.parse('2026-11-26T12:00:00Z');

/** Packets of MQTT 3.1.1: CONNECT, PUBLISH at least once, SUBSCRIBE, SUBACK, PINGREQ, two in one. */
const PACKETS: readonly Buffer[] = [
  hex('10 0d 0004 4d515454 04 02 003c 0001 61'),
  hex('32 0a 0003 612f62 0007 7b7d00'),
  hex('82 08 0001 0003 612f62 01'),
  hex('90 03 0001 01'),
  hex('c0 00'),
  hex('40 02 0007 d0 00'),
];

/** A request for P-256, as `openssl req -new -outform DER` writes it. */
const REQUEST = Buffer.from(
  'MIHFMG4CAQAwDDEKMAgGA1UEAwwBZDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGC8gX89z0+r13NzrMlCjpR1NoRuva5R93YYuqh5OSdnL0ufW7A47XDpg3S+aOuGuNZjW27qa09A1zJdkCF6iwGgADAKBggqhkjOPQQDAgNHADBEAiBFcNHwKXy2tN3ckuSFbQsfDYmMrDY2BvZrJUOU9oyYVAIgWBGjFQqYfns1IvLbnX/1Gwgr18IBW3t96ho4X00U86Q=',
  'base64',
);

const DECLARED: ReadonlySet<string> = new Set(hub.telemetryData.map(({ id }) => id));

export const MESSAGE_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  'mqtt-framing': {
    seeds: [...PACKETS, hex('30 ff ff ff ff 7f'), hex('30 80 81 01')],
    run: (bytes) => {
      const once = follow(atStart, bytes);
      let bit: Framing | undefined = atStart;
      for (const byte of bytes) bit = bit && follow(bit, Uint8Array.of(byte));
      if (JSON.stringify(once) !== JSON.stringify(bit)) throw new Error('in pieces it is read as something else');
      if (once && once.left > MAX_PACKET_BYTES) throw new Error('a packet that is too long is let through');
    },
  },
  'mqtt-packet': {
    seeds: PACKETS,
    run: (bytes) => {
      // as mqtt.js at the device and Aedes at the services read them: an error is told, and nothing is thrown
      for (const protocolVersion of [3, 4]) {
        const reader = parser({ protocolVersion });
        reader.on('error', () => undefined).on('packet', () => undefined);
        reader.parse(Buffer.from(bytes));
      }
    },
  },
  'telemetry-message': {
    seeds: [json({ v: 1, seq: 1, at: '2026-11-26T12:00:00.000Z', fields: { temperature: 21.5, lamp: true } })],
    run: (bytes) => {
      const read = readTelemetry(bytes, hub);
      const undeclared = read.ok && Object.keys(read.message.fields).find((id) => !DECLARED.has(id));
      if (undeclared) throw new Error(`${undeclared} was taken`);
    },
  },
  'event-message': {
    seeds: [
      json({ v: 1, seq: 1, at: '2026-11-26T12:00:00.000Z', kind: 'signed-in', detail: { by: 'owner' } }),
      json({ v: 1, seq: 1, at: '2026-11-26T12:00:00.000Z', kind: 'started' }),
    ],
    run: (bytes) => void readEvent(bytes),
  },
  'remote-command': {
    seeds: [
      json({
        v: 1,
        body: JSON.stringify({ deviceId: 'd', id: 'a'.repeat(16), seq: 1, expires: 'x', command: 'restart' }),
        signature: 'A'.repeat(86),
      }),
    ],
    run: (bytes) => {
      if (readCommand(bytes, 'd', OPERATORS)) throw new Error('a command that nobody signed was heard');
    },
  },
  'update-hint': { seeds: [json({ v: 1 }), json({ v: 1, check: true })], run: (bytes) => void isHint(bytes) },
  'time-message': {
    seeds: [json({ v: 1, at: NOW }), json({ v: 1, at: 1e300 }), json({ v: 1, at: -1 })],
    run: (bytes) => {
      let running = 1_000;
      const time = openTime({ clocks: () => ({ host: NOW + running, running }), changed: () => undefined });
      time.asked();
      time.heard(bytes);
      running += 3_600_000;
      time.look();
      // as the log and the pages write it
      new Date(time.now()).toISOString();
    },
  },
  'est-request': {
    seeds: [REQUEST],
    run: async (bytes) => void (await readRequest(bytes, NOW)),
  },
  'est-request-text': {
    seeds: [
      Buffer.from(
        `-----BEGIN CERTIFICATE REQUEST-----\n${REQUEST.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`,
      ),
    ],
    run: async (bytes) => void (await readRequest(Buffer.from(bytes).toString('latin1'), NOW)),
  },
};
