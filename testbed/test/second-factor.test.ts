import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import type { Services } from '@hearthward/services';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { DESK, freshUnit, launch, noBrowser, PHONE, servicesIn, visitor } from './launching.ts';
import { alert, heading, look, press, shown, signIn } from './walking.ts';

/** The second step of a sign-in as people meet it: a real browser, its virtual authenticator, an app that makes codes. */

const HOST = 'device.local';
const OWN = 'three quiet harbours 9';
const SUMMARY = { add: 'Add a passkey', app: 'Set up an app', lost: 'I do not have my phone or key' };

describe('the second step of a sign-in', () => {
  let browser: Browser | undefined;
  let services: Services | undefined;
  let device: Awaited<ReturnType<typeof freshUnit>> | undefined;
  let url = '';
  let dir = '';
  /** the device's clock stands still until the test moves it, so that a code is the same however long a walk takes */
  const began = Date.now();
  let ahead = 0;
  const clock = { now: () => began + ahead };

  before(async () => {
    if (noBrowser()) return;
    dir = mkdtempSync(join(tmpdir(), 'hearthward-second-'));
    services = await servicesIn(dir);
    device = await freshUnit(services, dir, 'TB0000000021', clock);
    url = `https://${HOST}:${device.port}`;
    browser = await launch(
      // a browser keeps passkeys from pages whose certificate it does not trust: it trusts this one key
      `--ignore-certificate-errors-spki-list=${await keyAt(device.port)}`,
      `--host-resolver-rules=MAP ${HOST} 127.0.0.1`,
    );
    await setUpAt(browser, url, device.label.password);
  });
  after(async () => {
    await browser?.close();
    await device?.stop();
    await services?.stop();
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
  });

  test('signs-in-with-password-and-passkey-and-sees-a-copied-one-refused', async (t) => {
    await visit(t, DESK, async (page) => {
      const authenticator = await withAuthenticator(page);
      await signIn(page, url, 'owner', OWN);
      await page.getByRole('link', { name: 'Sign-in', exact: true }).click();
      await look(page);
      await page.getByText(SUMMARY.add).click();
      await page.fill('#passkey_name', 'Test phone');
      await page.fill('#add_passkey_current', OWN);
      await press(page, SUMMARY.add);
      await press(page, 'Make the passkey');
      assert.equal(await heading(page), 'Your recovery codes');
      await look(page);
      const codes = await page.locator('.codes code').allInnerTexts();
      assert.equal(codes.length, 10);
      await page.getByRole('link', { name: 'I have kept them' }).click();
      assert.match(await shown(page), /Test phone/);
      assert.match(await shown(page), /10 of 10 codes are left/);

      await press(page, 'Sign out');
      await signIn(page, url, 'owner', OWN);
      assert.equal(await heading(page), 'One more step');
      await look(page);
      await page.goto(`${url}/`);
      assert.notEqual(await heading(page), 'My hub', 'the password alone opens nothing');
      await signIn(page, url, 'owner', OWN);
      await press(page, 'Use a passkey');
      assert.equal(new URL(page.url()).pathname, '/');

      // the same key in a second authenticator, whose counter stands where it stood before
      await press(page, 'Sign out');
      await authenticator.copy(0);
      await signIn(page, url, 'owner', OWN);
      await press(page, 'Use a passkey');
      assert.match(await alert(page), /This was not right/);
      await page.getByText(SUMMARY.lost).click();
      await page.fill('#recovery', codes[0] ?? '');
      await press(page, 'Sign in with this code');
      await page.goto(`${url}/security`);
      assert.match(await shown(page), /Someone may have copied this passkey/);
      assert.match(await shown(page), /9 of 10 codes are left/);
      await page.goto(`${url}/safety`);
      assert.match(await shown(page), /A passkey may have been copied/);
      assert.match(await shown(page), /signed in with a recovery code/);

      await page.goto(`${url}/security`);
      await page.getByText('Remove this passkey').click();
      assert.match(await shown(page), /This is your only second step/);
      await page.fill('#remove_passkey_0_current', OWN);
      await press(page, 'Remove this passkey: Test phone');
      assert.match(await page.getByRole('status').first().innerText(), /was removed/);
      assert.match(await shown(page), /the password alone opens your account/);
      await press(page, 'Sign out');
      await signIn(page, url, 'owner', OWN);
      assert.equal(new URL(page.url()).pathname, '/');
      await press(page, 'Sign out');
    });
  });

  test('signs-in-with-a-code-and-with-a-recovery-code-once-on-a-phone-without-script', async (t) => {
    await visit(t, PHONE, async (page) => {
      await signIn(page, url, 'owner', OWN);
      await page.goto(`${url}/security`);
      await look(page);
      await page.getByText(SUMMARY.app).click();
      await page.fill('#add_code_current', OWN);
      await press(page, SUMMARY.app);
      await look(page);
      const { width = 0 } = (await page.locator('svg.picture').boundingBox()) ?? {};
      assert.ok(width >= 150, 'the picture is large enough to be scanned');
      const secret = (await page.locator('code.secret').innerText()).replaceAll(' ', '');
      const app = (): string => code(secret, clock.now());
      await page.fill('#code', '000 000');
      await press(page, 'Turn it on');
      assert.match(await alert(page), /not right/);
      await page.fill('#code', app());
      await press(page, 'Turn it on');
      const codes = await page.locator('.codes code').allInnerTexts();
      await press(page, 'Sign out');

      await signIn(page, url, 'owner', OWN);
      await page.fill('#code', app());
      await press(page, 'Sign in');
      assert.match(await alert(page), /This was not right/, 'a code once used is used');
      ahead += 30_000;
      await page.fill('#code', app());
      await press(page, 'Sign in');
      assert.equal(new URL(page.url()).pathname, '/');

      for (const opens of [true, false]) {
        await press(page, 'Sign out');
        await signIn(page, url, 'owner', OWN);
        await page.getByText(SUMMARY.lost).click();
        await page.fill('#recovery', (codes[3] ?? '').toUpperCase().replaceAll('-', ' '));
        await press(page, 'Sign in with this code');
        if (opens) assert.equal(new URL(page.url()).pathname, '/');
        else assert.match(await alert(page), /This was not right/, 'no second time');
        if (opens) assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 1);
        else break;
      }

      // wrong codes are held back like wrong passwords
      for (let tries = 0; tries < 8 && !/Please wait/.test(await alert(page)); tries++) {
        await page.fill('#code', '000000');
        await press(page, 'Sign in');
      }
      assert.match(await alert(page), /Too many tries. Please wait/);
    });
  });

  async function visit(t: TestContext, as: BrowserContextOptions, walk: (page: Page) => Promise<void>): Promise<void> {
    if (!browser) return t.skip('needs chromium');
    await walk(await visitor(t, browser, as));
  }
});

async function setUpAt(browser: Browser, url: string, labelPassword: string): Promise<void> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.fill('#labelPassword', labelPassword);
  await press(page, 'Continue');
  await page.fill('#password', OWN);
  await page.fill('#repeat', OWN);
  await press(page, 'Continue');
  await press(page, 'Finish');
  await page.getByRole('link', { name: 'Go to my device' }).click();
  await press(page, 'Sign out');
  await page.close();
}

/** What a phone with a fingerprint is to a browser (Chrome DevTools Protocol, domain WebAuthn). */
async function withAuthenticator(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    /** the same key in another device, whose counter stands there */
    copy: async (signCount: number) => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
      const [credential] = credentials;
      assert.ok(credential);
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount } });
    },
  };
}

/** RFC 6238, written anew: an app knows nothing of the device's code. `secret` is base32. */
function code(secret: string, now: number): string {
  const bits = Array.from(secret, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [],
  );
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(Math.floor(now / 30_000), 4);
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** SHA-256 of the public key that answers there, base64, as Chromium's flag takes it. */
const keyAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
      socket.destroy();
      if (key) resolve(createHash('sha256').update(key).digest('base64'));
      else reject(new Error('no certificate'));
    });
    socket.on('error', reject);
  });
