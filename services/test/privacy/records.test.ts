import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { audit, auditTrail } from '../../src/operators/audit.ts';
import { insertRequest } from '../../src/operators/requests/rows.ts';
import { dropOldRecords, RECORDS_KEPT } from '../../src/privacy/records.ts';
import { ALICE, BOB, DAY, orderOf, type World, world } from './world.ts';

/** EN 303 645 6-4, G044 7-d: what proves that people were treated rightly is kept for as long as anybody can ask. */

describe('records of what was done for people', () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.end());
  const drop = () => dropOldRecords(w.store, { now: () => w.now });
  const idsOf = async (table: 'erasures' | 'person_requests') =>
    (await w.store.db.selectFrom(table).select('id').orderBy('id').execute()).map(({ id }) => id);

  it('of-an-erasure-go-with-all-that-names-its-people-once-it-has-been-over-for-so-long-and-on-record', async () => {
    await w.erasures.ask(orderOf(w, 'a'));
    await w.erasures.goOn();
    w.now += RECORDS_KEPT;
    assert.equal((await drop()).erasures, 0);
    w.now += 1;
    assert.equal((await drop()).erasures, 1);
    assert.deepEqual(await idsOf('erasures'), []);
    assert.deepEqual(await w.erasures.ofSubjects([ALICE]), []);
    assert.deepEqual(await w.store.db.selectFrom('erasure_subjects').selectAll().execute(), []);
    const trail = await auditTrail(w.store.db, 50);
    assert.deepEqual(
      trail.map(({ action, detail }) => [action, detail]),
      [['records-dropped', '{"erasures":1,"requests":0,"looks":4}']],
    );
    assert.deepEqual(await drop(), { erasures: 0, requests: 0, looks: 0 });
    assert.equal((await auditTrail(w.store.db, 50)).length, 1, 'nothing that went is nothing to record');
  });

  it('of-an-erasure-that-is-not-over-or-ended-late-stay-whatever-their-age', async () => {
    w.answers.set('party:cloud', async ({ now }) => ({ state: 'waiting', at: now }));
    await w.erasures.ask(orderOf(w, 'open'));
    await w.erasures.ask(orderOf(w, 'late', { subjects: [BOB] }));
    await w.erasures.goOn();
    w.now += RECORDS_KEPT + DAY;
    w.answers.set('party:cloud', async ({ now, order }) => ({
      state: order.id.startsWith('late') ? 'erased' : 'waiting',
      at: now,
    }));
    await w.erasures.goOn();
    assert.equal((await drop()).erasures, 0);
    assert.equal((await idsOf('erasures')).length, 2);
    w.now += RECORDS_KEPT + DAY;
    assert.equal((await drop()).erasures, 1);
    assert.deepEqual(await idsOf('erasures'), ['open'.padEnd(22, '0')]);
  });

  it('of-requests-and-looks-go-by-when-they-ended-and-what-was-done-to-devices-stays', async () => {
    const began = w.now;
    const asked = { kind: 'access', law: 'gdpr', via: 'letter', receivedAt: began, acts: [] } as const;
    const closed = { at: began + 30 * DAY, as: 'answered', said: 'it was sent', by: 'olga' } as const;
    await insertRequest(w.store.db, { ...asked, id: 'open' });
    await insertRequest(w.store.db, { ...asked, id: 'closed', closed });
    for (const action of ['personal-data-read', 'account-opened', 'device-revoked', 'key-rotated'] as const)
      await audit(w.store.db, began, { actor: 'olga', action, subject: 'x' });
    w.now = began + RECORDS_KEPT + 1;
    assert.deepEqual(await drop(), { erasures: 0, requests: 0, looks: 2 });
    w.now = closed.at + RECORDS_KEPT + 1;
    assert.deepEqual(await drop(), { erasures: 0, requests: 1, looks: 0 });
    assert.deepEqual(await idsOf('person_requests'), ['open']);
    const left = (await auditTrail(w.store.db, 50)).map(({ action }) => action);
    assert.deepEqual(left, ['records-dropped', 'records-dropped', 'key-rotated', 'device-revoked']);
  });
});
