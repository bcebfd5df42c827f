import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openNetwork, withoutNamespaces, type Namespace, type Place } from '@hearthward/testbed/namespaces';
import { decideQuarantine, FREE } from '../../src/quarantine/decide.ts';
import { writeQuarantine } from '../../src/quarantine/record.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

const moduleIn = (name: string): string => fileURLToPath(new URL(`../stand-in/${name}`, import.meta.url));
const tcp = (address: string, port: number): Place => ({ transport: 'tcp', address, port });

const HUB = '192.168.78.2';
const HOME = '192.168.78.1';
const [MESSAGES, ENROLMENT] = [tcp('203.0.113.20', 8883), tcp('203.0.113.21', 8443)];
const PANEL = tcp(HUB, 443);
const UNDECLARED = tcp(HUB, 8080);

describe('a device whose network is its own', { skip: withoutNamespaces() ?? false }, () => {
  test(
    'its kernel follows its state, before core starts and after everything of it was killed',
    { timeout: 240_000 },
    async (t) => {
      const folder = await temporaryFolder();
      t.after(folder.remove);
      await manufactured(folder.path, {
        services: {
          messages: `mqtts://${MESSAGES.address}:${MESSAGES.port}`,
          enrolment: `https://${ENROLMENT.address}:${ENROLMENT.port}`,
          site: `https://${ENROLMENT.address}:443`,
        },
        listen: { panel: { address: '0.0.0.0', port: PANEL.port } },
      });
      const keystore = openKeystore(folder.path);
      const certificate = join(folder.path, 'panel.pem');
      await writeFile(certificate, keystore.keys().panel.certificate);
      keystore.close();

      const network = openNetwork('exposure');
      t.after(network.remove);
      const [hub, home] = await Promise.all([network.namespace('own'), network.namespace('home')]);
      network.join(
        { in: hub, device: 'lan0', addresses: [`${HUB}/24`] },
        {
          in: home,
          device: 'eth0',
          addresses: [`${HOME}/24`, `${MESSAGES.address}/32`, `${ENROLMENT.address}/32`],
        },
      );
      hub.run(['ip', 'route', 'add', 'default', 'via', HOME]);
      await home.listen(MESSAGES, ENROLMENT, tcp(HOME, 9999));
      await hub.listen(UNDECLARED);

      /** who gets through: to the panel, to what nobody declared, and out to messages, enrolment and somebody */
      const through = async (): Promise<readonly boolean[]> =>
        Promise.all([
          home.ask({ dial: PANEL }),
          home.ask({ dial: UNDECLARED }),
          hub.ask({ dial: MESSAGES }),
          hub.ask({ dial: ENROLMENT }),
          hub.ask({ dial: tcp(HOME, 9999) }),
        ]);
      assert.deepEqual(await through(), [false, true, true, true, true], 'before the device, everything passes');

      const first = await started(hub, folder.path);
      assert.deepEqual(await through(), [true, false, false, false, false], 'factory-default');

      hub.run([process.execPath, moduleIn('set-up-here.ts'), String(PANEL.port), certificate]);
      while (!stateOf(hub).includes('to_messages_')) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(await through(), [true, false, true, true, false], 'initialised');

      first.kill('SIGTERM');
      await once(first, 'exit');
      const held = decideQuarantine(FREE, { kind: 'violated', cause: 'integrity', detail: 'test' }, Date.now());
      writeQuarantine(systemDisk, folder.path, held.state);
      const second = await started(hub, folder.path);
      assert.deepEqual(await through(), [true, false, true, false, false], 'quarantine');
      second.kill('SIGKILL');
      await once(second, 'exit');
      assert.deepEqual((await through()).slice(1), [false, true, false, false], 'with no process of it left');
    },
  );
});

const started = async (where: Namespace, dataDir: string): Promise<ChildProcess> => {
  const boot = spawn(
    'ip',
    ['netns', 'exec', where.name, process.execPath, moduleIn('own-network-hub.ts'), '--data', dataDir],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const [message] = (await once(boot, 'message')) as [{ readonly type: string }];
  assert.equal(message.type, 'ready');
  return boot;
};

const stateOf = (where: Namespace): string => where.run(['nft', 'list', 'table', 'inet', 'hearthward']);
