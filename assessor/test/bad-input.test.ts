import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadTarget } from '../src/load-target.ts';
import { problemLine } from '../src/loading/problem.ts';
import { isNear } from '../src/loading/addresses.ts';
import { assess } from '../src/run.ts';
import { readsTheLogin } from './fake/cases.ts';
import { startFakeProduct, writeTarget, type FakeProduct } from './fake-product.ts';

let folder = '';
let product: FakeProduct;
const open: Server[] = [];
const sockets = new Set<Socket>();
before(async () => {
  product = await startFakeProduct();
  folder = mkdtempSync(join(tmpdir(), 'hearthward-bad-'));
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of open) server.close();
  await product.close();
  rmSync(folder, { recursive: true });
});

async function listen(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    answer(socket);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const at = (url: string) => (target: Record<string, unknown>) => {
  target['services'] = { panel: { url } };
};
async function refusal(change: (target: Record<string, unknown>) => void): Promise<string> {
  const out = join(folder, 'never');
  const result = await assess({
    targetFile: writeTarget(folder, product.port, product.certificate, change),
    out,
    cases: [readsTheLogin],
    waits: { connect: 2000, answer: 700 },
  });
  assert.ok(!result.ok);
  assert.ok(!existsSync(out));
  const line = result.because.join('\n');
  assert.ok(!line.includes('\n') && !line.includes('    at '), line);
  return line;
}

test('a target that is down', async () => {
  const port = await listen((socket) => socket.destroy());
  open.pop()?.close();
  assert.match(await refusal(at(`http://127.0.0.1:${port}`)), /nothing listens .* start the target/);
});

test('a target that closes at once', async () => {
  const port = await listen((socket) => socket.destroy());
  assert.match(await refusal(at(`http://127.0.0.1:${port}`)), /does not speak http/);
});

test('a target that hangs', async () => {
  const port = await listen(() => undefined);
  for (const scheme of ['http', 'https', 'mqtt']) {
    assert.match(await refusal(at(`${scheme}://127.0.0.1:${port}`)), /does not answer: .*restart the target/, scheme);
  }
});

test('a target that talks another protocol', async () => {
  const ssh = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));
  assert.match(await refusal(at(`http://127.0.0.1:${ssh}`)), /does not speak http: .*correct the scheme or the port/);
  assert.match(await refusal(at(`https://127.0.0.1:${ssh}`)), /no trusted TLS .*correct the scheme/);
  assert.match(await refusal(at(`mqtt://127.0.0.1:${ssh}`)), /does not speak mqtt/);
  assert.match(await refusal(at(`http://127.0.0.1:${product.port}`)), /does not speak http|does not answer/);
});

test('a certificate that leads nowhere, and a fingerprint of another', async () => {
  assert.match(
    await refusal(at(`https://127.0.0.1:${product.port}`)),
    /no trusted TLS .*give `trust` or `fingerprint`/,
  );
  const pinned = await refusal((target) => {
    target['services'] = { panel: { url: `https://127.0.0.1:${product.port}`, fingerprint: 'ab'.repeat(32) } };
  });
  assert.match(pinned, /fingerprint/);
});

test('a target that nobody allowed, or no longer allows: nothing is sent', async () => {
  const sentBefore = product.requests();
  assert.match(await refusal((target) => delete target['authorisation']), /nobody has allowed this target/);
  const expired = await refusal((target) => {
    target['authorisation'] = { by: 'x', statement: 'x', until: '2020-01-01', changes: true, destructive: true };
  });
  assert.match(expired, /ended on 2020-01-01/);
  assert.equal(product.requests(), sentBefore);
});

test('an address that is not near, by number or by name', async () => {
  assert.match(await refusal(at('https://93.184.216.34')), /neither loopback nor private/);
  const file = writeTarget(folder, product.port, product.certificate, at('https://lamp.example'));
  const moved = await loadTarget(file, '2026-01-01', async () => ['192.168.0.9', '93.184.216.34']);
  assert.ok(!moved.ok && moved.problems[0]?.path === '/services/panel');
  const allowed = writeTarget(folder, product.port, product.certificate, (target) => {
    at('https://lamp.example')(target);
    Object.assign(target['authorisation'] as object, { publicHosts: ['lamp.example'] });
  });
  const loaded = await loadTarget(allowed, '2026-01-01', async () => ['93.184.216.34']);
  assert.ok(loaded.ok && loaded.loaded.endpoints.get('panel')?.address === '93.184.216.34');
});

test('an address that is none is named, and nothing is asked', async () => {
  const file = writeTarget(folder, product.port, product.certificate, at('https://3127.0.0.1:8443'));
  const loaded = await loadTarget(file, '2026-01-01', async () => ['127.0.0.1']);
  assert.ok(!loaded.ok && loaded.problems[0]?.path === '/services/panel/url');
});

test('tells near addresses from others', () => {
  for (const near of [
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
  ]) {
    assert.ok(isNear(near), near);
  }
  for (const far of [
    '8.8.8.8',
    '172.32.0.1',
    '192.169.0.1',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    '::',
    '0.0.0.0',
    'localhost',
    '',
  ])
    assert.ok(!isNear(far), far);
});

test('a file that is no target: each mistake in one line with its path and cure', async () => {
  const cases: readonly [string, RegExp][] = [
    ['{', /cannot be read: .*; mend the syntax/],
    ['null', /must be object|must have required/],
    ['{"schema":"x"}', /nobody has allowed/],
  ];
  for (const [text, expected] of cases) {
    const file = join(folder, 'broken.json');
    writeFileSync(file, text);
    const read = await loadTarget(file, '2026-01-01');
    assert.ok(!read.ok && read.problems.length > 0);
    const lines = read.problems.map(problemLine);
    assert.match(lines.join('\n'), expected);
    for (const line of lines) assert.ok(line.startsWith(file) && !line.includes('\n'), line);
  }
  const missing = await loadTarget(join(folder, 'no-such.json'), '2026-01-01');
  assert.ok(!missing.ok && problemLine(missing.problems[0] ?? assert.fail()).includes('there is no such file'));
});

test('an unknown service, account, file or document', async () => {
  assert.match(
    await refusal((target) => (target['services'] = { door: { url: 'https://127.0.0.1:1' } })),
    /no software service door; use one of: panel/,
  );
  assert.match(await refusal((target) => (target['accounts'] = { pin: {} })), /no authentication mechanism pin/);
  assert.match(
    await refusal((target) => (target['accounts'] = { password: { passwordFile: 'gone' } })),
    /gone cannot be read \(ENOENT\); correct the path/,
  );
  assert.match(await refusal((target) => (target['artefacts'] = { storage: ['gone'] })), /gone does not exist/);
  assert.match(await refusal((target) => (target['declaration'] = 'gone.json')), /gone\.json/);
  const record = {
    topic: 'secure-development',
    file: 'ca.pem',
    sha256: '0',
    reviewer: 'R',
    date: '2026-01-01',
    expires: '2027-01-01',
    verdict: 'PASS',
  };
  assert.match(await refusal((target) => (target['records'] = [record])), /not the document that was reviewed/);
});
