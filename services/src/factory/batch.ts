import { tailOfHits, tailOfSpread } from './chance.ts';
import { derivationsOf } from './derived.ts';
import { ALPHABET, type Carrier, isTied, PASSWORD_LENGTH } from './passwords.ts';

/**
 * Whether a batch of labels may leave the factory. Single faults are found by comparison; a broken generator (a counter,
 * a digest of the serial, a seed taken from the clock, uneven letters) by statistics, of which each has a bound on how
 * often a good batch would fail it. All together refuse a good batch less than once in a million.
 */
export interface Labelled extends Carrier {
  readonly password: string;
}
export interface BatchRefusal {
  readonly code:
    | 'batch-empty'
    | 'password-malformed'
    | 'serial-repeated'
    | 'password-repeated'
    | 'password-tied'
    | 'password-similar'
    | 'password-uneven'
    | 'password-correlated'
    | 'password-derived';
  /** names serials and figures, no password */
  readonly because: string;
}

/** chance that a good batch of any size is refused; shared evenly by the tests that are done */
export const FALSE_REFUSAL = 1e-6;

// EN 303 645 5.1-1, 5.1-2, G044 6.1-a, 6.1-b, G045 AU-1-4: a batch that helps to guess a password is not made
export function checkBatch(batch: readonly Labelled[]): BatchRefusal | undefined {
  if (batch.length === 0) return { code: 'batch-empty', because: 'there is no label in the batch' };
  return singleFault(batch) ?? generatorFault(batch);
}

const FORM = new RegExp(`^[${ALPHABET}]{${PASSWORD_LENGTH}}$`);

function singleFault(batch: readonly Labelled[]): BatchRefusal | undefined {
  const owner = new Map<string, string>();
  const serials = new Set<string>();
  for (const { serial, mac, password } of batch) {
    if (!FORM.test(password))
      return {
        code: 'password-malformed',
        because: `the password of ${serial} is not ${PASSWORD_LENGTH} letters of the label's alphabet`,
      };
    if (serials.has(serial)) return { code: 'serial-repeated', because: `${serial} is in the batch twice` };
    serials.add(serial);
    const other = owner.get(password);
    if (other !== undefined)
      return { code: 'password-repeated', because: `${serial} and ${other} have the same password` };
    owner.set(password, serial);
    if (isTied(password, { serial, mac }))
      return { code: 'password-tied', because: `the password of ${serial} shares letters with its serial or MAC` };
  }
}

interface Test {
  readonly code: BatchRefusal['code'];
  readonly what: string;
  /** ln of the bound on the chance of it in a good batch */
  readonly tail: number;
}

function generatorFault(batch: readonly Labelled[]): BatchRefusal | undefined {
  const inOrder = [by('serial', batch), by('mac', batch)] as const;
  const columns = columnsOf(batch);
  const tests = [
    ...unevenness(columns),
    ...inOrder.flatMap(([name, ordered]) => neighbours(name, ordered)),
    ...signsOf(batch).flatMap(({ name, signs, kinds }) =>
      columns.map((column, at): Test => ({
        code: 'password-correlated',
        what: `letter ${at + 1} follows ${name}`,
        tail: tailOfSpread(counted(column, signs, kinds), LETTERS),
      })),
    ),
    ...derivations(batch),
  ];
  // one more for the likeness below, which is bounded by its own length of letters
  const limit = Math.log(FALSE_REFUSAL / (tests.length + 1));
  const worst = tests.reduce((least, test) => (test.tail < least.tail ? test : least));
  if (worst.tail < limit)
    return {
      code: worst.code,
      because: `${worst.what}: of good batches less than one in 10^${Math.floor(-worst.tail / Math.LN10)} looks like this`,
    };
  return likeness(batch, limit);
}

const LETTERS = ALPHABET.length;

/** Letters as numbers, one array per position. */
const columnsOf = (batch: readonly Labelled[]): readonly Uint8Array[] =>
  Array.from({ length: PASSWORD_LENGTH }, (_, at) =>
    Uint8Array.from(batch, ({ password }) => NUMBER[password.charCodeAt(at)] ?? 0),
  );
const NUMBER = new Uint8Array(128);
for (const [number, letter] of Array.from(ALPHABET).entries()) NUMBER[letter.charCodeAt(0)] = number;

