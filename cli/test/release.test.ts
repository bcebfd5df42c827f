import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hearthward, scratch } from './command.ts';

const RECORDED = ['--who', 'Alice, Bob', '--why', 'a test'] as const;
const ONE_LINE = /^hearthward: [^\n]+\n$/;

const WORDS = {
  product: 'hub',
  version: '1.0.0',
  number: 1,
  models: ['HW-1'],
  kind: 'security',
  securityVersion: 1,
  summary: { en: 'Mends the panel.', ms: 'Membaiki panel.' },
  risksRemoved: [{ id: 'CVE-2026-1234', severity: 'high', risk: { en: 'A stranger could see the rooms.' } }],
  downtimeSeconds: 5,
  keepsWorking: [{ en: 'heating' }],
  entry: 'main.js',
};

const desk = (t: TestContext) => {
  const dir = scratch(t);
  const data = join(dir, 'data');
  const at = (name: string) => join(dir, name);
  const release = (...words: string[]) => hearthward('release', ...words);
  const done = async (...words: string[]) => {
    const { code, out, error } = await release(...words);
    assert.equal(code, 0, error);
    assert.doesNotMatch(out + error, /passphrase of/);
    return out;
  };
  const refused = async (says: RegExp, ...words: string[]) => {
    const { code, error } = await release(...words);
    assert.equal(code, 65, error);
    assert.match(error.split('\n').slice(-2).join('\n'), ONE_LINE);
    assert.match(error, says);
    return error;
  };
  const holder = async (name: string) => {
    const { makeKeyFile } = await import('@hearthward/services/desk');
    writeFileSync(at(`${name}.pass`), `passphrase of ${name}\n`);
    const { text, key } = await makeKeyFile(name, Buffer.from(`passphrase of ${name}`), {
      memoryKib: 72,
      passes: 1,
      parallelism: 1,
    });
    writeFileSync(at(`${name}.key`), text);
    writeFileSync(at(`${name}.key.pub`), JSON.stringify(key));
    return at(`${name}.key.pub`);
  };
  const makeByCommand = async (name: string) => {
    writeFileSync(at(`${name}.pass`), `passphrase of ${name}\n`);
    await done('keys', 'make', '--holder', name, '--passphrase-file', at(`${name}.pass`), '--out', at(`${name}.key`));
    return at(`${name}.key.pub`);
  };
  /** The first of them with the command; the others as it does, without a process for each. */
  const sign = async (folder: string, first: string, ...others: string[]) => {
    const { approve } = JSON.parse(await done('sign', folder, '--data', data, '--json')) as { approve: string };
    const key = ['--key', at(`${first}.key`), '--passphrase-file', at(`${first}.pass`)] as const;
    await done('sign', folder, '--data', data, ...key, '--approve', approve);
    const desk = await import('@hearthward/services/desk');
    for (const name of others) {
      const passphrase = Buffer.from(`passphrase of ${name}`);
      const signer = await desk.openKeyFile(readFileSync(at(`${name}.key`), 'utf8'), passphrase, name);
      const state = desk.readState(desk.openStatic(join(data, desk.UPDATES_FOLDER)));
      desk.signProposal(folder, desk.readProposal(folder), state, signer);
    }
  };
  const files = () => {
    mkdirSync(at('image/lib'), { recursive: true });
    writeFileSync(at('image/main.js'), 'run();\n');
    writeFileSync(at('words.json'), JSON.stringify(WORDS));
    writeFileSync(
      at('kev.json'),
      JSON.stringify({ catalogVersion: '1', dateReleased: '2026-01-01', vulnerabilities: [] }),
    );
  };
  const build = (out: string, words = 'words.json') =>
    ['build', at('image'), '--words', at(words), '--exploited', at('kev.json'), '--out', at(out)] as const;
  const begin = async () => {
    const pubs = new Map<string, string>();
    pubs.set('alice', await makeByCommand('alice'));
    for (const name of ['bob', 'carol', 'dora', 'emil']) pubs.set(name, await holder(name));
    const given = (option: string, ...names: string[]) => names.flatMap((name) => [option, pubs.get(name) ?? '']);
    await done(
      'keys',
      'begin',
      '--data',
      data,
      ...RECORDED,
      '--product',
      'hub',
      '--out',
      at('first'),
      ...given('--root-key', 'alice', 'bob', 'carol'),
      ...given('--targets-key', 'dora', 'emil'),
      ...given('--release-key', 'dora', 'emil'),
    );
    await sign(at('first'), 'alice', 'bob', 'dora', 'emil');
    await done('publish', at('first'), '--data', data, ...RECORDED);
  };
  return { dir, data, at, release, done, refused, holder, sign, files, build, begin };
};

