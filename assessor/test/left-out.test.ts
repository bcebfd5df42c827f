import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacking } from '../src/cases/lacking.ts';
import { updatesReady } from '../src/cases/updates/steering.ts';
import { targetOfSpare } from '../src/loading/spare.ts';
import { compiled } from '../src/loading/shape.ts';
import type { Target } from '../src/target.ts';
import { UPDATING } from './cases/updates/fake-declaration.ts';

/** A row that is left open tells its reader what is missing in the target file, where, and how it is had. */
const TARGET: Target = {
  schema: 'hearthward/target/1',
  declaration: 'declaration.json',
  authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: true, destructive: false },
  services: {},
  accounts: { password: { password: 'x' } },
};

test('what-a-target-file-does-not-say-is-named-with-its-place', () => {
  assert.deepEqual(updatesReady('next')(UPDATING, TARGET), {
    ok: false,
    because: 'the target file does not say how the manufacturer offers releases (/releases)',
  });
});

test('whoever-leaves-something-out-tells-how-it-is-had', () => {
  const target = { ...TARGET, leftOut: { '/releases': 'ask the bench for them' } };
  assert.ok(compiled.Check(target));
  const ready = updatesReady('next')(UPDATING, target);
  assert.match(ready.ok ? '' : ready.because, /offers releases \(\/releases\): ask the bench for them$/);
  assert.match(lacking(target, '/releases/older', 'how'), /\(\/releases\/older\): ask the bench for them$/, 'a part');
  assert.match(lacking(target, '/releasesOfAnother', 'how'), /\(\/releasesOfAnother\)$/, 'another that begins alike');
});

test('of-the-spare-unit-it-is-told-as-well', () => {
  const leftOut = { '/handling/openCase': 'it is glued' };
  const spare = targetOfSpare({ ...TARGET, leftOut, spare: { services: {}, accounts: {} } });
  assert.deepEqual(spare?.leftOut, leftOut);
});