function counted(column: Uint8Array, groups: Uint8Array, kinds: number): Int32Array {
  const counts = new Int32Array(kinds * LETTERS);
  for (let i = 0; i < column.length; i++) {
    const at = (groups[i] ?? 0) * LETTERS + (column[i] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Every letter as often as any other: at each position, over all, and whatever the letter at another position. */
function unevenness(columns: readonly Uint8Array[]): readonly Test[] {
  const one = new Uint8Array(columns[0]?.length ?? 0);
  const each = columns.map((column) => counted(column, one, 1));
  const all = each.reduce((sum, counts) => sum.map((count, at) => count + (counts[at] ?? 0)), new Int32Array(LETTERS));
  const test = (what: string, counts: Int32Array): Test => ({
    code: 'password-uneven',
    what,
    tail: tailOfSpread(counts, LETTERS),
  });
  return [
    test('some letters come more often than others', all),
    ...each.map((counts, at) => test(`at letter ${at + 1} some letters come more often than others`, counts)),
    ...columns.flatMap((column, at) =>
      columns
        .slice(0, at)
        .map((other, before) => test(`letter ${at + 1} follows letter ${before + 1}`, counted(column, other, LETTERS))),
    ),
  ];
}

function by(name: 'serial' | 'mac', batch: readonly Labelled[]): readonly ['serial' | 'mac', readonly Labelled[]] {
  const key = new Map(batch.map((one) => [one, one[name].toLowerCase().padStart(LONGEST)]));
  return [name, batch.toSorted((a, b) => ((key.get(a) ?? '') < (key.get(b) ?? '') ? -1 : 1))];
}
const LONGEST = 64;

/** From one label to the next every step is as likely as any other, and up as likely as down, near and far. */
function neighbours(name: string, ordered: readonly Labelled[]): readonly Test[] {
  const steps = columnsOf(ordered).map((column, at): Test => {
    const counts = new Int32Array(LETTERS);
    for (let i = 1; i < column.length; i++) {
      const step = ((column[i] ?? 0) - (column[i - 1] ?? 0)) & (LETTERS - 1);
      counts[step] = (counts[step] ?? 0) + 1;
    }
    return {
      code: 'password-correlated',
      what: `letter ${at + 1} goes on in steps from one ${name} to the next`,
      tail: tailOfSpread(counts, LETTERS),
    };
  });
  const half = ordered.length >> 1;
  const near = rises(ordered, (pair) => [2 * pair, 2 * pair + 1]);
  const far = rises(ordered, (pair) => [pair, half + pair]);
  // either direction: twice the bound of one
  const sided = (hits: number) => Math.LN2 + tailOfHits(Math.max(hits, half - hits), half, 1 / 2);
  return [
    ...steps,
    { code: 'password-correlated', what: `passwords rise or fall with each ${name}`, tail: sided(near) },
    { code: 'password-correlated', what: `passwords rise or fall with the ${name}`, tail: sided(far) },
  ];
}

function rises(ordered: readonly Labelled[], pairAt: (pair: number) => readonly [number, number]): number {
  let count = 0;
  for (let pair = 0; pair < ordered.length >> 1; pair++) {
    const [a, b] = pairAt(pair);
    if ((ordered[a]?.password ?? '') < (ordered[b]?.password ?? '')) count++;
  }
  return count;
}

interface Signs {
  readonly name: string;
  readonly signs: Uint8Array;
  readonly kinds: number;
}

/** Each character of serial and MAC, counted from the end, where it is not the same on every label. */
function signsOf(batch: readonly Labelled[]): readonly Signs[] {
  return (['serial', 'mac'] as const).flatMap((name) => {
    const texts = batch.map((one) => one[name].toLowerCase());
    const longest = Math.min(
      LONGEST,
      texts.reduce((most, text) => Math.max(most, text.length), 0),
    );
    return Array.from({ length: longest }, (_, back) =>
      numbered(
        `sign ${back + 1} from the end of the ${name}`,
        texts.map((text) => text.at(-1 - back) ?? ''),
      ),
    ).filter(({ kinds }) => kinds > 1);
  });
}

function numbered(name: string, of: readonly string[]): Signs {
  const numbers = new Map<string, number>();
  const signs = Uint8Array.from(of, (sign) => {
    const known = numbers.get(sign);
    if (known !== undefined) return known;
    // what comes after so many kinds shares the last group
    const number = Math.min(numbers.size, MOST_KINDS - 1);
    numbers.set(sign, number);
    return number;
  });
  return { name, signs, kinds: Math.min(numbers.size, MOST_KINDS) };
}
const MOST_KINDS = 64;

/** Labels looked at: a generator that derives does so for each, and so many show a mask as well as all. */
const DERIVED_SAMPLE = 64;

function derivations(batch: readonly Labelled[]): readonly Test[] {
  const every = Math.ceil(batch.length / DERIVED_SAMPLE);
  const sample = batch.filter((_, index) => index % every === 0);
  return Array.from(derivationsOf(sample)).flatMap(({ name, letters: texts, isFiveBits }) => {
    const masks = new Int32Array(PASSWORD_LENGTH * LETTERS);
    let equal = 0;
    let letters = 0;
    for (const [index, { password }] of sample.entries()) {
      const derived = texts[index] ?? '';
      for (let at = 0; at < derived.length; at++) {
        letters++;
        if (derived[at] === password[at]) equal++;
        const mask = (NUMBER[derived.charCodeAt(at)] ?? 0) ^ (NUMBER[password.charCodeAt(at)] ?? 0);
        const place = at * LETTERS + mask;
        masks[place] = (masks[place] ?? 0) + 1;
      }
    }
    const code = 'password-derived';
    const plain: Test = { code, what: `passwords are the ${name}`, tail: tailOfHits(equal, letters, 1 / LETTERS) };
    return isFiveBits
      ? [plain, { code, what: `passwords are the ${name}, under a mask`, tail: tailOfSpread(masks, LETTERS) }]
      : [plain];
  });
}

/** No two begin or end with the same so many letters: as many as make a chance pair rarer than the limit. */
function likeness(batch: readonly Labelled[], limit: number): BatchRefusal | undefined {
  const pairs = batch.length * (batch.length - 1);
  const length = Math.ceil((Math.log(Math.max(pairs, 1)) - limit) / Math.log(LETTERS));
  if (length >= PASSWORD_LENGTH) return undefined;
  const seen = new Map<string, string>();
  for (const { serial, password } of batch)
    for (const part of [`<${password.slice(0, length)}`, `>${password.slice(-length)}`]) {
      const other = seen.get(part);
      if (other !== undefined)
        return {
          code: 'password-similar',
          because: `the passwords of ${serial} and ${other} have ${length} letters in common`,
        };
      seen.set(part, serial);
    }
}
