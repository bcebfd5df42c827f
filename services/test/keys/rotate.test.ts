import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { askServices, canBeControlled, controlSocketOf, openControl } from '../../src/front/control.ts';
import { auditTrail } from '../../src/operators/audit.ts';
import { bench, type TestBench } from '../bench.ts';

const BY = { who: 'Alice', why: 'a drill of the rotation' };

describe('keys of the services', () => {
  let b: TestBench;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());

  it('refuses-a-key-that-there-is-not-or-that-is-not-replaced-by-hand', async () => {
    const { keys } = b.services;
    for (const [key, code] of [
      ['__proto__', 'key-unknown'],
      ['toString', 'key-unknown'],
      ['panel', 'key-unknown'],
      ['root', 'key-not-rotated'],
      ['operators', 'key-not-rotated'],
      ['label-marks', 'key-not-rotated'],
      ['operator-password', 'operator-unknown'],
    ] as const) {
      const rotated = await keys.rotate(key, { ...BY, operator: 'nobody' });
      assert.equal(rotated.ok ? 'ok' : rotated.code, code, key);
    }
    for (const by of [
      { who: ' ', why: BY.why },
      { who: 'Alice', why: 'because' },
    ]) {
      const rotated = await keys.rotate('server', by);
      assert.equal(rotated.ok ? 'ok' : rotated.code, 'no-reason');
    }
    assert.equal(
      (await keys.list()).some(({ rotated }) => rotated !== undefined),
      false,
    );
  });

  it('leaves-a-record-of-who-and-why', async () => {
    assert.deepEqual(await b.services.keys.rotate('management-seal', BY), { ok: true });
    const [newest] = await auditTrail(b.services.store.db, 1);
    assert.deepEqual([newest?.actor, newest?.action, newest?.subject], ['Alice', 'key-rotated', 'management-seal']);
    const listed = (await b.services.keys.list()).find(({ id }) => id === 'management-seal');
    assert.ok(listed?.rotates && listed.rotated);
  });

  it('shows-the-registry-with-what-was-chosen-and-how-many-devices-use-it', async () => {
    const { algorithms } = b.services;
    assert.deepEqual(await algorithms.prefer('ed25519', 'Alice'), { ok: true });
    const all = await algorithms.all();
    const of = (id: string) => all.find(({ algorithm }) => algorithm === id);
    assert.equal(of('ed25519')?.wanted, true);
    assert.equal(of('ecdsa-p256-sha256')?.devices, 0);
    assert.equal(of('rsa-2048-sha256')?.status, 'refused');
    assert.equal(of('TLSv1_2')?.deprecatedFrom, '2029-01-01');
  });
});

describe('the socket for commands', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'control-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is-open-to-nobody-but-its-user-and-answers-one-line', async () => {
    await assert.rejects(askServices(folder, { type: 'keys' }), { code: 'not-running' });
    const heard: unknown[] = [];
    const close = await openControl(folder, async (hostile) => {
      heard.push(hostile);
      return { type: 'keys', keys: [] };
    });
    assert.equal(statSync(controlSocketOf(folder)).mode & 0o777, 0o600);
    assert.deepEqual(await askServices(folder, { type: 'keys' }), { type: 'keys', keys: [] });
    const long = { type: 'rotate-key', key: 'x'.repeat(20_000), who: '', why: '' } as const;
    await assert.rejects(askServices(folder, long), { code: 'not-running' });
    assert.deepEqual(heard, [{ type: 'keys' }]);
    close();
    await assert.rejects(askServices(folder, { type: 'keys' }), { code: 'not-running' });
  });

  it('is-left-out-where-its-path-is-too-long', () => {
    assert.equal(canBeControlled(folder), true);
    assert.equal(canBeControlled(`/tmp/${'long/'.repeat(30)}`), false);
  });
});