test('a-release-goes-through-the-hands-of-two-people-who-saw-what-they-signed', async (t) => {
  const { data, at, done, refused, holder, sign, files, build, begin } = desk(t);
  files();
  await refused(/no update repository/, 'status', '--data', data);
  assert.equal(existsSync(data), false);
  await begin();
  assert.equal(statSync(at('alice.key')).mode & 0o777, 0o600);
  assert.match(await done(...build('1.0.0')), /hub 1\.0\.0, twice the same/);
  const shown = await done('sign', at('1.0.0'), '--data', data);
  for (const said of [
    /hub-security 2 \(now 1\), good until 20\d\d-/,
    /hub 1\.0\.0, number 1, security, security version 1/,
    /for HW-1; takes 7 bytes/,
    /new: Mends the panel\. \/ Membaiki panel\./,
    /takes away CVE-2026-1234 \(high\): A stranger could see the rooms\./,
    /away for 5 s; goes on: heating/,
    /to sign exactly this: --approve [0-9a-f]{16}/,
  ])
    assert.match(shown, said);
  const key = ['--key', at('dora.key'), '--passphrase-file', at('dora.pass')] as const;
  await refused(/this is [0-9a-f]{16}/, 'sign', at('1.0.0'), '--data', data, ...key, '--approve', '0'.repeat(16));
  const code = /--approve ([0-9a-f]{16})/.exec(shown)?.[1] ?? '';
  await refused(
    /no part in any of it/,
    'sign',
    at('1.0.0'),
    '--data',
    data,
    '--key',
    at('alice.key'),
    '--passphrase-file',
    at('alice.pass'),
    '--approve',
    code,
  );
  await refused(
    /not opened by its passphrase/,
    'sign',
    at('1.0.0'),
    '--data',
    data,
    '--key',
    at('dora.key'),
    '--passphrase-file',
    at('emil.pass'),
    '--approve',
    code,
  );
  assert.match(await done('sign', at('1.0.0'), '--data', data, ...key, '--approve', code), /1 of 2 signatures/);
  await refused(
    /hub-security has 1 of the 2 signatures.*\(below-threshold\)/,
    'publish',
    at('1.0.0'),
    '--data',
    data,
    ...RECORDED,
  );
  await sign(at('1.0.0'), 'emil');
  assert.match(
    await done('publish', at('1.0.0'), '--data', data, ...RECORDED),
    /^published: 2\.hub-security\.json, .*timestamp\.json\n$/,
  );
  assert.match(await done('publish', at('1.0.0'), '--data', data, ...RECORDED), /^published already/);
  await refused(/published already/, 'sign', at('1.0.0'), '--data', data);

  writeFileSync(at('malware.ndb'), 'Hearthward.One:0:*:706c616e746564\n');
  const set = ['signatures', at('malware.ndb'), '--product', 'hub', '--out', at('set'), '--data', data, ...RECORDED];
  assert.match(await done(...set), /1 signatures, number 1, good until 20\d\d-/);
  await refused(/0 of the 2 signatures.*\(below-threshold\)/, 'publish', at('set'), '--data', data, ...RECORDED);

  const status = JSON.parse(await done('status', '--data', data, '--json')) as {
    roles: { role: string; version: number; keys: { holder: string; signed: boolean }[] }[];
    products: { product: string; releases: { version: string }[]; offers: unknown[] }[];
  };
  const of = (role: string) => status.roles.find((each) => each.role === role);
  assert.deepEqual(
    of('root')?.keys.map(({ holder, signed }) => `${holder} ${signed}`),
    ['alice true', 'bob true', 'carol false'],
  );
  assert.deepEqual(
    of('hub-security')?.keys.map(({ holder }) => holder),
    ['dora', 'emil'],
  );
  assert.deepEqual(status.products, [
    {
      product: 'hub',
      releases: [{ version: '1.0.0', number: 1, kind: 'security', securityVersion: 1, models: ['HW-1'] }],
      offers: [],
    },
  ]);
  assert.match(await done('status', '--data', data), /1\.0\.0 +1 +security +1 +HW-1 +nobody/);
  assert.ok(
    readdirSync(join(data, 'updates/repository/targets/hub/security/1.0.0')).some((name) =>
      /^[0-9a-f]{64}\.full\.pack$/.test(name),
    ),
  );

  // the bad day: a laptop with a key is stolen, and the services were broken into
  const frieda = await holder('frieda');
  const dora = (JSON.parse(readFileSync(at('dora.key.pub'), 'utf8')) as { keyid: string }).keyid;
  await refused(
    /no role has a key/,
    'keys',
    'revoke',
    '0'.repeat(16),
    '--data',
    data,
    ...RECORDED,
    '--out',
    at('none'),
  );
  assert.equal(existsSync(at('none')), false);
  await done(
    'keys',
    'revoke',
    dora.slice(0, 12),
    '--replacement',
    frieda,
    '--data',
    data,
    ...RECORDED,
    '--out',
    at('revoked'),
  );
  assert.match(
    await done('sign', at('revoked'), '--data', data),
    /hub: 2 of 2: emil [0-9a-f]{16}, \+ frieda [0-9a-f]{16}, - dora [0-9a-f]{16}/,
  );
  await sign(at('revoked'), 'alice', 'carol', 'emil', 'frieda');
  assert.match(
    await done('publish', at('revoked'), '--data', data, ...RECORDED),
    /2\.root\.json, 2\.targets\.json, 3\.hub-security\.json, 2\.hub\.json/,
  );
  await done('keys', 'rotate', 'timestamp', '--data', data, ...RECORDED, '--out', at('timestamp'));
  await sign(at('timestamp'), 'bob', 'carol');
  assert.match(await done('publish', at('timestamp'), '--data', data, ...RECORDED), /3\.root\.json/);
});

test('an-image-or-words-that-cannot-be-released-are-named-line-by-line', async (t) => {
  const { at, release, files, build } = desk(t);
  files();
  symlinkSync('/etc/passwd', at('image/lib/link'));
  writeFileSync(at('image/tool'), 'x');
  chmodSync(at('image/tool'), 0o4755);
  const image = await release(...build('out'));
  assert.equal(image.code, 65);
  assert.match(
    image.error,
    /^"lib\/link": a link.*\n"tool": set-user-id.*\nhearthward: that image cannot be released/m,
  );
  writeFileSync(at('wrong.json'), JSON.stringify({ ...WORDS, number: 0, risksRemoved: [] }));
  const words = await release(...build('out', 'wrong.json'));
  assert.equal(words.code, 65);
  assert.match(words.error, /number/);
  assert.equal(existsSync(at('out')), false);
  const none = await release('build', at('image'));
  assert.equal(none.code, 64);
});
