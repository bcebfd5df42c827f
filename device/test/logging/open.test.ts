import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { LogEntry } from '../../src/logging/chain/entry.ts';
import { verifyLog } from '../../src/logging/chain/verify.ts';
import { openLog, type Log } from '../../src/logging/open.ts';
import { record } from '../../src/logging/record.ts';
import { decideRepeats } from '../../src/logging/repeats/decide.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import { EVENT_LOG, openStore, type SealedStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../stand-in/factory.ts';
import { DEVICE, newLogKey, sealOf, shownOf } from './written.ts';

describe('the log of a running device', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: SealedStore;
  let up: number;
  let asked: number;
  let failure: Error | undefined;
  let written: LogEntry[];
  let faults: unknown[];
  let heard: string[];
  const key = newLogKey();
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = openStore({ path: join(folder.path, 'state.sqlite'), sealer: createSealer(Buffer.alloc(32, 7)) });
    [up, asked, failure, written, faults, heard] = [0, 0, undefined, [], [], []];
  });
  afterEach(async () => {
    store.close();
    await folder.remove();
  });
  const unfollowed = (): Log =>
    openLog({
      store,
      recorder: record,
      repeats: decideRepeats,
      signer: {
        sealLog: async (statement) => {
          asked += 1;
          if (failure) throw failure;
          const { log } = JSON.parse(statement) as { log: Parameters<typeof sealOf>[0] };
          return sealOf(log, key);
        },
      },
      deviceId: DEVICE,
      now: () => Date.UTC(2026, 10, 1) + up,
      time: () => ({ up, source: 'host' }),
      heard: ({ kind }) => void heard.push(`heard ${kind}`),
      fault: (thrown) => void faults.push(thrown),
    });
  const opened = (): Log => {
    const log = unfollowed();
    log.follow({
      written: (entry) => {
        written.push(entry);
        heard.push(`written ${entry.kind}`);
      },
      sealed: () => undefined,
    });
    return log;
  };
  const unsealed = () => {
    const found = verifyLog(store.log.entries(), store.log.state(), store.log.seal(), {
      by: shownOf(key),
      device: DEVICE,
    });
    assert.equal(found.ok, true);
    return found.ok ? found.unsealed : -1;
  };

  test('who acts on an event has acted before it is reported, so that the end of the set-up opens the way of its own report', () => {
    opened().record('set-up-completed', {});
    assert.deepEqual(heard, ['heard set-up-completed', 'written set-up-completed']);
  });

  test('a device that ends before anybody follows its log has it written and sealed all the same', async () => {
    const log = unfollowed();
    log.record('logout', {});
    await log.close();
    assert.deepEqual([unsealed(), written, faults], [0, [], []]);
  });

  test('what is vital is under a seal at the next look, the rest within a minute, and nothing new asks for none', async () => {
    const log = opened();
    log.record('device-started', { softwareVersion: '1.0.0' });
    await log.look();
    assert.equal(unsealed(), 0, 'the first look seals');
    log.record('logout', {});
    up = 30_000;
    await log.look();
    assert.equal(unsealed(), 1);
    log.record('key-renewed', { key: 'panel' });
    await log.look();
    assert.equal(unsealed(), 0);
    log.record('logout', {});
    up = 95_000;
    await log.look();
    assert.equal(unsealed(), 0);
    const before = asked;
    up = 500_000;
    await log.look();
    assert.equal(asked, before);
  });

  test('a signer that does not answer stops no event and no end of the device, and is told', async () => {
    const log = opened();
    failure = new Error('gone');
    log.record('key-renewed', { key: 'panel' });
    await assert.rejects(log.look());
    log.record('logout', {});
    await log.close();
    assert.equal(store.log.entries().length, 2);
    assert.equal(faults.length, 1);
  });

  test('whoever reads the log reads also what was only counted; at the end it is written', async () => {
    const log = opened();
    for (let n = 0; n < 4; n += 1) log.record('access-refused', { because: 'wrong-host' });
    assert.equal(written.length, 1);
    const [counted] = log.store.events(10);
    assert.equal(counted?.repeats?.count, 3);
    log.record('access-refused', { because: 'wrong-host' });
    await log.close();
    assert.equal(written.length, 3);
  });

  test('an erasure takes what was counted with it, and a seal under way for the erased log is not kept', async () => {
    const log = opened();
    for (let n = 0; n < 4; n += 1) log.record('access-refused', { because: 'wrong-host' });
    const sealing = log.seal();
    log.store.erase([EVENT_LOG]);
    await sealing;
    assert.equal(store.log.seal(), undefined);
    log.record('factory-reset', { rooms: 9 });
    assert.deepEqual(
      log.store.events(10).map(({ kind }) => kind),
      ['factory-reset'],
    );
  });
});
