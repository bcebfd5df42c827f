import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startDeviceInProcess, type Listen } from '../../src/index.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { person, setUp } from '../stand-in/person.ts';
import { startServices } from '../stand-in/services.ts';

const LEAKY = fileURLToPath(new URL('../stand-in/leaky-hub.ts', import.meta.url));

test(
  'what a product opens and calls without declaring it is closed, logged and reported to its maker',
  { skip: process.platform !== 'linux' && 'only Linux has the kernel’s tables', timeout: 120_000 },
  async (t) => {
    const folder = await temporaryFolder();
    t.after(folder.remove);
    const services = await startServices();
    t.after(services.close);
    await manufactured(folder.path, { authority: services.authority, services: services.urls });
    const keystore = openKeystore(folder.path);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    const good = await startDeviceInProcess({ declaration, product: hub, dataDir: folder.path });
    await setUp(person(good.listen['panel']?.port ?? 0, certificate), LABEL_PASSWORD);
    await good.stop();

    const boot = spawn(process.execPath, [LEAKY, '--data', folder.path], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    t.after(async () => {
      boot.kill('SIGTERM');
      await once(boot, 'exit');
    });
    const [{ listen }] = (await once(boot, 'message')) as [{ listen: Listen }];
    const drifts = (): readonly Record<string, string>[] =>
      services.messages
        .filter(({ topic }) => topic.endsWith('/events'))
        .map(({ body }) => body as { kind: string; detail: Record<string, string> })
        .filter(({ kind }) => kind === 'exposure-drift')
        .map(({ detail }) => detail);
    while (drifts().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const [called, listened] = drifts().toSorted((one, other) =>
      (one['because'] ?? '') < (other['because'] ?? '') ? 1 : -1,
    );
    assert.deepEqual(called, { listener: '127.0.0.1:1', because: 'undeclared-connection', closed: 'yes' });
    const { listener = '', because, closed } = listened ?? {};
    assert.deepEqual([because, closed], ['not-declared', 'yes']);
    const refused = connect(Number(listener.split(':').at(-1)), '127.0.0.1');
    const [fault] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    assert.equal(fault.code, 'ECONNREFUSED');
    const panel = connect(listen['panel']?.port ?? 0, '127.0.0.1');
    await once(panel, 'connect');
    panel.destroy();
  },
);
