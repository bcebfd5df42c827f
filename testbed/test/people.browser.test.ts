import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Services } from '@hearthward/services';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { setUpAsAPerson } from '../src/person.ts';
import { DESK, freshUnit, launch, noBrowser, PHONE, servicesIn, visitor } from './launching.ts';
import { alert, heading, look, picture, press, shown, signIn } from './walking.ts';

/** A household at its panel: people come, are given what is theirs, and go. */

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
    if (noBrowser()) return;
    dir = mkdtempSync(join(tmpdir(), 'hearthward-people-'));
    browser = await launch();
    services = await servicesIn(dir);
    const unit = await freshUnit(services, dir, 'TB0000000077');
    stops.push(unit.stop);
    ({ url } = unit);
    const { fingerprint, password: labelPassword } = unit.label;
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
      const owner = await walks(t, as);
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

      const guest = await walks(t, as);
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
    const owner = await walks(t, DESK);
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

    const child = await walks(t, PHONE);
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

  const walks = (t: TestContext, as: BrowserContextOptions): Promise<Page> => {
    assert.ok(browser);
    return visitor(t, browser, { ...as, ignoreHTTPSErrors: true });
  };
});
