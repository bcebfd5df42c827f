import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Gallery, openGallery } from '../gallery.ts';
import { samplePages } from '../gallery/samples.ts';
import { ALL, AXE, findings, OF_LAYOUT } from './axe.ts';

/**
 * Every page of panel, console, account and public site under axe-core: nothing serious, nothing critical. A new page of the
 * gallery is looked at by itself.
 */

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** One language and one scheme of colours at each size: the wide one in the language with the longer words. */
const PHONE = {
  as: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  language: 'en',
  rules: ALL,
} as const;
const DESKTOP = {
  as: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  language: 'ms',
  rules: OF_LAYOUT,
} as const;
/** Tabs that work beside each other, each in a process of its own. */
const TABS = 3;

describe('nothing serious keeps anybody out', () => {
  let browser: Browser | undefined;
  let gallery: Gallery | undefined;
  before(async () => {
    if (!existsSync(BROWSER)) return;
    gallery = await openGallery(0);
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
  });
  after(async () => {
    await browser?.close();
    await gallery?.close();
  });

  for (const [name, { as, language, rules }] of Object.entries({ phone: PHONE, desktop: DESKTOP }))
    test(`on every page, ${name}`, async (t) => {
      if (!browser || !gallery) return t.skip('needs chromium');
      const waiting = Object.entries(samplePages(language));
      const found: string[] = [];
      const work = async (page: Page): Promise<void> => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [path, write] = next;
          await page.setContent(write());
          found.push(...(await findings(page, rules)).map((each) => `${path}: ${each}`));
        }
      };
      const tabs = await Promise.all(Array.from({ length: TABS }, () => openTab(as, found)));
      await Promise.all(tabs.map(work));
      for (const tab of tabs) await tab.context().close();
      assert.deepEqual(found, []);
    });

  test('a page without a name, with a field that nobody can tell, is found', async (t) => {
    if (!browser || !gallery) return t.skip('needs chromium');
    const page = await openTab(PHONE.as, []);
    await page.setContent('<html><body><input><p style="color:#ccc;background:#fff">faint</p></body></html>');
    const found = (await findings(page)).join();
    for (const rule of ['document-title', 'html-has-lang', 'label', 'color-contrast'])
      assert.ok(found.includes(rule), rule);
    await page.context().close();
  });

  /**
   * One page after the other is written into a tab: axe-core stays where it is, and style and script come from the gallery as
   * they do to a page that is opened.
   */
  async function openTab(as: BrowserContextOptions, faults: string[]): Promise<Page> {
    assert.ok(browser && gallery);
    // axe-core is run from outside, which the policy of the pages refuses to everything else
    const context = await browser.newContext({ ...as, bypassCSP: true, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('requestfailed', (request) => faults.push(`${request.url()} did not come`));
    await page.goto(`${gallery.origin}/login`);
    await page.evaluate(AXE);
    return page;
  }
});
