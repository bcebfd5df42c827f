import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { request as https } from 'node:https';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { connect as secured } from 'node:tls';
import { throughGate } from '../../src/exposure/gate.ts';
import { kernelSockets, type KernelSocket } from '../../src/exposure/kernel.ts';
import { overseeProcess, type Oversight } from '../../src/exposure/oversight.ts';

const onlyLinux = { skip: process.platform !== 'linux' && 'only Linux has the tables' };
const overseen = (t: TestContext): Oversight => {
  const oversight = overseeProcess(false);
  t.after(oversight.end);
  return oversight;
};
const seen = (family: KernelSocket['family'], port: number): KernelSocket | undefined =>
  kernelSockets()?.find((each) => each.own && each.family === family && each.port === port);

describe('a process that is the device’s alone', () => {
  test('whatever it opened is in the kernel’s tables, and can be closed again', onlyLinux, async (t) => {
    const oversight = overseen(t);
    const server = createServer((socket) => socket.on('error', () => socket.destroy()));
    server.listen(0, '::');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const datagrams = createSocket('udp4');
    datagrams.bind(0, '127.0.0.1');
    await once(datagrams, 'listening');

    const listener = seen('tcp', port);
    assert.equal(listener?.address, '::');
    const caller = throughGate(() => connect(port, '127.0.0.1'));
    await Promise.all([once(caller, 'connect'), once(server, 'connection')]);
    const accepted = kernelSockets()?.find((each) => each.port === port && each.peer?.port === caller.localPort);
    assert.ok(listener && accepted?.peer);

    const closed = Promise.all([once(server, 'close'), once(datagrams, 'close'), once(caller, 'close')]);
    assert.equal(oversight.shut(listener), true);
    assert.equal(oversight.shut(accepted), true);
    assert.equal(oversight.shut(seen('udp', datagrams.address().port) as KernelSocket), true);
    await closed;
    assert.deepEqual([seen('tcp', port), oversight.shut(listener)], [undefined, false]);
  });

  test('a listener of a name is seen among its own', onlyLinux, async (t) => {
    overseen(t);
    const server = createServer();
    server.listen(`\0hearthward-${process.pid}`);
    await once(server, 'listening');
    assert.ok(kernelSockets()?.some((each) => each.family === 'unix' && each.own));
    server.close();
  });

  test('nothing leaves by any way that Node has but the declared one', async (t) => {
    const server = createServer((socket) => socket.on('error', () => socket.destroy()));
    let met = 0;
    server.on('connection', () => met++).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const oversight = overseen(t);
    const refused: string[] = [];
    oversight.onRefused((peer) => refused.push(peer));

    const ways: Readonly<Record<string, () => { once: (event: 'error', hear: (fault: Error) => void) => unknown }>> = {
      connect: () => connect(port, '127.0.0.1'),
      options: () => connect({ port, host: '127.0.0.1' }),
      'a socket of its own': () => new Socket().connect(port, '127.0.0.1'),
      TLS: () => secured({ port, host: '127.0.0.1' }),
      HTTPS: () => https({ port, host: '127.0.0.1' }),
    };
    for (const [way, dial] of Object.entries(ways)) {
      const fault = await new Promise<Error & { code?: string }>((resolve) => dial().once('error', resolve));
      assert.equal(fault.code, 'not-declared', way);
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`), way('fetch'));
    await new Promise((resolve) => connect(port, 'localhost').once('error', resolve));
    assert.deepEqual([...new Set(refused)], [`127.0.0.1:${port}`, `*:${port}`], 'a name is not written down');
    assert.equal(met, 0);

    const declared = throughGate(() => connect(port, '127.0.0.1'));
    await once(declared, 'connect');
    declared.destroy();
    const named = connect(`/tmp/hearthward-nobody-${process.pid}.sock`);
    const [fault] = (await once(named, 'error')) as [NodeJS.ErrnoException];
    assert.equal(fault.code, 'ENOENT', 'a named pipe leaves no device, and is asked for');
    oversight.end();
    const after = connect(port, '127.0.0.1');
    await once(after, 'connect');
    after.destroy();
  });
});

const way = (name: string) => (fault: unknown) => {
  assert.equal((fault as { cause?: { code?: string } }).cause?.code, 'not-declared', name);
  return true;
};
