import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { KETTLE, PASSWORD } from '../exposure/fake-kettle.ts';
import { is, judged, run, type Given } from '../exposure/fake-kettle-run.ts';

const software = (target: Record<string, unknown>): void => void (target['artefacts'] = { software: ['given'] });
const storage = (target: Record<string, unknown>): void => void (target['artefacts'] = { storage: ['given'] });
const KEY = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
const PEM = KEY.export({ type: 'pkcs8', format: 'pem' }).toString();
const DER = KEY.export({ type: 'pkcs8', format: 'der' });
const SEALED = createHash('sha512').update('sealed').digest().toString('base64');

test('passes software without secrets', async () =>
  is(
    await run('hard-coded-secrets', {
      target: software,
      files: { 'main.js': "login.fields = { user: 'user', password: 'password' };" },
    }),
    'PASS',
  ));
const HARD: Readonly<Record<string, string | Uint8Array>> = {
  'a private key': PEM,
  'a key joined in source code': `const key = ${JSON.stringify(PEM)};`,
  'a key in DER': DER,
  'a default password': "const password = 'admin123';",
  'a token': "export const apiToken = 'q8Zt3LmW5xKv9RbY2nHs';",
  'credentials in an address': 'connect("mqtt://device:h4rdT0gu355@broker.example")',
  'the password of the unit': `x = "${PASSWORD}"`,
};
for (const [name, content] of Object.entries(HARD)) {
  test(`refuses ${name} in the software`, async () =>
    is(await run('hard-coded-secrets', { target: software, files: { file: content } }), 'FAIL'));
}
test('leaves software open where no file is given', async () =>
  is(await run('hard-coded-secrets', { target: software }), 'INCONCLUSIVE'));

test('passes storage that gives nothing away', async () =>
  is(await run('secure-storage', { target: storage, files: { store: SEALED } }), 'PASS'));
const KEPT: Readonly<Record<string, string | Uint8Array>> = {
  'the password in plain text': `{"password":"${PASSWORD}"}`,
  'the password in base64': Buffer.from(`user:${PASSWORD}`).toString('base64'),
  'the password in hexadecimal': Buffer.from(PASSWORD).toString('hex'),
  'a plain hash of the password': createHash('sha256').update(PASSWORD).digest('hex'),
  'a readable key': DER,
};
for (const [name, content] of Object.entries(KEPT)) {
  test(`refuses ${name} in storage`, async () => {
    const ran = await run('secure-storage', { target: storage, files: { store: content } });
    is(ran, 'FAIL');
    assert.ok(!JSON.stringify(ran.observations).includes(PASSWORD), 'the password is not in the evidence');
  });
}
test('leaves open what looks like a raw key', async () => {
  const files = { 'machine.key': createHash('sha256').update('raw').digest() };
  is(await run('secure-storage', { target: storage, files }), 'INCONCLUSIVE', /machine\.key/);
});

for (const id of ['personal-data-in-transit', 'sensitive-data-in-transit']) {
  test(`passes the good kettle: ${id}`, async () => is(await run(id), 'PASS'));
  test(`catches old TLS: ${id}`, async () => is(await run(id, { fault: 'old-tls' }), 'FAIL'));
}
test('has nothing to observe where no sensitive data is declared', () => {
  is(judged('sensitive-data-in-transit', [], { ...KETTLE, personalData: [] }), 'INCONCLUSIVE', /no sensitive/);
});

test('erases the owner’s password and settings', async () => is(await run('erase-device-data'), 'PASS'));
for (const fault of ['reset-keeps-password', 'reset-keeps-settings'] satisfies readonly Given['fault'][]) {
  test(`catches the twin: ${fault}`, async () => is(await run('erase-device-data', { fault }), 'FAIL'));
}

test('reads the reason of each row that is not supported', async () => is(await run('justification'), 'PASS'));
test('refuses a row without a reason', () => {
  const claim = { code: 'etsi-en-303-645@2.1.1', ref: '5.7-1', support: 'N', reason: 'later' };
  is(
    judged('justification', [
      ['claim', 'etsi-en-303-645@2.1.1/5.7-1', claim],
      ['listed', 'product', { claims: 1 }],
    ]),
    'FAIL',
    /5\.7-1/,
  );
});
test('leaves open where nothing is declared as not supported', () =>
  is(judged('justification', [['listed', 'product', { claims: 0 }]], { ...KETTLE, rows: {} }), 'INCONCLUSIVE'));
