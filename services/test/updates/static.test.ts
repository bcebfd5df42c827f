import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request as httpsRequest } from 'node:https';
import { metadataFromMemory } from '../../src/updates/static/memory.ts';
import { isKnown, rangeOf } from '../../src/updates/static/ranges.ts';
import { bench, type TestBench } from '../bench.ts';

let services: TestBench;
const pack = randomBytes(600_000);
const digest = createHash('sha256').update(pack).digest('hex');
const PACK = `/updates/targets/hub/releases/1.0.0/${digest}.full.pack`;
const TIMESTAMP = '/updates/metadata/timestamp.json';

before(async () => {
  services = await bench();
  const repository = join(services.dataDir, 'updates/repository');
  mkdirSync(join(repository, 'metadata'), { recursive: true });
  mkdirSync(join(repository, 'targets/hub/releases/1.0.0'), { recursive: true });
  writeFileSync(join(repository, 'metadata/timestamp.json'), '{"version":1}');
  writeFileSync(join(repository, 'metadata/1.hub.json'), '{"version":1}');
  writeFileSync(join(repository, 'metadata/secret'), 'secret');
  writeFileSync(join(repository, `targets/hub/releases/1.0.0/${digest}.full.pack`), pack);
  symlinkSync('/etc/passwd', join(repository, 'metadata/2.hub.json'));
});
after(() => services.end());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = httpsRequest(
      {
        host: '127.0.0.1',
        port: services.services.addresses.https.port,
        path,
        method,
        headers,
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });

test('a-pack-is-fetched-in-parts-that-make-the-whole', async () => {
  const parts: Buffer[] = [];
  for (let at = 0; at < pack.length; at += 250_000) {
    const last = Math.min(at + 250_000, pack.length) - 1;
    const { status, headers, body } = await ask(PACK, { range: `bytes=${at}-${last}` });
    assert.equal(status, 206);
    assert.equal(headers['content-range'], `bytes ${at}-${last}/${pack.length}`);
    assert.equal(headers['content-length'], String(last - at + 1));
    parts.push(body);
  }
  assert.ok(Buffer.concat(parts).equals(pack));
  const whole = await ask(PACK);
  assert.equal(whole.status, 200);
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(whole.headers['etag'], `"${digest}"`);
  assert.match(String(whole.headers['cache-control']), /immutable/);
  assert.ok(whole.body.equals(pack));
  const head = await ask(PACK, { range: 'bytes=0-1' }, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(pack.length), 0]);
});

test('a-range-of-another-version-gets-the-whole-file-and-one-beyond-its-end-is-refused', async () => {
  assert.equal((await ask(PACK, { range: 'bytes=5-9', 'if-range': `"${digest}"` })).status, 206);
  const other = await ask(PACK, { range: 'bytes=5-9', 'if-range': '"other"' });
  assert.deepEqual([other.status, other.body.length], [200, pack.length]);
  const beyond = await ask(PACK, { range: `bytes=${pack.length}-` });
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${pack.length}`]);
  const known = await ask(PACK, { 'if-none-match': `"x", W/"${digest}"` });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
});

test('what-changes-is-kept-for-a-minute-and-seen-a-second-after-it-changed', async () => {
  const first = await ask(TIMESTAMP);
  assert.equal(first.status, 200);
  assert.equal(first.headers['cache-control'], 'public, max-age=60');
  assert.match(String(first.headers['content-type']), /^application\/json/);
  writeFileSync(join(services.dataDir, 'updates/repository/metadata/timestamp.json'), '{"version":12}');
  services.clock.advance(1000);
  const second = await ask(TIMESTAMP, { 'if-none-match': String(first.headers['etag']) });
  assert.deepEqual([second.status, second.body.toString()], [200, '{"version":12}']);
  const absent = await ask('/updates/metadata/9.root.json');
  assert.deepEqual([absent.status, absent.headers['cache-control']], [404, 'public, max-age=60']);
});

test('no-path-leads-out-of-the-folder-and-nothing-is-written', async () => {
  for (const path of [
    '/updates/metadata/2.hub.json',
    '/updates/metadata/secret',
    '/updates/metadata/',
    '/updates/metadata/../../authority/root.key',
    '/updates/metadata/%2e%2e/%2e%2e/services.sqlite',
    '/updates/keys/seal.key',
    '/updates/uses.jsonl',
    `/updates/targets/../metadata/${digest}.x`,
    '/updates/targets/hub/releases/1.0.0/full.pack',
    '/updates/metadata/1.hub.json%00',
  ]) {
    const { status, body } = await ask(path);
    assert.ok([400, 404].includes(status), `${path} ${status}`);
    assert.doesNotMatch(body.toString(), /root:|secret/);
  }
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
    const { status } = await ask('/updates/metadata/1.hub.json', {}, method);
    assert.ok(status >= 400 && status < 500, `${method} ${status}`);
  }
  assert.equal((await ask('/updates/metadata/1.hub.json')).body.toString(), '{"version":1}');
});

test('ranges-as-RFC-9110-has-them', () => {
  const of = (range: string, length = 100) => {
    const found = rangeOf({ range, ifRange: undefined }, length, '"e"');
    return found.kind === 'part' ? `${found.first}-${found.last}` : found.kind;
  };
  for (const [range, expected] of [
    ['bytes=0-0', '0-0'],
    ['bytes=0-', '0-99'],
    ['bytes=99-', '99-99'],
    ['bytes=10-1000', '10-99'],
    ['bytes=-1', '99-99'],
    ['bytes=-1000', '0-99'],
    ['BYTES=1-2', '1-2'],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=0x1-2', 'whole'],
    ['bytes=-1-2', 'whole'],
    ['items=0-1', 'whole'],
    ['bytes=9007199254740993-', 'whole'],
    ['', 'whole'],
  ] as const)
    assert.equal(of(range), expected, range);
  assert.equal(of('bytes=0-', 0), 'unsatisfiable');
  assert.equal(rangeOf({ range: undefined, ifRange: undefined }, 5, '"e"').kind, 'whole');
  assert.ok(isKnown('*', '"e"') && isKnown('W/"e"', '"e"') && !isKnown('"f"', '"e"') && !isKnown(undefined, '"e"'));
});

test('a-disk-that-fails-under-the-first-answer-leaves-the-question-to-the-routes', () => {
  const fails = {
    now: () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' });
    },
  };
  const first = metadataFromMemory(join(services.dataDir, 'updates/repository'), fails);
  const request = { method: 'GET', url: TIMESTAMP, headers: {} } as Parameters<typeof first>[0];
  assert.equal(first(request, {} as Parameters<typeof first>[1]), false);
});
