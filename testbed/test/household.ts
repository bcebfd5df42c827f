import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFactoryBundle, prepareDevice, startDeviceInProcess, type RunningDevice } from '@hearthward/device';
import hubDeclaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import type { Declaration } from '@hearthward/product';
import { accountOfCode, type Subject } from '@hearthward/protocol';
import { startServices } from '@hearthward/services';
import { HASHING } from '../src/line.ts';
import { freePlace, startRedirects, type Redirects } from '../src/network/relay.ts';
import { inventPassword, setUpAsAPerson } from '../src/person.ts';
import { until } from './fleet.ts';
import { Owner } from './owner.ts';

/** A hub that tells each second how warm the home is, which is the household's, and who uses the lamp, which is each person's. */
export const DECLARED: Declaration = {
  ...hubDeclaration,
  personalData: hubDeclaration.personalData.map((item) =>
    item.id === 'usage-statistics' ? { ...item, of: 'person' } : item,
  ),
  telemetryData: hubDeclaration.telemetryData.map((field) => ({ ...field, everySeconds: 1 })),
};
export const HOUSEHOLD = 'room-climate';
export const PERSON = 'usage-statistics';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const ANY = { address: '127.0.0.1', port: 0 };

/** Somebody with an account on the device, at a browser of their own. */
export interface Person {
  readonly name: string;
  readonly password: string;
  readonly browser: Owner;
}

export type Household = Awaited<ReturnType<typeof openHousehold>>;

/**
 * The manufacturer's services with a vault on two media, and one device that its owner has set up. Time goes on by itself, and
 * by `wait`, which TLS does not know: waits end before the device renews its certificate, which would not be good yet.
 */
export async function openHousehold(declaration = DECLARED) {
  const dir = mkdtempSync(join(tmpdir(), 'household-'));
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const folders = {
    services: join(dir, 'services'),
    replica: join(dir, 'replica'),
    device: join(dir, 'device'),
    backups: join(dir, 'backups'),
    given: join(dir, 'given'),
  };
  const services = await startServices({
    dataDir: folders.services,
    declarations: [declaration],
    listen: { https: ANY, enrolment: ANY, mqtts: ANY },
    privacyReplicas: [folders.replica],
    clock,
  });
  const places = async () => ({ dialled: ANY, here: await freePlace(ANY.address) });
  const line = await startRedirects(services, places, ['messages']);
  const place = line.redirects['messages'] ?? assert.fail('no line');
  let lines: Redirects | undefined = line;
  const listen = { panel: ANY };
  const dataDir = folders.device;
  const request = await prepareDevice({ dataDir, declaration, serial: 'HH0000000001', mac: '02:00:00:00:02:01' });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'household' });
  assert.ok(made.ok);
  const bundle = { ...made.bundle, services: { ...made.bundle.services, ...line.dialled } };
  await installFactoryBundle({ dataDir, bundle, listen, hashing: HASHING });
  const { deviceId } = made.bundle;
  const start = () => startDeviceInProcess({ declaration, product: hub, dataDir, listen, clock, draw: () => 0 });
  let device: RunningDevice | undefined = await start();
  const port = () => device?.listen['panel']?.port ?? assert.fail('the device is off');

  const panel = () => `https://127.0.0.1:${port()}`;
  const setUp = async (): Promise<string> => {
    const newPassword = inventPassword();
    await setUpAsAPerson({
      url: panel(),
      fingerprint: made.label.fingerprint,
      labelPassword: made.label.password,
      newPassword,
      deviceName: 'Flat 3',
    });
    return newPassword;
  };
  const ownerPassword = await setUp();
  const isConnected = () => until(() => device?.isConnected() ?? false);
  await isConnected();
  const signedIn = async (name: string, password: string): Promise<Person> => {
    const browser = new Owner(port(), '127.0.0.1');
    await browser.signIn(password, name);
    return { name, password, browser };
  };
  const { data, vault } = services.privacy;
  const site = Number(new URL(services.site).port);

  return {
    services,
    deviceId,
    productId: declaration.product.id,
    folders,
    clock,
    owner: () => signedIn('owner', ownerPassword),
    /** whoever sets it up after a reset, with its label */
    nextOwner: async () => signedIn('owner', await setUp()),
    /** where the device's pages are now */
    panel,
    /** who was signed in before, after a wait */
    again: ({ name, password }: Person) => signedIn(name, password),
    /** The owner gives somebody an account, and they choose a password of their own. */
    async invite(owner: Person, name: string): Promise<Person> {
      const invited = { name, role: 'member', current: owner.password };
      const { body } = await owner.browser.post('/people', '/people/add', invited);
      const initial = /id="initial_password">([^<]+)</.exec(body)?.[1] ?? assert.fail(body);
      const { browser } = await signedIn(name, initial);
      const password = inventPassword();
      const chosen = { current: initial, password, repeat: password };
      assert.equal((await browser.post('/password', '/password', chosen)).status, 303);
      return signedIn(name, password);
    },
    /** The code by which they open their account at the manufacturer, drawn by the device. */
    async code({ browser, password }: Person): Promise<string> {
      const { body } = await browser.post('/privacy', '/privacy/code', { current: password });
      const code = /id="account_code"[^>]*>([^<]+)</.exec(body)?.[1] ?? assert.fail(body);
      const { account } = accountOfCode(code) ?? assert.fail(code);
      await until(() => vault.subjectsOf(account).length > 0);
      return code;
    },
    /** The manufacturer's page of whoever has this code. */
    async account(code: string): Promise<Owner> {
      const browser = new Owner(site, '127.0.0.1');
      const { status } = await browser.post('/account/sign-in', '/account/sign-in', { code });
      assert.equal(status, 303);
      return browser;
    },
    subjectsOf: (code: string) => vault.subjectsOf(accountOfCode(code)?.account ?? ''),
    /** what the services can read under these pseudonyms, of these items */
    async readable(subjects: readonly Subject[], items: readonly string[] = [HOUSEHOLD, PERSON]) {
      const rows = [];
      const wanted = { productId: declaration.product.id, items, since: 0 };
      for await (const row of data.of(subjects, wanted)) rows.push(row);
      return rows;
    },
    wait: (millis: number) => void (ahead += millis),
    /** what the services do each minute */
    goOn: () => services.privacy.erasing.erasures.goOn(),
    isConnected,
    /** the line to the manufacturer, and the same again */
    async cut() {
      await lines?.stop();
      lines = undefined;
    },
    async mend() {
      lines = await startRedirects(services, async () => place, ['messages']);
    },
    switchOff: async () => {
      await device?.stop();
      device = undefined;
    },
    async switchOn() {
      device = await start();
    },
    stop: async () => {
      await device?.stop();
      await lines?.stop();
      await services.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Every byte that lies in these folders. */
export const bytesIn = (...folders: readonly string[]): Buffer =>
  Buffer.concat(
    folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, name))
        .filter((file) => statSync(file).isFile())
        .map((file) => readFileSync(file)),
    ),
  );
