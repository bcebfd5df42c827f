import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import declaration from '@hearthward/example-hub';
import { record } from '../../../src/logging/record.ts';
import { openForwarding, type LogForwarding } from '../../../src/logging/forwarding/forwarding.ts';
import { createSealer } from '../../../src/secrets/sealer.ts';
import { openStore, type SealedStore } from '../../../src/store/store.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';

const NO_RSYSLOG =
  spawnSync('dpkg', ['-s', 'rsyslog', 'rsyslog-gnutls', 'rsyslog-openssl']).status === 0
    ? false
    : 'needs rsyslog, rsyslog-gnutls and rsyslog-openssl';
const NAME = 'CN=logs.example';

/** A certificate and its key in a folder, as an owner makes one with openssl. */
const certified = (folder: string, name: string): { readonly certificate: string; readonly key: string } => {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const made = spawnSync('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' '),
    '-subj',
    `/${NAME}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  return { certificate, key };
};
const fingerprintOf = (path: string): string => new X509Certificate(readFileSync(path)).fingerprint256;

describe('a real rsyslog that the log is sent to over TLS', { skip: NO_RSYSLOG, timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let own: ReturnType<typeof certified>;
  let port: number;
  let server: ChildProcess | undefined;
  let store: SealedStore;
  let forwarding: LogForwarding;
  let up = 0;
  let events: string[];
  let written: number;

  before(async () => {
    folder = await temporaryFolder();
    own = certified(folder.path, 'own');
    port = await freePort();
  });
  after(async () => {
    await stop();
    await folder.remove();
  });

  const out = () => join(folder.path, 'out');
  const start = async (driver: 'gtls' | 'ossl', identity = own): Promise<void> => {
    const settings = join(folder.path, 'rsyslog.conf');
    writeFileSync(
      settings,
      `global(workDirectory="${folder.path}" defaultNetstreamDriver="${driver}"
         defaultNetstreamDriverCAFile="${identity.certificate}"
         defaultNetstreamDriverCertFile="${identity.certificate}" defaultNetstreamDriverKeyFile="${identity.key}")
       module(load="imtcp" streamDriver.name="${driver}" streamDriver.mode="1" streamDriver.authMode="anon")
       input(type="imtcp" address="127.0.0.1" port="${port}")
       template(name="seen" type="string"
         string="%pri%|%timestamp:::date-rfc3339%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg%\\n")
       action(type="omfile" file="${out()}" template="seen")\n`,
    );
    server = spawn('rsyslogd', ['-n', '-f', settings, '-i', join(folder.path, 'pid')], { stdio: 'ignore' });
    await until(() => listens(port));
  };
  const stop = async (): Promise<void> => {
    const ended = server;
    server = undefined;
    if (!ended || ended.exitCode !== null) return;
    const gone = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGTERM');
    await gone;
  };
  const seen = (): readonly string[][] =>
    existsSync(out())
      ? readFileSync(out(), 'utf8')
          .split('\n')
          // rsyslog's own word about itself is not the device's
          .filter((line) => line !== '' && !line.includes('rsyslogd'))
          .map((line) => line.split('|'))
      : [];
  const numbers = () => seen().map((line) => Number(/sequenceId="(\d+)"/.exec(line[6] ?? '')?.[1]));

  beforeEach(() => {
    writeFileSync(out(), '');
    [events, written] = [[], 0];
    store = openStore({
      path: join(folder.path, `state-${process.hrtime.bigint()}.sqlite`),
      sealer: createSealer(Buffer.alloc(32, 7)),
    });
    forwarding = openForwarding({
      declaration,
      store,
      log: store.log,
      outbound: { connectDeclared: () => connect({ host: '127.0.0.1', port }) },
      deviceId: 'device-0001',
      running: () => up,
      now: Date.now,
      draw: () => 0,
      record: (kind) => void events.push(kind),
      moved: () => undefined,
    });
  });
  afterEach(async () => {
    forwarding.close();
    store.close();
    await stop();
  });
  const write = (count: number): void => {
    for (let each = 0; each < count; each += 1) {
      const event = record('update-refused', { version: `1.0.${written}`, because: 'not-signed' }, Date.now());
      store.appendEvent(event, { up: written * 10, source: 'services' });
      written += 1;
    }
    forwarding.look();
  };
  const choose = (fingerprint: string): void =>
    forwarding.choose({ host: '127.0.0.1', port, fingerprint: fingerprint.replaceAll(':', '').toLowerCase() });
  /** Looks as the device does, a second passing each time. */
  const looking = (holds: () => boolean): Promise<void> =>
    until(() => {
      up += 1_000;
      forwarding.look();
      return holds();
    });

  for (const driver of ['gtls', 'ossl'] as const) {
    test(`reads every entry whole, with ${driver}`, async () => {
      write(3);
      await start(driver);
      choose(fingerprintOf(own.certificate));
      write(250);
      await looking(() => seen().length >= 250);
      assert.deepEqual(
        numbers(),
        Array.from({ length: 250 }, (_, each) => each + 4),
        'in order, from the choice on',
      );
      const [pri, time, host, product, , kind, data, said] = seen()[0] ?? [];
      assert.deepEqual([pri, host, product, kind], ['109', 'device-0001', 'hub', 'update-refused']);
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)$/);
      assert.match(String(data), /^\[timeQuality tzKnown="1" isSynced="1"\]\[meta sequenceId="4" sysUpTime="3"\]$/);
      assert.match(String(said), /update-refused version="1\.0\.3" because="not-signed"$/);
      assert.deepEqual([events, forwarding.checks('en').map(({ good }) => good)], [[], [true]]);
    });
  }

  test('what a server that is gone did not get comes when it is back, and nothing in between is lost', async () => {
    await start('gtls');
    choose(fingerprintOf(own.certificate));
    write(20);
    await looking(() => seen().length >= 20);
    await stop();
    write(20);
    await looking(() => events.length > 0);
    assert.deepEqual(events, ['log-not-forwarded']);
    assert.equal(forwarding.checks('en')[0]?.good, false, 'the owner is told');
    await start('gtls');
    await looking(() => new Set(numbers()).size >= 40);
    assert.deepEqual(
      [...new Set(numbers())],
      Array.from({ length: 40 }, (_, each) => each + 1),
    );
    assert.equal(forwarding.checks('en')[0]?.good, true);
  });

  test('a server with another certificate gets nothing', async () => {
    await start('gtls', certified(folder.path, 'other'));
    choose(fingerprintOf(own.certificate));
    write(5);
    await looking(() => events.length > 0);
    await pause(300);
    assert.deepEqual([seen(), events], [[], ['log-not-forwarded']]);
  });
});

const freePort = async (): Promise<number> => {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const began = Date.now(); !(await holds()); await pause(20))
    assert.ok(Date.now() - began < 15_000, 'did not come about within 15 s');
};
