import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { Label } from '@hearthward/protocol';
import type { Services } from '@hearthward/services';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { DESK, freshUnit, launch, madeUnit, noBrowser, PHONE, servicesIn, visitor } from './launching.ts';
import {
  alert,
  choosePassword,
  enter,
  fingerprintAt,
  focused,
  heading,
  look,
  press,
  shown,
  signIn,
  tabTo,
  typeInto,
} from './walking.ts';

/** The house as people meet it: a browser, a unit fresh from the factory, the console and the public pages. */

const OWN = 'three quiet harbours 9';

describe('people at a browser', () => {
  let browser: Browser | undefined;
  let services: Services | undefined;
  let dir = '';
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    if (noBrowser()) return;
    dir = mkdtempSync(join(tmpdir(), 'hearthward-browser-'));
    const [launched, started] = await Promise.all([launch(), servicesIn(dir)]);
    browser = launched;
    services = started;
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    await services?.stop();
    await browser?.close();
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  test('sets-the-device-up-by-keyboard-alone-on-a-phone-without-script', async (t) => {
    if (!browser || !services) return t.skip('needs chromium');
    const unit = await newUnit('TB0000000001');
    await visit(t, PHONE, async (page) => {
      await page.goto(unit.url);
      assert.equal(await heading(page), 'Welcome');
      assert.equal(await page.locator('nav.main').count(), 0, 'nothing else to go to yet');
      await look(page);
      await page.keyboard.press('Shift+Tab');
      await enter(page);
      assert.match(await shown(page), /SHA-256/, 'what to do when the browser warns');
      await typeInto(page, 'labelPassword', 'notthepassword');
      assert.match(await alert(page), /not the password on the label/);
      await typeInto(page, 'labelPassword', unit.label.password);

      assert.equal(await heading(page), 'Choose your own password');
      await choosePassword(page, 'password12');
      assert.match(await alert(page), /Many people use this password/);
      assert.equal(await focused(page), 'password', 'the input that was wrong has the focus');
      await choosePassword(page, OWN, 'three quiet harbours 8');
      assert.match(await alert(page), /not the same/);
      await look(page);
      await choosePassword(page, OWN);

      assert.equal(await heading(page), 'Name and choices');
      assert.equal(await page.locator('input[type=checkbox]:checked').count(), 0, 'nothing is allowed beforehand');
      await look(page);
      await typeInto(page, 'name', 'Hallway');
      assert.equal(await heading(page), 'All set');
      await tabTo(page, 'a.button');
      await enter(page);

      assert.equal(await heading(page), 'Hallway');
      await tabTo(page, 'form[action="/functions/set-lamp"] button');
      await enter(page);
      assert.match(await page.getByRole('status').innerText(), /Saved/);
      assert.equal(await page.getByRole('button', { name: 'Switch off' }).count(), 1);
      await look(page);
      await page.goto(unit.url);
      await tabTo(page, '.sign-out button');
      await enter(page);
      assert.match(await page.getByRole('status').innerText(), /signed out/);
      await page.goBack();
      assert.equal(new URL(page.url()).pathname, '/login', 'the way back shows nothing of the device');
    });
  });

  test('lives-with-the-device-at-a-desk-with-script', async (t) => {
    if (!browser || !services) return t.skip('needs chromium');
    const house = services;
    const unit = await newUnit('TB0000000002');
    await visit(t, DESK, async (page) => {
      await page.goto(`${unit.url}/#fingerprint=${unit.label.fingerprint}&password=${unit.label.password}`);
      assert.equal(await page.inputValue('#labelPassword'), unit.label.password, 'the code on the label fills it in');
      assert.equal(new URL(page.url()).hash, '', 'and the address forgets it');
      await press(page, 'Continue');
      await page.fill('#password', OWN);
      await page.fill('#repeat', OWN);
      assert.equal(await page.locator('#password_live [role=status]').innerText(), 'Hard to guess');
      await press(page, 'Continue');
      await press(page, 'Finish');
      await look(page);
      await page.getByRole('link', { name: 'Go to my device' }).click();

      await page.fill('input[name=target]', '22.5');
      await press(page, 'Temperature: Set');
      assert.equal(await page.inputValue('input[name=target]'), '22.5');
      await page.evaluate(`document.querySelectorAll('form').forEach((form) => { form.noValidate = true; })`);
      await page.fill('input[name=target]', '55');
      await press(page, 'Temperature: Set');
      assert.match(await alert(page), /outside its limits/);
      assert.equal(await page.inputValue('input[name=target]'), '22.5', 'the page is there again, nothing has changed');

      for (const path of ['/', '/privacy', '/safety', '/password', '/reset']) {
        await page.goto(unit.url + path);
        await look(page);
      }
      await page.goto(`${unit.url}/privacy`);
      await page.getByRole('checkbox').first().check();
      await press(page, 'Save choices');
      assert.match(await page.getByRole('status').first().innerText(), /choices were saved/);
      assert.equal(await page.getByRole('checkbox').first().isChecked(), true);

      await page.goto(`${unit.url}/password`);
      await page.fill('#current', 'not this one');
      await page.fill('#password', `${OWN} more`);
      await page.fill('#repeat', `${OWN} more`);
      await press(page, 'Change password');
      assert.match(await alert(page), /current password is not right/);
      await page.fill('#current', OWN);
      await page.fill('#password', `${OWN} more`);
      await page.fill('#repeat', `${OWN} more`);
      await press(page, 'Change password');
      assert.match(await page.getByRole('status').first().innerText(), /was changed/);

      await visit(t, DESK, async (other) => {
        const password = await house.operators.createOperator('third');
        await signIn(other, `${house.site}/console`, 'third', password);
        await other.getByRole('link', { name: 'TB0000000002' }).click();
        const curve = other.getByRole('img', { name: /^Temperature/ });
        // what a unit reports arrives some moments after its set-up
        assert.equal(await curve.count(), 0, 'what people do at home is shown for a reason');
        const device = other.url();
        for (let tries = 0; tries < 30 && (await curve.count()) === 0; tries++) {
          await other.waitForTimeout(400);
          await other.goto(device);
          await other.fill('#personal_reason', 'the owner asked why it is cold');
          await press(other, 'Show for this once');
        }
        assert.equal(await curve.count(), 1);
        assert.match(await shown(other), /Shown for this reason: the owner asked why it is cold/);
        assert.match(await shown(other), /The device was set up/);
        await look(other);
      });

      await page.goto(unit.url);
      await visit(t, PHONE, async (other) => {
        await signIn(other, unit.url, 'owner', `${OWN} more`);
        assert.equal(await heading(other), 'Someone is signed in already');
        await look(other);
        await press(other, 'Cancel');
        assert.match(await other.getByRole('status').innerText(), /You did not sign in/);
        await page.reload();
        assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 1, 'the first goes on');
        await signIn(other, unit.url, 'owner', `${OWN} more`);
        await press(other, 'End it and go on');
        assert.equal(await other.getByRole('button', { name: 'Sign out' }).count(), 1);
      });
      await press(page, 'Lamp: Switch on');
      assert.match(await shown(page), /session has ended/, 'a form of an ended session says so');
      await page.getByRole('link', { name: 'Sign in' }).click();
      assert.match(await page.getByRole('status').innerText(), /session has ended/);
      await signIn(page, unit.url, 'owner', OWN);
      assert.match(await alert(page), /not right/, 'the old password opens nothing');
      await signIn(page, unit.url, 'owner', `${OWN} more`);
      await press(page, 'End it and go on');

      await page.goto(`${unit.url}/reset`);
      assert.equal(await page.locator('input[name=services]:checked').count(), 0, 'nobody has chosen for the person');
      assert.equal(await page.inputValue('input[name=after]:checked'), 'again', 'it is not thrown away by mistake');
      await page.getByRole('radio', { name: 'Leave it there' }).check();
      await page.fill('#password', 'not this one');
      await press(page, 'Erase everything');
      assert.match(await alert(page), /not right/);
      assert.match(await shown(page), /Room climate/, 'what is erased has a name');
      await page.getByRole('radio', { name: 'Have it erased too' }).check();
      await page.fill('#password', `${OWN} more`);
      await press(page, 'Erase everything');
      assert.equal(await heading(page), 'Welcome');
      assert.match(await page.getByRole('status').first().innerText(), /Everything was erased/);
    });
  });

  for (const [name, as] of Object.entries({ 'on-a-phone-without-script': PHONE, 'at-a-desk-with-script': DESK })) {
    test(`reads-the-fleet-in-the-console-${name}`, async (t) => {
      if (!browser || !services) return t.skip('needs chromium');
      const serial = as === PHONE ? 'TB0000000003' : 'TB0000000004';
      const operator = as === PHONE ? 'first' : 'second';
      await madeUnit(services, dir, serial);
      const password = await services.operators.createOperator(operator);
      const { site } = services;
      await visit(t, as, async (page) => {
        await page.goto(`${site}/console/fleet`);
        assert.equal(new URL(page.url()).pathname, '/console/login');
        await look(page);
        await signIn(page, `${site}/console`, operator, 'not this one');
        assert.match(await alert(page), /not right/);
        await signIn(page, `${site}/console`, operator, password);
        assert.equal(await heading(page), 'Fleet');
        await look(page);
        await page.goto(`${site}/console/fleet?search=${serial}`);
        assert.equal(await page.locator('tbody tr').count(), 1);
        await page.goto(`${site}/console/fleet?search=none`);
        assert.match(await shown(page), /No device matches/);
        await page.goto(`${site}/console/fleet?search=${serial}`);
        await page.getByRole('link', { name: serial }).click();
        assert.match(await heading(page), new RegExp(serial));
        assert.match(await shown(page), /reported nothing yet/);
        await look(page);
        await page.goto(`${site}/console/devices/none`);
        assert.equal(await heading(page), 'There is nothing here');
        await page.goto(`${site}/console`);
        await press(page, 'Sign out');
        await page.goto(`${site}/console/fleet`);
        assert.equal(new URL(page.url()).pathname, '/console/login');
      });
    });
  }

  test('reads-every-public-page-in-malay-on-a-phone-without-script', async (t) => {
    if (!browser || !services) return t.skip('needs chromium');
    const { site } = services;
    await visit(t, { ...PHONE, locale: 'ms-MY' }, async (page) => {
      await page.goto(site);
      const links = page.locator('main a[href^="/"]');
      const addresses = await links.evaluateAll((all) => all.map((link) => String((link as { href?: unknown }).href)));
      assert.ok(addresses.length >= 6, 'the product page leads to the others');
      await look(page);
      for (const address of new Set(addresses)) {
        await page.goto(address);
        assert.equal(await page.locator('html').getAttribute('lang'), 'ms');
        await look(page);
      }
      await page.goto(`${site}${declaration.userInformation.setup}`);
      assert.match(await shown(page), /SHA-256/);
      await page.getByRole('link', { name: 'English' }).click();
      assert.equal(await heading(page), 'Set up securely');
    });
  });

  /** A unit as it leaves the factory; its certificate is the one on its label. */
  async function newUnit(serial: string): Promise<{ readonly url: string; readonly label: Label }> {
    assert.ok(services);
    const unit = await freshUnit(services, dir, serial);
    stops.push(unit.stop);
    assert.equal(await fingerprintAt(unit.port), unit.label.fingerprint);
    return unit;
  }

  async function visit(t: TestContext, as: BrowserContextOptions, walk: (page: Page) => Promise<void>): Promise<void> {
    assert.ok(browser);
    await walk(await visitor(t, browser, { ...as, ignoreHTTPSErrors: true }));
  }
});
