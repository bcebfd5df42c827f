import { createHash, generateKeyPairSync } from 'node:crypto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { CASES } from '../../../src/cases/index.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';
import { is, run } from '../exposure/fake-kettle-run.ts';

const ID = 'identity-tamper-resistance';
const storage = (target: Record<string, unknown>): void => void (target['artefacts'] = { storage: ['given'] });
const keptBy = (element: 'software' | 'tpm2', tamperResistance?: string): Declaration => ({
  ...KETTLE,
  securityParameters: [
    {
      id: 'born-with',
      description: 'the identity that the kettle is born with',
      kind: 'critical',
      purpose: 'enrolment',
      secrecy: 'stays on the device',
      hardCoded: false,
      uniquePerDevice: true,
      generation: 'on the device',
      storage: 'sealed',
      identity: true,
      keptBy: element,
      ...(tamperResistance === undefined ? {} : { tamperResistance }),
    },
  ],
});
const ELEMENT = keptBy('tpm2', 'a TPM 2.0, soldered under the shield');
const SEALED = createHash('sha512').update('sealed').digest().toString('base64');
const PEM = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

test('leaves the element to a reviewed record where the storage alone is of no use', async () => {
  const ran = await run(ID, { target: storage, declaration: ELEMENT, files: { store: SEALED } });
  is(ran, 'INCONCLUSIVE', /reviewed record/);
  assert.equal(ran.judgement.decided, 'assisted');
});

test('refuses a key that lies in the storage beside the declared element', async () =>
  is(
    await run(ID, { target: storage, declaration: ELEMENT, files: { store: SEALED, key: PEM.toString() } }),
    'FAIL',
    /key/,
  ));

test('refuses a declared element without a word on how it withstands tampering', async () =>
  is(await run(ID, { target: storage, declaration: keptBy('tpm2'), files: { store: SEALED } }), 'FAIL', /born-with/));

test('names bytes that could be a key', async () => {
  const files = { store: SEALED, 'machine.key': createHash('sha256').update('raw').digest() };
  const { judgement } = await run(ID, { target: storage, declaration: ELEMENT, files });
  is(judgement, 'INCONCLUSIVE');
  assert.ok(judgement.uncovered.some((each) => each.includes('machine.key')));
});

test('has nothing to try where software keeps the identity', () => {
  const known = CASES.find((each) => each.id === ID);
  const answer = known?.ready(keptBy('software', 'none'), { artefacts: { storage: ['given'] } } as never);
  assert.equal(answer?.ok, false);
});
