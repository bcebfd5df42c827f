import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { firewallRules, type Declaration, type ProductState } from '@hearthward/product';
import type { Place } from '../src/network/hand.ts';
import { openNetwork, withoutNamespaces, type Namespace } from '../src/network/namespaces.ts';

const tcp = (address: string, port: number): Place => ({ transport: 'tcp', address, port });
const udp = (address: string, port: number): Place => ({ transport: 'udp', address, port });

/** The hub between its owner's network, beyond which the services are, and a network of its own children. */
const HUB = { owner: '192.168.77.2', owner6: 'fd00:77::2', children: '10.77.0.1' };
const HOME = { address: '192.168.77.1', address6: 'fd00:77::1' };
const SERVICES = {
  messages: '203.0.113.10',
  enrolment: '203.0.113.11',
  site: '203.0.113.12',
  stranger: '203.0.113.66',
};
const CHILD = '10.77.0.9';

const { interfaces } = declaration;
const [lan] = interfaces;
assert.ok(lan);
const withChildren: Declaration = {
  ...declaration,
  interfaces: [
    { ...lan, device: 'lan0' },
    { ...lan, id: 'mesh', serves: 'children', device: 'mesh0', description: { en: 'to the sensors of the hub' } },
    ...interfaces.slice(1),
  ],
  softwareServices: [
    ...declaration.softwareServices,
    ...declaration.softwareServices.map((it) => ({ ...it, id: 'sensors', interface: 'mesh', port: 5684 })),
  ],
};
const rules = (state: ProductState): string =>
  firewallRules(withChildren, {
    state,
    services: {
      messages: { addresses: [SERVICES.messages] },
      enrolment: { addresses: [SERVICES.enrolment] },
      site: { addresses: [SERVICES.site] },
    },
  });

