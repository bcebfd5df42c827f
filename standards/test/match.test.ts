import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extractWordings } from '../src/extract.ts';
import { fingerprint } from '../src/fingerprint.ts';
import { candidates, readLine, wordingsOf } from '../src/likeness.ts';
import { CODES, LIST_LIMITS, ListTooLong, matchList, rows, type Code } from '../src/index.ts';
import { provisionList, skip, textOf } from './texts.ts';

test('recognises-the-circulating-provision-list-and-names-what-it-lacks', { skip }, () => {
  const matched = matchList(provisionList());
  assert.equal(matched.code, 'etsi-en-303-645@2.1.1');
  const expected = rows(matched.code)
    .map((one) => one.ref)
    .filter((ref) => ref !== '5.12-2');
  assert.deepEqual(
    matched.lines.map((line) => line.ref),
    expected,
  );
  assert.deepEqual(matched.missing, ['5.12-2']);
  assert.deepEqual(
    matched.lines.map((line) => line.line),
    expected.map((_, at) => at + 1),
  );
});

test('recognises-the-whole-of-each-code-and-which-code-it-is', { skip }, () => {
  for (const code of CODES) {
    const wordings = extractWordings(code, textOf(code));
    const matched = matchList(wordings.map((wording) => wording.texts[0]).join('\n'));
    assert.equal(matched.code, code);
    assert.deepEqual(
      matched.lines.map((line) => line.ref),
      wordings.map((wording) => wording.ref),
      code,
    );
    assert.deepEqual(matched.missing, [], code);
  }
});

test('tells-near-duplicates-apart', { skip }, () => {
  const code = 'etsi-en-303-645@2.1.1';
  const wordings = new Map(extractWordings(code, textOf(code)).map((one) => [one.ref, one.texts[0] ?? '']));
  for (const ref of ['5.3-14', '5.3-15', '5.5-6', '5.5-7', '5.8-1', '5.8-2', '5.12-2', '5.12-3', '6-4', '6-5']) {
    const [line] = matchList(`- ${wordings.get(ref)}`, { code }).lines;
    assert.deepEqual([line?.ref, line?.also], [ref, undefined]);
  }
});

test('survives-tails-cut-to-two-fifths-and-misspelt-letters', { skip }, () => {
  const random = generator(20_230_419);
  for (const code of CODES) {
    const wordings = extractWordings(code, textOf(code));
    let right = 0;
    let all = 0;
    for (let round = 0; round < 4; round += 1) {
      const list = wordings.map((wording) => misspell(cut(wording.texts[0] ?? '', 0.4), 0.03, random));
      const { lines } = matchList(list.join('\n'), { code });
      lines.forEach((line, at) => (right += line.ref === wordings[at]?.ref ? 1 : 0));
      all += list.length;
    }
    assert.ok(right / all > 0.95, `${code}: ${right} of ${all}`);
  }
});

test('survives-lost-first-letters-split-words-labels-and-marks-of-truncation', { skip }, () => {
  const code: Code = 'mcmc-g044@2023';
  const wordings = extractWordings(code, textOf(code)).filter((one) => (one.texts[0] ?? '').length > 60);
  const list = wordings.map(({ ref, texts: [text = ''] }, at) => {
    const harmed = [
      text.slice(1),
      text.replace(/(\w{4})(\w{4})/g, '$1- $2'),
      `${ref}  ${text}`,
      `${cut(text, 0.8)} <...>`,
    ];
    return harmed[at % harmed.length];
  });
  const { lines } = matchList(list.join('\n'));
  assert.deepEqual(
    lines.map((line) => line.ref),
    wordings.map((one) => one.ref),
  );
});

const PROSE = `The delivery will take place in the second week of the month, subject to the weather.
Please find attached the offer for forty thermostats and their mounting plates.
Security is important to us and to all our customers.
Passwords
The device is white, weighs 210 g and comes with a power supply.
Invoices are payable within thirty days; the manufacturer shall bear the cost of transport.
1.2.3
------`;

test('leaves-lines-of-other-kinds-unrecognised', () => {
  for (const code of [...CODES, undefined]) {
    const { lines } = matchList(PROSE, { code });
    assert.equal(lines.length, 8);
    assert.deepEqual(
      lines.filter((line) => line.ref !== null),
      [],
    );
  }
});

test('counts-blank-lines-and-leaves-them-out', () => {
  const matched = matchList('\n\none line\r\n\r\nanother\n');
  assert.deepEqual(
    matched.lines.map((line) => [line.line, line.text]),
    [
      [3, 'one line'],
      [5, 'another'],
    ],
  );
  assert.equal(matched.missing.length, rows(matched.code).length);
  assert.deepEqual(matchList('', { code: 'mcmc-g045@2024' }).lines, []);
});

test('refuses-a-list-beyond-its-bounds', () => {
  assert.throws(() => matchList('x'.repeat(LIST_LIMITS.length + 1)), ListTooLong);
  assert.throws(() => matchList('x\n'.repeat(LIST_LIMITS.lines + 1)), ListTooLong);
  assert.throws(() => matchList('x'.repeat(LIST_LIMITS.lineLength + 1)), { code: 'list-too-long' });
});

// the statistics alone, on wordings of our own: this runs where the texts of the codes are absent
test('ranks-the-row-that-a-harmed-line-stems-from-first', () => {
  const own = rows('mcmc-g045@2024');
  const wordings = wordingsOf({
    code: 'own',
    group: 5,
    rows: own.map((one) => ({ ref: one.ref, wordings: [fingerprint(one.title)] })),
  });
  const random = generator(7);
  const wrong = own.filter((one) => {
    const [best] = candidates(readLine(misspell(cut(one.title, 0.7), 0.03, random)), wordings);
    return best?.ref !== one.ref;
  });
  assert.deepEqual(
    wrong.map((one) => one.ref),
    [],
  );
});

test('a-fingerprint-holds-about-as-little-as-it-must', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(20);
  const made = fingerprint(letters);
  assert.equal(made.letters, 520);
  assert.ok(Buffer.from(made.filter, 'base64').length * 8 <= 2 * 520 + 64);
});

function cut(text: string, share: number): string {
  return text.slice(0, Math.ceil(text.length * share));
}

function misspell(text: string, share: number, random: () => number): string {
  return text.replace(/[a-z]/gi, (letter) =>
    random() < share ? String.fromCharCode(97 + Math.floor(random() * 26)) : letter,
  );
}

/** Numerical Recipes' linear congruential generator: the same lines in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
