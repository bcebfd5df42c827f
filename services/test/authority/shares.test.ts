import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Brought, combineShares, makeShares, type RootName } from '../../src/authority/shares.ts';
import { ServicesFault } from '../../src/faults.ts';

/** as little as argon2id takes: what is tried here is the sharing */
const CHEAP = { memoryKib: 100, passes: 1, parallelism: 1 };
const ROOT: RootName = { label: 'root.1', fingerprint: 'ab'.repeat(32) };
const OTHER: RootName = { label: 'root.2', fingerprint: 'cd'.repeat(32) };
const SECRET = Uint8Array.from({ length: 185 }, (_, at) => at);
const passphrase = (holder: number) => Buffer.from(`passphrase of holder ${holder}`);
const shared = async (many: number, needed: number, root = ROOT): Promise<readonly Brought[]> => {
  const passphrases = Array.from({ length: many }, (_, at) => passphrase(at + 1));
  const texts = await makeShares(SECRET, root, { needed, passphrases }, CHEAP);
  return texts.map((text, at) => ({ name: `${at + 1}.txt`, text, passphrase: passphrase(at + 1) }));
};
const refusal = async (brought: readonly (Brought | undefined)[], roots = [ROOT]): Promise<string> => {
  try {
    await combineShares(
      brought.filter((each) => each !== undefined),
      roots,
    );
  } catch (error) {
    assert.ok(error instanceof ServicesFault);
    return `${error.code}: ${error.message}`;
  }
  return 'taken';
};

describe('a root’s key in shares', () => {
  it('comes-back-from-any-that-are-needed-and-from-no-fewer', async () => {
    for (const [many, needed] of [
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
      [5, 5],
    ] as const) {
      const shares = await shared(many, needed);
      for (let subset = 1; subset < 1 << many; subset++) {
        const brought = shares.filter((_, at) => (subset >> at) & 1);
        if (brought.length < needed)
          assert.match(await refusal(brought), new RegExp(`^root-offline: ${needed} shares of root.1 are needed`));
        else assert.deepEqual(new Uint8Array((await combineShares(brought.toReversed(), [ROOT])).secret), SECRET);
      }
    }
  });

  it('names-the-share-whose-passphrase-is-wrong', async () => {
    const [one, two, three] = await shared(3, 2);
    assert.ok(one && two && three);
    assert.match(
      await refusal([one, { ...three, passphrase: two.passphrase }]),
      /^share-refused: 3\.txt is not opened by its passphrase: .*nothing was signed$/,
    );
  });

  it('refuses-a-share-of-another-root-of-another-split-and-one-brought-twice', async () => {
    const [one, two] = await shared(3, 2);
    const [, foreign] = await shared(3, 2, OTHER);
    const [, later] = await shared(3, 2);
    assert.match(await refusal([one, two], [OTHER]), /^share-refused: 1\.txt is of a root that is not in this folder/);
    assert.match(await refusal([one, foreign], [ROOT, OTHER]), /^share-refused: 2\.txt is of another root than 1\.txt/);
    assert.match(await refusal([one, later]), /^share-refused: 2\.txt is of another split than 1\.txt/);
    assert.match(await refusal([one, one]), /^share-refused: 1\.txt is share 1 again/);
    assert.match(await refusal([]), /^root-offline/);
  });

  it('refuses-every-share-that-was-altered-by-a-letter', async () => {
    const [one, two] = await shared(2, 2);
    assert.ok(one && two);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(one.text.trimEnd().length - 1),
        fc.constantFrom('0', 'a', 'Z', '-', ':', ' ', '\n', '\u0000', 'é'),
        async (at, letter) => {
          fc.pre(one.text[at] !== letter);
          const text = one.text.slice(0, at) + letter + one.text.slice(at + 1);
          assert.match(await refusal([{ ...one, text }, two]), /^share-refused: 1\.txt /);
        },
      ),
      { numRuns: 300 },
    );
    const crossed = one.text.replaceAll('\n', '\r\n');
    assert.equal(await refusal([{ ...one, text: crossed }, two]), 'taken', 'ends of lines are no alteration');
  });

  it('refuses-what-is-no-share-whatever-it-is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
        const brought = { name: 'x', text, passphrase: passphrase(1) };
        assert.match(await refusal([brought]), /^share-refused: x is no share of a root/);
      }),
      { numRuns: 500 },
    );
  });

  it('wants-two-at-least-and-a-passphrase-of-its-own-for-each', async () => {
    const make = async (needed: number, passphrases: readonly Uint8Array[]) =>
      makeShares(SECRET, ROOT, { needed, passphrases }, CHEAP);
    const codeOf = (code: string) => (error: unknown) => error instanceof ServicesFault && error.code === code;
    const three = [1, 2, 3].map(passphrase);
    await assert.rejects(make(1, three), codeOf('usage'));
    await assert.rejects(make(4, three), codeOf('usage'));
    await assert.rejects(
      make(
        2,
        Array.from({ length: 17 }, () => randomBytes(16)),
      ),
      codeOf('usage'),
    );
    await assert.rejects(make(2, [passphrase(1), Buffer.from('short')]), codeOf('passphrase-weak'));
    await assert.rejects(make(2, [passphrase(1), passphrase(2), passphrase(1)]), codeOf('passphrase-weak'));
  });

  it('has-nothing-of-the-key-in-a-text', async () => {
    for (const { text } of await shared(3, 2)) {
      const sealed = Buffer.from(/sealed: (\S+)/.exec(text)?.[1] ?? '', 'base64url');
      assert.equal(sealed.includes(Buffer.from(SECRET.subarray(0, 8))), false);
      assert.doesNotMatch(text, /passphrase of/);
    }
  });
});
