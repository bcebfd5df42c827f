import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Gallery, openGallery } from '../gallery.ts';
import { samplePages } from '../gallery/samples.ts';

/**
 * Every page of panel, console and public site under axe-core (github.com/dequelabs/axe-core): nothing serious, nothing
 * critical. A new page of the gallery is looked at by itself.
 */

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG 2.2 on levels A and AA, and what axe-core counts as good practice. */
const ALL = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** What a wider layout can change of a page that holds on a phone; the markup is the same. */
const OF_LAYOUT = {
  type: 'rule',
  values: ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block', 'bypass', 'region'],
};
/** One language at each size: the wide one in that with the longer words. */
const SIZES = [
  { name: 'phone', viewport: { width: 390, height: 844 }, language: 'en', rules: ALL },
  { name: 'desktop', viewport: { width: 1280, height: 900 }, language: 'ms', rules: OF_LAYOUT },
] as const;
type Rules = (typeof SIZES)[number]['rules'];

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

  for (const { name, viewport, language, rules } of SIZES) {
    test(`on every page, ${name}`, async (t) => {
      if (!browser || !gallery) return t.skip('needs chromium');
      // axe-core is run from outside, which the policy of the pages refuses to everything else
      const context = await browser.newContext({ viewport, bypassCSP: true, reducedMotion: 'reduce' });
      try {
        const page = await context.newPage();
        const found: string[] = [];
        for (const path of Object.keys(samplePages(language))) {
          await page.goto(`${gallery.origin}${path}?lang=${language}`);
          found.push(...(await findings(page, rules)).map((each) => `${path}: ${each}`));
        }
        assert.deepEqual(found, []);
      } finally {
        await context.close();
      }
    });
  }

  test('a page without a name, with a field that nobody can tell, is found', async (t) => {
    if (!browser) return t.skip('needs chromium');
    const page = await browser.newPage();
    await page.setContent('<html><body><input><p style="color:#ccc;background:#fff">faint</p></body></html>');
    const found = (await findings(page, ALL)).join();
    for (const rule of ['document-title', 'html-has-lang', 'label', 'color-contrast'])
      assert.ok(found.includes(rule), rule);
    await page.close();
  });
});

async function findings(page: Page, rules: Rules): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const results = (await page.evaluate(`axe.run({
    runOnly: ${JSON.stringify(rules)},
    resultTypes: ['violations'],
  })`)) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
