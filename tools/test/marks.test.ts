import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allMarks, marksIn, strayMarks } from '../marks.ts';
import { provisionsPage } from '../pages/provisions.ts';
import { read } from '../tree.ts';

test('every clause mark names a row that its code has', () => {
  assert.deepEqual(strayMarks(allMarks()), []);
});

test('a stray mark is seen', () => {
  const marks = marksIn('const a = 1; // EN 303 645 5.1-9, G045 AU-1-3: why', 'x.ts');
  assert.deepEqual(
    marks.map((mark) => mark.ref),
    ['5.1-9', 'AU-1-3'],
  );
  assert.deepEqual(
    strayMarks(marks).map((mark) => mark.ref),
    ['5.1-9'],
  );
});

test('docs/provisions.md is what the tree says', async () => {
  assert.equal(read('docs/provisions.md'), await provisionsPage(), 'run: npm run generate');
});
