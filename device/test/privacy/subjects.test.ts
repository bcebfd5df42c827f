import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decideSubjects, lacking, NOBODY, type Home, type SubjectsState } from '../../src/privacy/subjects/decide.ts';
import { wordsOf } from '../../src/privacy/words.ts';
import { NOTHING_KNOWN } from '../../src/privacy/state.ts';
import { ACCOUNTS, DAY, FIELDS, ITEMS, NOW, openHome } from './home.ts';

/** Pseudonyms: one for the household, one for each person, each no longer in use than declared. */

const HOME: Home = { items: ITEMS, fields: FIELDS, accounts: ACCOUNTS };
let drawn = 0;
const draw = (state: SubjectsState, now: number, home = HOME): SubjectsState => {
  const pseudonyms = lacking(state, home, now).map((lack) => ({
    ...lack,
    subject: String((drawn += 1)).padStart(22, 'A'),
  }));
  return decideSubjects(state, { kind: 'begun', pseudonyms }, home, now).state;
};
const inUse = (state: SubjectsState): string[] =>
  state.pseudonyms
    .filter(({ until }) => until === undefined)
    .map(({ of, account, items }) => `${of} ${account} ${items.join('+')}`)
    .sort();

test('the household and each person has a name of its own for what leaves the device, and for nothing else', () => {
  const state = draw(NOBODY, NOW);
  assert.deepEqual(inUse(state), [
    'household owner climate',
    'household owner usage',
    'person kid steps',
    'person owner steps',
    'person tenant steps',
  ]);
  assert.deepEqual(lacking(state, HOME, NOW), [], 'and is drawn once');
});

test('a name is replaced when its days are over, and the one before stays known while something may lie under it', () => {
  const first = draw(NOBODY, NOW);
  const week = NOW + 7 * DAY;
  assert.deepEqual(lacking(first, HOME, week - 1), []);
  const second = draw(first, week);
  assert.equal(second.pseudonyms.length, first.pseudonyms.length + 1);
  assert.deepEqual(inUse(second), inUse(first));
  const look = (now: number) => decideSubjects(second, { kind: 'look' }, HOME, now).state.pseudonyms.length;
  assert.deepEqual([look(week + 30 * DAY - 1), look(week + 30 * DAY)], [6, 5], 'thirty days are declared for it');
  assert.deepEqual(lacking(second, HOME, NOW - DAY), [], 'a clock that was set back draws none');
});

test('whatever happens, nobody has more names than one word of erasure can name, and each is somebody’s', () => {
  const kept = { ...HOME, items: ITEMS.map((item) => ({ ...item, retentionDays: 0, pseudonymDays: 1 })) };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 300, maxLength: 400 }), (steps) => {
      let now = NOW;
      let state = NOBODY;
      for (const days of steps) {
        now += days * DAY;
        // services that mean ill say of one after the other that it is of no use any more
        for (const { subject } of state.pseudonyms)
          state = decideSubjects(state, { kind: 'replaced', subject }, kept, now).state;
        state = draw(state, now, kept);
      }
      for (const { name } of ACCOUNTS) {
        assert.ok(state.pseudonyms.filter(({ account }) => account === name).length <= 256);
      }
      assert.equal(new Set(inUse(state)).size, inUse(state).length);
    }),
    { numRuns: 3 },
  );
});

test('an account that ends takes its names with it, and whoever has the account name next is somebody else', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.moveIn('tenant');
  const before = home.privacy.state().subjects.pseudonyms;
  home.store.writeAll({ ...home.privacy.withoutAccounts(['tenant', 'kid']) });
  home.store.write('accounts', {
    accounts: (home.store.read('accounts') as { accounts: object[] }).accounts.slice(0, 1),
  } as never);
  await home.privacy.tick();
  const { subjects } = home.privacy.state();
  assert.deepEqual(
    [subjects.resident, new Set(subjects.pseudonyms.map(({ account }) => account))],
    [null, new Set(['owner'])],
  );
  const inUseNow = subjects.pseudonyms.filter(({ until }) => until === undefined && true);
  const tenants = new Set(before.filter(({ account }) => account === 'tenant').map(({ subject }) => subject));
  assert.ok(inUseNow.every(({ subject }) => !tenants.has(subject)));
  assert.ok(
    inUseNow.some(({ of }) => of === 'household'),
    'the first owner lives there again, under a new name',
  );
});

test('what the services are told of a name says whose account code opens it, once there is one', () => {
  const state = draw(NOBODY, NOW);
  const [pseudonym] = state.pseudonyms;
  assert.ok(pseudonym);
  const link = { account: 'abcdefgh', verifier: 'A'.repeat(43) };
  const { state: linked, effects } = decideSubjects(
    state,
    { kind: 'code', account: pseudonym.account, link },
    HOME,
    NOW,
  );
  assert.ok(effects.length === 3 && effects.every((effect) => effect.kind === 'tell'));
  const known = { ...NOTHING_KNOWN, subjects: linked };
  assert.deepEqual(wordsOf(pseudonym, known, ITEMS), [
    { kind: 'subject', subject: pseudonym.subject, items: pseudonym.items, account: link },
  ]);
});
