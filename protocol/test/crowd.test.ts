import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { keepCrowd, type Ends } from '@hearthward/protocol';

/** A flood of connections that say nothing takes the place of nobody who speaks. */

const MOST = 3;

const besieged = async (t: TestContext) => {
  const server = createServer();
  const crowd = keepCrowd(server, MOST);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  /** a connection, and the end of it that the server has */
  const come = async (
    from = '127.0.0.1',
  ): Promise<{
    readonly client: Socket;
    readonly there: Socket;
    readonly ended: Promise<void>;
  }> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress: from });
    clients.push(client);
    const gone = Promise.withResolvers<void>();
    client.on('error', () => undefined).once('close', () => gone.resolve());
    client.resume();
    const [there] = await accepted;
    return { client, there, ended: gone.promise };
  };
  return { crowd, come };
};

test('whoever has waited longest goes first, and the crowd stays bounded', async (t) => {
  const { crowd, come } = await besieged(t);
  const first = await come();
  const others = [await come(), await come()];
  assert.equal(first.there.destroyed, false, 'so many there may be');
  for (let more = 0; more < 20; more += 1) others.push(await come());
  await first.ended;
  assert.equal(crowd.size(), MOST);
  assert.deepEqual(
    others.filter(({ there }) => !there.destroyed),
    others.slice(-MOST),
  );
});

test('whoever has spoken is not sent away, whatever stands before the door', async (t) => {
  const { crowd, come } = await besieged(t);
  const honest = await come();
  crowd.leave(honest.there);
  for (let more = 0; more < 20; more += 1) await come();
  assert.equal(honest.there.destroyed, false);
  // the next question may be slow again: it waits as one who came last
  crowd.rejoin(honest.there);
  for (let more = 0; more < MOST - 1; more += 1) await come();
  assert.equal(honest.there.destroyed, false);
  await come();
  await honest.ended;
});

test('either side of TLS names the same connection', async (t) => {
  const { crowd, come } = await besieged(t);
  const { there } = await come();
  const { remoteAddress, remotePort }: Ends = there;
  crowd.leave({ remoteAddress, remotePort });
  assert.equal(crowd.size(), 0);
});

test('who is gone takes no place, and does not come back', async (t) => {
  const { crowd, come } = await besieged(t);
  const [left, stayed] = [await come(), await come()];
  const ends = { remoteAddress: left.there.remoteAddress, remotePort: left.there.remotePort };
  left.client.destroy();
  await once(left.there.resume(), 'close');
  assert.equal(crowd.size(), 1);
  crowd.rejoin(ends);
  assert.equal(crowd.size(), 1);
  assert.equal(stayed.there.destroyed, false);
});

test('a flood from one address takes nobody’s place who comes from another', async (t) => {
  const { crowd, come } = await besieged(t);
  const honest = await come('127.0.0.2');
  const flood = [];
  for (let more = 0; more < 20; more += 1) flood.push(await come('127.0.0.3'));
  assert.equal(honest.there.destroyed, false);
  assert.equal(crowd.size(), MOST);
  assert.deepEqual(
    flood.filter(({ there }) => !there.destroyed),
    flood.slice(-(MOST - 1)),
  );
});
