import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { installFactoryBundle, prepareDevice, type Listen } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { buildImage, startServices } from '@hearthward/services';

const HUB = dirname(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));
const ANY_PORT = { address: '127.0.0.1', port: 0 };

/** A data folder as a factory leaves it. */
const made = async (t: TestContext) => {
  const dir = mkdtempSync(join(tmpdir(), 'image-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const dataDir = join(dir, 'data');
  const services = await startServices({
    dataDir: join(dir, 'services'),
    declarations: [declaration],
    listen: { https: ANY_PORT, enrolment: ANY_PORT, mqtts: ANY_PORT },
  });
  try {
    const request = await prepareDevice({ dataDir, declaration, serial: 'TB0000000001', mac: '02:00:00:00:00:01' });
    const unit = await services.factory.makeDevice(request, { operator: 'testbed', batch: 'testbed' });
    assert.ok(unit.ok);
    await installFactoryBundle({ dataDir, bundle: unit.bundle, listen: { panel: ANY_PORT } });
    return { dir, dataDir, certificate: request.panelCertificate };
  } finally {
    await services.stop();
  }
};

const page = (listen: Listen, certificate: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { address, port } = listen['panel'] ?? ANY_PORT;
    get({ host: address, port, path: '/setup', ca: certificate, servername: 'localhost' }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });

test('the-hub-runs-from-its-image-alone-with-every-process-that-it-needs', { timeout: 60_000 }, async (t) => {
  const { dir, dataDir, certificate } = await made(t);
  const built = buildImage({ product: HUB, out: join(dir, 'image') });
  assert.ok(built.ok, built.ok ? '' : built.lines.join('\n'));
  const hub = spawn(process.execPath, [join(dir, 'image/hub.js'), '--data', dataDir], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(hub, 'exit');
  t.after(async () => {
    hub.kill('SIGTERM');
    await ended;
  });
  const [said] = (await Promise.race([once(hub, 'message'), ended])) as [{ type?: string; listen: Listen }];
  assert.equal(said.type, 'ready');
  assert.match(await page(said.listen, certificate), /label/i);
});
