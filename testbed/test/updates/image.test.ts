import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { installFactoryBundle, installFirstRelease, prepareDevice, type Listen } from '@hearthward/device';
import { beginStart, systemDisk } from '@hearthward/device/updates';
import { assess, type Target } from '@hearthward/assessor';
import declaration from '@hearthward/example-hub';
import { buildFirstStage, buildImage, buildRelease, readWords } from '@hearthward/services/desk';
import { startServices } from '@hearthward/services';

const HUB = dirname(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));
const ANY_PORT = { address: '127.0.0.1', port: 0 };

/** A data folder as a factory leaves it. */
const made = async (t: TestContext) => {
  const dir = mkdtempSync(join(tmpdir(), 'image-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const dataDir = join(dir, 'data');
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: ANY_PORT, enrolment: ANY_PORT, mqtts: ANY_PORT },
  });
  try {
    const request = await prepareDevice({ dataDir, declaration, serial: 'TB0000000001', mac: '02:00:00:00:00:01' });
    const unit = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
    assert.ok(unit.ok);
    await installFactoryBundle({ dataDir, bundle: unit.bundle, listen: { panel: ANY_PORT } });
    return { dir, dataDir, certificate: request.panelCertificate };
  } finally {
    await services.stop();
  }
};

const page = (listen: Listen, certificate: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { address, port } = listen['panel'] ?? ANY_PORT;
    get({ host: address, port, path: '/setup', ca: certificate, servername: 'localhost' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });

const NOTHING_KNOWN = { exploited: new Map(), released: 'none', records: [] };
const WORDS = {
  product: 'hub',
  version: '0.1.0',
  number: 1,
  models: [declaration.product.model.designation],
  kind: 'feature',
  securityVersion: 1,
  summary: { en: 'The first.' },
  risksRemoved: [],
  downtimeSeconds: 0,
  keepsWorking: [],
  entry: 'hub.js',
} as const;

const released = async (image: string, out: string, words: Partial<Record<keyof typeof WORDS, unknown>> = {}) => {
  const read = readWords(JSON.stringify({ ...WORDS, ...words }));
  assert.ok(read.ok);
  const built = await buildRelease({
    image,
    words: read.words,
    from: [],
    catalogue: NOTHING_KNOWN,
    decisions: [],
    out,
  });
  assert.ok(built.ok, built.ok ? '' : built.lines.join('\n'));
};

/** The assessor finds it hard to read, and finds the one program that is not. */
const holdsObscured = async (dir: string, image: string, maps: string): Promise<void> => {
  const { sourcesContent } = JSON.parse(readFileSync(join(maps, 'hub.js.map'), 'utf8')) as {
    readonly sourcesContent: readonly string[];
  };
  assert.match(sourcesContent.join(), /const FIRST_SETTINGS/);
  const measure = 'names and comments are taken out';
  const packages = [...OURS, '@hearthward/example-hub'];
  const obfuscation = [{ id: 'ours', measure, packages, mapsKept: 'with the sources' }];
  writeFileSync(join(dir, 'declaration.json'), JSON.stringify({ ...declaration, obfuscation }));
  const verdict = async (software: readonly string[], out: string): Promise<string | undefined> => {
    const target: Target = {
      schema: 'hearthward/target/1',
      declaration: 'declaration.json',
      authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: false, destructive: false },
      services: {},
      artefacts: { software: [...software] },
    };
    writeFileSync(join(dir, 'target.json'), JSON.stringify(target));
    const result = await assess({ targetFile: join(dir, 'target.json'), out: join(dir, out), only: ['obfuscation'] });
    assert.ok(result.ok, result.ok ? '' : result.because.join('; '));
    return result.findings.find((finding) => finding.case === 'obfuscation')?.verdict;
  };
  assert.equal(await verdict([image], 'obscured'), 'PASS');
  const plain = join(dir, 'plain');
  mkdirSync(plain);
  cpSync(join(image, 'package.json'), join(plain, 'package.json'));
  writeFileSync(join(plain, 'hub.js'), sourcesContent.join('\n'));
  assert.equal(
    await verdict([image, plain], 'one-plain'),
    'PASS',
    'one among hundreds does not make the rest readable',
  );
  assert.equal(await verdict([plain], 'plain-alone'), 'FAIL');
};
const OURS = ['device', 'product', 'protocol', 'standards', 'web'].map((each) => `@hearthward/${each}`);

