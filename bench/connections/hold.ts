import { createHash, X509Certificate, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { openAuthority } from '../../services/src/authority/authority.ts';
import { generateKeys } from '../../services/src/authority/x509.ts';
import { systemClock } from '../../services/src/clock.ts';
import { startServices } from '../../services/src/server.ts';
import { declarationOf } from '../../services/test/declaration.ts';

/**
 * A process that holds MQTT connections: `node --expose-gc hold.ts ours|bare COUNT`. `ours` is the whole of the services;
 * `bare` is the broker that they use, alone, behind TLS with the same options. Its parent connects, and asks what it used.
 */
export type FromHolder =
  | {
      readonly type: 'ready';
      readonly port: number;
      readonly anchors: string;
      readonly identities: readonly Identity[];
    }
  | { readonly type: 'memory'; readonly rss: number; readonly heap: number; readonly external: number }
  /** of this process since it began, user and system, seconds */
  | { readonly type: 'cpu'; readonly seconds: number };
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

const hold = async (kind: string, count: number): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'hold-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const authority = await openAuthority(join(dir, 'authority'), systemClock);
  const made = [];
  // Keys are the clients'; one for all of them costs the server nothing less.
  const pair = await generateKeys('ecdsa-p256-sha256');
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64');
  const label = ['PRIVATE', 'KEY'].join(' ');
  const key = `-----BEGIN ${label}-----\n${pkcs8}\n-----END ${label}-----\n`;
  for (let at = 0; at < count; at++) {
    const deviceId = `held${at.toString(36).padStart(6, '0')}`;
    made.push({ deviceId, issued: await authority.issueOperational(pair.publicKey, deviceId) });
  }
  const port = kind === 'ours' ? await ours(dir, made) : await bare(authority);
  const identities = made.map(({ issued }) => ({ key, cert: issued.chainPem.join('') }));
  process.send?.({ type: 'ready', port, anchors: authority.anchorsPem(), identities } satisfies FromHolder);
  process.on('message', (asked) => {
    if (asked === 'stop') process.exit();
    if (asked === 'cpu') {
      const { user, system } = process.cpuUsage();
      return void process.send?.({ type: 'cpu', seconds: (user + system) / 1e6 } satisfies FromHolder);
    }
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ type: 'memory', rss, heap: heapUsed, external } satisfies FromHolder);
  });
};

type Made = readonly {
  readonly deviceId: string;
  readonly issued: Awaited<ReturnType<Awaited<ReturnType<typeof openAuthority>>['issueOperational']>>;
}[];

const ours = async (dir: string, made: Made): Promise<number> => {
  const any = { address: '127.0.0.1', port: 0 };
  const services = await startServices({
    dataDir: dir,
    declarations: [declarationOf('hub')],
    listen: { https: any, enrolment: any, mqtts: any },
  });
  await services.store.transaction(async (tx) => {
    for (const { deviceId, issued } of made) {
      const fingerprint = createHash('sha256')
        .update(new X509Certificate(issued.chainPem[0] ?? '').raw)
        .digest('hex');
      const device = {
        device_id: deviceId,
        product_id: 'hub',
        serial: deviceId.toUpperCase(),
        mac: '02:00:00:00:00:00',
        batch: 'bench',
        fingerprint: '',
        made_at: 0,
        epoch: 1,
        enrolled_at: 0,
        revoked_at: null,
        held_at: null,
        held_because: null,
        cleared_at: null,
      };
      await tx.insertInto('devices').values(device).execute();
      await tx.insertInto('device_state').values({ device_id: deviceId, connected: 0, last_seen: null }).execute();
      const { serial, notBefore, notAfter } = issued;
      await tx
        .insertInto('certificates')
        .values({
          serial,
          device_id: deviceId,
          kind: 'operational',
          status: 'live',
          not_before: notBefore,
          not_after: notAfter,
          fingerprint,
          issuer: issued.issuer,
          ended_at: null,
          reason: null,
        })
        .execute();
    }
  });
  return services.addresses.mqtts.port;
};

const bare = async (authority: Awaited<ReturnType<typeof openAuthority>>): Promise<number> => {
  const { keyPem, chainPem } = await authority.serverCredentials(['localhost', '127.0.0.1']);
  const broker = await Aedes.createBroker({ heartbeatInterval: 60_000, connectTimeout: 10_000, queueLimit: 42 });
  const server = createServer(
    {
      key: keyPem,
      cert: chainPem,
      ca: [...authority.clientAnchors(['operational'])],
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => broker.handle(socket),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

if (import.meta.main) await hold(process.argv[2] ?? 'ours', Number(process.argv[3] ?? 100));
