import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine } from '../src/index.ts';
import { launch, noBrowser, PHONE, visitor } from './launching.ts';
import { alert, choosePassword, enter, heading, look, shown, signIn, tabTo } from './walking.ts';

/** A password is forgotten: a telephone without script, by keyboard alone, and a finger on the device's button. */

const NEW = 'four loud mountains 7';

test('a-forgotten-password-is-replaced-at-the-device', { skip: noBrowser() && 'needs chromium' }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-forgotten-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const line = await startLine({ dir, declaration, product: hub });
  t.after(line.stop);
  const unit = await line.startUnit('forgotten');
  t.after(unit.stop);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await visitor(t, browser, { ...PHONE, ignoreHTTPSErrors: true });

  await signIn(page, unit.url, 'owner', 'not the password');
  assert.match(await alert(page), /is not right[\s\S]*up to 15 minutes[\s\S]*signed in before[\s\S]*button/);
  await look(page);
  await tabTo(page, 'a[href="/forgotten"]');
  await enter(page);
  assert.equal(await heading(page), 'Forgotten your password?');
  assert.match(await shown(page), /Press the button on the device, once. It counts for 10 minutes/);
  assert.equal(await page.locator('#label-password').count(), 0, 'nothing to fill in before the press');
  await look(page);

  unit.press('short');
  await tabTo(page, 'a.button');
  await enter(page);
  await tabTo(page, '#label-password');
  await page.keyboard.type('not on the label');
  await choosePassword(page, NEW);
  assert.match(await alert(page), /not the password on the label/);
  await tabTo(page, '#label-password');
  await page.keyboard.type(line.label.password);
  await choosePassword(page, NEW);
  assert.equal(await heading(page), 'Sign in to your device');
  assert.match(await page.getByRole('status').innerText(), /password/i);

  await signIn(page, unit.url, 'owner', line.ownerPassword);
  assert.match(await alert(page), /is not right/);
  await signIn(page, unit.url, 'owner', NEW);
  assert.equal(new URL(page.url()).pathname, '/');
  await page.goto(`${unit.url}/safety`);
  assert.match(await shown(page), /replaced at the device itself/);
});
