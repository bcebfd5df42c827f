import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { mayDial, wantedIn } from '../../src/exposure/decide.ts';
import { openExposure } from '../../src/exposure/exposure.ts';
import type { KernelSocket } from '../../src/exposure/kernel.ts';
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
      drift: ({ listener }) => assert.fail(listener),
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

  test('what drifts is closed and told once for as long as it lasts, and again when it comes back', async () => {
    const told: unknown[] = [];
    const shut: string[] = [];
    let closes = false;
    let seen: KernelSocket[] = [];
    const exposure = openExposure({
      declaration,
      listen: ANYWHERE,
      servers: { panel: server() },
      drift: ({ listener, because, closed }) => told.push([listener, because, closed]),
      overseer: {
        look: () => ({ sockets: seen, wholeSystem: false, connections: [], targets: [] }),
        shut: ({ port }) => {
          shut.push(String(port));
          return closes;
        },
      },
    });
    await exposure.enter('initialised');
    const tcp = (address: string, port: number) => ({ family: 'tcp', address, port, own: true }) as const;
    const panel = tcp('127.0.0.1', exposure.listen()['panel']?.port ?? 0);
    seen = [panel];
    await exposure.observe();
    assert.deepEqual(told, []);
    seen = [panel, tcp('0.0.0.0', 23)];
    await exposure.observe();
    await exposure.observe();
    assert.deepEqual(told.splice(0), [['0.0.0.0:23', 'not-declared', false]]);
    closes = true;
    seen = [panel, tcp('::', 2323)];
    for (let look = 0; look < 2; look++) {
      await exposure.observe();
      assert.deepEqual(told.splice(0), [[':::2323', 'not-declared', true]], 'it was closed, and is there again');
    }
    assert.deepEqual(shut, ['23', '2323', '2323']);
    assert.deepEqual(exposure.drifts(), []);
    seen = [];
    await exposure.observe();
    assert.deepEqual(told.splice(0), [[`127.0.0.1:${panel.port}`, 'not-open', false]]);
    for (let asked = 0; asked < 3; asked++) await exposure.refused('198.51.100.7:443');
    assert.deepEqual(told, [['198.51.100.7:443', 'undeclared-connection', true]]);
    await exposure.close();
  });

  test('a way that the owner opens leads nowhere until a place is named, there alone, and not from quarantine', async () => {
    let place: { readonly host: string; readonly port: number } | undefined;
    let held = false;
    const outbound = createOutbound(
      declaration,
      services,
      () => held,
      mayDial,
      () => (place ? { 'log-server': place } : {}),
    );
    const leads = () => outbound.sight().targets.find(({ mechanism }) => mechanism === 'log-server');
    assert.throws(() => outbound.connectDeclared('log-server'), { code: 'not-declared' });
    assert.equal(leads(), undefined);
    place = { host: '::1', port: 6515 };
    assert.deepEqual(leads(), { mechanism: 'log-server', address: '::1', port: 6515 });
    place = { host: 'logs.example', port: 6514 };
    assert.deepEqual(leads(), { mechanism: 'log-server', port: 6514 });
    held = true;
    assert.throws(() => outbound.connectDeclared('log-server'), { code: 'quarantined' });
    // the owner's choice moves nothing that leads to the manufacturer
    const moved = createOutbound(
      declaration,
      services,
      () => false,
      mayDial,
      () => ({ messages: { host: '192.0.2.1', port: 1 } }),
    );
    assert.equal(moved.target('messages').href, 'mqtts://127.0.0.1:1');
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
