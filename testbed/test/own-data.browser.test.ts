import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { until } from './fleet.ts';
import { HOUR, HOUSEHOLD, openHousehold, PERSON, type Household, type Person } from './household.ts';
import { DESK, launch, noBrowser, PHONE, visitor } from './launching.ts';
import { alert, chooses, enter, focused, follows, heading, saves, shown, sound, tabTo, typeInto } from './walking.ts';

/** A person's own data, by keyboard alone: at the device and on the manufacturer's page, until what was erased is confirmed. */

describe('people by keyboard alone have their data, and have it erased', { timeout: 240_000 }, () => {
  let browser: Browser | undefined;
  let home: Household;
  before(async () => {
    if (noBrowser()) return;
    [browser, home] = await Promise.all([launch(), openHousehold()]);
  });
  after(async () => {
    await browser?.close();
    await home?.stop();
  });

  for (const [name, as] of Object.entries({ 'on-a-phone-without-script': PHONE, 'at-a-desk': DESK })) {
    test(`on-the-manufacturer's-page-${name}`, async (t) => {
      if (!browser) return t.skip('needs chromium');
      const { code } = await lives();
      const page = await comes(t, as);
      const opens = async (): Promise<void> => {
        await page.goto(`${home.services.site}/account`);
        await typeInto(page, 'code', code);
        assert.equal(await heading(page), 'My data');
      };
      await page.goto(`${home.services.site}/account`);
      await sound(page, `${name}-account-1-open`);
      await typeInto(page, 'code', 'abcd '.repeat(9));
      assert.match(await alert(page), /does not open anything/);
      assert.equal(await focused(page), 'code', 'the input that was wrong has the focus');
      await opens();
      await tabTo(page, 'form[action="/account/data/values"] button');
      await enter(page);
      assert.match(await shown(page), /Temperature|Lamp/);
      await sound(page, `${name}-account-2-data`);
      for (const file of ['data.json', 'data.csv']) await saves(page, `a[href="/account/${file}"]`);

      await follows(page, 'nav.main a[href="/account/consents"]');
      await sound(page, `${name}-account-3-consents`);
      await follows(page, 'form[action="/account/consents/withdraw"] button');
      assert.match(await shown(page), /Not agreed/);

      await follows(page, 'nav.main a[href="/account/looked"]');
      assert.match(await shown(page), /Everything, as a file/);
      await sound(page, `${name}-account-4-looked`);
      await follows(page, 'nav.main a[href="/account/data"]');
      await follows(page, 'main a[href="/account/end"]');
      await typeInto(page, 'code', 'abcd '.repeat(9));
      assert.match(await alert(page), /does not open anything/);
      assert.equal(await focused(page), 'code');
      await sound(page, `${name}-account-5-end`);
      await follows(page, 'main a[href="/account/erase"]');
      assert.equal(await heading(page), 'Erase my data');
      await sound(page, `${name}-account-6-erase`);
      await chooses(page, '#scope_0');
      await typeInto(page, 'code', code);
      assert.equal(await heading(page), 'Erasures');
      await sound(page, `${name}-account-7-asked`);
      await follows(page, 'form[action="/account/erase/keep"] button');
      assert.match(await shown(page), /Your data stays/);
      await follows(page, 'nav.main a[href="/account/data"]');
      await follows(page, 'main a[href="/account/erase"]');
      await chooses(page, '#scope_0');
      await typeInto(page, 'code', code);
      home.wait(25 * HOUR);
      await opens();
      const isConfirmed = async (): Promise<boolean> => {
        await home.goOn();
        await page.goto(`${home.services.site}/account/erasures`);
        return (await page.locator('a[href$="/1"]').count()) > 0;
      };
      await until(isConfirmed);
      await sound(page, `${name}-account-8-erased`);
      await saves(page, 'a[href$="/1"]');
      await follows(page, 'a[href="/account/verify"]');
      await sound(page, `${name}-account-9-verify`);
      await page.emulateMedia({ media: 'print' });
      assert.equal(
        await page.locator('nav.main').isVisible(),
        false,
        'what is printed is the page, and no way to others',
      );
      await page.emulateMedia({ media: null });
    });

    test(`by-asking-people-${name}`, async (t) => {
      if (!browser) return t.skip('needs chromium');
      const { code } = await lives();
      const page = await comes(t, as);
      await page.goto(`${home.services.site}/account`);
      await follows(page, 'main a[href="/account/request"]');
      await sound(page, `${name}-request-1-ask`);
      await typeInto(page, 'number', 'abcdefgh23456789');
      assert.match(await alert(page), /no request with this number/);
      assert.equal(await focused(page), 'number');
      await follows(page, 'form[action="/account/request"] button');
      assert.match(await shown(page), /To see my data[\s\S]*Not proven yet/);
      await typeInto(page, 'code', 'abcd '.repeat(9));
      assert.match(await alert(page), /does not open anything/);
      assert.equal(await focused(page), 'code');
      await sound(page, `${name}-request-2-number`);
      await typeInto(page, 'code', code);
      assert.match(await shown(page), /Proven/);
      assert.equal(await page.locator('#code').count(), 0);
    });

    test(`on-the-device-${name}`, async (t) => {
      if (!browser) return t.skip('needs chromium');
      const { owner } = await lives();
      const page = await comes(t, as);
      await page.goto(`${home.panel()}/login`);
      await tabTo(page, '#user');
      await page.keyboard.type('owner');
      await typeInto(page, 'password', owner.password);
      if ((await heading(page)) === 'Someone is signed in already')
        await follows(page, 'form:has(input[value="end"]) button');
      await follows(page, 'nav.main a[href="/privacy"]');
      assert.match(await shown(page), /What left my home/);
      await sound(page, `${name}-panel-1-privacy`);
      await saves(page, 'a[href="/api/my-data"]');
      await saves(page, 'a[href="/privacy/my-data.csv"]');
      await follows(page, 'main a[href="/privacy/receipts"]');
      await sound(page, `${name}-panel-2-receipts`);
      await follows(page, 'nav.main a[href="/privacy"]');
      await follows(page, 'a[href="/leaving"]');
      await sound(page, `${name}-panel-3-leaving`);
      await follows(page, 'main a[href="/privacy/erase"]');
      assert.equal(await heading(page), 'Erase my data');
      await typeInto(page, 'current', 'not the password');
      assert.match(await alert(page), /not right/);
      assert.equal(await focused(page), 'current');
      await sound(page, `${name}-panel-4-erase`);
      await typeInto(page, 'current', owner.password);
      assert.match(await shown(page), /It will be erased/);
      await sound(page, `${name}-panel-5-asked`);
      await follows(page, 'form[action="/privacy/keep"] button');
      assert.match(await shown(page), /Taken back: nothing was erased/);

      await follows(page, 'main a[href="/privacy/erase"]');
      await tabTo(page, '#when_later');
      await page.keyboard.press('ArrowDown');
      await typeInto(page, 'current', owner.password);
      const isConfirmed = async (): Promise<boolean> => {
        await home.goOn();
        await page.goto(`${home.panel()}/privacy`);
        return /Confirmed, signed by the manufacturer/.test(await shown(page));
      };
      await until(isConfirmed);
      await sound(page, `${name}-panel-6-erased`);
    });
  }

  /** The owner has data of both kinds with the manufacturer, and a code to it. */
  async function lives(): Promise<{ readonly owner: Person; readonly code: string }> {
    home.wait(25 * HOUR);
    const owner = await home.owner();
    await owner.browser.post('/privacy', '/privacy/sharing', { [PERSON]: 'on' });
    // whoever uses the product is whose each person's data is
    await owner.browser.post('/', '/functions/set-lamp', { lamp: 'on' });
    const code = await home.code(owner);
    await until(async () => {
      const rows = await home.readable(home.subjectsOf(code));
      return [HOUSEHOLD, PERSON].every((item) => rows.some((row) => row.item === item));
    });
    return { owner, code };
  }

  const comes = (t: TestContext, as: BrowserContextOptions): Promise<Page> => {
    assert.ok(browser);
    return visitor(t, browser, { ...as, ignoreHTTPSErrors: true });
  };
});
