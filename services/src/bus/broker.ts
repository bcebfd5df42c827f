import { createServer, type Server, type TLSSocket } from 'node:tls';
import { keepCrowd, tlsParameters, type TimeMessage, topicsOf } from '@hearthward/protocol';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import { iso, SECOND } from '../clock.ts';
import type { ServerCredentials } from '../authority/server-certificate.ts';
import { UNKNOWN_MOST } from '../front/https.ts';
import { isTwoPlaces, type Takeover, TAKEOVERS_KEPT } from '../registry/decide.ts';
import { recordObserved } from '../telemetry/events.ts';
import { type Allowance, full, spend } from './allowance.ts';
import { follows } from './framing.ts';
import { SESSION_LASTS, useTickets } from './tickets.ts';
import { type BusParts, identify, type Identity, receive } from './receive.ts';

/** The MQTT front-end: MQTT 3.1.1 over TLS 1.3 with client certificates. A device has its own topics and no other. */
export interface Bus {
  readonly server: Server;
  readonly setCredentials: (credentials: ServerCredentials) => void;
  /** hands a message for a device to its connection; false where it has none. It is not kept for later */
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
  readonly close: () => Promise<void>;
}

interface Connection {
  readonly identity: Identity;
  readonly socket: TLSSocket;
  allowance: Allowance;
}

