import type { X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { topicsOf } from '@hearthward/protocol';
import { Aedes, type Client, type PublishPacket } from 'aedes';
import { iso, SECOND } from '../clock.ts';
import type { ServerCredentials } from '../authority/authority.ts';
import { recordObserved } from '../telemetry/events.ts';
import { type Allowance, full, spend } from './allowance.ts';
import { FramedSocket } from './framing.ts';
import { SESSION_LASTS, useTickets } from './tickets.ts';
import { type BusParts, identify, type Identity, receive } from './receive.ts';

/** The MQTT front-end: MQTT 3.1.1 over TLS 1.3 with client certificates. A device has its own topics and no other. */
export interface Bus {
  readonly server: Server;
  readonly setCredentials: (credentials: ServerCredentials) => void;
  /** ends the connections of a device, for instance after it was revoked */
  readonly disconnect: (deviceId: string) => void;
  readonly close: () => Promise<void>;
}

interface Connection {
  readonly identity: Identity;
  readonly remote: string;
  allowance: Allowance;
}

export async function openBus(parts: BusParts, credentials: ServerCredentials): Promise<Bus> {
  const { store, registry, clock, log } = parts;
  const connections = new Map<Client, Connection>();
  const sockets = new Set<TLSSocket>();
  const certificates = new WeakMap<object, { certificate: X509Certificate | undefined; remote: string }>();
  const broker = await Aedes.createBroker({
    heartbeatInterval: 60_000,
    connectTimeout: 10_000,
    // the session belongs to the certificate: the broker's own check of id lengths never applies to 3.1.1
    keepaliveLimit: KEEPALIVE_MOST_SECONDS,
    queueLimit: 42,
    maxInflightInbound: 50,
  });

  broker.preConnect = (client, packet, done) => {
    const peer = certificates.get(client.conn);
    void settle(identify(parts, peer?.certificate), (error, identity) => {
      // a will would be published in the device's absence, past its allowance; no device needs one
      if (error || !identity || packet.will) return done(error ?? new Error('not authorised'), false);
      const live = [...connections.entries()].filter(([, { identity: of }]) => of.deviceId === identity.deviceId);
      connections.set(client, { identity, remote: peer?.remote ?? '', allowance: full(clock.now()) });
      // G045 AU-3-1: who connects is who the certificate names, whatever client identifier the packet chose
      (packet as { clientId: string }).clientId = identity.deviceId;
      const twice = live.find(([other, { identity: of }]) => !other.closed && of.serial === identity.serial);
      if (!twice) return done(null, true);
      // G045 AU-1-10: one certificate in two places at once is a copied key, or a connection that died unnoticed
      const detail = { serial: identity.serial, first: twice[1].remote, second: peer?.remote ?? '' };
      void settle(
        recordObserved(store.db, identity.deviceId, clock.now(), 'certificate-used-twice', detail),
        (failed) => done(failed, !failed),
      );
    });
  };
  broker.authenticate = (client, username, _password, done) => {
    // AU-1-9: the certificate authenticates; names and passwords have no meaning here
    const known = connections.has(client) && username === undefined;
    // without an error of ours the broker answers return code 5 of MQTT 3.1.1: not authorised
    done(null, known);
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const connection = connections.get(client);
    const own = connection && topicsOf(connection.identity.deviceId).down === subscription.topic;
    // EN 303 645 5.5-4, G044 6.5.4: only its own topic, without wildcards
    if (own) return done(null, subscription);
    refuseTopic(connection, done);
  };
  broker.authorizeForward = (client, packet) => {
    const connection = connections.get(client);
    return connection && topicsOf(connection.identity.deviceId).down === packet.topic ? packet : null;
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
    });
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
    if (connection) report(registry.connected(connection.identity.deviceId));
  });
  broker.on('clientDisconnect', (client) => {
    const connection = connections.get(client);
    connections.delete(client);
    if (!connection) return;
    const { deviceId } = connection.identity;
    const stillThere = [...connections.values()].some(({ identity }) => identity.deviceId === deviceId);
    if (!stillThere && !broker.closed) report(registry.disconnected(deviceId));
  });
  for (const event of ['clientError', 'connectionError'] as const)
    broker.on(event, (client, error) => {
      if (!client.connected) connections.delete(client);
      log({ level: 'info', event: 'connection-ended', detail: { because: error.message } });
    });

  const report = (work: Promise<unknown>) =>
    void settle(work, (error) => error && log({ level: 'error', event: 'state-not-stored', detail: {}, error }));

  // EN 303 645 5.5-1, 5.5-7, G045 AU-3-2, DS-1-2: TLS 1.3, both sides with certificates
  const server = createServer({
    ...secureContext(credentials, parts),
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: 10_000,
    ...SESSIONS,
  });
  const tickets = useTickets(server, clock.now);
  tickets.apply();
  server.on('secureConnection', (socket) => {
    if (sockets.size >= CONNECTIONS_MOST) return void socket.destroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const remote = socket.remoteAddress ?? '';
    const certificate = socket.getPeerX509Certificate();
    // G045 AU-1-10: a resumed session brings the certificate of its first handshake, which may have ended since; whether it
    // is still live, and its device in service, is asked of the register at every CONNECT
    if (socket.isSessionReused() && (certificate?.validToDate.getTime() ?? 0) < clock.now())
      return void socket.destroy();
    const framed = new FramedSocket(socket, () =>
      log({ level: 'warn', event: 'packet-too-long', detail: { remote, at: iso(clock.now()) } }),
    );
    certificates.set(framed, { certificate, remote });
    broker.handle(framed);
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
    disconnect(deviceId) {
      for (const [client, { identity }] of connections) if (identity.deviceId === deviceId) client.close();
    },
    async close() {
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

const secureContext = ({ keyPem, chainPem }: ServerCredentials, { authority }: BusParts) => ({
  key: keyPem,
  cert: chainPem,
  // the operational authority alone, so that an initial identity ends the handshake
  ca: authority.operationalAnchorPem,
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
