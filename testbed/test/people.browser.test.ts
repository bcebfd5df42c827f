import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { installFactoryBundle, prepareDevice, startDeviceInProcess } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startServices, type Services } from '@hearthward/services';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { setUpAsAPerson } from '../src/person.ts';
import { alert, heading, look, press, REFUSED, shown, signIn } from './walking.ts';

/** A household at its panel: people come, are given what is theirs, and go. */

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const ANY = { address: '127.0.0.1', port: 0 };
const PHONE = { viewport: { width: 390, height: 844 }, javaScriptEnabled: false } satisfies BrowserContextOptions;
const DESK = { viewport: { width: 1280, height: 800 } } satisfies BrowserContextOptions;
const OWN = 'three quiet harbours 9';
const OF_GUEST = 'nine plums in a saddle';
const PIN = '417093';

describe('people of a household at a browser', () => {
  let browser: Browser | undefined;
  let services: Services | undefined;
  let dir = '';
  let url = '';
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    if (!existsSync(BROWSER)) return;
    dir = mkdtempSync(join(tmpdir(), 'hearthward-people-'));
    browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
    services = await startServices({
      dataDir: join(dir, 'services'),
      declarations: [declaration],
      listen: { https: ANY, enrolment: ANY, mqtts: ANY },
    });
    const dataDir = join(dir, 'unit');
    const request = await prepareDevice({ dataDir, declaration, serial: 'TB0000000077', mac: '02:00:00:00:00:77' });
    const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
    assert.ok(made.ok);
    await installFactoryBundle({ dataDir, bundle: made.bundle, listen: { panel: ANY } });
    const device = await startDeviceInProcess({ declaration, product: hub, dataDir, listen: { panel: ANY } });
    stops.push(device.stop);
    url = `https://127.0.0.1:${(device.listen['panel'] ?? ANY).port}`;
    const { fingerprint, password: labelPassword } = made.label;
    await setUpAsAPerson({ url, fingerprint, labelPassword, newPassword: OWN, deviceName: 'Hallway' });
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await services?.stop();
    await browser?.close();
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  for (const [name, as] of Object.entries({ 'on-a-phone-without-script': PHONE, 'at-a-desk-with-script': DESK })) {
    test(`a-guest-comes-chooses-a-password-and-goes-${name}`, async (t) => {
      if (!browser) return t.skip('needs chromium');
      const guestName = as === PHONE ? 'Aunt Mei' : 'Uncle Lim';
      const owner = await visitor(t, as);
      await signInAsOwner(owner);
      // first step of three: from the first page to the people
      await owner.getByRole('navigation').getByRole('link', { name: 'People' }).click();
      assert.equal(await heading(owner), 'People');
      await look(owner);
      await owner.fill('#new_name', guestName);
      await owner.selectOption('#new_role', 'guest');
      await owner.fill('#new_current', 'not this one');
      await press(owner, 'Add person');
      assert.match(await alert(owner), /current password is not right/);
      await owner.fill('#new_name', guestName);
      await owner.selectOption('#new_role', 'guest');
      await owner.fill('#new_current', OWN);
      await press(owner, 'Add person');
      const initial = await owner.locator('#initial_password').innerText();
      assert.match(initial, /^[2-9a-km-z]{4}(-[2-9a-km-z]{4}){3}$/);
      await look(owner);
      await picture(owner, `people-${name}`);

      const guest = await visitor(t, as);
      await signIn(guest, url, guestName, initial);
      assert.equal(await heading(guest), 'Change password');
      assert.match(await shown(guest), /nothing else works before/);
      assert.equal(await guest.locator('nav.main a').count(), 0, 'nothing else to go to yet');
      await look(guest);
      await guest.goto(`${url}/`);
      assert.equal(new URL(guest.url()).pathname, '/password');
      await guest.fill('#current', initial);
      await guest.fill('#password', OF_GUEST);
      await guest.fill('#repeat', OF_GUEST);
      await press(guest, 'Change password');
      await guest.goto(`${url}/`);
      assert.equal(await heading(guest), 'Hallway');
      assert.equal(await guest.getByRole('link', { name: 'People' }).count(), 0);
      assert.equal(
        await guest.getByRole('button', { name: 'Set', exact: true }).count(),
        0,
        'what is not theirs is not offered',
      );
      await guest.locator('form[action="/functions/set-lamp"] button').click();
      assert.match(await guest.getByRole('status').innerText(), /Saved/);
      await guest.goto(`${url}/people`);
      assert.match(await shown(guest), /may not do this with your account/);
      await guest.goto(`${url}/`);

      await owner.goto(`${url}/people`);
      const card = owner.locator('section', { has: owner.getByRole('heading', { name: guestName }) });
      assert.match(await card.innerText(), /Guest[\s\S]*Signed in since/);
      await card.getByText(`Change or remove ${guestName}`).click();
      await look(owner);
      const remove = card.locator('form[action="/people/remove"]');
      await remove.locator('input[name=current]').fill(OWN);
      await remove.getByRole('button', { name: 'Remove account' }).click();
      assert.match(await owner.getByRole('status').first().innerText(), /holds from now on/);
      assert.equal(await owner.getByRole('heading', { name: guestName }).count(), 0);
      await guest.goto(`${url}/`);
      assert.equal(new URL(guest.url()).pathname, '/login');
      await signIn(guest, url, guestName, OF_GUEST);
      assert.match(await alert(guest), /not right/);
    });
  }

  test('a-guardian-sets-locks-and-opens-the-pin-of-a-child', async (t) => {
    if (!browser) return t.skip('needs chromium');
    const owner = await visitor(t, DESK);
    await signInAsOwner(owner);
    await owner.goto(`${url}/people`);
    await owner.fill('#new_name', 'Child');
    await owner.fill('#new_current', OWN);
    await press(owner, 'Add person');
    const act = async (action: string, pin?: string) => {
      await owner.goto(`${url}/people`);
      await owner.getByText('Change or remove Child').click();
      const form = owner.locator(`form[action="/people/${action}"]`);
      if (pin !== undefined) await form.locator('input[name=pin]').fill(pin);
      await form.locator('input[name=current]').fill(OWN);
      await form.locator('button[type=submit]').click();
    };
    await act('pin', '123456');
    assert.match(await alert(owner), /easy to guess/);
    await act('pin', PIN);
    assert.match(await shown(owner), /Its PIN is locked/);
    await look(owner);

    const child = await visitor(t, PHONE);
    await signIn(child, url, 'Child', PIN);
    assert.equal(await heading(child), 'Hallway');
    await child.goto(`${url}/password`);
    assert.match(await shown(child), /looked after by an owner/);
    assert.equal(await child.locator('#password').count(), 0);
    await look(child);
    await act('pin-lock');
    assert.match(await shown(owner), /may change its PIN/);
    await child.goto(`${url}/password`);
    await child.fill('#current', PIN);
    await child.fill('#password', '836150');
    await child.fill('#repeat', '836150');
    await press(child, 'Change password');
    assert.match(await child.getByRole('status').first().innerText(), /was changed/);
  });

  async function signInAsOwner(page: Page): Promise<void> {
    await signIn(page, url, 'owner', OWN);
    if ((await heading(page)) === 'Someone is signed in already') await press(page, 'End it and go on');
    assert.equal(await heading(page), 'Hallway');
  }

  /** Kept where somebody wants to look: `PICTURES` names a folder. */
  async function picture(page: Page, name: string): Promise<void> {
    const folder = process.env['PICTURES'];
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** A person with a browser of their own; fails where the console said anything but that something was refused. */
  async function visitor(t: TestContext, as: BrowserContextOptions): Promise<Page> {
    assert.ok(browser);
    const context = await browser.newContext({ locale: 'en-GB', ...as, ignoreHTTPSErrors: true });
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.message));
    page.on('console', (line) => {
      if (line.type() === 'error' && !REFUSED.test(line.text())) said.push(`${page.url()}: ${line.text()}`);
    });
    t.after(async () => {
      await context.close();
      assert.deepEqual(said, []);
    });
    return page;
  }
});
