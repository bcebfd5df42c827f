import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import declaration from '@hearthward/example-hub';
import { standWall, type Wall } from '../../src/exposure/wall.ts';
import type { OfWall } from '../../src/exposure/wall-line.ts';
import { readFactoryBundle } from '../../src/manufacture/bundle.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

const SERVICES = {
  enrolment: 'https://enrolment.example:8443',
  messages: 'mqtts://198.51.100.8:8884',
  site: 'https://[2001:db8::9]',
};

/** A device of its own, with a kernel that only remembers. */
const made = async (t: TestContext) => {
  const folder = await temporaryFolder();
  t.after(folder.remove);
  await manufactured(folder.path, { services: SERVICES, listen: { panel: { address: '0.0.0.0', port: 8443 } } });
  const kernel: string[] = [];
  const said: OfWall[] = [];
  const lines: string[] = [];
  let refusal: string | undefined;
  let held = false;
  let names: Readonly<Record<string, readonly string[]>> = {};
  const start = (): Wall => {
    const wall = standWall({
      declaration,
      installed: readFactoryBundle(folder.path),
      dataDir: folder.path,
      isHeld: () => held,
      say: (message) => said.push(message),
      warn: (line) => lines.push(line),
      load: (rules) => {
        if (refusal === undefined) kernel.push(rules);
        return refusal;
      },
      resolve: async (host) => names[host] ?? [],
    });
    t.after(wall.close);
    wall.put();
    return wall;
  };
  return {
    start,
    said,
    lines,
    /** the state of the rules that are in force */
    state: () => /in state (\S+),/.exec(kernel.at(-1) ?? '')?.[1],
    rules: () => kernel.at(-1) ?? '',
    hold: (now: boolean) => (held = now),
    refuse: (because: string | undefined) => (refusal = because),
    resolve: (now: typeof names) => (names = now),
  };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the packet filter of a device', () => {
  test('lets nothing out until core says that it is set up, and remembers that at its next start', async (t) => {
    const device = await made(t);
    const wall = device.start();
    assert.equal(device.state(), 'factory-default');
    wall.heard({ to: 'wall', state: 'initialised' });
    assert.equal(device.state(), 'initialised');
    wall.close();
    device.start();
    assert.equal(device.state(), 'initialised', 'before core has said anything');
    device.start().heard({ to: 'wall', state: 'factory-default' });
    device.start();
    assert.equal(device.state(), 'factory-default');
  });

  test('quarantine holds whatever core says, and ends with its record', async (t) => {
    const device = await made(t);
    device.start().heard({ to: 'wall', state: 'initialised' });
    device.hold(true);
    const wall = device.start();
    assert.equal(device.state(), 'quarantine');
    wall.heard({ to: 'wall', state: 'factory-default' });
    wall.heard({ to: 'wall', state: 'initialised' });
    assert.equal(device.state(), 'quarantine');
    device.hold(false);
    wall.put();
    assert.equal(device.state(), 'initialised');
  });

  test('lets the log out to the place that the owner named, once it is named and while it is', async (t) => {
    const device = await made(t);
    const wall = device.start();
    wall.heard({ to: 'wall', state: 'initialised' });
    assert.doesNotMatch(device.rules(), /set to_log_server_4 .*elements/);
    wall.heard({ to: 'wall', state: 'initialised', chosen: { 'log-server': { host: '192.0.2.7', port: 6515 } } });
    assert.match(device.rules(), /@to_log_server_4 tcp dport 6515/);
    assert.match(device.rules(), /set to_log_server_4 .*192\.0\.2\.7/);
    device.start();
    assert.match(
      device.rules(),
      /set to_log_server_4 .*192\.0\.2\.7/,
      'at the next start before core has said anything',
    );
    device.resolve({ 'logs.example': ['203.0.113.9'] });
    wall.heard({ to: 'wall', state: 'initialised', chosen: { 'log-server': { host: 'logs.example', port: 6514 } } });
    await settled();
    assert.match(device.rules(), /set to_log_server_4 .*203\.0\.113\.9/);
    assert.doesNotMatch(device.rules(), /192\.0\.2\.7/);
    wall.heard({ to: 'wall', state: 'initialised', chosen: {} });
    assert.doesNotMatch(device.rules(), /203\.0\.113\.9/);
  });

  test('has the places of the factory’s bundle, and keeps the addresses that a name had', async (t) => {
    const device = await made(t);
    device.resolve({ 'enrolment.example': ['203.0.113.1'] });
    device.start().heard({ to: 'wall', state: 'initialised' });
    assert.match(
      device.rules(),
      /tcp dport 8443 ct state new,established ct direction original accept comment "panel"/,
    );
    assert.match(device.rules(), /@to_messages_4 tcp dport 8884/);
    assert.match(device.rules(), /set to_messages_4 .*198\.51\.100\.8/);
    assert.match(device.rules(), /set to_updates_6 .*2001:db8::9/);
    await settled();
    assert.match(device.rules(), /set to_enrolment_4 .*203\.0\.113\.1 /);
    device.resolve({});
    device.start().heard({ to: 'wall', state: 'factory-default' });
    device.start().heard({ to: 'wall', state: 'initialised' });
    await settled();
    assert.match(device.rules(), /set to_enrolment_4 .*203\.0\.113\.1 /, 'a name that leads nowhere closes nothing');
    device.resolve({ 'enrolment.example': Array.from({ length: 40 }, (_, n) => `203.0.113.${n + 10}`) });
    device.start().heard({ to: 'wall', state: 'factory-default' });
    await settled();
    device.start().heard({ to: 'wall', state: 'initialised' });
    assert.doesNotMatch(device.rules(), /203\.0\.113\.1 /, 'and the oldest make room');
  });

  test('where the system does not take the rules, that is said once and core hears it; nothing stops', async (t) => {
    const device = await made(t);
    device.refuse('the program nft is not installed');
    const wall = device.start();
    wall.put();
    assert.equal(device.lines.length, 1);
    assert.match(device.lines[0] ?? '', /not in force: the program nft is not installed\. .*CAP_NET_ADMIN/);
    assert.deepEqual(device.said.at(-1), { of: 'wall', inForce: false });
    device.refuse(undefined);
    wall.put();
    assert.deepEqual(device.said.at(-1), { of: 'wall', inForce: true });
    // core asks at each of its starts by saying its state again
    device.said.length = 0;
    wall.heard({ to: 'wall', state: 'factory-default' });
    assert.deepEqual(device.said, [{ of: 'wall', inForce: true }]);
  });
});
