import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { HUB_DECLARATION, hearthward, run, scratch } from './command.ts';

const WHO = ['--who', 'Alice', '--why', 'a test of the rotation'] as const;

test('keys-and-algorithms-of-running-services-are-shown-and-changed-by-commands', { timeout: 400_000 }, async (t) => {
  const data = join(scratch(t), 'services');
  const services = (...words: string[]) => hearthward('services', ...words, '--data', data);
  const stopped = await services('keys', 'list');
  assert.equal(stopped.code, 65);
  assert.match(stopped.error, /^hearthward: no services answer in [^\n]+: start them with [^\n]+\n$/);

  const anywhere = ['--https', '127.0.0.1:0', '--enrolment', '127.0.0.1:0', '--mqtts', '127.0.0.1:0'];
  const running = run(['services', 'run', '--data', data, '--declaration', HUB_DECLARATION, ...anywhere]);
  t.after(() => running.process.kill('SIGTERM'));
  await running.prints('mqtts');

  const done = async (...words: string[]) => {
    const { code, out, error } = await services(...words);
    assert.deepEqual([code, error], [0, ''], words.join(' '));
    return out;
  };
  assert.equal(await done('keys', 'rotate', 'server', ...WHO), 'rotated: server\n');
  const keys = JSON.parse(await done('keys', 'list', '--json')) as { id: string; rotated?: string }[];
  assert.ok(keys.find(({ id }) => id === 'server')?.rotated);
  const refused = await services('keys', 'rotate', 'root', ...WHO);
  assert.deepEqual([refused.code, refused.out], [65, '']);
  assert.match(refused.error, /^hearthward: root is replaced otherwise: [^\n]+\n$/);

  assert.match(
    await done('algorithms', 'prefer', 'ed25519', '--who', 'Alice'),
    /^preferred: ed25519\. Devices take it/,
  );
  assert.match(await done('algorithms', 'list'), /^signature +ed25519 +wanted +2031-01-01 +2036-01-01 +0 /m);
  assert.equal((await services('algorithms', 'refuse', 'ed25519', '--who', 'Alice')).code, 65);
  assert.match(
    await done('algorithms', 'refuse', 'ecdsa-p256-sha256', '--who', 'Alice', '--from', '2030-01-31'),
    /2030-01-31T/,
  );
  assert.match(await done('certificates', 'last', '3600', '--who', 'Alice'), /last 3600 s\n$/);
  assert.equal((await services('certificates', 'last', '9', '--who', 'Alice')).code, 65);
  assert.equal((await services('certificates', 'last', 'long', '--who', 'Alice')).code, 65);
  assert.match(await done('certificates', 'last', 'usual', '--who', 'Alice'), /last 7776000 s\n$/);
  running.process.kill('SIGTERM');
  await running.ended;
  assert.equal((await services('algorithms', 'list')).code, 65);
});
