import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test, type TestContext } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { openGallery } from '../gallery.ts';
import { samplePages } from '../gallery/samples.ts';

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** WCAG 2.2, 1.4.10: no scrolling in two directions at 320 CSS pixels */
const NARROW = { width: 320, height: 640 };

describe('pages in a browser', () => {
  let browser: Browser | undefined;
  before(async () => {
    if (existsSync(BROWSER)) browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
  });
  after(() => browser?.close());

  test('every-page-holds-in-a-browser', async (t) => {
    await inBrowser(t, true, async (page, origin) => {
      for (const path of Object.keys(samplePages('ms'))) {
        await page.goto(`${origin}${path}?lang=ms`);
        assert.deepEqual(await page.evaluate(`(${faultsOfPage.toString()})()`), [], path);
      }
    });
  });

  test('shows-strength-and-reveals-only-when-asked', async (t) => {
    await inBrowser(t, true, async (page, origin) => {
      await page.goto(`${origin}/setup-2`);
      const password = page.locator('#password');
      await password.fill('aaaaaaaaaaaaaaa');
      assert.equal(await page.locator('#password_live [role=status]').textContent(), 'Easy to guess');
      // a word that many use does not become strong by a year and a sign
      await password.fill('Sunshine2024!?99');
      assert.notEqual(await page.locator('#password_live [role=status]').textContent(), 'Hard to guess');
      await password.fill('saddle Harbour nine plums');
      assert.equal(await page.locator('#password_live [role=status]').textContent(), 'Hard to guess');
      await page.locator('#repeat').fill('saddle');
      assert.equal(await page.locator('#repeat_live [role=status]').textContent(), 'Not the same yet');
      assert.equal(await password.getAttribute('type'), 'password');
      await page.getByRole('button', { name: 'Show: New password', exact: true }).click();
      assert.equal(await password.getAttribute('type'), 'text');
    });
  });

  test('works-without-script', async (t) => {
    await inBrowser(t, false, async (page, origin) => {
      await page.goto(`${origin}/login`);
      await page.getByLabel('User name').fill('owner');
      await page.getByLabel('Password').fill('saddle Harbour nine plums');
      assert.equal(await page.locator('#password').getAttribute('type'), 'password');
      const [sent] = await Promise.all([
        page.waitForRequest((request) => request.method() === 'POST'),
        page.getByRole('button', { name: 'Sign in' }).click(),
      ]);
      assert.equal(new URL(sent.url()).pathname, '/login');
      assert.equal(sent.postData(), '_csrf=sample-csrf&user=owner&password=saddle+Harbour+nine+plums');
    });
  });

  /** A page at 320 pixels; the test fails where the console said anything against it. */
  async function inBrowser(
    t: TestContext,
    script: boolean,
    visit: (page: Page, origin: string) => Promise<void>,
  ): Promise<void> {
    if (!browser) return t.skip('needs chromium');
    const gallery = await openGallery(0);
    const context = await browser.newContext({ viewport: NARROW, javaScriptEnabled: script });
    try {
      const page = await context.newPage();
      const said: string[] = [];
      page.on('pageerror', (error) => said.push(error.message));
      page.on('console', (line) => line.type() === 'error' && said.push(`${page.url()}: ${line.text()}`));
      await visit(page, gallery.origin);
      assert.deepEqual(said, []);
    } finally {
      await context.close();
      await gallery.close();
    }
  }
});

/** Runs in the page, so it stands on its own; returns what is wrong, in words. */
function faultsOfPage(): readonly string[] {
  const { document, innerWidth, getComputedStyle } = globalThis as any;
  const faults: string[] = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(
      (e) => e.getBoundingClientRect().right > innerWidth + 1,
    );
    faults.push(
      `${root.scrollWidth} px wide: ${wide
        .slice(0, 3)
        .map((e) => e.outerHTML.slice(0, 80))
        .join(' ')}`,
    );
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  for (const input of document.querySelectorAll('input:not([type=hidden]):not([aria-hidden=true]), select')) {
    if (input.labels.length === 0 || input.labels[0].textContent.trim() === '')
      faults.push(`no label: ${input.outerHTML}`);
  }
  const boxes = [...document.querySelectorAll('.card, .item, .chart, .fold')];
  for (const [i, box] of boxes.entries()) {
    const gap = Number.parseFloat(box.firstElementChild ? getComputedStyle(box.firstElementChild).marginTop : '0');
    if (gap > 16) faults.push(`${gap} px of nothing at its top: ${box.outerHTML.slice(0, 80)}`);
    const between = (boxes[i + 1]?.getBoundingClientRect().top ?? Infinity) - box.getBoundingClientRect().bottom;
    if (between > -2 && between < 4) faults.push(`touches the next one: ${box.outerHTML.slice(0, 80)}`);
  }
  for (const element of document.querySelectorAll(
    'a, button:not([disabled]), input:not([type=hidden]), select, summary',
  )) {
    if (element.tabIndex < 0) continue;
    element.focus({ focusVisible: true });
    if (document.activeElement !== element) continue;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2)
      faults.push(`focus unseen: ${element.outerHTML}`);
  }
  for (const element of document.querySelectorAll(
    'button, .button, input:not([type=hidden]):not([aria-hidden=true])',
  )) {
    const { width, height } = element.getBoundingClientRect();
    if (Math.min(width, height) < 22) faults.push(`too small to touch: ${element.outerHTML}`);
  }
  return faults;
}
