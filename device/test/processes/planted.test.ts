import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { imported, openKeystore, type Keys } from '../../src/secrets/keystore.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp } from '../stand-in/person.ts';
import {
  keyCanary,
  privateKeyCanary,
  searchBytes,
  searchFolder,
  textCanary,
  type Canary,
} from '../stand-in/planted.ts';
import { started, type Started } from '../stand-in/product.ts';
import { startServices } from '../stand-in/services.ts';

/** Nothing secret is found anywhere at rest: a whole device with planted secrets, through its life, and every byte of it searched. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const closers: (() => unknown)[] = [];

describe('planted secrets', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });

  /** What may lie in the clear, and why. */
  const ALLOWED: readonly { readonly canary: string; readonly file: RegExp; readonly because: string }[] = [
    {
      canary: 'machine key',
      file: /^keys\/machine\.[0-9a-f]{8}\.key$/,
      because: 'the software guard’s own secret: one file, mode 0600; hardware guards have none',
    },
  ];

  /** As a Wi-Fi password would be kept: in the product's settings. */
  const PLANTED_SETTING = 'wifi-of-Aunt-Rosalinde-7f2c91';

  const product = (at: string): string => {
    const path = join(at, 'product.ts');
    const from = (specifier: string): string => JSON.stringify(import.meta.resolve(specifier));
    writeFileSync(
      path,
      `import declaration from ${from('@hearthward/example-hub')};
import { hub } from ${from('@hearthward/example-hub/hub')};
import { runDevice } from ${from('@hearthward/device')};
const product = (given) => {
  const functions = hub(given);
  given.settings.write({ ...given.settings.read(), passphrase: ${JSON.stringify(PLANTED_SETTING)} });
  return functions;
};
product.control = hub.control;
if (import.meta.main) await runDevice({ declaration, product, moduleUrl: import.meta.url });
`,
    );
    return path;
  };

  const keysOf = (dataDir: string): Keys => {
    const keystore = openKeystore(dataDir);
    try {
      return keystore.keys();
    } finally {
      keystore.close();
    }
  };
  const canariesOf = (keys: Keys): readonly Canary[] => [
    privateKeyCanary('initial identity', imported(keys.identity)),
    privateKeyCanary('panel key', imported(keys.panel.key)),
    ...(keys.channel ? [privateKeyCanary('operational key', imported(keys.channel.key))] : []),
    keyCanary('data key', Buffer.from(keys.data, 'base64')),
  ];

  test(
    'no planted secret lies in data, logs, temporary files or what a crash leaves',
    { skip: process.platform !== 'linux' && 'it looks into /proc', timeout: 400_000 },
    async () => {
      const [dataDir, cwd, temporary] = ['device', 'cwd', 'tmp'].map((name) => join(folder.path, name)) as [
        string,
        string,
        string,
      ];
      for (const path of [cwd, temporary]) mkdirSync(path);
      const services = await startServices();
      closers.push(services.close);
      await manufactured(dataDir, { authority: services.authority, services: services.urls });
      const start = async (): Promise<Started> => {
        const device = await started(product(folder.path), dataDir, {
          cwd,
          shell: 'ulimit -c unlimited',
          env: { TMPDIR: temporary },
        });
        closers.push(device.stop);
        return device;
      };
      const device = await start();
      const inTheFactory = keysOfRunning(dataDir);
      const someone = person(device.listen['panel']?.port ?? 0, inTheFactory.panel);
      const name = `Aunt-Rosalinde-${randomBytes(4).toString('hex')}`;
      assert.equal((await setUp(someone, LABEL_PASSWORD, name)).status, 200);
      await services.message('/telemetry');
      assert.equal((await someone.submit('/', '/logout', {})).status, 303);

      const texts: readonly Canary[] = [
        textCanary('owner’s password', NEW_PASSWORD),
        textCanary('label password', LABEL_PASSWORD),
        textCanary('product’s setting', PLANTED_SETTING),
        textCanary('device name', name),
      ];
      const cookies = (): readonly Canary[] =>
        someone.given.filter((value) => value.length >= 20).map((value) => textCanary('cookie', value));

      // A crash in the middle: the write-ahead logs are still there.
      const ready = once(device.boot, 'message');
      process.kill(device.children().core, 'SIGSEGV');
      await ready;
      const crashed = join(folder.path, 'crashed');
      cpSync(dataDir, crashed, { recursive: true });
      await device.stop();
      const enrolled = keysOf(dataDir);
      assert.ok(enrolled.channel, 'there is an operational key to search for');
      assert.ok(cookies().length > 0, 'there are cookies to search for');

      const again = await start();
      const later = person(again.listen['panel']?.port ?? 0, inTheFactory.panel);
      assert.equal((await later.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD })).status, 303);
      assert.equal((await later.submit('/reset', '/reset', { password: NEW_PASSWORD })).status, 303);
      await again.stop();

      const machineKey = readdirSync(join(dataDir, 'keys')).find((each) => each.startsWith('machine.')) ?? '';
      const canaries = [
        ...texts,
        ...cookies(),
        ...later.given.filter((value) => value.length >= 20).map((value) => textCanary('cookie', value)),
        ...canariesOf(enrolled),
        keyCanary('machine key', readFileSync(join(dataDir, 'keys', machineKey))),
      ];
      const found = [
        ...searchFolder(dataDir, canaries),
        ...searchFolder(crashed, canaries),
        ...searchFolder(cwd, canaries),
        ...searchFolder(temporary, canaries),
        ...searchBytes(Buffer.from(device.output() + again.output()), 'output', canaries),
      ];
      const allowed = (one: (typeof found)[number]): boolean =>
        ALLOWED.some(({ canary, file }) => canary === one.canary && file.test(one.file));
      assert.deepEqual(
        found.filter((one) => !allowed(one)),
        [],
      );
      assert.equal(found.length, 2, 'what is allowed is there, in both states: the search sees');
    },
  );

  /** While it runs, its keystore is its own: what others can know is in the bundle, and the panel shows its certificate. */
  const keysOfRunning = (dataDir: string): { readonly panel: string } => {
    const copy = join(folder.path, 'look');
    cpSync(dataDir, copy, { recursive: true });
    assert.ok(readFactoryBundle(copy).bundle.deviceId);
    const { panel } = keysOf(copy);
    assert.ok(new X509Certificate(panel.certificate));
    return { panel: panel.certificate };
  };

  test('the search finds what lies in the clear, in every form, in free pages and in the write-ahead log', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const canaries = [
      textCanary('text', 'a planted Word, 42'),
      keyCanary('key', randomBytes(32)),
      privateKeyCanary('private key', privateKey),
    ];
    for (const canary of canaries) {
      for (const { as, bytes } of canary.forms) {
        const haystack = Buffer.concat([randomBytes(999), bytes, randomBytes(999)]);
        const found = searchBytes(haystack, 'file', canaries);
        assert.ok(
          found.some((one) => one.canary === canary.name && one.as === as),
          `${canary.name} as ${as}`,
        );
      }
      const around = Buffer.concat([randomBytes(7), canary.forms[0]?.bytes ?? Buffer.alloc(0), randomBytes(9)]);
      assert.equal(
        searchBytes(Buffer.from(around.toString('base64')), 'file', canaries).length > 0,
        true,
        'inside base64',
      );
      assert.equal(searchBytes(randomBytes(4096), 'file', [canary]).length, 0);
    }
    const database = new DatabaseSync(join(folder.path, 'control.sqlite'));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA secure_delete = OFF; CREATE TABLE one (body TEXT)');
    database.prepare('INSERT INTO one VALUES (?)').run('a planted Word, 42');
    database.exec('DELETE FROM one');
    const files = (): readonly string[] => searchFolder(folder.path, canaries).map(({ file }) => file);
    assert.deepEqual(files(), ['control.sqlite-wal']);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    assert.deepEqual(files(), ['control.sqlite'], 'in a free page');
    database.close();
  });
});
