import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBefore, createCame } from '../../../src/cases/data/at-rest/remains.ts';
import { secureErase } from '../../../src/cases/data/secure-erase.ts';
import { judged, TELLING_LAMP, type Told } from '../privacy/told.ts';

const WIPE = 'wipe';
const wiping = (leavesStored?: 'nothing' | 'sealed', scope: 'everything' | 'own-data' = 'everything') => ({
  ...TELLING_LAMP,
  deletionFunctions: [
    {
      id: WIPE,
      description: { en: 'Wipes' },
      deletes: ['habits'],
      where: ['device' as const],
      function: WIPE,
      confirmation: 'the set-up begins anew',
      scope,
      ...(leavesStored === undefined ? {} : { leavesStored }),
    },
  ],
  externalFunctions: [
    ...TELLING_LAMP.externalFunctions,
    {
      id: WIPE,
      description: { en: 'Wipes' },
      service: 'panel',
      kind: 'change' as const,
      securityRelevant: true,
      personalData: true,
      purpose: 'factory-reset' as const,
      request: {
        transport: 'http' as const,
        method: 'POST' as const,
        path: '/wipe',
        encoding: 'form' as const,
        page: '/wipe',
        fields: [],
      },
      success: { status: [303] },
    },
  ],
});

const ANSWER = { reached: true, status: 303, success: true, bytes: 0 } as const;
const planted = (shown = true): Told => [
  'planted',
  WIPE,
  { function: 'set-name', field: 'name', answer: ANSWER, shown },
];
const written = (sealed: number, readable = 0): Told => [
  'written',
  WIPE,
  { files: 4, bytes: 9000, changed: 1, sealed, readable },
];
const erased = (answer: object = ANSWER): Told => ['erased', WIPE, { answer: { ...ANSWER, ...answer } }];
const left = (sealed: number, more: object = {}): Told => [
  'left',
  WIPE,
  { files: 4, changed: 1, sealed, within: sealed > 0 ? ['store'] : [], seconds: 1, ...more },
];
const FOUND: Told = ['found', WIPE, { file: 'store', offset: 12, as: 'plain text' }];
const SAMPLE: Told = ['sample', 'product', { as: 'plain text', found: true }];
const good: readonly Told[] = [SAMPLE, planted(), written(7), erased(), left(0)];
const verdict = (at: number, ...told: readonly Told[]) =>
  judged(secureErase, good.toSpliced(at, 1, ...told), wiping('nothing')).verdict;

test('a-product-in-whose-storage-nothing-is-left-passes', () => {
  for (const declared of ['nothing', 'sealed', undefined] as const)
    assert.equal(judged(secureErase, good, wiping(declared)).verdict, 'PASS');
  assert.equal(verdict(2, written(0, 3)), 'PASS', 'in plain text before, and gone');
});

test('what-lies-in-the-storage-after-it-was-erased-is-found', () => {
  assert.equal(verdict(4, FOUND, left(0)), 'FAIL', 'readable');
  assert.equal(verdict(4, left(7)), 'FAIL', 'its sealed bytes, against the declaration');
  assert.equal(verdict(4, left(1)), 'FAIL', 'one of them');
  assert.equal(verdict(3, erased({ success: false, status: 403 })), 'FAIL', 'refused to its owner');
});

test('that-a-key-is-destroyed-is-seen-by-nobody', () => {
  for (const declared of ['sealed', undefined] as const) {
    const { verdict: said, because } = judged(secureErase, good.with(4, left(7)), wiping(declared));
    assert.equal(said, 'INCONCLUSIVE');
    assert.match(because, /key is destroyed/);
  }
});

test('a-storage-in-which-nothing-came-proves-nothing-when-it-goes', () => {
  assert.equal(verdict(0), 'INCONCLUSIVE', 'a search that was not tried');
  assert.equal(verdict(1, planted(false)), 'INCONCLUSIVE', 'the product does not show it');
  assert.equal(verdict(2, written(0)), 'INCONCLUSIVE', 'nothing came');
  assert.equal(verdict(2), 'INCONCLUSIVE');
  assert.equal(verdict(3, erased({ reached: false, success: false })), 'INCONCLUSIVE');
  assert.equal(verdict(4), 'INCONCLUSIVE', 'not read out afterwards');
  assert.equal(verdict(4, left(0, { files: 0 })), 'INCONCLUSIVE', 'read out empty');
  assert.equal(verdict(4, left(0, { changed: 0 })), 'INCONCLUSIVE', 'another storage');
  assert.equal(judged(secureErase, [], wiping('nothing')).verdict, 'INCONCLUSIVE');
});

test('a-function-that-no-client-can-call-is-left-open', () => {
  const [row] = wiping('nothing').deletionFunctions;
  assert.ok(row);
  const { function: _, ...button } = row;
  const both = { ...wiping('nothing'), deletionFunctions: [row, { ...button, id: 'button' }] };
  assert.equal(judged(secureErase, good, both).verdict, 'INCONCLUSIVE');
});

const cameIn = (before: Uint8Array, after: Uint8Array) => {
  const had = createBefore();
  had.add(before);
  const came = createCame(had);
  came.add(after);
  return came;
};

test('sealed-bytes-that-came-are-known-wherever-they-move', () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 300 });
  fc.assert(
    fc.property(bytes, bytes, fc.integer({ min: 128, max: 600 }), (before, around, length) => {
      const sealed = randomBytes(length);
      const came = cameIn(before, Buffer.concat([sealed, before]));
      // one in a thousand random pieces has too few different bytes to be known as sealed
      const least = Math.floor(length / 64) - 1;
      assert.ok(came.size() >= least);
      assert.ok(came.remainsIn(Buffer.concat([around, sealed, before])).size >= least);
      assert.equal(came.remainsIn(randomBytes(500)).size, 0);
      assert.equal(came.remainsIn(sealed.subarray(0, 63)).size, 0, 'less than a piece');
    }),
    { numRuns: 25, seed: 145 },
  );
});

test('what-was-there-before-and-text-are-nothing-that-came', () => {
  const old = randomBytes(4096);
  assert.equal(
    cameIn(old, Buffer.concat([Buffer.alloc(64), old.subarray(7, 7 + 3200), Buffer.alloc(64)])).size(),
    0,
    'moved',
  );
  const text = Buffer.from('{"checkedAt":"2026-11-21T20:00:00.000Z","times":[1,2,3,4,5,6,7,8,9]}'.repeat(40));
  assert.equal(cameIn(new Uint8Array(), text).size(), 0);
  // the table of a database's page: where its rows begin, in 16 bits each
  const table = Buffer.concat(
    Array.from({ length: 96 }, (_, at) => Buffer.from([15 - (at >> 4), 251 - ((at * 41) % 251)])),
  );
  assert.equal(cameIn(new Uint8Array(), table).size(), 0);
});
