import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { CASES } from '@hearthward/assessor';
import { defaultParts } from '@hearthward/device/parts';
import { PARTS_WITHOUT_TWIN, TWINS, WITHOUT_TWIN } from '../src/index.ts';

test('every case has a twin that it must catch, or a reason why the hub gives it nothing to try', () => {
  const without = CASES.map((known) => known.id).filter((id) => !TWINS.some((twin) => twin.case === id));
  assert.deepEqual(without.sort(), Object.keys(WITHOUT_TWIN).sort());
});

test('every part of a device has a twin in which it is faulty, or a reason and a test that holds it', () => {
  const faulty = new Set(
    TWINS.flatMap(({ made }) => (made.by === 'part' ? Object.keys(made.parts(defaultParts)) : [])),
  );
  const without = Object.keys(defaultParts).filter((part) => !faulty.has(part) && !(part in PARTS_WITHOUT_TWIN));
  assert.deepEqual(without, []);
  for (const [part, { heldBy }] of Object.entries(PARTS_WITHOUT_TWIN)) {
    assert.ok(part in defaultParts, part);
    assert.ok(existsSync(new URL(`../../${heldBy}`, import.meta.url)), heldBy);
  }
});

test('every twin names a case that is there, by its topic', () => {
  for (const twin of TWINS) {
    assert.equal(CASES.find((known) => known.id === twin.case)?.topic, twin.topic, twin.name);
  }
});

test('twins have names of their own, and all of a case start from one state', () => {
  assert.equal(new Set(TWINS.map((twin) => twin.name)).size, TWINS.length);
  for (const [id, twins] of Map.groupBy(TWINS, (twin) => twin.case)) {
    assert.equal(new Set(twins.map((twin) => twin.unit)).size, 1, id);
    assert.ok(
      twins.every(({ declares, runs }) => declares === twins[0]?.declares && runs === twins[0]?.runs),
      id,
    );
  }
});