test(
  'the-hub-runs-from-the-slot-that-the-factory-filled-with-every-process-that-it-needs',
  { timeout: 400_000 },
  async (t) => {
    const { dir, dataDir, certificate } = await made(t);
    const [image, maps] = [join(dir, 'image'), join(dir, 'maps')];
    // made hard to read, it has to run as well; as it was written it runs in every quick start
    const built = await buildImage({ product: HUB, out: image, obscured: { maps } });
    assert.ok(built.ok, built.ok ? '' : built.lines.join('\n'));
    await holdsObscured(dir, image, maps);
    const release = join(dir, 'release');
    await released(image, release);
    await installFirstRelease({ dataDir, declaration, release });
    // an interrupted factory does it again
    await installFirstRelease({ dataDir, declaration, release });
    const slots = join(dataDir, 'slots');
    assert.deepEqual(readdirSync(slots), ['a', 'record-0']);
    const begun = beginStart(systemDisk, slots);
    assert.ok(begun.ok);
    assert.deepEqual([begun.slot, begun.entry, begun.image.number, begun.bad], ['a', 'hub.js', 1, []]);

    const first = join(dir, 'first-stage');
    const stage = await buildFirstStage({ product: HUB, out: first });
    assert.ok(stage.ok, stage.ok ? '' : stage.lines.join('\n'));
    assert.ok(!existsSync(join(first, 'node_modules/fastify')), 'nothing of what faces the network');
    const hub = spawn(process.execPath, [join(first, 'src/processes/loader.js'), '--data', dataDir], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const ended = once(hub, 'exit');
    t.after(async () => {
      hub.kill('SIGTERM');
      await ended;
    });
    const next = async () =>
      ((await Promise.race([once(hub, 'message'), ended])) as [{ type?: string; listen: Listen }])[0];
    assert.equal((await next()).type, 'begun');
    const said = await next();
    assert.equal(said.type, 'ready');
    assert.match(await page(said.listen, certificate), /label/i);
  },
);

test('a-factory-installs-no-release-that-is-not-for-this-device-or-not-whole', async (t) => {
  const { dir, dataDir } = await made(t);
  mkdirSync(join(dir, 'image'));
  writeFileSync(join(dir, 'image/hub.js'), 'run();\n'.repeat(1000));
  const install = (release: string) => installFirstRelease({ dataDir, declaration, release: join(dir, release) });
  for (const [name, words] of [
    ['of another product', { product: 'camera' }],
    ['for another model', { models: ['OTHER-1'] }],
  ] as const) {
    await released(join(dir, 'image'), join(dir, name), words);
    await assert.rejects(install(name), { code: 'declaration-mismatch' }, name);
  }
  await released(join(dir, 'image'), join(dir, 'good'));
  const spoiled = (name: string, spoil: (folder: string) => void) => {
    cpSync(join(dir, 'good'), join(dir, name), { recursive: true });
    spoil(join(dir, name));
    return install(name);
  };
  const pack = 'files/full.pack';
  const cases: readonly [string, (folder: string) => void][] = [
    ['cut off', (at) => truncateSync(join(at, pack), 60)],
    ['without its pack', (at) => truncateSync(join(at, pack), 0)],
    ['with another pack', (at) => cpSync(join(dir, 'of another product/files/sbom.cdx.json'), join(at, pack))],
    [
      'with another manifest',
      (at) => cpSync(join(dir, 'of another product/files/image.json'), join(at, 'files/image.json')),
    ],
    ['with nothing', (at) => rmSync(join(at, 'release.json'))],
  ];
  for (const [name, spoil] of cases) await assert.rejects(spoiled(name, spoil), { code: 'bundle-invalid' }, name);
  assert.equal(beginStart(systemDisk, join(dataDir, 'slots')).ok, false);
  await install('good');
  assert.ok(beginStart(systemDisk, join(dataDir, 'slots')).ok);
  await released(join(dir, 'image'), join(dir, 'later'), { version: '0.2.0', number: 2 });
  await assert.rejects(install('later'), { code: 'already-manufactured' });
  await assert.rejects(
    installFirstRelease({ dataDir: join(dir, 'nowhere'), declaration, release: join(dir, 'good') }),
    { code: 'declaration-mismatch' },
  );
});
