import { test } from 'node:test';
import type { Fault } from '../exposure/fake-kettle.ts';
import { is, run } from '../exposure/fake-kettle-run.ts';

const TWINS: readonly (readonly [id: string, fault: Fault])[] = [
  ['disclosure-policy', 'no-contact'],
  ['disclosure-policy', 'stale-security-txt'],
  ['support-period', 'no-date'],
  ['sensing-documented', 'forgets-an-item'],
  ['telemetry-information', 'forgets-an-item'],
  ['deletion-instructions', 'no-steps'],
  ['setup-guidance', 'no-steps'],
  ['setup-check', 'no-steps'],
];
for (const id of new Set([...TWINS.map(([each]) => each), 'privacy-information'])) {
  test(`passes-the-good-site: ${id}`, async () => is(await run(id), 'PASS'));
  test(`leaves-open-what-every-address-answers: ${id}`, async () =>
    is(await run(id, { fault: 'same-page-for-all' }), 'INCONCLUSIVE'));
}
for (const [id, fault] of TWINS)
  test(`catches-the-twin: ${id}, ${fault}`, async () => is(await run(id, { fault }), 'FAIL'));
