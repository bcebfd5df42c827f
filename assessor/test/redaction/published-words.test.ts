import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Case, Observation, Probe } from '../../src/model.ts';
import { createBudget } from '../../src/observe/budget.ts';
import { createRedactor } from '../../src/observe/redaction/redact.ts';
import { runCase } from '../../src/observe/running/run-case.ts';
import { DECLARATION, PASSWORD, startFakeProduct, type FakeProduct } from '../fake-product.ts';
import { benchOf } from '../instruments.ts';

let product: FakeProduct;
before(async () => {
  product = await startFakeProduct();
});
after(() => product.close());

test('never-redacts-the-ids-of-the-declaration', async () => {
  const redactor = createRedactor();
  redactor.secret('admin');
  redactor.secret('password-unique');
  const written: Omit<Observation, 'id'>[] = [];
  const [mechanism] = DECLARATION.authenticationMechanisms;
  assert.ok(mechanism);
  const declaration = { ...DECLARATION, authenticationMechanisms: [{ ...mechanism, id: 'admin' }] };
  const one: Case = {
    id: 'password-unique',
    topic: 'password-unique',
    title: 'Looks.',
    ready: () => ({ ok: true }),
    effect: 'reading',
    observe: async (probe) => probe.record('admin', 'admin', { mechanism: 'admin', said: 'Welcome, admin!' }),
    judge: () => ({ verdict: 'INCONCLUSIVE', decided: 'automatic', because: '', uncovered: [], evidence: [] }),
  };
  const ending = await runCase(one, {
    probeFor: (record) => ({ declaration, record }) as Probe,
    append: (entry) => void written.push(entry),
    redactor,
    budget: createBudget(),
    now: () => 0,
    most: 1000,
  });
  assert.equal(ending.note, 'done');
  const [seen] = written;
  assert.ok(seen);
  assert.deepEqual([seen.case, seen.kind, seen.subject], ['password-unique', 'admin', 'admin']);
  assert.deepEqual(seen.data, { mechanism: 'admin', said: redactor.text('Welcome, admin!') });
  assert.ok(!redactor.text('Welcome, admin!').includes('admin'));
});

test('takes-only-the-values-of-the-accounts-for-secret', async () => {
  const bench = await benchOf(product.targetFile);
  try {
    await bench.probe.login.attempt('password', { password: 'admin' });
    await bench.probe.login.call('set-brightness', undefined, { value: 'panel' });
    assert.equal(bench.redactor.text('admin of the panel'), 'admin of the panel');
    assert.ok(!bench.redactor.text(`it is ${PASSWORD}`).includes(PASSWORD));
    assert.ok(!bench.redactor.text(Buffer.from(`:${PASSWORD}`).toString('base64')).includes('Y29ycmVjdCBob3JzZS'));
  } finally {
    bench.close();
  }
});
