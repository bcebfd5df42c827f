import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Pages under axe-core (github.com/dequelabs/axe-core): nothing serious, nothing critical. */

export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Rules {
  readonly type: 'tag' | 'rule';
  readonly values: readonly string[];
}
/** WCAG 2.2 on levels A and AA, and what axe-core counts as good practice. */
export const ALL: Rules = {
  type: 'tag',
  values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
};
/** What a wider layout or other colours can change of a page that holds on a phone; the markup is the same. */
export const OF_LAYOUT: Rules = {
  type: 'rule',
  values: ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block', 'bypass', 'region'],
};

/** What is wrong, in words, on a page in which `AXE` was evaluated. */
export async function findings(page: Page, rules: Rules = ALL): Promise<readonly string[]> {
  const results = (await page.evaluate(`axe.run({
    runOnly: ${JSON.stringify(rules)},
    resultTypes: ['violations'],
  })`)) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
