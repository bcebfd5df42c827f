import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Data } from '../../../src/model.ts';
import { compareBytes } from '../../../src/cases/keys/shared-bytes.ts';
import { compareStorages, readShipped } from '../../../src/cases/keys/shared-values.ts';
import { selfSigned } from '../../certificate.ts';
import { is, judged, run, type Ran } from '../exposure/fake-kettle-run.ts';
import { CLOUDY, parameter } from './fake-declaration.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;
const compare = (files: Files, otherFiles: Files): Promise<Ran> =>
  run('parameters-unique', {
    declaration: { ...CLOUDY, securityParameters: [], communicationMechanisms: [] },
    target: (target) => void (target['artefacts'] = { storage: ['given'], otherStorage: ['other'] }),
    files,
    otherFiles,
  });

const PEM = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const TOKEN = `q${createHash('sha256').update('token').digest('base64url').slice(0, 30)}7`;
const RAW = createHash('sha256').update('raw').digest();
const sealed = (): Buffer => randomBytes(600);
const root = selfSigned('root').certificate;

test('two units that share nothing but what is public pass', async () => {
  const common = { 'root.pem': root, 'name.txt': 'kettle kettle kettle 0123456789' };
  const ran = await compare({ ...common, store: sealed() }, { ...common, store: sealed() });
  is(ran, 'PASS', /no secret in common/);
});

const SECRETS: Readonly<Record<string, readonly [Files, Files]>> = {
  'a private key': [{ a: `x ${PEM.toString()}` }, { b: JSON.stringify({ pem: PEM.toString() }) }],
  'a key file': [{ key: RAW }, { other: RAW }],
  'a named token': [{ 'a.json': `{"updateToken":"${TOKEN}"}` }, { 'b.json': `{"updateToken":"${TOKEN}", "n": 2}` }],
};
for (const [name, [one, other]] of Object.entries(SECRETS)) {
  test(`two units that share ${name} fail, and the value is not in the evidence`, async () => {
    const ran = await compare({ ...one, store: sealed() }, { ...other, store: sealed() });
    is(ran, 'FAIL', /two units hold the same/);
    assert.ok(!JSON.stringify(ran.observations).includes(TOKEN));
  });
}
test('bytes of a key inside two stores, and random text without a name, are left to a person', async () => {
  const around = (inner: Buffer): Buffer => Buffer.concat([sealed(), inner, sealed()]);
  is(await compare({ store: around(RAW) }, { store: around(RAW) }), 'INCONCLUSIVE', /random bytes/);
  const text = RAW.toString('hex');
  is(await compare({ a: `{"x":"${text}"}` }, { a: `{"x":"${text}"}` }), 'INCONCLUSIVE', /random text/);
});
test('software that is shipped to every unit, its digest and what signed metadata makes public are no shared secret', async () => {
  const stream = async function* (files: Files) {
    for (const [path, content] of Object.entries(files)) yield { path, bytes: Buffer.from(content) };
  };
  const software = Buffer.concat([Buffer.from('module '), RAW, RAW, Buffer.from(TOKEN)]);
  const digest = createHash('sha256').update(software).digest();
  const id = createHash('sha256').update('id').digest('hex');
  const signed = JSON.stringify({
    signatures: [{ keyid: id, sig: RAW.toString('hex') }],
    signed: { keys: { [id]: { keytype: 'ed25519', keyval: { public: digest.toString('hex') } } } },
  });
  const record = Buffer.concat([Buffer.alloc(40), digest, Buffer.alloc(8)]);
  const unit = {
    module: software,
    record: Buffer.concat([record, createHash('sha256').update(record).digest()]),
    root: JSON.stringify({ root: signed }),
    signed,
  };
  const shared = async (both: Files, shipped: Files) => {
    const known = await readShipped(stream(shipped));
    const of = (store: Buffer) => () => stream({ ...both, store });
    return (await compareStorages(of(sealed()), of(sealed()), '', known)).shared;
  };
  assert.deepEqual(await shared(unit, { module: software }), []);
  // a byte more, and it is not what was shipped
  const changed = Buffer.concat([software, Buffer.from('x')]);
  assert.ok((await shared({ ...unit, module: changed }, { module: software })).length > 0);
  assert.ok((await shared(unit, {})).some(({ file }) => file === 'module'));
  // the same values without a name that makes them public
  assert.equal((await shared({ plain: `{"x":"${RAW.toString('hex')}"}` }, { module: software })).length, 1);
});
test('nothing is compared with an empty storage', async () =>
  is(await compare({ store: sealed() }, {}), 'INCONCLUSIVE'));

test('a secret is found wherever it stands, and two random stores share none', async () => {
  async function* only(bytes: Buffer) {
    yield { path: 'store', bytes };
  }
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 300 }),
      fc.integer({ min: 0, max: 300 }),
      async (noise, at) => {
        const secret = randomBytes(48);
        const hide = (): Buffer => Buffer.concat([randomBytes(at), Buffer.from(noise), secret, randomBytes(300 - at)]);
        const [one, other, stranger] = [hide(), hide(), sealed()];
        const shared = async (...stores: readonly [Buffer, Buffer]) =>
          (
            await compareStorages(
              () => only(stores[0]),
              () => only(stores[1]),
            )
          ).shared;
        assert.deepEqual(await shared(one, other), [{ kind: 'random bytes', file: 'store', other: 'store' }]);
        assert.deepEqual(await shared(stranger, one), []);
      },
    ),
    { numRuns: 100, seed: 544 },
  );
});

