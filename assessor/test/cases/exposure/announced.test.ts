import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import type { Data } from '../../../src/model.ts';
import { hearUdp, multicastQuestion } from '../../../src/observe/raw/udp.ts';
import { KETTLE } from './fake-kettle-declaration.ts';
import { is, judged } from './fake-kettle-run.ts';

/** What a product announces of itself in the home. */
const [panel] = KETTLE.softwareServices;
assert.ok(panel);
const { tls: _none, ...plain } = panel;
const announcing = (...discloses: string[]): Declaration => ({
  ...KETTLE,
  softwareServices: [{ ...plain, id: 'announcements', protocol: 'mdns', transport: 'udp', port: 5353, discloses }],
});
const { designation } = KETTLE.product.model;
const said = (text: string | undefined, shared = false): [string, string, Data][] => [
  [
    'announced',
    'announcements',
    { question: '_http._tcp.local', answered: text !== undefined, shared, text: text ?? '' },
  ],
];
const verdict = (rows: [string, string, Data][], declared = announcing()) =>
  judged('unauthenticated-disclosure', rows, declared);

test('condemns a product that announces its model, its version or an address of its hardware', () => {
  is(verdict(said(`kettle\nmodel=${designation}`)), 'FAIL', /over mDNS strangers are told model/);
  is(verdict(said(`fw=${KETTLE.product.softwareVersion}`)), 'FAIL', /software version/);
  is(verdict(said('id=02:00:00:00:00:01')), 'FAIL', /hardware address/);
  is(judged('unauthenticated-disclosure', said(`model=${designation}`), KETTLE), 'FAIL', /mDNS/);
});

test('what is declared to be announced may be, and silence is no announcement', () => {
  const fine = verdict(said(`model=${designation}`), announcing(`its model, ${designation}`));
  assert.notEqual(fine.verdict, 'FAIL');
  const open = (text: string | undefined) => verdict(said(text)).uncovered.filter((each) => each.includes('over mdns'));
  assert.equal(open(undefined).length, 1);
  assert.deepEqual(open('kettle'), []);
});

test('an answer that may be the machine’s condemns nobody', () => {
  is(verdict(said(`model=${designation}`, true)), 'INCONCLUSIVE', /the machine that it runs on/);
});

test('all that is answered to one question is read, and nothing where nobody is', async () => {
  const asked: Buffer[] = [];
  const responder = createSocket('udp4');
  responder.bind(0, '127.0.0.1');
  await once(responder, 'listening');
  const { port } = responder.address();
  responder.on('message', (message, { port: to, address }) => {
    asked.push(message);
    responder.send(Buffer.from('\u0000\u0084\u0006kettle\u0005local', 'latin1'), to, address);
    responder.send(Buffer.from('\u0009model=K-1', 'latin1'), to, address);
  });
  const heard = await hearUdp('127.0.0.1', port, multicastQuestion('_http._tcp.local'));
  assert.deepEqual(heard?.split('\n'), ['kettle', 'local', 'model=K-1']);
  assert.equal(
    asked[0]?.subarray(12).toString('latin1'),
    '\u0005_http\u0004_tcp\u0005local\u0000\u0000\u00ff\u0080\u0001',
  );
  responder.close();
  await once(responder, 'close');
  assert.equal(await hearUdp('127.0.0.1', port, multicastQuestion('_http._tcp.local')), undefined);
});
