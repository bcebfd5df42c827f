import assert from 'node:assert/strict';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Page } from 'playwright-core';
import { AXE, findings } from '../../web/test/axe.ts';

/** What a person does at a page, and what every page owes everyone. */

/** WCAG 2.2, 1.4.10 */
const NARROWEST = { width: 320, height: 640 };
/** how Chromium notes a page that came with such a status */
export const REFUSED = /^Failed to load resource: .* status of (401|403|404|409|422|429) /;

export const heading = (page: Page): Promise<string> => page.locator('h1').innerText();
export const shown = (page: Page): Promise<string> => page.locator('main').innerText();
export const alert = (page: Page): Promise<string> => page.getByRole('alert').first().innerText();
export const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.id');

/** Pressing a button leads to a page. */
export const press = (page: Page, name: string): Promise<void> =>
  leadsOn(page, () =>
    page
      .locator('form')
      .getByRole('button', { name, exact: true })
      .or(page.locator(`form[aria-label="${name}"] button[type=submit]`))
      .first()
      .click(),
  );

async function leadsOn(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent('domcontentloaded'), act()]);
}

export async function signIn(page: Page, at: string, user: string, password: string): Promise<void> {
  await page.goto(`${at}/login`);
  await page.fill('#user', user);
  await page.fill('#password', password);
  await press(page, 'Sign in');
}

/** Goes on by the tabulator until the element has the focus; wherever it stops, people see that it does. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let steps = 0; steps < 60; steps++) {
    const at = await page.evaluate<ReturnType<typeof whereFocusIs>>(
      `(${whereFocusIs.toString()})(${JSON.stringify(selector)})`,
    );
    assert.equal(at.unseen, '', 'the focus is seen');
    if (at.there) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${selector} cannot be reached by keyboard on ${page.url()}`);
}

export const enter = async (page: Page): Promise<void> => {
  const summary = await page.evaluate(`document.activeElement.tagName === 'SUMMARY'`);
  await (summary ? page.keyboard.press('Enter') : leadsOn(page, () => page.keyboard.press('Enter')));
};

export async function typeInto(page: Page, id: string, text: string): Promise<void> {
  await tabTo(page, `#${id}`);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
  await enter(page);
}

export async function follows(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await enter(page);
}

export async function chooses(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  await page.keyboard.press('Space');
  assert.equal(await page.isChecked(selector), true);
}

export async function saves(page: Page, selector: string): Promise<void> {
  await tabTo(page, selector);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.equal(await download.failure(), null);
}

export async function choosePassword(page: Page, password: string, repeat = password): Promise<void> {
  await tabTo(page, '#password');
  await page.keyboard.type(password);
  await typeInto(page, 'repeat', repeat);
}

/** Kept where somebody wants to look: `PICTURES` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** What a page must be for everyone, at the narrowest. */
export async function look(page: Page): Promise<void> {
  const before = page.viewportSize() ?? NARROWEST;
  await page.setViewportSize(NARROWEST);
  assert.deepEqual(await page.evaluate(`(${faultsOf.toString()})()`), [], page.url());
  await page.setViewportSize(before);
}

/** The same, and nothing serious that axe-core finds as the page stands. */
export async function sound(page: Page, called: string): Promise<void> {
  await picture(page, called);
  await look(page);
  await page.evaluate(`(${withoutTimers.toString()})()`);
  await page.evaluate(AXE);
  assert.deepEqual(await findings(page), [], page.url());
}

/** Runs in the page: axe-core waits by timers, which Chromium never fires where the page may run no script. */
function withoutTimers(): void {
  const page = globalThis as any;
  if (!page.matchMedia('(scripting: none)').matches) return;
  page.setTimeout = (run: (...words: unknown[]) => void, _millis: number, ...words: unknown[]) =>
    void Promise.resolve().then(() => run(...words));
}

/** Runs in the page, so it stands on its own. */
function whereFocusIs(selector: string): { readonly there: boolean; readonly unseen: string } {
  const { document, getComputedStyle } = globalThis as any;
  const element = document.activeElement;
  if (element === document.body) return { there: false, unseen: '' };
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const seen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  return { there: element.matches(selector), unseen: seen ? '' : element.outerHTML.slice(0, 80) };
}

/** Runs in the page, so it stands on its own; what is wrong, in words. */
function faultsOf(): readonly string[] {
  const { document, innerWidth } = globalThis as any;
  const faults: string[] = [];
  const { scrollWidth, lang } = document.documentElement;
  if (scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    faults.push(
      `${scrollWidth} px wide: ${wide
        .slice(-2)
        .map((element) => element.outerHTML.slice(0, 80))
        .join(' ')}`,
    );
  }
  if (!lang) faults.push('no language');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  for (const input of document.querySelectorAll('input:not([type=hidden]):not([aria-hidden=true]), select')) {
    if (!input.labels[0]?.textContent.trim()) faults.push(`no label: ${input.outerHTML}`);
  }
  return faults;
}

/** SHA-256 of the certificate that answers on loopback, as a label has it. */
export const fingerprintAt = (port: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(certificate?.fingerprint256.replaceAll(':', '').toLowerCase());
    });
    socket.on('error', reject);
  });
