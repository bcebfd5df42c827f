import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { wantedIn } from '../../src/exposure/decide.ts';
import { openExposure } from '../../src/exposure/exposure.ts';
import { listeningSockets, parseTable } from '../../src/exposure/listening.ts';
import { createOutbound } from '../../src/exposure/outbound.ts';
import { ANYWHERE } from '../stand-in/factory.ts';

const servers: Server[] = [];
const server = (): Server => {
  const made = createServer();
  servers.push(made);
  return made;
};

describe('exposure', () => {
  afterEach(async () => {
    for (const each of servers.splice(0)) {
      if (each.listening) await new Promise((resolve) => each.close(resolve));
    }
  });
  const listening = async (): Promise<Server> => {
    const made = server();
    made.listen(0, '127.0.0.1');
    await once(made, 'listening');
    return made;
  };
  const services = {
    enrolment: 'https://127.0.0.1:1',
    messages: 'mqtts://127.0.0.1:1',
    site: 'https://127.0.0.1:1',
  };

  test('opens what is declared for the state, and closes what is not', async () => {
    const [panel] = declaration.softwareServices;
    assert.ok(panel);
    const setUpOnly = { ...panel, id: 'set-up', states: ['factory-default' as const] };
    const both = { ...declaration, softwareServices: [panel, setUpOnly] };
    const made = { panel: server(), 'set-up': server() };
    const exposure = openExposure({
      declaration: both,
      listen: { ...ANYWHERE, 'set-up': { address: '127.0.0.1', port: 0 } },
      servers: made,
      drift: (listener) => assert.fail(listener),
      sockets: () => undefined,
    });
    await exposure.enter('factory-default');
    assert.deepEqual([made.panel.listening, made['set-up'].listening], [true, true]);
    const { port } = made.panel.address() as AddressInfo;
    assert.equal(exposure.listen()['panel']?.port, port);
    await exposure.enter('initialised');
    assert.deepEqual([made.panel.listening, made['set-up'].listening], [true, false]);
    assert.deepEqual(Object.keys(exposure.listen()), ['panel']);
    assert.equal((made.panel.address() as AddressInfo).port, port, 'what stays open is not opened anew');
    await exposure.close();
    assert.equal(made.panel.listening, false);
  });

  test('a port of the declaration is taken where the factory names none', () => {
    const [panel] = declaration.softwareServices;
    assert.deepEqual(wantedIn(panel ? [panel] : [], {}, 'initialised'), [
      { service: 'panel', address: '::', port: 443 },
    ]);
  });

  test('names the occupied port, and the cure', async () => {
    const { port } = (await listening()).address() as AddressInfo;
    const exposure = openExposure({
      declaration,
      listen: { panel: { address: '127.0.0.1', port } },
      servers: { panel: server() },
      drift: () => undefined,
    });
    await assert.rejects(exposure.enter('initialised'), {
      code: 'port-occupied',
      message: new RegExp(`panel cannot listen on 127\\.0\\.0\\.1:${port}`),
    });
  });

  test('a listener that is not declared is told, once for as long as it lasts', async () => {
    const drifts: unknown[] = [];
    let seen: { readonly address: string; readonly port: number }[] = [];
    const exposure = openExposure({
      declaration,
      listen: ANYWHERE,
      servers: { panel: server() },
      drift: (listener, because) => drifts.push([listener, because]),
      sockets: () => seen,
    });
    await exposure.enter('initialised');
    const panel = { address: '127.0.0.1', port: exposure.listen()['panel']?.port ?? 0 };
    seen = [panel];
    await exposure.observe();
    assert.deepEqual(drifts, []);
    seen = [panel, { address: '0.0.0.0', port: 23 }];
    await exposure.observe();
    await exposure.observe();
    assert.deepEqual(drifts, [['0.0.0.0:23', 'not-declared']]);
    seen = [];
    await exposure.observe();
    assert.deepEqual(drifts.at(-1), ['panel', 'not-open']);
    await exposure.close();
  });

  test(
    'reads its own listeners from the kernel',
    { skip: process.platform !== 'linux' && 'only Linux has them' },
    async () => {
      const { port } = (await listening()).address() as AddressInfo;
      assert.equal(listeningSockets()?.filter((each) => each.address === '127.0.0.1' && each.port === port).length, 1);
    },
  );

  test('reads rows of the kernel’s tables that listen, and no other', () => {
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
    const row = (local: string, state: string, inode: number) =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`;
    assert.deepEqual(parseTable([head, row('0100007F:01BB', '0A', 7), row('0100007F:01BC', '01', 8), ''].join('\n')), [
      { address: '127.0.0.1', port: 443, inode: '7' },
    ]);
    assert.deepEqual(parseTable([head, row(`${'0'.repeat(32)}:0016`, '0A', 9)].join('\n')), [
      { address: '::', port: 22, inode: '9' },
    ]);
  });

  test('no connection leaves that is not declared', () => {
    const outbound = createOutbound(declaration, services, () => false);
    for (const mechanism of ['panel-https', 'telemetry-to-somebody', 'site']) {
      assert.throws(() => outbound.connectDeclared(mechanism), { code: 'not-declared' }, mechanism);
    }
    assert.equal(outbound.target('messages').href, 'mqtts://127.0.0.1:1');
    const without = createOutbound({ ...declaration, associatedServices: [] }, services, () => false);
    assert.throws(() => without.connectDeclared('messages'), { code: 'not-declared' });
  });
});
