import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { installFactoryBundle, prepareDevice, startDeviceInProcess, type Clock } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startServices, type Services } from '@hearthward/services';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { HASHING } from '../src/line.ts';
import { REFUSED } from './walking.ts';

/** What stands before a person walks: a browser, services, a unit of their factory. */

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const noBrowser = (): boolean => !existsSync(BROWSER);

/** Asks nobody but the pages that are walked. */
export const launch = (...more: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: BROWSER,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });

export const PHONE = {
  viewport: { width: 390, height: 844 },
  javaScriptEnabled: false,
} satisfies BrowserContextOptions;
export const DESK = { viewport: { width: 1280, height: 800 } } satisfies BrowserContextOptions;

const ANY = { address: '127.0.0.1', port: 0 };
export const servicesIn = (dir: string): Promise<Services> =>
  startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: ANY, enrolment: ANY, mqtts: ANY },
  });

/** A unit that the factory has made and nobody has switched on. */
export async function madeUnit(services: Services, dir: string, serial: string) {
  const dataDir = join(dir, serial);
  const mac = `02:00:00:00:00:${serial.slice(-2)}`;
  const request = await prepareDevice({ dataDir, declaration, serial, mac });
  const made = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
  assert.ok(made.ok);
  return { dataDir, made };
}

/** The same, switched on. */
export async function freshUnit(services: Services, dir: string, serial: string, clock?: Clock) {
  const { dataDir, made } = await madeUnit(services, dir, serial);
  await installFactoryBundle({ dataDir, bundle: made.bundle, listen: { panel: ANY }, hashing: HASHING });
  const options = { declaration, product: hub, dataDir, listen: { panel: ANY } };
  const { listen, stop } = await startDeviceInProcess({ ...options, ...(clock ? { clock } : {}) });
  const { port } = listen['panel'] ?? ANY;
  return { url: `https://127.0.0.1:${port}`, port, label: made.label, stop };
}

/** A person with a browser of their own; fails where the console said anything but that something was refused. */
export async function visitor(t: TestContext, browser: Browser, as: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...as });
  context.setDefaultTimeout(8000);
  const page = await context.newPage();
  const said: string[] = [];
  page.on('pageerror', (error) => said.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error' && !REFUSED.test(line.text())) said.push(`${page.url()}: ${line.text()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(said, []);
  });
  return page;
}