describe('the firewall, in a network of its own', { skip: withoutNamespaces() ?? false }, () => {
  const network = openNetwork('exposure');
  let hub: Namespace;
  let home: Namespace;
  let child: Namespace;

  before(async () => {
    [hub, home, child] = await Promise.all([
      network.namespace('hub'),
      network.namespace('home'),
      network.namespace('child'),
    ]);
    network.join(
      { in: hub, device: 'lan0', addresses: [`${HUB.owner}/24`, `${HUB.owner6}/64`] },
      {
        in: home,
        device: 'eth0',
        addresses: [
          `${HOME.address}/24`,
          `${HOME.address6}/64`,
          ...Object.values(SERVICES).map((address) => `${address}/32`),
        ],
      },
    );
    network.join(
      { in: hub, device: 'mesh0', addresses: [`${HUB.children}/24`] },
      { in: child, device: 'radio0', addresses: [`${CHILD}/24`] },
    );
    hub.run(['ip', 'route', 'add', 'default', 'via', HOME.address]);
    home.run(['ip', 'route', 'add', '10.77.0.0/24', 'via', HUB.owner]);
    child.run(['ip', 'route', 'add', 'default', 'via', HUB.children]);
    // the worst that a hub can be: a router
    hub.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    await hub.listen(tcp('::', 443), tcp('::', 8080), udp('::', 5353), tcp('::', 5684));
    await home.listen(
      ...[443, 8443, 8883, 9999].map((port) => tcp('::', port)),
      ...[53, 123, 9999].map((port) => udp('0.0.0.0', port)),
    );
    await child.listen(tcp('0.0.0.0', 7000));
  });
  after(network.remove);

  interface Tried {
    readonly by: () => Namespace;
    readonly place: Place;
    readonly passes: readonly ProductState[];
  }
  const EVER: readonly ProductState[] = ['factory-default', 'initialised', 'quarantine'];
  const flows: Readonly<Record<string, Tried>> = {
    'the panel, from the home': { by: () => home, place: tcp(HUB.owner, 443), passes: EVER },
    'the panel, over IPv6': { by: () => home, place: tcp(HUB.owner6, 443), passes: EVER },
    'a listener for children, from a child': { by: () => child, place: tcp(HUB.children, 5684), passes: EVER },
    'messages, the alert': {
      by: () => hub,
      place: tcp(SERVICES.messages, 8883),
      passes: ['initialised', 'quarantine'],
    },
    enrolment: { by: () => hub, place: tcp(SERVICES.enrolment, 8443), passes: ['initialised'] },
    'the update repository': { by: () => hub, place: tcp(SERVICES.site, 443), passes: ['initialised'] },
    'names, for what is called': { by: () => hub, place: udp(HOME.address, 53), passes: ['initialised', 'quarantine'] },
    'time, from the home': { by: () => hub, place: udp(HOME.address, 123), passes: ['factory-default', 'initialised'] },
    'a listener that is not declared': { by: () => home, place: tcp(HUB.owner, 8080), passes: [] },
    'a listener that is not declared, over IPv6': { by: () => home, place: tcp(HUB.owner6, 8080), passes: [] },
    'a listener over UDP that is not declared': { by: () => home, place: udp(HUB.owner, 5353), passes: [] },
    'a port that is not declared, at a declared host': {
      by: () => hub,
      place: tcp(SERVICES.messages, 9999),
      passes: [],
    },
    'a declared port, at another host': { by: () => hub, place: tcp(SERVICES.stranger, 8883), passes: [] },
    'a declared port, at another declared host': { by: () => hub, place: tcp(SERVICES.site, 8883), passes: [] },
    'a datagram to somebody': { by: () => hub, place: udp(SERVICES.stranger, 9999), passes: [] },
    'names, from a stranger': { by: () => hub, place: udp(SERVICES.stranger, 53), passes: [] },
    'out over IPv6, into the home': { by: () => hub, place: tcp(HOME.address6, 9999), passes: [] },
    'from a child to the owner’s network': { by: () => child, place: tcp(HOME.address, 9999), passes: [] },
    'from the owner’s network to a child': { by: () => home, place: tcp(CHILD, 7000), passes: [] },
    'from a child to the panel': { by: () => child, place: tcp(HUB.children, 443), passes: [] },
    'from a child to the panel’s address in the home': { by: () => child, place: tcp(HUB.owner, 443), passes: [] },
    'from the home to the listener for children': { by: () => home, place: tcp(HUB.owner, 5684), passes: [] },
  };
  const tried = async (): Promise<Readonly<Record<string, boolean>>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(flows).map(async ([name, { by, place }]) => [name, await by().ask({ reach: place })] as const),
      ),
    );

  test('without rules every flow passes: what is stopped below is stopped by them', async () => {
    assert.deepEqual(await tried(), Object.fromEntries(Object.keys(flows).map((name) => [name, true])));
  });

  for (const state of EVER) {
    test(`${state}: what is declared for it passes, and nothing else in either direction`, async () => {
      hub.run(['nft', '-f', '-'], rules(state));
      assert.deepEqual(
        await tried(),
        Object.fromEntries(Object.entries(flows).map(([name, { passes }]) => [name, passes.includes(state)])),
      );
    });
  }

  test('a connection that stood is cut by quarantine, that of the alert goes on', async () => {
    hub.run(['nft', '-f', '-'], rules('initialised'));
    const [enrolment, alert] = [tcp(SERVICES.enrolment, 8443), tcp(SERVICES.messages, 8883)];
    assert.deepEqual([await hub.ask({ keep: enrolment }), await hub.ask({ keep: alert })], [true, true]);
    hub.run(['nft', '-f', '-'], rules('quarantine'));
    assert.deepEqual([await hub.ask({ again: enrolment }), await hub.ask({ again: alert })], [false, true]);
  });

  test('who tries the way between children and owner is counted', async () => {
    hub.run(['nft', '-f', '-'], rules('initialised'));
    await child.ask({ reach: tcp(HOME.address, 9999) });
    assert.match(hub.run(['nft', 'list', 'chain', 'inet', 'hearthward', 'across']), /mesh0" counter packets [1-9]/);
  });
});
