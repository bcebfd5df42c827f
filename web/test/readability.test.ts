import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { samplePages } from '../gallery/samples.ts';
import { easeOf, runningText, syllablesOf } from './readability.ts';

/** What people must understand before they agree, delete or set up. */
const PAGES = [
  '/p/privacy',
  '/p/privacy-parties',
  '/p/privacy/history',
  '/p/deletion',
  '/p/setup',
  '/p/setup-check',
  '/p/password-change',
  '/privacy',
  '/safety',
  '/setup-3',
];

/** Flesch: 60 to 70 is plain English, read by thirteen-year-olds. */
const FLESCH = 60;
/** UK Government Digital Service, content design: a sentence has no more than 25 words. */
const LONGEST = 25;
/** Plain English Campaign, How to write in plain English: 15 to 20 words on average. */
const AVERAGE = 20;
/** Malay builds long words of a root and what is put before and after it: a bound for them, where syllables say little. */
const LONG_WORDS = 0.08;

describe('plain words', () => {
  for (const path of PAGES) {
    test(`${path} is plain English`, () => {
      const ease = easeOf(runningText(samplePages('en')[path]?.() ?? ''));
      assert.ok(ease.words > 0, 'nothing to read');
      assert.ok(ease.flesch >= FLESCH, `Flesch ${ease.flesch.toFixed(1)}`);
      assert.ok(ease.sentenceLength <= AVERAGE, `${ease.sentenceLength.toFixed(1)} words in a sentence`);
      assert.ok(ease.longest[0] <= LONGEST, `${ease.longest[0]} words: ${ease.longest[1]}`);
    });

    test(`${path} is Malay in short sentences and short words`, () => {
      const ease = easeOf(runningText(samplePages('ms')[path]?.() ?? ''));
      assert.ok(ease.words > 0, 'nothing to read');
      assert.ok(ease.sentenceLength <= AVERAGE, `${ease.sentenceLength.toFixed(1)} words in a sentence`);
      assert.ok(ease.longest[0] <= LONGEST, `${ease.longest[0]} words: ${ease.longest[1]}`);
      assert.ok(ease.longWords <= LONG_WORDS, `${(ease.longWords * 100).toFixed(1)} % of the words are long`);
    });
  }

  test('what lawyers write is found to be hard, and what a child reads easy', () => {
    const hard = easeOf([
      'Notwithstanding anything to the contrary contained herein, the aforementioned organisation reserves the unconditional entitlement to disseminate personally identifiable information to affiliated intermediaries.',
    ]);
    assert.ok(hard.flesch < 0, String(hard.flesch));
    assert.ok(hard.longWords > 2 * LONG_WORDS);
    const easy = easeOf(['The cat sat on the mat. It was warm. We let it sleep.']);
    assert.ok(easy.flesch > 100, String(easy.flesch));
    assert.equal(easy.sentences.length, 3);
  });

  test('syllables are counted as they are spoken', () => {
    const spoken = {
      the: 1,
      time: 1,
      password: 2,
      device: 2,
      data: 2,
      agree: 2,
      table: 2,
      wanted: 2,
      asked: 1,
      privacy: 3,
    };
    for (const [word, count] of Object.entries(spoken)) assert.equal(syllablesOf(word), count, word);
  });

  test('names, values, forms and headings are no running text', () => {
    const page =
      '<main><h1>Long heading</h1><p>Read <b>this</b>.</p><dl><dt>a</dt><dd>b</dd></dl><ul><li>And this</li></ul></main>';
    assert.deepEqual(runningText(page), ['Read this .', 'And this']);
  });
});
