import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installFactoryBundle, prepareDevice, type Listen } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { EST_PATHS, MAX_MESSAGE_BYTES, topicsOf } from '@hearthward/protocol';
import * as fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { HASHING } from '../src/line.ts';
import { BENCH_BATCH, makeBenchIdentity, type BenchIdentity } from '../src/bench-identity.ts';
import { campaign, type Outcome } from '../src/hostile/campaign.ts';
import {
  askFactory,
  familyOf,
  residentBytes,
  startDeviceProcess,
  startServicesProcess,
  type Running,
} from '../src/hostile/processes.ts';
import { declaredRoutes, hostileRequests, type Route } from '../src/hostile/requests.ts';
import { hostileJson } from '../src/hostile/values.ts';
import { openWire } from '../src/hostile/wire.ts';
import { inventPassword, setUpAsAPerson } from '../src/person.ts';
import { signInOverTheWire } from '../src/hostile/session.ts';

/**
 * Malformed, oversized, nested, wrongly typed and wrongly encoded input on every route and topic, against processes as
 * they run for real: each input is refused clearly or served, nothing falls over, others are served meanwhile, and
 * memory stays flat. 100,000 inputs in CI, a tenth elsewhere; the seed is printed and can be given again.
 */
const SCALE = process.env['CI'] === 'true' ? 1 : 0.1;
const SEED = Number(process.env['HOSTILE_SEED'] ?? randomInt(2 ** 31));
const PANEL_INPUTS = 40_000 * SCALE;
const SITE_INPUTS = 32_000 * SCALE;
const EST_INPUTS = 6_000 * SCALE;
const MESSAGE_INPUTS = 22_000 * SCALE;
/** fixed header, topic and packet identifier beside the longest message */
const MAX_PACKET_BYTES = MAX_MESSAGE_BYTES + 512;
/** a connection each */
const LONG_ONES = 20;
const PACKET_INPUTS = 1_000 * SCALE;

/** Growth of resident memory over the second half of a campaign. */
const GROWTH_ALLOWED = 96 * 1024 * 1024;

/** Bounds a hang; the counts above take two minutes where nothing else runs. */
const LONG = { timeout: 900_000 };

