import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKettle, type Fault } from './fake-kettle.ts';
import { is, run } from './fake-kettle-run.ts';

const TWINS: readonly (readonly [id: string, faults: readonly Fault[]])[] = [
  ['communication-cryptography', ['old-tls', 'old-ciphers']],
  ['parameters-in-transit', ['form-elsewhere', 'form-in-address']],
  ['unauthenticated-disclosure', ['tells-version', 'tells-trace']],
  ['model-designation', ['hides-model']],
  ['remote-management', ['open-reading']],
  ['input-validation', ['takes-anything', 'reflects', 'falls-over', 'never-recovers']],
];
for (const [id, faults] of TWINS) {
  test(`passes-the-good-kettle: ${id}`, async () => is(await run(id), 'PASS'));
  for (const fault of faults)
    test(`catches-the-twin: ${id}, ${fault}`, async () => is(await run(id, { fault }), 'FAIL'));
}

// as one that nobody used for too long is, where the input before took its time
test('takes-a-session-that-ended-under-hostile-input-for-no-function-that-broke', async () => {
  const ran = await run('input-validation', { start: () => startKettle(undefined, undefined, true) });
  is(ran, 'PASS');
  const tried = ran.observations.filter(({ kind }) => kind === 'attack');
  assert.ok(tried.length > 20, `${tried.length} inputs were tried`);
  assert.ok(tried.every(({ data }) => (data as { readonly alive: boolean }).alive));
});
