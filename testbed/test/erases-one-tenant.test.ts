import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ErasureStatement, type Subject, verifyConfirmation } from '@hearthward/protocol';
import { until } from './fleet.ts';
import { bytesIn, DAY, HOUR, HOUSEHOLD, openHousehold, PERSON, type Household, type Person } from './household.ts';
import type { Owner } from './owner.ts';

/**
 * EN 303 645 5.11-1 to 5.11-4, TS 103 645 4.11-1: people leave a flat whose device stays. Real services, a real device, the pages
 * that people have; what is there afterwards is looked for in every byte of both.
 */

const KEPT_DAYS = 9;
const CLI = fileURLToPath(import.meta.resolve('../../cli/src/main.ts'));

describe('people of one flat have their data erased', { timeout: 300_000 }, () => {
  let home: Household;
  let owner: Person;
  let ofOwner: readonly Subject[];
  before(async () => {
    home = await openHousehold();
    owner = await home.owner();
    // how the device is set up in the home's network: its name there, and where its log goes
    const log = { forward: 'on', host: '127.0.0.1', port: '9', fingerprint: 'ab'.repeat(32) };
    assert.equal((await owner.browser.post('/', '/settings/name', { name: 'Flat 3' })).status, 303);
    assert.equal((await owner.browser.post('/safety', '/safety/log-server', log)).status, 303);
    await lives(owner, '21.5');
    ofOwner = home.subjectsOf(await home.code(owner));
    await hasDataOf(ofOwner);
  });
  after(() => home?.stop());

  /** Allows what is asked for consent, sets the warmth, and is whoever uses the device from then on. */
  const lives = async ({ browser }: Person, target: string): Promise<void> => {
    for (const [page, path, fields] of [
      ['/privacy', '/privacy/sharing', { [PERSON]: 'on' }],
      ['/', '/functions/set-target', { target }],
    ] as const)
      assert.equal((await browser.post(page, path, fields)).status, 303);
  };
  const joins = async (name: string, target: string, items = [PERSON]): Promise<Tenant> => {
    const person = await home.invite(owner, name);
    if (items.includes(HOUSEHOLD)) {
      const { status } = await owner.browser.post('/people', '/people/resident', { name, current: owner.password });
      assert.equal(status, 303);
    }
    await lives(person, target);
    const code = await home.code(person);
    await hasDataOf(home.subjectsOf(code), items);
    return { ...person, code };
  };
  const movesIn = (name: string, target: string) => joins(name, target, [HOUSEHOLD, PERSON]);
  const hasDataOf = (subjects: readonly Subject[], items = [HOUSEHOLD, PERSON]) =>
    until(async () => {
      const rows = await home.readable(subjects, items);
      return items.every((item) => rows.some((row) => row.item === item));
    });
  const erases = async ({ browser, password }: Person, when: 'now' | 'later'): Promise<void> => {
    const answer = await browser.post('/privacy/erase', '/privacy/erase', { when, current: password });
    assert.equal(answer.status, 303, answer.body);
  };
  const erasesByCode = async (account: Owner, code: string): Promise<void> => {
    const order = /name="order" value="([^"]+)"/.exec(await account.page('/account/erase'))?.[1] ?? assert.fail();
    const answer = await account.post('/account/erase', '/account/erase', { order, scope: 'everything', code });
    assert.equal(answer.status, 303, answer.body);
  };
  /** Their page, once this confirmation is there. */
  const confirmed = async (code: string, nth = 1): Promise<Owner> => {
    const account = await home.account(code);
    await until(async () => {
      await home.goOn();
      return (await account.page('/account/erasures')).includes(`/${nth}"`);
    });
    return account;
  };
  const areAll = (subjects: readonly Subject[], state: 'blocked' | 'ended') =>
    subjects.every((subject) => home.services.privacy.vault.stateOf(subject) === state);
  const given = async (account: Owner, nth: number) => {
    const page = await account.page('/account/erasures');
    const [path] = new RegExp(`/account/erasures/[\\w-]+/${nth}(?=")`).exec(page) ?? [];
    const confirmation = await account.page(path ?? assert.fail('there is no confirmation'));
    return { confirmation, roots: await account.page('/account/roots.pem') };
  };
  /** The statement of a confirmation that is the manufacturer's. */
  const verified = async (account: Owner, nth: number): Promise<ErasureStatement> => {
    const { confirmation, roots } = await given(account, nth);
    const verified = verifyConfirmation(JSON.parse(confirmation), [roots]);
    return verified.ok ? verified.statement : assert.fail(verified.because);
  };
  /** The same by the command that people have. */
  const verifiedByCommand = async (account: Owner, nth: number): Promise<ErasureStatement> => {
    const { confirmation, roots } = await given(account, nth);
    const files = {
      confirmation: join(home.folders.given, 'confirmation.json'),
      roots: join(home.folders.given, 'roots.pem'),
    };
    mkdirSync(home.folders.given, { recursive: true });
    writeFileSync(files.confirmation, confirmation);
    writeFileSync(files.roots, roots);
    const said = execFileSync(process.execPath, [
      CLI,
      'privacy',
      'verify',
      files.confirmation,
      '--roots',
      files.roots,
      '--json',
    ]);
    return (JSON.parse(said.toString()) as { readonly statement: ErasureStatement }).statement;
  };
  /** What a flat's owner has and sees, but for what is new by itself. */
  const standing = async () => {
    const { target: _household, temperature: _t, humidity: _h, heating: _s, ...status } = await owner.browser.status();
    const data = JSON.parse(await owner.browser.page('/api/my-data')) as Record<string, unknown>;
    const { account, accountCode, pseudonyms, consents } = data;
    return { status, account, accountCode, consents, person: own(pseudonyms), kept: await home.readable(ofOwner) };
  };

  it('erases-one-tenant', async () => {
    const tenant = await movesIn('Rosmah', '27.5');
    const subjects = home.subjectsOf(tenant.code);
    const backup = { type: 'backup', out: home.folders.backups, keepDays: KEPT_DAYS, who: 'Alice' } as const;
    const made = await home.services.privacy.command(backup);
    assert.equal(made.type, 'backups');
    owner = await home.again(owner);
    const asItWas = await standing();
    const there = { device: sealedIn(home.folders.device), services: await keptOf(home, subjects) };
    const { device, services, replica, backups } = home.folders;
    assert.deepEqual(found(there.device, device), there.device, 'so that it can be missed afterwards');
    assert.deepEqual(found(there.services.keys, services), there.services.keys);
    assert.deepEqual(found(there.services.keys, replica), there.services.keys);
    assert.deepEqual(found(there.services.rows, services, backups), there.services.rows);

    const wrong = { when: 'later', current: 'not their password' };
    const someone = await home.again(tenant);
    assert.equal((await someone.browser.post('/privacy/erase', '/privacy/erase', wrong)).status, 403);
    await erases(someone, 'later');
    await until(() => areAll(subjects, 'blocked'));
    home.wait(23 * HOUR);
    await home.goOn();
    assert.ok(areAll(subjects, 'blocked'));
    home.wait(2 * HOUR);
    const account = await confirmed(tenant.code);

    const statement = await verifiedByCommand(account, 1);
    assert.equal(statement.kind, 'erased');
    assert.deepEqual(new Set(statement.subjects), new Set(subjects));
    assert.deepEqual(Object.fromEntries(statement.places.map(({ place, state }) => [place, state])), {
      keys: 'erased',
      services: 'erased',
      backups: 'unreadable',
      [`device:${home.deviceId}`]: 'erased',
    });
    // at the device and at the services nobody opens it, not with every byte that lies there or in a backup
    assert.deepEqual(found(there.device, device), []);
    assert.deepEqual(found(there.services.keys, services, replica, backups), []);
    assert.deepEqual(found(there.services.rows, services), []);
    assert.deepEqual(await home.readable(subjects), []);

    // the owner’s home goes on as it was
    owner = await home.again(owner);
    await owner.browser.post('/people', '/people/remove', { name: 'Rosmah', current: owner.password });
    const now = await standing();
    assert.deepEqual({ ...now, kept: now.kept.slice(0, asItWas.kept.length) }, asItWas);
    for (const path of ['/', '/people', '/privacy', '/api/my-data'])
      assert.deepEqual(traces(await owner.browser.page(path), [...subjects, 'Rosmah', '27.5']), [], path);
    await owner.browser.post('/', '/functions/set-lamp', { lamp: 'on' });
    await until(async () => (await home.readable(ofOwner, [PERSON])).length > asItWas.kept.length);

    home.wait(KEPT_DAYS * DAY);
    await home.services.privacy.erasing.backups.removeEnded();
    assert.equal((await verified(await confirmed(tenant.code, 2), 2)).kind, 'expired');
    assert.deepEqual(found(there.services.rows, services, backups), []);
  });

  it('two-press-at-the-same-moment-and-each-is-erased-for-themselves', async () => {
    owner = await home.again(owner);
    const [household, lodger] = [await movesIn('Devi', '24.5'), await joins('Chong', '23.5')];
    const both = [household, lodger].map(({ code }) => home.subjectsOf(code));
    const account = await home.account(lodger.code);
    const kept = (await home.readable(ofOwner)).length;
    await Promise.all([erases(household, 'later'), erasesByCode(account, lodger.code)]);
    await until(() => areAll(both.flat(), 'blocked'));
    home.wait(25 * HOUR);
    for (const [index, { code }] of [household, lodger].entries()) {
      const { subjects, places } = await verified(await confirmed(code), 1);
      assert.deepEqual(new Set(subjects), new Set(both[index]));
      assert.ok(places.every(({ state }) => state === 'erased'));
    }
    assert.ok(areAll(both.flat(), 'ended'));
    owner = await home.again(owner);
    assert.equal((await home.readable(ofOwner)).length, kept);
    assert.deepEqual(traces(await owner.browser.page('/api/my-data'), both.flat()), []);
  });

  it('pressed-when-the-device-is-gone-it-stays-open-until-that-comes-back-and-what-it-brings-is-dropped', async () => {
    const tenant = await movesIn('Emil', '26.5');
    const subjects = home.subjectsOf(tenant.code);
    await home.cut();
    await tenant.browser.post('/', '/functions/set-target', { target: '12.5' });
    await until(async () => /"target-temperature"[^}]*12\.5/.test(await tenant.browser.page('/api/my-data')));
    await home.switchOff();
    const waited = (await home.readable(subjects)).length;
    await erasesByCode(await home.account(tenant.code), tenant.code);
    home.wait(40 * DAY);
    await home.goOn();
    assert.ok(areAll(subjects, 'ended'), 'nobody can read it, wherever the device is');
    const open = await (await home.account(tenant.code)).page('/account/erasures');
    assert.ok(waited > 0 && !open.includes('/1"'), 'nothing is confirmed that was not done');
    assert.match(open, new RegExp(`Device ${home.deviceId}</th>[^]*?Has not answered yet`));

    await home.mend();
    await home.switchOn();
    await home.isConnected();
    const { places } = await verified(await confirmed(tenant.code), 1);
    assert.ok(places.some(({ place, state }) => place === `device:${home.deviceId}` && state === 'erased'));
    const { data } = home.services.privacy;
    for (const item of [HOUSEHOLD, PERSON])
      assert.equal(await data.held(subjects, { productId: home.productId, item }), undefined);
    owner = await home.again(owner);
    assert.deepEqual(traces(await owner.browser.page('/api/my-data'), subjects), []);
    // and the device goes on for who is still there
    const before = (await home.readable(ofOwner, [PERSON])).length;
    await owner.browser.post('/', '/functions/set-lamp', { lamp: 'off' });
    await until(async () => (await home.readable(ofOwner, [PERSON])).length > before);
  });
});

