import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkBatch, type Labelled } from '../src/factory/batch.ts';
import { tailOfHits, tailOfSpread } from '../src/factory/chance.ts';
import { ALPHABET, isTied, makeBatchPasswords, makePassword, PASSWORD_LENGTH } from '../src/factory/passwords.ts';
import { drawSamples } from '../src/factory/samples.ts';

describe('label passwords', () => {
  const batch = drawSamples(100_000);

  it('are-distinct-even-and-tied-to-nothing-in-a-hundred-thousand', (t) => {
    const form = new RegExp(`^[${ALPHABET}]{${PASSWORD_LENGTH}}$`);
    assert.ok(batch.every(({ password }) => form.test(password)));
    const distinct = new Set(batch.map(({ password }) => password)).size;
    assert.equal(distinct, batch.length);
    assert.equal(checkBatch(batch), undefined);
    const figures = Array.from({ length: PASSWORD_LENGTH }, (_, at) =>
      chiSquare(batch.map(({ password }) => password[at] ?? '')),
    );
    for (const [at, figure] of figures.entries()) assert.ok(figure < CRITICAL, `letter ${at + 1}: ${figure}`);
    const same = batch.filter(({ password }, i) => password[0] === batch[i + 1]?.password[0]).length;
    // 1 in 32 by chance, give or take six standard deviations
    assert.ok(Math.abs(same - batch.length / 32) < 6 * Math.sqrt((batch.length * 31) / 1024), `${same}`);
    t.diagnostic(
      `${distinct} of ${batch.length} distinct; chi-square of letters per position ${Math.min(...figures).toFixed(1)} to ${Math.max(...figures).toFixed(1)} (31 expected, ${CRITICAL} once in 10^6); neighbours with the same first letter ${same} (${batch.length / 32} expected)`,
    );
  });

  it('have-80-bits-in-letters-that-nobody-confuses', () => {
    assert.equal(new Set(ALPHABET).size, 32);
    assert.equal(PASSWORD_LENGTH * Math.log2(ALPHABET.length), 80);
    assert.doesNotMatch(ALPHABET, /[01lo]/);
  });

  it('refuse-ties-in-any-case', () => {
    const carrier = { serial: 'AB12CD34', mac: '02:ab:cd:ef:99:88' };
    assert.equal(isTied('xxxx12cdxxxxxxxx', carrier), true);
    assert.equal(isTied('xxxxABCDxxxxxxxx', carrier), true);
    assert.equal(isTied('xxxx12cxxxxxxxxx', carrier), false);
  });

  it('are-drawn-again-where-they-are-tied', () => {
    const draws = ['a', 'm'].map((letter) => Array.from({ length: 16 }, () => letter));
    const scripted = () => Uint8Array.from(draws.shift() ?? [], (letter) => ALPHABET.indexOf(letter));
    assert.equal(makePassword({ serial: 'AAAA', mac: '' }, scripted), 'mmmmmmmmmmmmmmmm');
  });
});

