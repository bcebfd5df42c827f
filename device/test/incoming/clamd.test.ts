import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { askClamd } from '../../src/incoming/clamd.ts';
import { takeFile } from '../../src/incoming/take.ts';
import { startClamd } from './daemon.ts';
import { eicar, wavOf } from './eicar.ts';

const closers: (() => unknown)[] = [];
const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'hearthward-clamd-'));
  closers.push(() => rm(path, { recursive: true, force: true }));
  return path;
};
const afterAll = async () => {
  for (const close of closers.splice(0).reverse()) await close();
};

/** Somebody who answers in the scanner’s place. */
const answering = async (answer: (socket: Socket) => void): Promise<{ kind: 'clamd'; socket: string }> => {
  const socket = join(await folder(), 'socket');
  const open = new Set<Socket>();
  const server: Server = createServer((each) => {
    open.add(each);
    each.on('error', () => each.destroy());
    answer(each);
  });
  server.listen(socket);
  await once(server, 'listening');
  closers.push(() => {
    for (const each of open) each.destroy();
    server.close();
  });
  return { kind: 'clamd', socket };
};

describe('a scanner that does not do its part', () => {
  afterEach(afterAll);

  test('lets nothing through: cut off, too long, another word, silent, or not there', async () => {
    const file = Buffer.from('a file');
    const says = async (text: string) => askClamd(await answering((each) => each.end(text)), file);
    const unanswered = { kind: 'not-scanned', because: 'no-answer' };
    assert.deepEqual(await says('stream: OK\0'), { kind: 'clean' });
    assert.deepEqual(await says('stream: Eicar FOUND\0'), { kind: 'malware' });
    assert.deepEqual(await says('stream: OK'), unanswered);
    assert.deepEqual(await says(''), unanswered);
    assert.deepEqual(await says('INSTREAM size limit exceeded. ERROR\0'), unanswered);
    assert.deepEqual(await says('stream: OK FOUND OK\0'), unanswered);
    assert.deepEqual(await says(`${'x'.repeat(2_000)}\0stream: OK\0`), unanswered);
    assert.deepEqual(await askClamd(await answering(() => undefined), file, 50), unanswered);
    const nobody = { kind: 'clamd', socket: join(await folder(), 'nobody') } as const;
    assert.deepEqual(await askClamd(nobody, file), { kind: 'not-scanned', because: 'unreachable' });
  });
});

const absent = spawnSync('clamd', ['--version']).error !== undefined && 'needs clamd (clamav-daemon)';
/** Where the rest of the system has no such program, CI has. */
const skip = process.env['CI'] ? false : absent;

describe('ClamAV', () => {
  afterEach(afterAll);

  /** clamd with two signatures: the standard test file’s, and one of ours. */
  const started = async (): Promise<{ kind: 'clamd'; socket: string }> => {
    const signatures = await folder();
    const hex = (text: Uint8Array): string => Buffer.from(text).toString('hex');
    await writeFile(
      join(signatures, 'ours.ndb'),
      `Hearthward.Test:0:0:${hex(eicar())}\nHearthward.Planted:0:*:${hex(Buffer.from('planted by a test'))}\n`,
    );
    return { kind: 'clamd', socket: await startClamd(signatures, closers) };
  };

  test(
    'is asked about every file that people bring, and what it finds is not taken',
    { skip, timeout: 60_000 },
    async () => {
      const settings = await started();
      const scan = (bytes: Uint8Array) => askClamd(settings, bytes);
      assert.deepEqual(await scan(eicar()), { kind: 'malware' });
      const take = (bytes: Uint8Array) => takeFile(scan, ['audio/wav'], bytes);
      const sound = wavOf(Buffer.alloc(30_000, 128));
      assert.equal((await take(sound)).ok, true);
      const planted = wavOf(Buffer.concat([Buffer.alloc(20_000, 128), Buffer.from('planted by a test')]));
      assert.deepEqual(await take(planted), { ok: false, because: 'malware' });
      assert.equal((await takeFile(undefined, ['audio/wav'], planted)).ok, true, 'it is a sound all the same');
      await afterAll();
      assert.deepEqual(await take(sound), { ok: false, because: 'not-scanned' });
    },
  );
});