const TWO_MIB = 2 * 1024 * 1024;
const LARGE = TWO_MIB + 64 * 1024;
/** random bytes, as a log of sealed pages has them */
const sealedPages = (at: number): Buffer => {
  const bytes = randomBytes(LARGE);
  RAW.copy(bytes, at);
  return bytes;
};
test('a store of many sealed pages is compared to its end', async () => {
  const [one, other] = [sealedPages(TWO_MIB - RAW.length / 2), sealedPages(LARGE - RAW.length)];
  is(await compare({ store: one }, { 'a/store': other }), 'INCONCLUSIVE', /random bytes protects that two units share/);
  is(await compare({ store: one }, { store: randomBytes(LARGE) }), 'PASS', /no secret in common/);
});
test('what repeats itself, as empty pages do, is no secret of two units', async () => {
  const page = Buffer.alloc(4096, Buffer.from([0xff, 0x80, 0x01, 0x90]));
  const around = (): Buffer => Buffer.concat([sealed(), page, sealed()]);
  is(await compare({ store: around() }, { store: around() }), 'PASS');
});
test('of two storages with too much in common it is said where not all of it was looked at', () => {
  const bytes = compareBytes(3);
  const store = randomBytes(200);
  bytes.remember(store);
  bytes.suspect('other', store);
  assert.deepEqual(bytes.skipped(), ['other']);
  assert.deepEqual([...bytes.confirm(store)], ['other']);
  assert.equal(bytes.suspects(), false);
});

type Told = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
const unit = (identity: string, key: string): Told[string] => [
  'unit',
  'product',
  {
    identity,
    certificate: { subject: `CN=${key}`, serialNumber: key, key, validFrom: '2026-10-23', validTo: '2027-01-21' },
  },
];
const hands = (kind: string, client: string): Told[string] => [
  kind,
  'messages',
  { client, ok: true, returnCode: 0, requested: true, trusted: true, protocol: 'TLSv1.3', because: '' },
];
const leaf = (of: string, key: string, usages = ['digitalSignature', 'clientAuth']): Told[string] => [
  'leaf',
  'product',
  { unit: of, key, usages },
];
const COMPARED = { files: 3, otherFiles: 2, bytes: 900, otherBytes: 800, skipped: [] };
const GOOD: Told = {
  sample: ['sample', 'product', { kind: 'private key', found: true }],
  compared: ['compared', 'product', COMPARED],
  mine: leaf('this', 'k1'),
  others: leaf('other', 'k2'),
  server: leaf('this', 'known', ['serverAuth']),
  sameServer: leaf('other', 'known', ['serverAuth']),
  first: unit('given', 'a'),
  second: unit('for-renewal', 'b'),
  given: hands('given', 'given'),
  control: hands('second', 'for-renewal'),
};
const judge = (change: Partial<Told> = {}, without: readonly string[] = [], declaration = CLOUDY) =>
  judged(
    'parameters-unique',
    Object.entries({ ...GOOD, ...change } as Told).flatMap(([name, row]) => (without.includes(name) ? [] : [row])),
    declaration,
  );

test('each parameter that guards a service is one unit’s, or that is not seen', () => {
  is(judge(), 'PASS');
  assert.equal(judge().decided, 'assisted');
  is(judge({ second: unit('for-renewal', 'a') }), 'FAIL', /same key/);
  is(judge({ others: leaf('other', 'k1') }), 'FAIL', /certificate for the same key/);
  is(judge({ more: ['shared', 'product', { kind: 'private key', file: 'a', other: 'b' }] }), 'FAIL');
  is(judge({ sample: ['sample', 'product', { kind: 'private key', found: false }] }), 'INCONCLUSIVE', /planted/);
  is(judge({ compared: ['compared', 'product', { ...COMPARED, skipped: ['big'] }] }), 'INCONCLUSIVE', /big/);
  for (const name of ['sample', 'compared', 'mine', 'others', 'first', 'second', 'given', 'control'])
    is(judge({}, [name]), 'INCONCLUSIVE');
});

test('what is declared the same on every unit, or is not declared of updates, does not pass', () => {
  const parameters = (...more: (typeof CLOUDY.securityParameters)[number][]) => ({
    ...CLOUDY,
    securityParameters: [parameter('born-with', { identity: true }), ...more],
  });
  is(judge({}, [], parameters(parameter('link-key', { uniquePerDevice: false }))), 'FAIL', /declared the same/);
  is(judge({}, [], parameters(parameter('link-key', { hardCoded: true }))), 'FAIL');
  const update = {
    id: 'over-the-air',
    description: { en: 'updates' },
    overNetwork: true,
    automatic: true,
    notifications: true,
    userControl: 'x',
    authenticity: 'x',
    trust: 'x',
    cryptography: 'x',
    check: 'x',
    disruption: 'x',
  };
  is(judge({}, [], { ...CLOUDY, updateMechanisms: [update] }), 'INCONCLUSIVE', /recognises an update/);
  is(judge({}, [], { ...CLOUDY, updateMechanisms: [{ ...update, parameters: ['root'] }] }), 'PASS');
  const mac = { ...CLOUDY, securityParameters: [...CLOUDY.securityParameters, parameter('mac-key')] };
  is(judge({}, [], { ...mac, updateMechanisms: [{ ...update, parameters: ['mac-key'] }] }), 'INCONCLUSIVE', /mac-key/);
});
