/** How hard a text is to read: what plain-language guides count, in English and in Malay. */

export interface Ease {
  readonly words: number;
  readonly sentences: readonly string[];
  /** words in a sentence, on average */
  readonly sentenceLength: number;
  /** words of the longest sentence, and it */
  readonly longest: readonly [words: number, sentence: string];
  /** of all words, those of more than twelve letters */
  readonly longWords: number;
  /** R. Flesch, A New Readability Yardstick, 1948: 100 is easy, 60 plain English, 30 hard. For English alone. */
  readonly flesch: number;
}

/** The running text of a page: paragraphs and list items, whose end is the end of a sentence. Headings, names and values are none. */
export function runningText(markup: string): readonly string[] {
  const main = /<main[\s\S]*<\/main>/.exec(markup)?.[0] ?? '';
  const prose = main.replaceAll(/<(dl|form|nav|h[1-6]|code|option)\b[\s\S]*?<\/\1>/g, ' ');
  return [...prose.matchAll(/<(?:p|li)\b[^>]*>([\s\S]*?)(?=<\/(?:p|li)>|<(?:ul|ol|p|li)\b)/g)]
    .map(([, text = '']) => textOf(text))
    .filter((text) => text !== '');
}

const textOf = (markup: string): string =>
  markup
    .replaceAll(/<a [^>]*class="address"[\s\S]*?<\/a>/g, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&[a-z#0-9]+;/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

export function easeOf(paragraphs: readonly string[]): Ease {
  const sentences = paragraphs.flatMap((text) =>
    text
      .split(/(?<=[.!?:;])\s+/)
      .map((sentence) => sentence.trim())
      .filter((sentence) => wordsOf(sentence).length > 0),
  );
  const words = sentences.flatMap(wordsOf);
  const sentenceLength = words.length / Math.max(sentences.length, 1);
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  const longest = sentences.reduce<readonly [number, string]>(
    (most, sentence) => (wordsOf(sentence).length > most[0] ? [wordsOf(sentence).length, sentence] : most),
    [0, ''],
  );
  return {
    words: words.length,
    sentences,
    sentenceLength,
    longest,
    longWords: words.filter((word) => word.length > 12).length / Math.max(words.length, 1),
    flesch: 206.835 - 1.015 * sentenceLength - 84.6 * (syllables / Math.max(words.length, 1)),
  };
}

const wordsOf = (sentence: string): readonly string[] => sentence.match(/\p{L}[\p{L}'’-]*/gu) ?? [];

/** English: groups of vowels, without a final e that is not heard and -es, -ed; one at least. Right within a few in a hundred. */
export function syllablesOf(word: string): number {
  const plain = word
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .replace(/(?:[^laeiouy]es|[^tdaeiouy]ed|[^laeiouy]e)$/, (end) => end.slice(0, 1))
    .replace(/^y/, '');
  return Math.max(plain.match(/[aeiouy]+/g)?.length ?? 0, 1);
}