export async function openBus(parts: BusParts, credentials: ServerCredentials): Promise<Bus> {
  const { store, registry, custody, clock, log } = parts;
  const connections = new Map<Client, Connection>();
  const byDevice = new Map<string, Set<Client>>();
  const sockets = new Set<TLSSocket>();
  const broker = await Aedes.createBroker({
    heartbeatInterval: 60_000,
    connectTimeout: 10_000,
    // the session belongs to the certificate: the broker's own check of id lengths never applies to 3.1.1
    keepaliveLimit: KEEPALIVE_MOST_SECONDS,
    queueLimit: 42,
    maxInflightInbound: 50,
  });

  const takeovers = new Map<string, readonly Takeover[]>();
  const waiting = new Set<NodeJS.Timeout>();
  // G045 AU-1-10: what is revoked, superseded or held ends the connections that are open with it
  custody.onRefused((serial) => {
    for (const [client, { identity }] of connections) if (identity.serial === serial) client.close();
  });

  broker.preConnect = (client, packet, done) => {
    // read anew rather than kept: OpenSSL's object takes more than the rest of a connection
    const socket = client.conn as TLSSocket;
    void settle(identify(parts, socket.getPeerX509Certificate()), (error, identity) => {
      // a will would be published in the device's absence, past its allowance; no device needs one
      if (error || packet.will) return done(error ?? new Error('not authorised'), false);
      // not known: `authenticate` says so in MQTT's own words, so that a device can tell a refusal from a broken line
      if (!identity) return done(null, true);
      const others = [...(byDevice.get(identity.deviceId) ?? [])];
      enter(client, { identity, socket, allowance: full(clock.now()) });
      // G045 AU-3-1: who connects is who the certificate names, whatever client identifier the packet chose
      (packet as { clientId: string }).clientId = identity.deviceId;
      const twice = others
        .filter((other) => !other.closed)
        .map((other) => connections.get(other))
        .find((other) => other?.identity.serial === identity.serial);
      if (!twice) return done(null, true);
      void settle(usedTwice(identity, remoteOf(twice.socket), remoteOf(socket)), (failed, held) =>
        done(failed, !failed && !held),
      );
    });
  };

  /** One certificate in two places at once is a copied key, or a connection that died unnoticed; true where it is held now. */
  async function usedTwice({ deviceId, serial }: Identity, from: string, to: string): Promise<boolean> {
    const newest = { at: clock.now(), from, to };
    const earlier = takeovers.get(deviceId) ?? [];
    takeovers.set(deviceId, [...earlier, newest].slice(-TAKEOVERS_KEPT));
    const detail = { serial, first: from, second: to };
    await recordObserved(store.db, deviceId, newest.at, 'certificate-used-twice', detail);
    return isTwoPlaces(earlier, newest) && custody.noteTwoPlaces(deviceId, { ...detail, at: 'messages' });
  }

  broker.authenticate = (client, username, _password, done) => {
    // AU-1-9: the certificate authenticates; names and passwords have no meaning here
    const known = connections.has(client) && username === undefined;
    // without an error of ours the broker answers return code 5 of MQTT 3.1.1: not authorised
    done(null, known);
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const connection = connections.get(client);
    // EN 303 645 5.5-4, G044 6.5.4: only its own topics, without wildcards
    if (connection && isToDevice(connection, subscription.topic)) return done(null, subscription);
    refuseTopic(connection, done);
  };
  broker.authorizeForward = (client, packet) => {
    const connection = connections.get(client);
    return connection && isToDevice(connection, packet.topic) ? packet : null;
  };
  broker.authorizePublish = (client, packet, done) => {
    const connection = client ? connections.get(client) : undefined;
    if (!connection) return done(new Error('not authorised'));
    const allowance = spend(connection.allowance, clock.now());
    if (!allowance) return refuseRate(connection, done);
    connection.allowance = allowance;
    packet.retain = false;
    publish(connection, packet, done);
  };

  /** The broker acknowledges (PUBACK) after `done`, so `done` comes after the store's commit. */
  function publish(connection: Connection, packet: PublishPacket, done: (error?: Error | null) => void): void {
    void settle(receive(parts, connection.identity, packet.topic, payloadOf(packet)), (error, received) => {
      if (error) {
        log({ level: 'error', event: 'message-not-stored', detail: { deviceId: connection.identity.deviceId }, error });
        return done(error);
      }
      if (received === 'topic-refused') return refuseTopic(connection, done);
      done(null);
      if (received === 'parted') afterwards(() => custody.follow(connection.identity.deviceId));
    });
  }

  /** Once the answer is on its way; a device that is reset ends its connection by itself before. */
  function afterwards(work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      waiting.delete(timer);
      report(work());
    }, SECOND);
    waiting.add(timer);
  }

  function refuseTopic(connection: Connection | undefined, done: (error: Error) => void): void {
    const refusal = new Error('topic refused');
    if (!connection) return done(refusal);
    const { deviceId } = connection.identity;
    void settle(recordObserved(store.db, deviceId, clock.now(), 'topic-refused'), (failed) => done(failed ?? refusal));
  }

  function refuseRate(connection: Connection, done: (error: Error) => void): void {
    const refusal = new Error('too many messages');
    const { deviceId } = connection.identity;
    void settle(recordObserved(store.db, deviceId, clock.now(), 'rate-exceeded'), (failed) => done(failed ?? refusal));
  }

  broker.on('clientReady', (client) => {
    const connection = connections.get(client);
    if (!connection) return;
    crowd.leave(connection.socket);
    report(registry.connected(connection.identity.deviceId));
  });
  // G045 PL-4-3: who asks on its own authenticated connection is told what time it is
  broker.on('subscribe', (subscriptions, client) => {
    const connection = connections.get(client);
    const topic = connection && topicsOf(connection.identity.deviceId).time;
    if (!connection || !subscriptions.some((each) => each.topic === topic)) return;
    const told: TimeMessage = { v: 1, at: clock.now() };
    hand(connection.identity.deviceId, topicsOf(connection.identity.deviceId).time, JSON.stringify(told), 0);
  });
  // EN 303 645 5.11-4: what became of an erasure while the device was away is told when it asks
  broker.on('subscribe', (subscriptions, client) => {
    const deviceId = connections.get(client)?.identity.deviceId;
    if (deviceId === undefined) return;
    const topic = topicsOf(deviceId).told;
    if (!subscriptions.some((each) => each.topic === topic)) return;
    void settle(parts.privacy.newsFor(deviceId), (error, waiting = []) => {
      if (error) return log({ level: 'error', event: 'news-not-told', detail: { deviceId }, error });
      for (const news of waiting) hand(deviceId, topic, JSON.stringify(news), 1);
    });
  });
  broker.on('clientDisconnect', (client) => {
    const connection = connections.get(client);
    leave(client);
    if (!connection) return;
    const { deviceId } = connection.identity;
    if (!byDevice.has(deviceId) && !broker.closed) report(registry.disconnected(deviceId));
  });
  for (const event of ['clientError', 'connectionError'] as const)
    broker.on(event, (client, error) => {
      if (!client.connected) leave(client);
      log({ level: 'info', event: 'connection-ended', detail: { because: error.message } });
    });

  function enter(client: Client, connection: Connection): void {
    const { deviceId } = connection.identity;
    connections.set(client, connection);
    byDevice.set(deviceId, (byDevice.get(deviceId) ?? new Set()).add(client));
  }

  function leave(client: Client): void {
    const deviceId = connections.get(client)?.identity.deviceId;
    connections.delete(client);
    if (deviceId === undefined) return;
    const left = byDevice.get(deviceId);
    left?.delete(client);
    if (left?.size === 0) byDevice.delete(deviceId);
  }

  function hand(deviceId: string, topic: string, payload: string, qos: 0 | 1): void {
    broker.publish(
      { cmd: 'publish', topic, payload, qos, retain: false, dup: false },
      (error) => error && log({ level: 'warn', event: 'message-not-handed-over', detail: { deviceId }, error }),
    );
  }

  const report = (work: Promise<unknown>) =>
    void settle(work, (error) => error && log({ level: 'error', event: 'state-not-stored', detail: {}, error }));

  // EN 303 645 5.5-1, 5.5-7, G045 AU-3-2, DS-1-2: TLS 1.3, both sides with certificates
  const server = createServer({
    ...secureContext(credentials, parts),
    ...tlsParameters('TLSv1_3', clock.now()),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: 10_000,
    ...SESSIONS,
  });
  const crowd = keepCrowd(server, UNKNOWN_MOST);
  const tickets = useTickets(server, clock.now);
  tickets.apply();
  server.on('secureConnection', (socket) => {
    if (sockets.size >= CONNECTIONS_MOST) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // G045 AU-1-10: a resumed session brings the certificate of its first handshake, which may have ended since; whether it
    // is still live, and its device in service, is asked of the register at every CONNECT
    if (socket.isSessionReused() && !stillGood(socket, clock.now())) return void socket.destroy();
    follows(socket, () =>
      log({ level: 'warn', event: 'packet-too-long', detail: { remote: remoteOf(socket), at: iso(clock.now()) } }),
    );
    broker.handle(socket);
  });
  server.on('tlsClientError', (error) =>
    log({ level: 'info', event: 'handshake-refused', detail: { because: (error as { code?: string }).code ?? '' } }),
  );

  return {
    server,
    setCredentials(renewed) {
      server.setSecureContext({ ...secureContext(renewed, parts), ...SESSIONS });
      tickets.apply();
    },
    send(deviceId, topic, payload) {
      if (!byDevice.has(deviceId)) return false;
      hand(deviceId, topic, payload, 1);
      return true;
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      await new Promise<void>((resolve) => broker.close(resolve));
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
      tickets.close();
    },
  };
}