type Tenant = Person & { readonly code: string };

/** Pseudonyms of the person themselves; those of the household change with who lives there. */
const own = (pseudonyms: unknown): readonly unknown[] =>
  (pseudonyms as readonly { readonly of: string }[]).filter(({ of }) => of === 'person');

const latin1 = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('latin1');
const traces = (page: string, of: readonly string[]): readonly string[] => of.filter((each) => page.includes(each));
/** which of these lie in any file of the folders */
function found(wanted: readonly string[], ...folders: readonly string[]): readonly string[] {
  const bytes = bytesIn(...folders);
  return wanted.filter((each) => bytes.includes(each, 0, 'latin1'));
}

/** How each value of the device's store begins as it lies on the disk, and the key under which all of them are sealed. */
const sealedIn = (folder: string): readonly string[] =>
  rowsOf(join(folder, 'state'), ['select body from document union all select body from store_key']).map(({ body }) =>
    // what is longer than a page of SQLite lies in pieces
    latin1(body).slice(0, 64),
  );

/** What the services keep of these: values, sealed, and the key of each, wrapped. */
async function keptOf({ services, folders }: Household, subjects: readonly Subject[]) {
  const isTheirs = ({ subject }: Record<string, unknown>): boolean => subjects.includes(String(subject));
  const tables = await services.privacy.data.partitions.live();
  const values = tables.map(({ name }) => `select subject, sealed from ${name}`);
  const rows = rowsOf(folders.services, values).filter(isTheirs);
  const keys = rowsOf(join(folders.services, 'privacy'), [
    'select s.subject, k.wrapped from subjects s join keys k on k.slot = s.slot',
  ]).filter(isTheirs);
  assert.ok(rows.length > 1 && keys.length === subjects.length);
  return {
    rows: rows.map(({ sealed }) => String(sealed)),
    keys: keys.map(({ wrapped }) => latin1(wrapped)),
  };
}

/** Of a copy, since whoever works has the file for itself. */
function rowsOf(folder: string, queries: readonly string[]): readonly Record<string, unknown>[] {
  const copy = `${folder}-copy`;
  cpSync(folder, copy, { recursive: true });
  const file = readdirSync(copy).find((name) => name.endsWith('.sqlite')) ?? assert.fail(folder);
  const database = new DatabaseSync(join(copy, file));
  try {
    return queries.flatMap((query) => database.prepare(query).all());
  } finally {
    database.close();
    rmSync(copy, { recursive: true });
  }
}