describe('a batch', () => {
  const carriers = drawSamples(400);
  const labelledWith = (passwordOf: (one: Labelled, index: number) => string): readonly Labelled[] =>
    carriers.map((one, index) => ({ ...one, password: passwordOf(one, index) }));
  const drawnBy = (random: (bytes: number) => Uint8Array): readonly Labelled[] => {
    const passwords = makeBatchPasswords(carriers, random);
    return labelledWith((_, index) => passwords[index] ?? '');
  };
  const spelt = (number: bigint): string =>
    Array.from({ length: PASSWORD_LENGTH }, (_, at) => ALPHABET[Number((number >> BigInt(5 * (15 - at))) & 31n)]).join(
      '',
    );
  const digest = (name: string, text: string) => {
    const number = BigInt(`0x${createHash(name).update(text).digest('hex').slice(0, 20)}`);
    return spelt(number);
  };
  const spread = (index: number) => createHash('sha256').update(`fair ${index}`).digest();
  const fair = (index: number) => Array.from(spread(index).subarray(0, 16), (byte) => ALPHABET[byte & 31] ?? '');

  it('that-is-good-is-accepted-whatever-its-size', () => {
    for (let size = 1; size <= 120; size += 1)
      assert.equal(checkBatch(carriers.slice(0, 1).concat(drawSamples(size).slice(1))), undefined, `${size}`);
  });

  it('of-unsalted-but-unguessable-digests-counts-as-good', () => {
    // the negative controls below differ from this one in their fault alone
    assert.equal(checkBatch(labelledWith((_, index) => fair(index).join(''))), undefined);
  });

  const lcg = (seed: number) => {
    let state = seed >>> 0;
    return (bytes: number) =>
      Uint8Array.from({ length: bytes }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
        return state >>> 16;
      });
  };
  const start = 1_760_000_000;
  const BROKEN: Readonly<Record<string, () => readonly Labelled[]>> = {
    'counted-up': () => labelledWith((_, index) => spelt(0x5a5a_5a5a_5a5a_5a5an + BigInt(index))),
    'multiples-of-a-large-number': () =>
      labelledWith((_, index) => spelt((BigInt(index) * 0x9e37_79b9_7f4a_7c15_f39dn) & ((1n << 80n) - 1n))),
    'digests-of-the-serial': () => labelledWith(({ serial }) => digest('sha256', serial)),
    'digests-of-the-mac-without-colons': () => labelledWith(({ mac }) => digest('md5', mac.replaceAll(':', ''))),
    'digests-of-the-serial-under-a-mask': () =>
      labelledWith(({ serial }) =>
        Array.from(
          digest('sha1', serial),
          (letter, at) => ALPHABET[ALPHABET.indexOf(letter) ^ ((at * 7 + 3) & 31)],
        ).join(''),
      ),
    'seeded-with-the-second': () => {
      const passwords = carriers.map((carrier, index) => makePassword(carrier, lcg(start + index)));
      return labelledWith((_, index) => passwords[index] ?? '');
    },
    'seeded-with-the-same-second': () => {
      const passwords = carriers.map((carrier, index) => makePassword(carrier, lcg(start + (index >> 1))));
      return labelledWith((_, index) => passwords[index] ?? '');
    },
    'from-a-seed-that-comes-again': () => labelledWith((_, index) => fair(index % 256).join('')),
    'of-uneven-letters': () =>
      drawnBy((bytes) => Uint8Array.from(randomOf(bytes), (byte) => byte & (byte > 127 ? 15 : 31))),
    'of-few-letters': () =>
      labelledWith((_, index) =>
        fair(index)
          .map((letter) => (/[a-h]/.test(letter) ? letter : 'm'))
          .join(''),
      ),
    'whose-one-letter-follows-the-serial': () =>
      labelledWith(({ serial }, index) =>
        fair(index)
          .with(9, ALPHABET[Number(serial.at(-1)) * 3] ?? '')
          .join(''),
      ),
    'whose-one-letter-follows-the-mac': () =>
      labelledWith(({ mac }, index) =>
        fair(index)
          .with(2, ALPHABET[(Number.parseInt(mac.at(-1) ?? '', 16) ^ 9) * 2] ?? '')
          .join(''),
      ),
    'that-rise-with-the-serial': () => {
      const sorted = carriers.map((_, index) => fair(index).join('')).toSorted();
      return labelledWith((_, index) => sorted[index] ?? '');
    },
    'with-a-checking-letter': () =>
      labelledWith((_, index) => {
        const letters = fair(index);
        return letters.with(15, letters[3] ?? '').join('');
      }),
    'two-of-which-begin-alike': () =>
      labelledWith((_, index) => (index === 7 ? [...fair(3).slice(0, 15), '2'] : fair(index)).join('')),
    'two-of-which-are-equal': () => labelledWith((_, index) => fair(index === 399 ? 0 : index).join('')),
    'that-is-shorter': () => labelledWith((_, index) => fair(index).slice(0, 12).join('')),
    'with-a-serial-twice': () => carriers.concat(carriers.slice(0, 1)),
    'with-a-tie': () => labelledWith((_, index) => (index === 5 ? 'samp222222222222' : fair(index).join(''))),
    'of-nothing': () => [],
  };
  for (const [fault, make] of Object.entries(BROKEN)) {
    it(`${fault}-is-refused`, (t) => {
      const refused = checkBatch(make());
      assert.ok(refused, fault);
      t.diagnostic(`${refused.code}: ${refused.because}`);
    });
  }

  it('is-refused-without-a-word-of-its-passwords', () => {
    for (const make of Object.values(BROKEN)) {
      const batch = make();
      const said = checkBatch(batch)?.because ?? '';
      assert.ok(batch.every(({ password }) => !said.includes(password.slice(0, 6))));
    }
  });
});

describe('the bounds on chance', () => {
  it('are-above-what-chance-does', () => {
    // 20,000 fair throws of 40 letters each: never rarer than its bound by more than chance
    const tails = Array.from({ length: 20_000 }, () => {
      const counts = new Int32Array(32);
      for (const byte of randomOf(40)) counts[byte & 31] = (counts[byte & 31] ?? 0) + 1;
      return tailOfSpread(counts, 32);
    });
    for (const limit of [0.1, 0.01, 0.001]) {
      const rarer = tails.filter((tail) => tail < Math.log(limit)).length;
      assert.ok(rarer <= limit * tails.length + 6 * Math.sqrt(limit * tails.length), `${limit}: ${rarer}`);
    }
  });

  it('are-exact-where-all-hit', () => {
    assert.ok(Math.abs(tailOfHits(16, 16, 1 / 32) - 16 * Math.log(1 / 32)) < 1e-9);
    assert.equal(tailOfHits(1, 32, 1 / 32), 0);
    assert.ok(Math.abs(tailOfSpread(Int32Array.of(10, 0), 2) - (1 + Math.log(10 * Math.LN2) - 10 * Math.LN2)) < 1e-9);
  });
});

const randomOf = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

/** 31 degrees of freedom; a fair source exceeds it once in 10^6 */
const CRITICAL = 82.6;

function chiSquare(letters: readonly string[]): number {
  const expected = letters.length / ALPHABET.length;
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return ALPHABET.split('').reduce((sum, letter) => sum + ((counts.get(letter) ?? 0) - expected) ** 2 / expected, 0);
}
