import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { EVENT_KINDS, entryOf } from '../../src/logging/catalogue.ts';
import { verifyLog } from '../../src/logging/chain/verify.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import { EVENT_LOG, openStore, type SealedStore } from '../../src/store/store.ts';
import { DEVICE, eventOf, newLogKey, sealOf, shownOf } from '../logging/written.ts';
import { temporaryFolder } from '../stand-in/factory.ts';

/** G045 PL-4-2: the log on a real disk. */
describe('the log in the store', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let open: SealedStore[];
  beforeEach(async () => {
    folder = await temporaryFolder();
    open = [];
  });
  afterEach(async () => {
    for (const store of open) store.close();
    await folder.remove();
  });
  const pathOf = () => join(folder.path, 'state.sqlite');
  const opened = (options: Partial<Parameters<typeof openStore>[0]> = {}): SealedStore => {
    const store = openStore({ path: pathOf(), sealer: createSealer(Buffer.alloc(32, 7)), ...options });
    open.push(store);
    return store;
  };
  const key = newLogKey();
  const verdict = ({ log }: SealedStore) =>
    verifyLog(log.entries(), log.state(), log.seal(), { by: shownOf(key), device: DEVICE });
  const when = (up: number) => ({ up, source: 'host' as const });

  test('every entry has its sequence, its start, the running time and where its time came from', () => {
    opened().appendEvent(eventOf('device-started'), when(12));
    open.pop()?.close();
    const store = opened();
    store.appendEvent(eventOf('login-succeeded'), { up: 7, source: 'services' });
    store.log.keepSeal(sealOf(store.log.state(), key));
    assert.deepEqual(
      store.log.entries().map(({ seq, stamp, priority }) => [seq, stamp, priority]),
      [
        [0, { boot: 1, up: 12, source: 'host' }, 'notable'],
        [1, { boot: 2, up: 7, source: 'services' }, 'notable'],
      ],
    );
    assert.deepEqual(verdict(store), { ok: true, entries: 2, unsealed: 0 });
  });

  test('what was acknowledged is there after the process was killed at any moment, and the chain holds', async () => {
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `import { openStore } from ${module('../../src/store/store.ts')};
      import { createSealer } from ${module('../../src/secrets/sealer.ts')};
      const store = openStore({ path: ${JSON.stringify(pathOf())}, sealer: createSealer(Buffer.alloc(32, 7)) });
      for (let up = 0; ; up += 1) {
        const [kind, detail] = up % 3 ? ['logout', {}] : ['key-renewed', { key: 'panel' }];
        const entry = store.appendEvent({ at: '', kind, detail }, { up, source: 'host' });
        process.stdout.write(entry.seq + '\\n');
      }`;
    let before = 0;
    for (const millis of [30, 110]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 2] });
      let told = '';
      assert.ok(child.stdout);
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), millis);
      await once(child, 'close');
      const last = Number(
        told
          .trim()
          .split('\n')
          .filter((line, at, all) => at < all.length - 1 || told.endsWith('\n'))
          .at(-1),
      );
      const store = opened();
      assert.equal(verdict(store).ok, true);
      assert.ok(store.log.state().seq > last && last >= before, `${last} was acknowledged after ${before}`);
      before = store.log.state().seq;
      open.pop()?.close();
    }
  });

  test('a full disk loses nothing of the log, and says so; the next entry goes on from there', () => {
    const store = opened({ maxPages: 24 });
    let written = 0;
    assert.throws(() => {
      for (; written < 2_000; written += 1) store.appendEvent(eventOf('login-failed', written), when(written));
    });
    assert.ok(written > 5, `${written} fit`);
    assert.equal(store.log.state().seq, written);
    assert.equal(verdict(store).ok, true);
    store.close();
    const roomy = opened();
    roomy.appendEvent(eventOf('logout'), when(0));
    assert.deepEqual(verdict(roomy), { ok: true, entries: written + 1, unsealed: written + 1 });
  });

  test('after any flood the last important entries are there, and the file has not grown', () => {
    const room = { routine: 40, notable: 20, vital: 10 };
    const store = opened({ room });
    const kinds = fc.array(
      fc.record({ kind: fc.constantFrom(...EVENT_KINDS), times: fc.integer({ min: 1, max: 90 }) }),
      { minLength: 1, maxLength: 8 },
    );
    const expected = { routine: [] as string[], notable: [] as string[], vital: [] as string[] };
    let at = 0;
    fc.assert(
      fc.property(kinds, (flood) => {
        const events = flood.flatMap(({ kind, times }) =>
          Array.from({ length: times }, () => eventOf(kind, (at += 1))),
        );
        store.appendEvents(events.map((event) => ({ event, when: when(at) })));
        for (const event of events) expected[entryOf(event.kind).priority].push(event.at);
        const entries = store.log.entries();
        for (const priority of ['routine', 'notable', 'vital'] as const) {
          const kept = entries.filter((each) => each.priority === priority).map((each) => each.at);
          assert.deepEqual(kept, expected[priority].slice(-room[priority]), priority);
        }
        assert.equal(verdict(store).ok, true);
      }),
      { numRuns: 12 },
    );
    assert.ok(at > 500, `${at} events`);
    store.close();
    assert.ok(statSync(pathOf()).size < 200_000, `${statSync(pathOf()).size} bytes`);
  });

  test('what format 1 had written begins the chain, once, and the next start goes on', () => {
    const old = opened({ format: 1 });
    for (const index of [1, 2, 3]) old.appendEvent(eventOf('logout', index));
    open.pop()?.close();
    const database = new DatabaseSync(pathOf());
    database.exec('UPDATE format SET version = 3');
    database.close();
    for (const expected of [3, 4]) {
      const store = opened();
      assert.equal(store.events(10).length, expected);
      assert.deepEqual(verdict(store), { ok: true, entries: expected, unsealed: expected });
      store.appendEvent(eventOf('logout', 9), when(1));
      open.pop()?.close();
    }
  });

  test('the chain outlives a renewal of the store’s key, and an erasure begins another', () => {
    const store = opened();
    store.appendEvent(eventOf('set-up-completed'), when(1));
    store.renew('aes-256-gcm');
    store.appendEvent(eventOf('key-renewed'), when(2));
    assert.equal(verdict(store).ok, true);
    const before = store.log.state();
    store.log.keepSeal(sealOf(before, key));
    store.erase([EVENT_LOG]);
    store.appendEvent(eventOf('factory-reset'), when(3));
    assert.deepEqual([store.log.state().chain, store.log.entries().length], [1, 1]);
    assert.notEqual(store.log.state().heads.vital.link, before.heads.vital.link);
    assert.deepEqual(verdict(store), { ok: true, entries: 1, unsealed: 1 });
  });

  test('rows that somebody deletes or swaps in the file are told, and a seal that is written over', () => {
    const store = opened();
    for (let up = 0; up < 6; up += 1) store.appendEvent(eventOf('login-failed', up), when(up));
    store.log.keepSeal(sealOf(store.log.state(), key));
    store.close();
    const by = (sql: string) => {
      const database = new DatabaseSync(pathOf());
      database.exec(`BEGIN; ${sql}`);
      database.exec('COMMIT');
      database.close();
      const again = opened();
      const found = verdict(again);
      again.close();
      return found.ok ? 'ok' : found.findings.map(({ what }) => what).join(' ');
    };
    assert.equal(by(''), 'ok');
    assert.match(
      by(`CREATE TEMP TABLE one AS SELECT * FROM entry WHERE seq = 2;
        UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 3) WHERE seq = 2;
        UPDATE entry SET body = (SELECT body FROM one) WHERE seq = 3`),
      /reordered/,
    );
    assert.match(by('DELETE FROM entry WHERE seq = 5'), /cut-off/);
    assert.match(by("UPDATE log_seal SET body = 'nothing'"), /seal-forged/);
  });
});
