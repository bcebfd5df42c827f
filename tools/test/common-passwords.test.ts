import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { isListed } from '../../device/src/access/passwords/listed.ts';
import { passwordRules } from '../../device/src/access/passwords/rules.ts';
import { listedPasswords } from '../common-passwords.ts';
import { read } from '../tree.ts';

const LIMITS = { minimumLength: 10, maximumLength: 64, refusesCommon: true, refusesRuns: true };
const judge = (password: string) =>
  passwordRules({ password, repeat: password, isInitial: false, isPrevious: false, context: [] }, LIMITS);
const listed = listedPasswords();

/** As people dress a word up to fulfil a rule. */
const DRESSED: readonly ((word: string) => string)[] = [
  (word) => `${word}2024!!`,
  (word) => `!!${word}99`,
  (word) => `7${word.toUpperCase()}9!!`,
];
const dressed = listed
  .filter((_, index) => index % 20 === 0)
  .flatMap((word) => DRESSED.map((dress) => dress(word)))
  // a short row of figures among figures is no word any more, and what is too short is refused for that
  .filter((password) => Array.from(password).length >= LIMITS.minimumLength && /\p{L}/u.test(password));

test('every-password-of-the-list-is-refused', (t) => {
  assert.ok(listed.length > 50_000);
  assert.deepEqual(
    listed.filter((password) => !isListed(password)),
    [],
  );
  t.diagnostic(`${listed.length} passwords`);
});

test('every-password-of-the-list-with-figures-and-signs-around-is-refused', (t) => {
  assert.deepEqual(
    dressed.filter((password) => !judge(password).includes('password-common')),
    [],
  );
  t.diagnostic(`${dressed.length} passwords`);
});

test('what-is-drawn-at-random-is-not-taken-for-common', (t) => {
  const drawn = (letters: string, length: number) =>
    Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  const figures = '0123456789';
  const small = 'abcdefghijklmnopqrstuvwxyz';
  for (const [name, letters, length] of [
    ['letters and figures', small + figures, 10],
    ['letters', small, 12],
    ['everything', `${small}${small.toUpperCase()}${figures}!$%&/()=?+*#-_.:,;`, 16],
  ] as const) {
    const good = Array.from({ length: 4000 }, () => drawn(letters, length));
    const refused = good.filter((password) => judge(password).includes('password-common'));
    t.diagnostic(`${name}: ${refused.length} of ${good.length} refused as common`);
    // of ten letters and figures 13 in 400,000 were, of the others fewer: more than three in 4,000 come by chance once in 10^5
    assert.ok(refused.length <= 3, `${name}: ${refused.length}`);
  }
});

test('the-filter-takes-one-in-a-million-others', () => {
  let taken = 0;
  for (let number = 0; number < 100_000; number += 1) if (isListed(`${number} is not on any list`)) taken += 1;
  // 0.1 expected
  assert.ok(taken <= 3, `${taken}`);
});

const script = read('web/assets/panel.js');

test('the-meter-calls-nothing-strong-that-the-device-refuses-as-common', () => {
  const [source] = /function gradeOf[^]*?\n\}\n/.exec(script) ?? [];
  const gradeOf = runInNewContext(`(${source})`) as (password: string, minimum: number) => number;
  assert.equal(gradeOf('saddle Harbour nine plums', 10), 3);
  // whole phrases are on the list too; without a list a meter takes them for what they would be if nobody knew them
  const words = dressed.filter((password) => (/\p{L}.*\p{L}/su.exec(password)?.[0].length ?? 0) < 16);
  assert.ok(words.length > 0.99 * dressed.length);
  const strong = words.filter((password) => gradeOf(password, 10) === 3);
  assert.deepEqual(strong, []);
});

test('the-panels-script-is-at-most-20-kB-compressed', () => {
  assert.ok(gzipSync(script).length <= 20_000);
});