describe('hostile input on every route and topic', LONG, () => {
  const linux = process.platform === 'linux';
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-hostile-'));
  let services: Running;
  let device: Running;
  let panel: { readonly port: number; readonly address: string };
  let panelCertificate = '';
  let anchors = '';
  let bench: BenchIdentity;
  let benchId = '';
  const owner = { user: 'owner', password: inventPassword() };

  before(async () => {
    if (!linux) return;
    const hub = (name: string) => fileURLToPath(import.meta.resolve(name));
    services = await startServicesProcess(join(dir, 'services'), hub('@hearthward/example-hub'));
    anchors = String(services.ready['anchorsPem']);
    const dataDir = join(dir, 'hub');
    const request = await prepareDevice({ dataDir, declaration, serial: 'HI0000000001', mac: '02:00:00:00:00:09' });
    const { bundle, label } = await askFactory(services, request, 'testbed');
    await installFactoryBundle({
      dataDir,
      bundle,
      listen: { panel: { address: '127.0.0.1', port: 0 } },
      hashing: HASHING,
    });
    panelCertificate = request.panelCertificate;
    device = await startDeviceProcess(dataDir, hub('@hearthward/example-hub/hub'));
    panel = (device.ready['listen'] as Listen)['panel'] ?? { address: '127.0.0.1', port: 0 };
    await setUpAsAPerson({
      url: `https://${panel.address}:${panel.port}`,
      fingerprint: label.fingerprint,
      labelPassword: label.password,
      newPassword: owner.password,
      deviceName: 'Living room',
    });
    bench = await makeBenchIdentity(declaration.product.id, async (wanted) => {
      const made = await askFactory(services, wanted, BENCH_BATCH);
      benchId = made.bundle.deviceId;
      return made.bundle;
    });
  });
  after(async () => {
    await device?.stop();
    await services?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Every request from a source of its own kind: all of 127/8 is this machine (Linux). */
  const sourceOf = (n: number): string => `127.77.${1 + ((n >> 7) % 250)}.${1 + (n % 128)}`;
  const toPanel = (n: number) => ({
    host: panel.address,
    port: panel.port,
    ca: panelCertificate,
    checkServerIdentity: () => undefined,
    localAddress: sourceOf(n),
  });
  const toServices = (which: 'https' | 'enrolment') => {
    const { address, port } = (services.ready['addresses'] as Record<string, { address: string; port: number }>)[
      which
    ] ?? {
      address: '',
      port: 0,
    };
    return { host: address, port, ca: anchors, servername: 'localhost' };
  };
  const asksFor =
    (options: () => ReturnType<typeof toPanel> | ReturnType<typeof toServices>, path: string) => async () => {
      const wire = await openWire({
        ...options(),
        ...('localAddress' in options() ? { localAddress: '127.0.0.1' } : {}),
      });
      const answer = await wire.send(Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`), {
        head: false,
        whole: true,
      });
      wire.end();
      assert.ok(
        typeof answer === 'object' && answer.status === 200,
        `others are not served: ${JSON.stringify(answer)}`,
      );
    };

  async function bombard(
    t: TestContext,
    given: {
      readonly count: number;
      readonly of: Parameters<typeof hostileRequests>;
      readonly process: Running;
      readonly connection: (n: number) => ReturnType<typeof toPanel> | ReturnType<typeof toServices>;
      readonly path: string;
    },
  ): Promise<void> {
    const inputs = fc.sample(hostileRequests(...given.of), { numRuns: given.count, seed: SEED });
    const family = familyOf(given.process.pid);
    const healthy = asksFor(() => given.connection(0), given.path);
    const send = (some: typeof inputs): Promise<Outcome> =>
      campaign({ inputs: some, connection: given.connection, healthy });
    // caches fill, code is compiled: memory is compared between the second half and the quarter before it
    const quarter = Math.floor(inputs.length / 4);
    const memory: number[] = [];
    const complaints: string[] = [];
    const answers: Record<string, number> = {};
    for (let part = 0; part < 4; part += 1) {
      const outcome = await send(inputs.slice(part * quarter, part === 3 ? undefined : (part + 1) * quarter));
      memory.push(residentBytes(given.process.pid));
      complaints.push(...outcome.complaints);
      for (const [said, n] of Object.entries(outcome.answers)) answers[said] = (answers[said] ?? 0) + n;
    }
    const grown = (memory[3] ?? 0) - Math.max(memory[0] ?? 0, memory[1] ?? 0);
    t.diagnostic(
      `seed ${SEED}: ${given.count} inputs, answers ${JSON.stringify(answers)}, memory after each quarter ${memory.map(megabytes).join(', ')}`,
    );
    assert.deepEqual(complaints, [], `seed ${SEED}`);
    assert.deepEqual(familyOf(given.process.pid), family, 'every process is still the same');
    assert.ok(grown < GROWTH_ALLOWED, `memory grew by ${megabytes(grown)} over the last inputs`);
  }

  test('the-panel-refuses-it-and-goes-on', LONG, async (t) => {
    if (!linux) return t.skip('needs sources of its own on loopback (Linux)');
    const host = `${panel.address}:${panel.port}`;
    const credentials = await signInOverTheWire(toPanel(0), host, declaration, owner);
    const routes = declaredRoutes(declaration).filter(({ path }) => path !== '/logout' && path !== '/setup');
    await bombard(t, {
      count: PANEL_INPUTS,
      of: [routes, host, credentials],
      process: device,
      connection: toPanel,
      path: '/login',
    });
    const again = await signInOverTheWire(toPanel(0), host, declaration, owner);
    assert.notEqual(again.csrf, '', 'the owner still comes in, with the same password');
  });

  test('site-and-console-refuse-it-and-go-on', LONG, async (t) => {
    if (!linux) return t.skip('needs sources of its own on loopback (Linux)');
    const form = (path: string, ...fields: string[]): Route => ({ method: 'POST', path, encoding: 'form', fields });
    const page = (path: string): Route => ({ method: 'GET', path, encoding: 'none', fields: [] });
    const routes = [
      form('/console/login', 'user', 'password'),
      form('/console/logout'),
      ...[
        '/console',
        '/console/fleet',
        '/console/login',
        '/products/hh-100',
        '/security',
        '/.well-known/security.txt',
      ].map(page),
      ...Object.values(declaration.userInformation).map(page),
    ];
    await bombard(t, {
      count: SITE_INPUTS,
      of: [routes, 'localhost', undefined],
      process: services,
      connection: () => toServices('https'),
      path: '/.well-known/security.txt',
    });
  });

  test('enrolment-refuses-it-and-goes-on', LONG, async (t) => {
    if (!linux) return t.skip('needs sources of its own on loopback (Linux)');
    const routes = Object.values(EST_PATHS).map((path): Route => ({
      method: path === EST_PATHS.cacerts ? 'GET' : 'POST',
      path,
      encoding: 'other',
      fields: [],
    }));
    await bombard(t, {
      count: EST_INPUTS,
      of: [routes, 'localhost', undefined],
      process: services,
      connection: () => ({ ...toServices('enrolment'), key: bench.key, cert: bench.certificate }),
      path: EST_PATHS.cacerts,
    });
  });

  const connectBench = () =>
    connectAsync(
      String(services.ready['messages']),
      { ca: anchors, key: bench.key, cert: bench.certificate, reconnectPeriod: 0, protocolVersion: 4 },
      false,
    );
  /** Acknowledged, or the connection's end: MQTT 3.1.1 has no other refusal. */
  const publish = (client: Awaited<ReturnType<typeof connectBench>>, topic: string, payload: Buffer) =>
    Promise.race([
      client.publishAsync(topic, payload, { qos: 1 }).then(() => 'acknowledged'),
      new Promise<string>((resolve) => client.once('close', () => resolve('ended'))),
    ]);

  test('topics-refuse-it-and-go-on', LONG, async (t) => {
    if (!linux) return t.skip('needs sources of its own on loopback (Linux)');
    const topics = topicsOf(benchId);
    const fields = declaration.telemetryData.map(({ id }) => id);
    const payload = hostileJson(['v', 'seq', 'at', 'fields', 'kind', 'detail', ...fields]);
    const inputs = fc.sample(fc.record({ payload, topic: fc.constantFrom(topics.telemetry, topics.events) }), {
      numRuns: MESSAGE_INPUTS,
      seed: SEED,
    });
    const [short, long] = [inputs, inputs].map((all, at) =>
      all.filter(({ payload: bytes }) =>
        at === 0 ? bytes.length <= MAX_MESSAGE_BYTES : bytes.length > MAX_PACKET_BYTES,
      ),
    ) as [typeof inputs, typeof inputs];
    const before = residentBytes(services.pid);
    // a device may send so many at once (services, bus/allowance.ts); then it connects again
    const AT_ONCE = 500;
    for (let from = 0; from < short.length; from += AT_ONCE) {
      const client = await connectBench();
      client.setMaxListeners(AT_ONCE + 10);
      const part = short.slice(from, from + AT_ONCE);
      const outcomes = await Promise.all(part.map((each) => publish(client, each.topic, each.payload)));
      assert.deepEqual([...new Set(outcomes)], ['acknowledged'], `seed ${SEED}, from ${from}`);
      await client.endAsync();
    }
    for (const each of long.slice(0, LONG_ONES)) {
      const client = await connectBench();
      client.on('error', () => undefined);
      assert.equal(await publish(client, each.topic, each.payload), 'ended', `${each.payload.length} bytes`);
      await client.endAsync(true);
    }
    const grown = residentBytes(services.pid) - before;
    t.diagnostic(
      `seed ${SEED}: ${short.length} messages and ${Math.min(long.length, LONG_ONES)} too long, memory ${megabytes(before)} + ${megabytes(Math.max(0, grown))}`,
    );
    assert.ok(services.alive());
    assert.ok(grown < GROWTH_ALLOWED, `memory grew by ${megabytes(grown)}`);
    const status = await services.ask({ type: 'status' });
    assert.equal(status['connected'], 1, 'the hub is still connected');
  });

  test('packets-that-are-no-mqtt-end-their-own-connection-alone', LONG, async (t) => {
    if (!linux) return t.skip('needs sources of its own on loopback (Linux)');
    const url = new URL(String(services.ready['messages']));
    const options = {
      host: '127.0.0.1',
      port: Number(url.port),
      ca: anchors,
      servername: 'localhost',
      key: bench.key,
      cert: bench.certificate,
    };
    const packets = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 600 }), { numRuns: PACKET_INPUTS, seed: SEED });
    for (let from = 0; from < packets.length; from += 20) {
      const part = packets.slice(from, from + 20);
      await Promise.all(
        part.map(async (bytes) => {
          const wire = await openWire(options);
          wire.sendOnly(Buffer.from(bytes));
          await wire.closedWithin(30);
          wire.end();
        }),
      );
    }
    const client = await connectBench();
    await client.endAsync();
    assert.ok(services.alive());
  });
});

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
