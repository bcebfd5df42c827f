import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { until } from './fleet.ts';
import { DAY, HOUR, HOUSEHOLD, openHousehold, type Household } from './household.ts';
import { DESK, launch, noBrowser, PHONE, visitor } from './launching.ts';
import { alert, chooses, enter, focused, follows, heading, saves, shown, sound, tabTo, typeInto } from './walking.ts';

/** Operators by keyboard alone: a request of somebody is noted, proven, acted on and answered, and nothing is read without why. */

const SERIAL = 'HH0000000001';
const KEPT_AT_MOST = 400 * DAY;

describe('operators by keyboard alone answer people about their data', { timeout: 240_000 }, () => {
  let browser: Browser | undefined;
  let home: Household;
  let password = '';
  before(async () => {
    if (noBrowser()) return;
    [browser, home] = await Promise.all([launch(), openHousehold()]);
    password = await home.services.operators.createOperator('alice');
    await until(async () => (await home.readable(home.services.privacy.vault.subjectsFrom(home.deviceId))).length > 0);
  });
  after(async () => {
    await browser?.close();
    await home?.stop();
  });

  test('somebody-sees-their-data-on-a-phone-without-script', async (t) => {
    if (!browser) return t.skip('needs chromium');
    const page = await visitor(t, browser, { ...PHONE, ignoreHTTPSErrors: true });
    await page.goto(`${home.services.site}/console/login`);
    await sound(page, 'phone-console-1-login');
    await signsIn(page, 'not the password');
    assert.match(await alert(page), /not right/);
    assert.equal(await focused(page), 'user');
    await signsIn(page, password);

    await readsWithAReason(page, 'phone');
    await follows(page, 'nav.main a[href="/console/requests"]');
    await sound(page, 'phone-console-3-requests');
    await notes(page, 'access');
    assert.match(await shown(page), /Not proven yet/);
    await sound(page, 'phone-console-4-noted');
    await proves(page);
    await opens(page, 'extend');
    await tabTo(page, '#extend_reason');
    await page.keyboard.type(' '.repeat(12));
    await typeInto(page, 'extend_password', password);
    assert.match(await alert(page), /Say why, in at least ten letters/);
    assert.equal(await focused(page), 'extend_reason');
    await page.keyboard.type('two companies have to answer');
    await typeInto(page, 'extend_password', password);
    assert.match(await shown(page), /two companies have to answer/);

    await opens(page, 'close');
    await tabTo(page, '#close_reason');
    await page.keyboard.type('sent to them on paper');
    await typeInto(page, 'close_password', password);
    assert.match(await alert(page), /not answered yet: hand out the data/);
    assert.equal(await focused(page), 'close_as');
    await sound(page, 'phone-console-5-not-yet');
    await opens(page, 'export');
    await tabTo(page, '#export_password');
    await page.keyboard.type(password);
    await saves(page, '#export_password');
    await closes(page, 'sent to them on paper');
    assert.match(await shown(page), /Data was handed out/);
    await sound(page, 'phone-console-6-answered');
  });

  test('somebody-is-erased-at-a-desk', async (t) => {
    if (!browser) return t.skip('needs chromium');
    const page = await visitor(t, browser, { ...DESK, ignoreHTTPSErrors: true });
    await page.goto(`${home.services.site}/console/login`);
    await sound(page, 'desk-console-1-login');
    await signsIn(page, password);
    await sound(page, 'desk-console-2-fleet');
    await readsWithAReason(page, 'desk');
    await follows(page, 'nav.main a[href="/console/requests"]');
    await notes(page, 'erasure');
    const at = page.url();
    await sound(page, 'desk-console-4-noted');
    await proves(page);
    await opens(page, 'erase');
    await tabTo(page, '#erase_password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    assert.equal(await focused(page), 'erase_confirm', 'the browser itself asks for the tick');
    await chooses(page, '#erase_confirm');
    await typeInto(page, 'erase_password', 'not the password');
    assert.match(await alert(page), /Your password is not right/);
    assert.equal(await focused(page), 'erase_password');
    await sound(page, 'desk-console-5-refused');
    await chooses(page, '#erase_confirm');
    await typeInto(page, 'erase_password', password);
    assert.match(await shown(page), /The erasure was begun/);

    home.wait(25 * HOUR);
    await page.goto(at);
    assert.equal(await heading(page), 'Sign in', 'nobody stays signed in overnight');
    await signsIn(page, password);
    await until(async () => {
      await home.goOn();
      await page.goto(at);
      return /Erased, confirmed by every place/.test(await shown(page));
    });
    await sound(page, 'desk-console-6-erased');
    await closes(page, 'erased, backups end in a month');
    await follows(page, 'main a[href="/console/requests"]');
    assert.match(await shown(page), /Closed in time/);
    await sound(page, 'desk-console-7-report');

    await home.switchOff();
    home.wait(KEPT_AT_MOST);
    await home.services.privacy.data.dropExpired();
    home.wait(-KEPT_AT_MOST);
    await follows(page, 'nav.main a[href="/console/dropped"]');
    await tabTo(page, '#item');
    await page.keyboard.press('ArrowDown');
    await follows(page, 'form[role=search] button');
    assert.equal(new URL(page.url()).searchParams.get('item'), HOUSEHOLD);
    await saves(page, 'a[href^="/console/dropped.csv"]');
    await sound(page, 'desk-console-8-dropped');
  });

  async function signsIn(page: Page, word: string): Promise<void> {
    await tabTo(page, '#user');
    await page.keyboard.type('alice');
    await typeInto(page, 'password', word);
  }

  /** From the fleet to a device, and to what people measure there. */
  async function readsWithAReason(page: Page, size: string): Promise<void> {
    await follows(page, `main a[href="/console/devices/${home.deviceId}"]`);
    await typeInto(page, 'personal_reason', ' '.repeat(12));
    assert.match(await alert(page), /Say why, in at least ten letters/);
    assert.equal(await focused(page), 'personal_reason');
    await page.keyboard.type('a call about the heating');
    await enter(page);
    assert.match(await shown(page), /Shown for this reason: a call about the heating[\s\S]*Temperature/);
    await sound(page, `${size}-console-2-personal`);
  }

  async function notes(page: Page, kind: 'access' | 'erasure'): Promise<void> {
    await follows(page, 'details.more summary');
    await tabTo(page, '#new_kind');
    if (kind === 'erasure') await page.keyboard.press('ArrowDown');
    assert.equal(await page.inputValue('#new_kind'), kind);
    await follows(page, 'details.more button');
    assert.match(await shown(page), /Open[\s\S]*Received[\s\S]*Late from/);
  }

  async function proves(page: Page): Promise<void> {
    await opens(page, 'identify');
    await tabTo(page, '#identify_serial');
    await page.keyboard.type('HH0000000009');
    await tabTo(page, '#identify_what');
    await page.keyboard.type('receipt with the serial number');
    await typeInto(page, 'identify_password', password);
    assert.match(await alert(page), /No device has this serial number/);
    assert.equal(await focused(page), 'identify_serial');
    assert.equal(await page.inputValue('#identify_what'), 'receipt with the serial number');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(SERIAL);
    await typeInto(page, 'identify_password', password);
    assert.match(await shown(page), /Documents were seen \(receipt with the serial number\)/);
  }

  async function closes(page: Page, said: string): Promise<void> {
    await opens(page, 'close');
    await tabTo(page, '#close_reason');
    await page.keyboard.press('Control+A');
    await page.keyboard.type(said);
    await typeInto(page, 'close_password', password);
    assert.match(await shown(page), new RegExp(`Answered, .*${said}`));
    assert.equal(await page.locator('main details').count(), 0, 'nothing more can be done with it');
  }

  const opens = async (page: Page, act: string): Promise<void> => {
    if (!(await page.locator(`#${act}_password`).isVisible()))
      await follows(page, `details:has(#${act}_password) summary`);
  };
});
