import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Data } from '../../../src/model.ts';
import { askUdp, UDP_QUESTIONS } from '../../../src/observe/raw/udp.ts';
import { clientHello, readAnswer } from '../../../src/observe/raw/client-hello.ts';
import { is, judged, run } from './fake-kettle-run.ts';

const SCAN = {
  asked: 65_535,
  scanned: 65_535,
  whole: true,
  open: [443],
  extra: [] as number[],
  shared: [] as number[],
  control: true,
  loopback: true,
  declared: [{ service: 'panel', port: 443 }],
  others: [],
};
type Told = readonly [kind: string, subject: string, data: Data];
const scan = (more: Partial<typeof SCAN> = {}): Told => ['scan', 'product', { ...SCAN, ...more }];
const udp = (more: Readonly<Record<number, string>> = {}, control = 'none'): readonly Told[] =>
  UDP_QUESTIONS.map(({ port, service }) => [
    'udp',
    'product',
    { port, service, state: more[port] ?? 'closed', control, declared: false },
  ]);

for (const id of ['unused-interfaces', 'software-services']) {
  test(`passes where only declared ports answer: ${id}`, () => is(judged(id, [scan(), ...udp()]), 'PASS'));
  test(`refuses an undeclared port: ${id}`, () =>
    is(judged(id, [scan({ open: [23, 443], extra: [23] }), ...udp()]), 'FAIL', /Telnet/));
  test(`refuses an undeclared UDP service: ${id}`, () =>
    is(judged(id, [scan(), ...udp({ 161: 'answered' })]), 'FAIL', /SNMP/));
  test(`leaves open what the host itself answers: ${id}`, () => {
    is(judged(id, [scan({ open: [22, 443], extra: [22], shared: [22] }), ...udp()]), 'INCONCLUSIVE', /SSH/);
    is(judged(id, [scan({ open: [22, 443], extra: [22], control: false }), ...udp()]), 'INCONCLUSIVE', /SSH/);
    is(judged(id, [scan(), ...udp({ 5353: 'silent' })]), 'INCONCLUSIVE', /mDNS/);
  });
  test(`leaves open a UDP port of a loopback host without a control address: ${id}`, () => {
    const told = [scan({ control: false }), ...udp({ 123: 'answered' })];
    is(judged(id, told), 'INCONCLUSIVE', /NTP.*to the product or to the machine/);
    is(judged(id, [scan({ control: false, loopback: false }), ...udp({ 123: 'answered' })]), 'FAIL', /NTP/);
  });
  test(`leaves open what was not scanned: ${id}`, () => {
    is(judged(id, [scan({ scanned: 60_000 }), ...udp()]), 'INCONCLUSIVE');
    is(judged(id, [scan({ whole: false, asked: 10, scanned: 10 }), ...udp()]), 'INCONCLUSIVE');
    is(judged(id, [scan()]), 'INCONCLUSIVE', /UDP/);
    is(judged(id, [...udp()]), 'INCONCLUSIVE');
  });
  test(`needs to find a port that is there: ${id}`, () =>
    is(judged(id, [scan({ open: [] }), ...udp()]), 'INCONCLUSIVE', /no declared port/));
}
test('refuses a declared Telnet', () => {
  is(
    judged('software-services', [scan({ open: [23], declared: [{ service: 'console', port: 23 }] }), ...udp()]),
    'FAIL',
    /Telnet/,
  );
});

test('finds the extra listener of a target with an address of its own', async () => {
  const extra = createServer();
  await new Promise<void>((resolve) => extra.listen(0, '127.0.0.1', resolve));
  const { port } = extra.address() as AddressInfo;
  try {
    const ran = await run('unused-interfaces', {
      target: (target, panel) =>
        void (target['host'] = { address: '127.0.0.1', control: '127.0.0.9', ports: `${panel},${port}` }),
    });
    is(ran, 'FAIL', new RegExp(String(port)));
  } finally {
    await new Promise((resolve) => extra.close(resolve));
  }
});

test('tells closed, answering and silent UDP ports apart', async () => {
  const echo = createSocket('udp4');
  const mute = createSocket('udp4');
  echo.on('message', (message, from) => echo.send(message, from.port, from.address));
  for (const socket of [echo, mute]) await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const [answering, silent] = [echo.address().port, mute.address().port];
  const question = Buffer.from('?');
  assert.equal(await askUdp('127.0.0.1', answering, question), 'answered');
  assert.equal(await askUdp('127.0.0.1', silent, question), 'silent');
  await new Promise<void>((resolve) => mute.close(resolve));
  assert.equal(await askUdp('127.0.0.1', silent, question), 'closed');
  await new Promise<void>((resolve) => echo.close(resolve));
});

test('reads the first record of a TLS answer', () => {
  assert.equal(readAnswer(Buffer.from('15030100020228', 'hex'))?.outcome, 'refused');
  assert.equal(readAnswer(Buffer.from('HTTP/1.1 400 Bad Request'))?.outcome, 'unreachable');
  assert.equal(readAnswer(Buffer.from('1603', 'hex')), undefined);
  const hello = clientHello({ version: 0x0301, suites: [0x002f] }, 'kettle.example');
  assert.equal(hello.readUInt16BE(3) + 5, hello.length);
});
