import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpGet } from '../../../src/updates/download/ranges.ts';
import { metadataOver } from '../../../src/updates/tuf/fetch.ts';
import { measure } from '../../../src/updates/tuf/measure.ts';
import { sha256 } from '@hearthward/testbed/updates';

interface Served {
  readonly status?: number;
  readonly body: () => AsyncIterable<Uint8Array>;
}
/** What comes of one question, how many pieces were taken for it, and whether the connection was given back. */
const ask = async ({ status = 200, body }: Served, most = { bytes: 100, millis: 10_000 }) => {
  let taken = 0;
  let closed = 0;
  const get: HttpGet = async (_path, headers) => {
    assert.equal(headers['accept-encoding'], 'identity');
    const counted = async function* () {
      for await (const piece of body()) {
        taken += 1;
        yield piece;
      }
    };
    return { status, headers: {}, body: counted(), close: () => (closed += 1) };
  };
  const fetched = await metadataOver(get)('timestamp.json', most);
  return { outcome: fetched.ok ? Buffer.from(fetched.bytes).toString() : fetched.code, taken, closed };
};
const pieces = (...texts: readonly string[]): (() => AsyncIterable<Uint8Array>) =>
  async function* () {
    for (const text of texts) yield Buffer.from(text);
  };
const never = (): Promise<never> => new Promise(() => undefined);

describe('metadata over HTTP', () => {
  it('comes whole', async () => {
    assert.deepEqual(await ask({ body: pieces('ab', '', 'c') }), { outcome: 'abc', taken: 3, closed: 1 });
    assert.equal((await ask({ body: pieces('x'.repeat(100)) })).outcome.length, 100);
  });

  it('is absent where the server says so, and unreachable where something else answers', async () => {
    for (const status of [403, 404, 410]) assert.equal((await ask({ status, body: pieces('') })).outcome, 'absent');
    for (const status of [204, 206, 301, 302, 307, 401, 429, 500, 503, 511]) {
      assert.deepEqual(await ask({ status, body: pieces('x') }), { outcome: 'unreachable', taken: 0, closed: 1 });
    }
  });

  it('without end is left at the first piece too many', async () => {
    const endless = async function* () {
      for (;;) yield Buffer.alloc(30);
    };
    assert.deepEqual(await ask({ body: endless }), { outcome: 'too-long', taken: 4, closed: 1 });
  });

  it('that stops is left after its time, wherever it stops', async () => {
    const stops = async function* () {
      yield Buffer.from('x');
      await never();
    };
    const most = { bytes: 100, millis: 5 };
    assert.deepEqual(await ask({ body: stops }, most), { outcome: 'too-slow', taken: 1, closed: 1 });
    const mute = await metadataOver(never)('timestamp.json', most);
    assert.equal(mute.ok ? 'whole' : mute.code, 'too-slow');
  });

  it('that breaks off is no metadata', async () => {
    const breaks = async function* () {
      yield Buffer.from('x');
      throw new Error('connection reset');
    };
    assert.deepEqual(await ask({ body: breaks }), { outcome: 'unreachable', taken: 1, closed: 1 });
    const none = await metadataOver(() => Promise.reject(new Error('no route')))('timestamp.json', {
      bytes: 1,
      millis: 10_000,
    });
    assert.equal(none.ok ? 'whole' : none.code, 'unreachable');
  });
});

describe('bytes are held against what was signed of them', () => {
  it('however they are cut, the same bytes hold and no others', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat({ max: 64 }), { maxLength: 4 }), fc.nat(), (whole, cuts, at) => {
        const named = { length: whole.length, hashes: { sha256: sha256(whole) } };
        const edges = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const measured = measure(named);
        for (let edge = 1; edge < edges.length; edge += 1) {
          assert.ok(measured.add(whole.subarray(edges[edge - 1], edges[edge])));
        }
        assert.ok(measured.holds());
        const other = Uint8Array.from(whole);
        other[at % other.length] = (other[at % other.length] ?? 0) ^ 1;
        const wrong = measure(named);
        wrong.add(other);
        assert.ok(!wrong.holds());
        assert.ok(!measured.add(new Uint8Array(1)), 'one byte more is noticed as it comes');
        assert.ok(!measured.holds());
      }),
    );
  });

  it('by every digest that is known, and by one at least', () => {
    const bytes = Buffer.from('x');
    const holds = (hashes: Record<string, string>) => {
      const measured = measure({ hashes });
      measured.add(bytes);
      return measured.holds();
    };
    const good = sha256(bytes);
    assert.ok(holds({ sha256: good, 'of-tomorrow': 'ff' }));
    assert.ok(!holds({ sha256: good, sha512: good }));
    assert.ok(!holds({ md5: '9dd4e461268c8034f5c8564e155c67a6' }));
    assert.ok(!holds({}));
  });
});