/** sessions of this front-end are resumed at it, and at no other service of ours */
const SESSIONS = { sessionIdContext: 'hearthward-messages', sessionTimeout: SESSION_LASTS / SECOND } as const;

/** a silent connection is noticed after one and a half times this */
const KEEPALIVE_MOST_SECONDS = 300;
/** of one process; past it a second front-end is due */
const CONNECTIONS_MOST = 20_000;

const stillGood = (socket: TLSSocket, now: number): boolean =>
  (socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0) >= now;

const isToDevice = ({ identity }: Connection, topic: string): boolean => {
  const { down, updates, time, told } = topicsOf(identity.deviceId);
  return topic === down || topic === updates || topic === time || topic === told;
};

const remoteOf = ({ remoteAddress }: TLSSocket): string => remoteAddress ?? '';

const secureContext = ({ keyPem, chainPem }: ServerCredentials, { authority }: BusParts) => ({
  key: keyPem,
  cert: chainPem,
  // the operational authority alone, so that an initial identity ends the handshake
  ca: [...authority.clientAnchors(['operational'])],
});

const payloadOf = ({ payload }: PublishPacket) => (typeof payload === 'string' ? Buffer.from(payload) : payload);

/** A promise's end as a callback's call. */
async function settle<T>(work: Promise<T>, done: (error: Error | null, value?: T) => void): Promise<void> {
  let outcome: { error: Error } | { value: T };
  try {
    outcome = { value: await work };
  } catch (error) {
    outcome = { error: error instanceof Error ? error : new Error('failed', { cause: error }) };
  }
  if ('error' in outcome) done(outcome.error);
  else done(null, outcome.value);
}
