import { test } from 'node:test';
import type { Fault } from './fake-kettle.ts';
import { is, run } from './fake-kettle-run.ts';

const TWINS: readonly (readonly [id: string, faults: readonly Fault[]])[] = [
  ['communication-cryptography', ['old-tls', 'old-ciphers']],
  ['parameters-in-transit', ['form-elsewhere', 'form-in-address']],
  ['unauthenticated-disclosure', ['tells-version', 'tells-trace']],
  ['model-designation', ['hides-model']],
  ['remote-management', ['open-reading']],
  ['input-validation', ['takes-anything', 'reflects', 'falls-over']],
];
for (const [id, faults] of TWINS) {
  test(`passes-the-good-kettle: ${id}`, async () => is(await run(id), 'PASS'));
  for (const fault of faults)
    test(`catches-the-twin: ${id}, ${fault}`, async () => is(await run(id, { fault }), 'FAIL'));
}
