import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { MqttProbe, MqttSession, Reached } from '../../model.ts';
import { unreachable, unreachableFrom, type Hand, type ResolvedEndpoint } from './hand.ts';
import {
  CONNACK,
  connectPacket,
  createReader,
  disconnectPacket,
  PUBACK,
  pubackPacket,
  PUBLISH,
  publishPacket,
  readPublish,
  SUBACK,
  subscribePacket,
} from './mqtt-packets.ts';
import { identityOf, targetOf, trustOf, WIDEST } from './trust.ts';

/**
 * MQTT 3.1.1, one connection per call, each packet sent as asked. A refused CONNECT is an answer (its return code), as
 * is a subscription that is not granted; a server that says nothing is `timeout`.
 */
export interface MqttRoom extends MqttProbe {
  readonly close: () => void;
}
type Options = Parameters<MqttProbe['connect']>[1];

/** After an unanswered PUBLISH or SUBSCRIBE this long, the server is taken to have ignored it. */
const REPLY_MS = 2000;
const MOST_MESSAGES = 1000;
const KEEP_ALIVE_SECONDS = 60;

export function createMqtt(hand: Hand): MqttRoom {
  const open = new Set<Socket>();
  const pinned = new Map<string, string>();
  const connect = async (service: string, options: Options): Promise<Reached<MqttSession>> => {
    hand.budget.spendRequest();
    const endpoint = hand.endpoint(service);
    if (endpoint === undefined) return unreachable('protocol', `the target file gives no address for ${service}`);
    if (endpoint.scheme !== 'mqtt' && endpoint.scheme !== 'mqtts') {
      return unreachable('protocol', `${service} speaks ${endpoint.scheme}, not MQTT`);
    }
    const socket = await dial(hand, endpoint, options, pinned);
    if (!socket.ok) return socket;
    open.add(socket.answer);
    socket.answer.once('close', () => open.delete(socket.answer));
    const session = await talk(hand, socket.answer, options);
    // 4 bad user name or password, 5 not authorised (MQTT 3.1.1, table 3.1)
    const refused = session.ok && (session.answer.returnCode === 4 || session.answer.returnCode === 5);
    if (refused && options.password !== undefined) hand.budget.spendFailedLogin();
    return session;
  };
  const close = (): void => {
    for (const socket of open) socket.destroy();
  };
  return { connect, close };
}

async function dial(
  hand: Hand,
  endpoint: ResolvedEndpoint,
  options: Options,
  pinned: Map<string, string>,
): Promise<Reached<Socket>> {
  const secure = endpoint.scheme === 'mqtts';
  const trust = secure ? await trustOf(endpoint, pinned) : undefined;
  if (trust !== undefined && !trust.ok) {
    return unreachableFrom(Object.assign(new Error(trust.detail), { code: trust.code }));
  }
  return new Promise((resolve) => {
    const socket = trust?.ok
      ? connectTls({ ...targetOf(endpoint), ...WIDEST, ...trust.options, ...identityOf(hand, options.client) })
      : connectTcp({ host: endpoint.address, port: endpoint.port });
    const finish = (result: Reached<Socket>): void => {
      clearTimeout(timer);
      socket.off('error', failed);
      if (!result.ok) socket.destroy();
      resolve(result);
    };
    const failed = (error: Error): void => finish(unreachableFrom(error));
    const timer = setTimeout(() => finish(unreachable('timeout', 'no connection in time')), hand.waits.connect);
    socket.once('error', failed);
    socket.once(secure ? 'secureConnect' : 'connect', () => finish({ ok: true, answer: socket }));
  });
}

function talk(hand: Hand, socket: Socket, options: Options): Promise<Reached<MqttSession>> {
  return new Promise((resolve) => {
    const read = createReader();
    const messages: { topic: string; payload: string }[] = [];
    const waiting = new Map<string, (body: Buffer | undefined) => void>();
    let settled = false;
    let begun = false;
    let nextId = 1;
    const finish = (result: Reached<MqttSession>): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (!result.ok) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish(unreachable('timeout', 'no answer to CONNECT in time')), hand.waits.answer);
    const gone = (): void => {
      for (const answer of waiting.values()) answer(undefined);
      waiting.clear();
    };
    socket.on('error', (error) => {
      finish(unreachableFrom(error));
      gone();
    });
    socket.on('close', () => {
      finish(unreachable('reset', 'the server closed the connection instead of answering CONNECT'));
      gone();
    });
    const reply = (key: string, bytes: Buffer): Promise<Buffer | undefined> =>
      new Promise((done) => {
        if (socket.destroyed || !socket.writable) {
          done(undefined);
          return;
        }
        const late = setTimeout(() => settle(undefined), REPLY_MS);
        const settle = (body: Buffer | undefined): void => {
          clearTimeout(late);
          waiting.delete(key);
          done(body);
        };
        waiting.set(key, settle);
        socket.write(bytes);
      });
    const session = (returnCode: number): MqttSession => ({
      returnCode,
      subscribe: async (topic) => {
        hand.budget.spendRequest();
        const id = nextId++;
        const body = await reply(`${SUBACK}/${id}`, subscribePacket(id, topic));
        // 0x80 is the only failure code of a SUBACK (3.9.3)
        return { granted: body !== undefined && body.length > 2 && (body[2] ?? 0x80) < 0x80 };
      },
      publish: async (topic, payload) => {
        hand.budget.spendRequest();
        const id = nextId++;
        return { acknowledged: (await reply(`${PUBACK}/${id}`, publishPacket(id, topic, payload))) !== undefined };
      },
      received: () => messages,
      close: () =>
        new Promise((done) => {
          if (socket.destroyed) {
            done();
            return;
          }
          socket.once('close', () => done());
          socket.end(disconnectPacket(), () => socket.destroy());
        }),
    });
    socket.on('data', (chunk: Buffer) => {
      // a server may write its first packet byte by byte
      const first = !begun;
      begun = true;
      if (first && (chunk[0] ?? 0) >> 4 !== CONNACK) {
        finish(unreachable('protocol', 'the first answer is no CONNACK'));
        return;
      }
      const { packets, broken } = read(chunk);
      for (const packet of packets) {
        if (packet.type === CONNACK && packet.body.length >= 2)
          finish({ ok: true, answer: session(packet.body[1] ?? 255) });
        else if (packet.type === PUBLISH) {
          const message = readPublish(packet);
          if (message !== undefined && messages.length < MOST_MESSAGES)
            messages.push({ topic: message.topic, payload: message.payload });
          if (message?.id !== undefined) socket.write(pubackPacket(message.id));
        } else if (packet.body.length >= 2) waiting.get(`${packet.type}/${packet.body.readUInt16BE(0)}`)?.(packet.body);
      }
      if (broken) {
        finish(unreachable('protocol', 'the answer is not MQTT'));
        socket.destroy();
      }
    });
    socket.write(
      connectPacket({
        clientId: options.clientId ?? `hearthward-${randomBytes(6).toString('hex')}`,
        ...(options.user === undefined ? {} : { user: options.user }),
        ...(options.password === undefined ? {} : { password: options.password }),
        keepAliveSeconds: KEEP_ALIVE_SECONDS,
      }),
    );
  });
}
