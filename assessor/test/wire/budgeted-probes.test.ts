import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endSession } from '../../src/observe/login/logout.ts';
import { createHttp } from '../../src/observe/wire/http.ts';
import { DECLARATION, startFakeProduct, writeTarget, type FakeProduct } from '../fake-product.ts';
import { benchOf, createHandFor } from '../instruments.ts';

let product: FakeProduct;
before(async () => {
  product = await startFakeProduct();
});
after(() => product.close());

const HELLO = { version: 0x0304, suites: [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f] };

test('counts a hello and a UDP question in the budget of requests', async () => {
  const limits = { failedLogins: 1, requests: 2, patienceSeconds: 1 };
  const file = writeTarget(product.folder, product.port, product.certificate, (target) => {
    Object.assign(target, { limits, host: { address: '127.0.0.1', ports: String(product.port) } });
  });
  const bench = await benchOf(file);
  try {
    assert.equal((await bench.probe.tls.hello('panel', HELLO))?.outcome, 'accepted');
    assert.notEqual(await bench.probe.ports.udp('127.0.0.1', product.port, Buffer.from('?')), 'answered');
    await assert.rejects(bench.probe.tls.hello('panel', HELLO), { code: 'budget-requests' });
    await assert.rejects(async () => bench.probe.ports.udp('127.0.0.1', product.port, Buffer.from('?')), {
      code: 'budget-requests',
    });
  } finally {
    bench.close();
  }
});

test('asks no address that the target file does not name', async () => {
  const bench = await benchOf(product.targetFile);
  try {
    assert.equal(await bench.probe.tls.hello('elsewhere', HELLO), undefined);
    await assert.rejects(async () => bench.probe.ports.udp('192.0.2.1', 53, Buffer.from('?')), /does not name/);
    await assert.rejects(bench.probe.ports.scanTcp('192.0.2.1', '80'), /does not name/);
  } finally {
    bench.close();
  }
});

test('ends a bearer token by naming it in the form too (RFC 7009)', async () => {
  let body = '';
  let authorization = '';
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      authorization = request.headers.authorization ?? '';
      request.on('data', (chunk: Buffer) => void (body += chunk.toString('utf8')));
    }
    request.on('end', () => response.end());
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hand = createHandFor('http', (server.address() as AddressInfo).port, '');
  const http = createHttp(hand);
  const room = {
    declaration: DECLARATION,
    target: {} as never,
    hand,
    http,
    mqtt: {} as never,
    clock: { now: Date.now },
  };
  try {
    const session = { cookies: {}, headers: { authorization: 'Bearer abc.def+1' } };
    const ended = await endSession(room, 'it', { method: 'POST', path: '/revoke' }, session);
    assert.ok(ended.ok);
    assert.equal(new URLSearchParams(body).get('token'), 'abc.def+1');
    assert.equal(authorization, 'Bearer abc.def+1');
  } finally {
    http.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
