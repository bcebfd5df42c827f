import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, crosswalk, row } from '../src/index.ts';

const TS = 'etsi-ts-103-645@1.1.1';
const EN = 'etsi-en-303-645@2.1.1';
const G044 = 'mcmc-g044@2023';
const G045 = 'mcmc-g045@2024';

test('pairs-rows-through-the-topic-they-share', () => {
  assert.deepEqual(
    crosswalk(EN, G045).find((pair) => pair.a === '5.1-5'),
    { a: '5.1-5', b: 'AU-1-3', topic: 'brute-force', relation: 'equal', differs: '' },
  );
  const stricter = crosswalk(TS, EN).find((pair) => pair.a === '4.1-1');
  assert.deepEqual([stricter?.b, stricter?.relation], ['5.1-1', 'stricter']);
  assert.match(stricter?.differs ?? '', /reset/);
  assert.deepEqual(row(TS, '4.4-1')?.topics, ['secure-storage', 'hard-coded-secrets']);
});

test('says-where-two-equal-duties-differ-in-force', () => {
  const pair = crosswalk(EN, G044).find((one) => one.a === '5.3-3');
  assert.equal(pair?.relation, 'equal');
  assert.equal(pair?.differs, 'binding in the first, recommended in the second');
});

test('reads-the-same-from-either-side', () => {
  const mirrored = { equal: 'equal', part: 'part', stricter: 'weaker', weaker: 'stricter' } as const;
  for (const a of CODES) {
    for (const b of CODES) {
      const back = crosswalk(b, a);
      for (const pair of crosswalk(a, b)) {
        const other = back.find((one) => one.a === pair.b && one.b === pair.a && one.topic === pair.topic);
        assert.equal(other?.relation, mirrored[pair.relation], `${a} ${pair.a} and ${b} ${pair.b}`);
      }
    }
  }
});

test('a-row-is-equal-to-itself', () => {
  for (const code of CODES) {
    for (const pair of crosswalk(code, code).filter((one) => one.a === one.b)) {
      assert.deepEqual([pair.relation, pair.differs], ['equal', ''], `${code} ${pair.a}`);
    }
  }
});

test('an-unequal-pair-says-what-differs', () => {
  for (const a of CODES) {
    for (const b of CODES) {
      for (const pair of crosswalk(a, b)) {
        if (pair.relation !== 'equal') assert.notEqual(pair.differs, '', `${a} ${pair.a} and ${b} ${pair.b}`);
      }
    }
  }
});
