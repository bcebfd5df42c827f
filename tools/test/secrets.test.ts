import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { shippedFiles, stageSoftware } from '../../testbed/src/shipped.ts';
import { type Allowed, scan } from '../secrets.ts';
import { ROOT } from '../tree.ts';

const scratch = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const scanText = (t: TestContext, text: string | Uint8Array, allowed: readonly Allowed[] = []) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'code.ts'), text);
  return scan(['code.ts'], folder, allowed);
};
const pieces = (text: string, size = 24): string =>
  (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).map((piece) => `'${piece}'`).join(' +\n  ');

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const small = generateKeyPairSync('ed25519').privateKey;
const large = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const der = privateKey.export({ type: 'pkcs8', format: 'der' });
const random = `aA9${randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'Q')}4z`;
const openSsh = Buffer.concat([Buffer.from('openssh-key-v1\0\0\0\0\u0004none', 'latin1'), randomBytes(200)]).toString(
  'base64',
);

const PLANTED: Readonly<Record<string, string | Uint8Array>> = {
  'private key (PEM): as it is': `const a = 1;\n${pem}`,
  'private key (PEM): escaped on one line': `export const key = ${JSON.stringify(pem)};`,
  'private key (PEM): in lines of source': `const key =\n  ${pem
    .trim()
    .split('\n')
    .map((line) => `'${line}\\n'`)
    .join(' +\n  ')};`,
  'private key (PEM): SEC 1': privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  'private key (DER): among other bytes': Buffer.concat([randomBytes(50), der, randomBytes(50)]),
  'private key (base64): P-256': `const seed = '${der.toString('base64')}';`,
  'private key (base64): Ed25519': `load("${small.export({ type: 'pkcs8', format: 'der' }).toString('base64')}")`,
  'private key (base64): RSA in pieces': `const seed =\n  ${pieces(large.export({ type: 'pkcs1', format: 'der' }).toString('base64'), 60)};`,
  'private key (base64): for URLs': `seed: ${der.toString('base64url')}`,
  'private key (hexadecimal): on one line': `Buffer.from('${der.toString('hex')}', 'hex')`,
  'private key (hexadecimal): in pieces and capitals': `const seed = ${pieces(der.toString('hex').toUpperCase(), 32)};`,
  'private key (JWK): P-256': JSON.stringify(privateKey.export({ format: 'jwk' })),
  'private key (OpenSSH): without a passphrase': `-----BEGIN OPENSSH PRIVATE KEY-----\n${openSsh}\n-----END OPENSSH PRIVATE KEY-----`,
  'assigned secret: letters and figures': `const apiKey = "${random}";`,
  'assigned secret: hexadecimal': `{ "client_secret": "${randomBytes(32).toString('hex')}" }`,
  'assigned secret: in pieces': `const apiToken = ${pieces(random, 10)};`,
  'access token: GitHub': `fetch(url, { headers: { authorization: 'ghp_${randomBytes(18).toString('hex')}' } })`,
  'access token: GitLab': `curl -H 'x: glpat-${randomBytes(15).toString('hex')}'`,
  'access token: npm': `//registry/:_auth=npm_${randomBytes(18).toString('hex')}`,
  'access token: AWS': `aws = AKIA${'ABCDEFGHIJKLMNOP'.toUpperCase()}`,
  'access token: Stripe': `pay('sk_live_${randomBytes(16).toString('hex')}')`,
  'credentials in an address: MQTT': `const at = 'mqtts://hub:${random}@broker.invalid:8883';`,
  'default password: a literal': "const service = { user: 'support', password: 'changeme' };",
  'default password: in pieces': "const adminPassword = 'chan' + 'geme';",
};
for (const [name, text] of Object.entries(PLANTED)) {
  test(`finds-planted-${name}`, (t) => {
    const kind = name.split(':')[0] ?? '';
    const { found } = scanText(t, text);
    assert.ok(
      found.some((line) => line.includes(`: ${kind}`)),
      JSON.stringify(found),
    );
    for (const value of [random, der.toString('base64').slice(40, 60), 'changeme'])
      assert.equal(found.join('\n').includes(value), false);
  });
}

const ORDINARY: Readonly<Record<string, string | Uint8Array>> = {
  'a public key': generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  'a public key in base64': `const anchor = '${generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}';`,
  'an integrity hash': `"integrity": "sha512-${randomBytes(64).toString('base64')}"`,
  'a fingerprint': `const digest = '${randomBytes(32).toString('hex')}';`,
  'names of things':
    "const passwordField = 'current-password';\nconst tokenName = '__Host-session';\nsecret: 'label-password'",
  'a message': "password: 'The new password is too short.'",
  'a variable in an address': 'const at = `https://${user}:${password}@${host}/`;',
  'an empty password': "const password = '';",
  'numbers and bytes': randomBytes(20_000),
};
for (const [name, text] of Object.entries(ORDINARY))
  test(`leaves-alone-${name}`, (t) => assert.deepEqual(scanText(t, text).found, []));

test('a-find-is-pardoned-by-file-and-kind-and-a-pardon-that-is-idle-is-named', (t) => {
  const text = `const apiKey = "${random}";`;
  const pardon: Allowed = { file: 'code.ts', kind: 'assigned secret', because: 'a test' };
  const idle: Allowed = { ...pardon, kind: 'access token' };
  assert.equal(scanText(t, text).found.length, 1);
  assert.deepEqual(scanText(t, text, [pardon, idle]), { found: [], idle: [idle], files: 1 });
  assert.equal(scanText(t, text, [{ ...pardon, file: 'other.ts' }]).found.length, 1);
});

test('what-is-searched-is-what-an-image-holds', (t) => {
  const hub = join(ROOT, 'examples/hub');
  const staged = readdirSync(stageSoftware(hub, join(scratch(t), 'image')), { recursive: true, withFileTypes: true });
  const names = (paths: readonly string[]) => paths.map((path) => path.split('/').at(-1) ?? '').toSorted();
  const copied = staged.filter((entry) => entry.isFile()).map((entry) => entry.name);
  assert.deepEqual(names(shippedFiles(hub)), names(copied));
  assert.ok(copied.length > 500);
});
