import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryOf, EVENT_KINDS, GROUPS } from '../../device/src/logging/catalogue.ts';
import { marksIn, strayMarks } from '../marks.ts';

test('every group of events names rows that a code has', () => {
  for (const [group, clauses] of Object.entries(GROUPS)) {
    const marks = marksIn(`// ${clauses}`, group);
    assert.ok(marks.length > 0, group);
    assert.deepEqual(strayMarks(marks), []);
    // what the parser did not take is punctuation alone: nothing is cited that nobody checks
    const left = marks.reduce((text, { ref }) => text.replace(ref, ''), clauses as string);
    assert.match(left.replaceAll(/EN 303 645|TS 103 645|G044|G045/g, ''), /^[ ,;]*$/, group);
  }
});

test('what is vital about a device that its maker cannot see is reported to its maker', () => {
  const groups = ['update', 'integrity', 'exposure', 'tamper'] as const;
  const kept = EVENT_KINDS.filter((kind) => {
    const { group, priority, reported } = entryOf(kind);
    return groups.some((each) => each === group) && priority === 'vital' && !reported;
  });
  assert.deepEqual(kept, []);
});
