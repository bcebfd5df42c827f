import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import type { PrivacyWord } from '@hearthward/protocol';
import { openConsents, withdrawalTold } from '../../src/privacy/consents.ts';
import { restoreServices } from '../../src/privacy/erasure/restored.ts';
import { openPrivacy, type Privacy } from '../../src/privacy/privacy.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { testClock } from '../bench.ts';
import { DECLARED, DEVICE, sealedOf } from './world.ts';
import { sharedPostgres } from '@hearthward/testbed/postgres';
import { onEachStore } from '../store/everywhere.ts';
import { addDevice } from './kept-bench.ts';

/** The store and the vault as they lie in a data folder, with a copy that is older than what people asked. */

const PROMISING = {
  ...DECLARED,
  dataParties: [],
  deletionFunctions: DECLARED.deletionFunctions.map((each) => ({ ...each, backupsWithinDays: 9 })),
};
const NOTICE = 'feedc0ffee654321';
const SAID = { by: 'self', how: 'set-up', notice: '0'.repeat(16), language: 'en' } as const;
const at = () => randomBytes(16).toString('base64url');

onEachStore('a copy that is put back', (lies) => {
  const clock = testClock();
  let folder: string;
  let dataDir: string;
  let address: string | undefined;
  let copy: string;
  let sealed: string;
  let store: Store;
  let privacy: Privacy;
  const [erased, kept, waiting, stays] = [at(), at(), at(), at()];
  const hear = (word: PrivacyWord) => privacy.hear(DEVICE, word);
  const erase = async (subject: string, hours: number) => {
    const id = at();
    const undoUntil = new Date(clock.now() + hours * 3_600_000).toISOString();
    assert.equal(await hear({ kind: 'erase', id, subjects: [subject], undoUntil }), 'stored');
    await privacy.erasing.erasures.goOn();
    return id;
  };
  const open = async () => {
    store = await openStore(dataDir, clock, address);
    const confirming = () => Promise.reject(new Error('nothing is confirmed here'));
    const world = { store, dataDir, clock, replicas: [], declarations: [PROMISING] };
    privacy = await openPrivacy({ ...world, log: () => undefined, confirming, send: () => false });
  };
  const close = async () => {
    await privacy.close();
    await store.close();
  };
  const inFolder = async (needle: string): Promise<string[]> =>
    [dataDir, await lies.folder()].flatMap((path) =>
      path === undefined
        ? []
        : readdirSync(path, { recursive: true, encoding: 'utf8' })
            .map((name) => join(path, name))
            .filter((file) => statSync(file).isFile() && readFileSync(file).includes(needle)),
    );

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'restored-'));
    dataDir = join(folder, 'data');
    address = await lies.address();
    await open();
    await addDevice(store, DEVICE, 1);
    for (const subject of [erased, kept, waiting, stays]) await hear({ kind: 'subject', subject, items: ['climate'] });
    const consent = {
      kind: 'consent',
      item: 'climate',
      given: true,
      by: 'self',
      how: 'set-up',
      language: 'en',
    } as const;
    await hear({ ...consent, subject: erased, notice: NOTICE, n: 1 });
    await hear({ ...consent, subject: stays, notice: '0'.repeat(16), n: 1 });
    const fields = { temperature: 21 };
    const part = { productId: 'hub', item: 'climate', subject: erased, onConsent: false, retentionDays: 30, fields };
    const from = { deviceId: DEVICE, epoch: 1, seq: 1, at: clock.now() };
    await store.transaction((tx) => privacy.data.write(tx, part, from, clock.now()));
    sealed = await sealedOf(store, erased);
    const keptId = await erase(kept, 24);
    await erase(waiting, 24);
    const made = await privacy.command({ type: 'backup', out: join(folder, 'out'), keepDays: 9, who: 'Alice' });
    copy = made.type === 'backups' ? (made.backups[0]?.file ?? '') : assert.fail(made.type);
    // since the copy: one is erased, one is taken back
    await erase(erased, 0);
    assert.equal(await hear({ kind: 'keep', id: keptId }), 'stored');
    await close();
    assert.deepEqual(await inFolder(NOTICE), []);
    // what is sealed and has no key goes from PostgreSQL with the table of its day
    if (lies.on === 'SQLite') assert.deepEqual(await inFolder(sealed), []);
    const said = lies.on === 'SQLite' ? readFileSync(copy) : (await sharedPostgres()).readDump(copy);
    assert.ok(said.includes(sealed) && said.includes(NOTICE), 'the copy is from before');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const restored = async (change: object = {}) => {
    const to = address === undefined ? {} : { address };
    const wanted = { backup: copy, dataDir, clock, who: 'Bob', replace: true, replicas: [], ...to, ...change };
    const done = await restoreServices(wanted);
    assert.deepEqual(await inFolder(sealed), [], 'not even what nobody can read');
    assert.deepEqual(await inFolder(NOTICE), [], 'nobody who was erased comes back, before anything reads it');
    await open();
    return done;
  };
  /** the store that was there */
  const lose = async () => {
    if (address === undefined) rmSync(join(dataDir, 'services.sqlite'));
    else address = await lies.address();
  };
  const phaseOf = async (subject: string) => (await privacy.erasing.erasures.ofSubjects([subject]))[0]?.state;
  const lookAround = async () => {
    assert.equal(privacy.vault.stateOf(erased), 'ended');
    assert.equal(await hear({ kind: 'subject', subject: erased, items: [] }), 'subject-ended');
    assert.equal(privacy.consents.given(erased, 'climate'), false);
    assert.deepEqual([await phaseOf(kept), await phaseOf(waiting)], ['kept', 'undo']);
    clock.advance(25 * 3_600_000);
    await privacy.erasing.erasures.goOn();
    assert.deepEqual([privacy.vault.stateOf(kept), privacy.vault.stateOf(waiting)], ['open', 'ended']);
    clock.advance(-25 * 3_600_000);
  };

  it('is-not-made-to-last-longer-than-people-are-told', async () => {
    await open();
    const wanted = { type: 'backup', out: join(folder, 'longer'), who: 'Alice' } as const;
    const refused = await privacy.command({ ...wanted, keepDays: 10 });
    assert.deepEqual(refused.type === 'refused' && refused.code, 'kept-too-long');
    assert.equal(existsSync(join(folder, 'longer')), false);
    await close();
  });

  it('is-refused-while-the-services-run-or-without-the-vault-and-changes-nothing', async () => {
    await open();
    await assert.rejects(restored(), { code: 'data-owned' });
    await close();
    const elsewhere = join(folder, 'elsewhere');
    const wanted = { backup: copy, dataDir: elsewhere, clock, who: 'Bob', replace: false, replicas: [] };
    await assert.rejects(restoreServices(wanted), { code: 'vault-gone' });
  });

  it('that-was-interrupted-is-removed-at-the-next-start', async () => {
    if (address === undefined) {
      cpSync(copy, join(dataDir, 'services.sqlite.restoring'));
      assert.equal((await inFolder(NOTICE)).length, 1);
    } else {
      const { run } = await sharedPostgres();
      const database = new URL(address).pathname.slice(1);
      run('alter schema hearthward rename to hearthward_before', database);
      run(
        `create schema hearthward authorization ${database}; set role ${database};
        create table hearthward.consents as select '${NOTICE}'::text as notice`,
        database,
      );
    }
    await open();
    assert.ok(privacy.consents.given(stays, 'climate'), 'the store is as it was');
    await store.scrub('thorough');
    await close();
    assert.deepEqual(await inFolder(NOTICE), []);
  });

  it('knows-what-was-asked-since-from-the-store-that-it-replaces', async () => {
    const done = await restored();
    assert.deepEqual(done, { erased: 1, takenOver: true });
    assert.equal(await phaseOf(erased), 'under-way');
    assert.equal(privacy.consents.given(stays, 'climate'), true);
    await close();
  });

  it('erases-nobody-who-took-it-back-and-brings-back-nobody-where-the-store-is-lost', async () => {
    await lose();
    const done = await restored({ replace: false });
    assert.deepEqual(done, { erased: 1, takenOver: false });
    const before = Math.floor(clock.now() / 1000) - 60;
    assert.ok(
      (await privacy.newsFor(DEVICE)).every(({ n }) => n > before),
      'no number that the device has heard',
    );
    await lookAround();
    await close();
  });

  it('takes-nothing-on-consent-of-then-until-the-device-has-said-so-again-and-asks-it-to', async () => {
    await lose();
    await restored({ replace: false });
    const consent = { kind: 'consent', subject: stays, item: 'climate', by: 'self', how: 'set-up' } as const;
    const word = { ...consent, notice: '0'.repeat(16), language: 'en' } as const;
    assert.equal(privacy.consents.given(stays, 'climate'), false);
    assert.equal(await privacy.consents.withdraw(stays, 'climate', clock.now(), async () => undefined), false);
    assert.equal((await privacy.newsFor(DEVICE)).filter(({ news }) => news.kind === 'tell-again').length, 1);
    await close();
    await open();
    assert.equal(privacy.consents.given(stays, 'climate'), false, 'a start believes it no more');
    assert.equal(await hear({ ...word, given: true, n: 1 }), 'stored');
    assert.equal(privacy.consents.given(stays, 'climate'), true);
    await close();
    await open();
    assert.equal(privacy.consents.given(stays, 'climate'), true);
    // an older word does not undo a newer one, nor does the same word said otherwise
    await hear({ ...word, given: false, n: 1 });
    assert.equal(privacy.consents.given(stays, 'climate'), true);
    await close();
  });

  it('learns-from-the-device-what-was-taken-back-since', async () => {
    await lose();
    await restored({ replace: false });
    const word = { kind: 'consent', subject: stays, item: 'climate', by: 'self', how: 'privacy-page' } as const;
    await hear({ ...word, notice: '0'.repeat(16), language: 'en', given: false, n: 2 });
    assert.equal(privacy.consents.given(stays, 'climate'), false);
    assert.equal((await privacy.consents.recordsOf([stays])).at(-1)?.n, 2);
    await close();
  });

  const says = (subject: string, n: number) =>
    hear({ kind: 'consent', subject, item: 'climate', given: true, ...SAID, n });
  /** by the page, where nothing of its own is cut off */
  const takeBack = (subject: string, consents = privacy.consents, tell = telling()) =>
    consents.withdraw(subject, 'climate', clock.now(), tell);
  const telling = () => withdrawalTold({ vault: privacy.vault, news: privacy.erasing.news });
  const staysTakenBack = async (subject: string) => {
    assert.equal(privacy.consents.given(subject, 'climate'), false);
    const told = (await privacy.newsFor(DEVICE)).map(({ news }) => news);
    assert.deepEqual(
      told.filter((news) => news.kind === 'consent' && news.subject === subject),
      [{ kind: 'consent', subject, item: 'climate', given: false, n: 2 }],
      'the device hears of it, and once',
    );
    await says(subject, 1);
    assert.equal(privacy.consents.given(subject, 'climate'), false, 'it has not heard, and says what holds there');
    const last = (await privacy.consents.recordsOf([subject])).at(-1);
    assert.deepEqual([last?.n, last?.how, last?.given], [2, 'account-page', false]);
  };

  it('does-not-give-again-what-was-taken-back-on-the-account-page-and-no-device-has-heard', async () => {
    const before = at();
    await open();
    await hear({ kind: 'subject', subject: before, items: ['climate'] });
    await says(before, 1);
    assert.equal(await takeBack(before), true);
    await close();
    await lose();
    await restored({ replace: false });
    await staysTakenBack(before);
    await says(before, 3);
    await close();
    await open();
    assert.equal(privacy.consents.given(before, 'climate'), true, 'what was decided later counts, after a start too');
    await close();
  });

  it('is-not-needed-to-finish-what-was-taken-back-on-the-account-page-when-the-power-went', async () => {
    await open();
    const [untold, unkept] = [at(), at()];
    for (const subject of [untold, unkept]) {
      await hear({ kind: 'subject', subject, items: ['climate'] });
      await says(subject, 1);
    }
    const power = async () => Promise.reject(new Error('power'));
    const cut = await openConsents({ ...store, transaction: power }, privacy.vault);
    await assert.rejects(takeBack(untold, privacy.consents, power), { message: 'power' });
    await assert.rejects(takeBack(unkept, cut), { message: 'power' });
    await close();
    await open();
    for (const subject of [untold, unkept]) await staysTakenBack(subject);
    await close();
  });
});
