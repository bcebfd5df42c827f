import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type KyselyPlugin, type RootOperationNode, sql } from 'kysely';
import type { PrivacyWord } from '@hearthward/protocol';
import { ServicesFault } from '../../src/faults.ts';
import { openRequests } from '../../src/operators/requests/requests.ts';
import { openPrivacy, type Privacy } from '../../src/privacy/privacy.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { testClock } from '../bench.ts';
import { type AccountBench, accountBench, newSubject } from './account-bench.ts';
import { addDevice } from './kept-bench.ts';
import { DECLARED, DEVICE, HOUR } from './world.ts';

/** EN 303 645 5.11-2, 5.11-4: an erasure that an operator begins, while the services go down. */

describe('an erasure on a request, interrupted', () => {
  let b: AccountBench;
  before(async () => {
    b = await accountBench();
  });
  after(() => b.end());

  const requested = async () => {
    const person = await b.person(`device-${b.orders.size}`);
    const law = { kind: 'erasure', law: 'gdpr', via: 'letter' } as const;
    const id = await b.requests.create({ ...law, receivedAt: b.clock.now(), by: 'alice' });
    assert.deepEqual(await b.requests.identifyByCode(id, person.account), { ok: true });
    return { id, ...person };
  };
  const cutAt = (step: 'noted' | 'asked') => {
    const power = async () => Promise.reject(new Error('power'));
    const ask: typeof b.parts.erasures.ask = async (order) => {
      if (step === 'asked') await b.parts.erasures.ask(order);
      return power();
    };
    const { store, clock, vault, registry } = b;
    return openRequests({ store, clock, vault, registry, erasures: { ask, find: async (id) => b.orders.get(id) } });
  };

  for (const step of ['noted', 'asked'] as const)
    it(`is-one-order-and-begun-whoever-presses-again-after-it-was-${step}`, async () => {
      const { id, subject } = await requested();
      const before = b.orders.size;
      await assert.rejects(cutAt(step).erase(id, 'alice'), { message: 'power' });
      const found = await b.requests.find(id);
      const [noted] = found?.acts ?? [];
      assert.ok(noted?.erasureId !== undefined);
      const again = await b.requests.erase(id, 'bob');
      assert.deepEqual(again, step === 'noted' ? { ok: true } : { ok: false, code: 'asked-already' });
      assert.deepEqual([...b.orders.keys()].slice(before), [noted.erasureId], 'the order that was noted, and no other');
      assert.deepEqual(b.orders.get(noted.erasureId)?.subjects, [subject]);
      assert.equal(b.vault.stateOf(subject), 'blocked');
      assert.deepEqual(await b.requests.erase(id, 'bob'), { ok: false, code: 'asked-already' });
      assert.equal((await b.requests.find(id))?.acts.length, 1);
    });
});

describe('an erasure on a disk that is full', () => {
  const clock = testClock();
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let dataDir: string;
  let store: Store;
  let privacy: Privacy;
  /** writes that still find room before one that does not, and whether one did not */
  const room = { left: Infinity, refused: 0 };
  const write = (): void => {
    room.left -= 1;
    if (room.left !== -1) return;
    room.refused += 1;
    throw new ServicesFault('disk-full', 'no space left');
  };
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (isWrite(node)) write();
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'full-'));
    store = await openStore(dataDir, clock);
    // what fails here is what the test lets fail: the disk itself does not
    await sql`pragma synchronous = off`.execute(store.db);
    await addDevice(store, DEVICE, 1);
    const filling: Store = {
      ...store,
      db: store.db.withPlugin(plugin),
      transaction: async (work) => {
        write();
        return store.transaction(work);
      },
      scrub: async (how) => {
        write();
        return store.scrub(how);
      },
    };
    const declarations = [{ ...DECLARED, dataParties: [] }];
    const confirming = async () => ({ key, certificates: ['pem'] });
    const world = { store: filling, dataDir, clock, replicas: [], declarations, log: () => undefined };
    privacy = await openPrivacy({ ...world, confirming, send: () => false });
  });
  after(async () => {
    await privacy.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  it('at-any-one-write-is-not-confirmed-before-it-is-done-and-goes-on-when-there-is-room', async () => {
    const item = { productId: 'hub', item: 'climate' };
    let isThrough = false;
    for (let writes = 0; !isThrough; writes += 1) {
      const [subject, id] = [newSubject(), newSubject()];
      const hear = (word: PrivacyWord) => privacy.hear(DEVICE, word);
      const look = async () => (await privacy.erasing.erasures.ofSubjects([subject]))[0];
      const isGone = async () =>
        privacy.vault.stateOf(subject) === 'ended' && (await privacy.data.held([subject], item)) === undefined;
      const undoUntil = new Date(clock.now()).toISOString();
      const words: readonly PrivacyWord[] = [
        { kind: 'erase', id, subjects: [subject], undoUntil },
        { kind: 'erased-here', id },
      ];
      await hear({ kind: 'subject', subject, items: ['climate'] });
      const part = { ...item, subject, onConsent: false, retentionDays: 30, fields: { temperature: 21 } };
      const from = { deviceId: DEVICE, epoch: 1, seq: 1, at: clock.now() };
      await store.transaction((tx) => privacy.data.write(tx, part, from, clock.now()));

      Object.assign(room, { left: writes, refused: 0 });
      for (const word of words) {
        assert.equal((await look())?.confirmations.length ?? 0, 0, `${writes}: not every place has said a word`);
        await hear(word).catch(() => undefined);
        clock.advance(6 * HOUR);
        await privacy.erasing.erasures.goOn().catch(() => undefined);
      }
      if ((await look())?.confirmations.length) assert.ok(await isGone(), `${writes}: confirmed and not done`);
      isThrough = room.refused === 0;
      room.left = Infinity;
      // what was not acknowledged comes again, and so does what waits
      for (const word of words) await hear(word);
      clock.advance(6 * HOUR);
      await privacy.erasing.erasures.goOn();
      const over = await look();
      assert.deepEqual([over?.state, over?.confirmations.length], ['erased', 2], `${writes}`);
      assert.ok(await isGone(), `${writes}`);
      assert.ok(writes < 200, 'it never had room enough');
    }
  });
});

const isWrite = (node: RootOperationNode): boolean =>
  ['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode'].includes(node.kind) ||
  (node.kind === 'RawNode' && (node.sqlFragments[0] ?? '').startsWith('delete'));
