import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { changeAuthentication } from '../../../src/cases/access/functions/change-authentication.ts';
import { LAMP } from './fake-declaration.ts';
import { run } from './fake-run.ts';

/** The lamp as one whose maker declares no way to read the brightness back, by function id. */
const blind = (more: Partial<Declaration['externalFunctions'][number]> = {}): Declaration => ({
  ...LAMP,
  externalFunctions: LAMP.externalFunctions.map((each) => {
    if (each.id !== 'set-brightness') return each;
    const { readBack: _readBack, ...rest } = each;
    return { ...rest, ...more };
  }),
});

test('names-what-it-left-behind-where-nothing-can-be-read-back', async () => {
  const { judgement, observations, lamp } = await run(changeAuthentication, undefined, { declaration: blind() });
  assert.equal(judgement.verdict, 'PASS', judgement.because);
  assert.match(judgement.because, /left behind: set-brightness \(brightness=5\), called with a login/);
  const left = observations.filter((one) => one.kind === 'left');
  assert.deepEqual(
    left.map((one) => one.subject),
    ['set-brightness'],
  );
  assert.ok(left.every((one) => judgement.evidence.includes(one.id)));
  assert.equal(lamp.brightness(), '5');
});

test('does-not-do-twice-what-it-cannot-take-back', async () => {
  const { observations } = await run(changeAuthentication, 'open-changing', { declaration: blind() });
  const tried = observations.filter((one) => one.kind === 'tried' && one.subject === 'set-brightness');
  assert.deepEqual(
    tried.map((one) => (one.data as { with: string }).with),
    ['session', 'nothing'],
  );
});

test('leaves-nothing-behind-where-the-value-can-be-read-back', async () => {
  const { judgement, observations, lamp } = await run(changeAuthentication);
  assert.doesNotMatch(judgement.because, /left behind/);
  assert.ok(observations.every((one) => one.kind !== 'left'));
  assert.equal(lamp.brightness(), '3');
});
