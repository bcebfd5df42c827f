import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { firewallRules, flowsOf, mudFile, type Declaration, type ProductState } from '../src/index.ts';
import { example, TODAY } from './examples.ts';

const STATES: readonly ProductState[] = ['factory-default', 'initialised', 'quarantine'];
const HOSTS = { enrolment: '198.51.100.1', messages: '198.51.100.2', site: '2001:db8::3' };
const services = Object.fromEntries(Object.entries(HOSTS).map(([id, address]) => [id, { addresses: [address] }]));
const rulesOf = (declaration: Declaration, state: ProductState): string =>
  firewallRules(declaration, { state, services });

/** What begins connections, as `out tcp 8883 messages`: of a rule set, and of a MUD file. */
const begunByRules = (rules: string): readonly string[] =>
  [...rules.matchAll(/(tcp|udp) dport (\d+) ct state new,established ct direction original accept comment "([^"]+)"/g)]
    .map(([whole, transport, port, id]) => [inOrOut(rules, whole), transport, port, id].join(' '))
    .filter((flow) => !/ (?:dns|time)$/.test(flow));
const inOrOut = (rules: string, rule: string): string =>
  rules.indexOf(rule) < rules.indexOf('chain from') ? 'in' : 'out';
const begunByMud = (declaration: Declaration): readonly string[] => {
  const file = mudFile(declaration, { today: TODAY, hosts: HOSTS }) as any;
  const lists: any[] = file['ietf-access-control-list:acls'].acl;
  return lists.flatMap(({ aces }) =>
    aces.ace.flatMap(({ name, matches }: any) => {
      const transport = matches.tcp ? 'tcp' : 'udp';
      const { 'destination-port': port, 'ietf-mud:direction-initiated': by } = matches[transport];
      if (port === undefined) return [];
      return [[by === 'to-device' ? 'in' : 'out', transport, port.port, name.replace(/-(?:from|to)$/, '')].join(' ')];
    }),
  );
};
const sorted = (flows: readonly string[]): readonly string[] => [...new Set(flows)].toSorted();

describe('the firewall', () => {
  test('says the same flows as the MUD file, for whatever is declared', async () => {
    const hub = await example('hub');
    const more: Declaration = {
      ...hub,
      softwareServices: [
        ...hub.softwareServices,
        ...hub.softwareServices.map((it) => ({ ...it, id: 'second', port: 8444, states: ['initialised' as const] })),
      ],
      associatedServices: [
        ...hub.associatedServices,
        ...hub.associatedServices.slice(0, 1).map((it) => ({ ...it, id: 'clock', port: 4460 })),
      ],
      communicationMechanisms: [
        ...hub.communicationMechanisms,
        ...hub.communicationMechanisms.slice(1, 2).map((it) => ({ ...it, id: 'clock', service: 'clock', port: 4460 })),
        // of a service that nobody declared: neither has it
        ...hub.communicationMechanisms.slice(1, 2).map((it) => ({ ...it, id: 'elsewhere', service: 'elsewhere' })),
      ],
    };
    for (const declaration of [hub, more, await example('window-sensor')]) {
      const rules = STATES.flatMap((state) => begunByRules(rulesOf(declaration, state)));
      assert.deepEqual(sorted(rules), sorted(begunByMud(declaration)));
    }
    assert.equal(sorted(begunByMud(more)).length, 7, 'the comparison sees flows');
  });

  test('lets out nothing before set-up, and the alert alone in quarantine', async () => {
    const hub = await example('hub');
    const out = (state: ProductState) => sorted(begunByRules(rulesOf(hub, state)));
    assert.deepEqual(out('factory-default'), ['in tcp 443 panel']);
    assert.deepEqual(out('initialised'), [
      'in tcp 443 panel',
      'out tcp 443 updates',
      'out tcp 6514 log-server',
      'out tcp 8443 enrolment',
      'out tcp 8883 messages',
    ]);
    assert.deepEqual(out('quarantine'), ['in tcp 443 panel', 'out tcp 8883 messages']);
  });

  test('a mechanism that names quarantine without being the alert stays cut off', async () => {
    const hub = await example('hub');
    const [, enrolment] = hub.communicationMechanisms;
    if (enrolment) enrolment.states = [...STATES];
    assert.deepEqual(flowsOf(hub).find(({ id }) => id === 'enrolment')?.states, ['factory-default', 'initialised']);
  });

  test('every chain drops what no rule names, whatever the state', async () => {
    for (const state of STATES) {
      const rules = rulesOf(await example('hub'), state);
      assert.deepEqual(
        [...rules.matchAll(/hook (\w+) priority filter; policy (\w+);/g)].map(([, hook, policy]) => [hook, policy]),
        ['input', 'output', 'forward'].map((hook) => [hook, 'drop']),
      );
    }
  });

  test('asks for names and time only where that is declared, and for no time in quarantine', async () => {
    const hub = await example('hub');
    const asks = (declaration: Declaration, state: ProductState) =>
      ['dport 53 ', 'dport 123 '].map((port) => rulesOf(declaration, state).includes(port));
    assert.deepEqual(
      STATES.map((state) => asks(hub, state)),
      [
        [false, true],
        [true, true],
        [true, false],
      ],
    );
    assert.deepEqual(asks({ ...hub, basicProtocols: [] }, 'initialised'), [false, false]);
    const silent = structuredClone(hub);
    delete silent.basicProtocols;
    assert.deepEqual(asks(silent, 'initialised'), [true, true], 'as RFC 8520 has it where nothing is said');
  });

  test('what is no address gets into no rule', async () => {
    const hub = await example('hub');
    for (const bad of ['198.51.100.1 }; add rule', 'services.example', '', '198.51.100.0/24', '::1;']) {
      const spoilt = { state: 'initialised', services: { messages: { addresses: [bad] } } } as const;
      assert.throws(() => firewallRules(hub, spoilt), TypeError, bad);
      assert.throws(() => firewallRules(hub, { state: 'initialised', resolvers: [bad] }), TypeError, bad);
    }
    for (const bad of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1', 'home/8']) {
      assert.throws(() => firewallRules(hub, { state: 'initialised', home: [bad] }), TypeError, bad);
    }
  });

  test('a service whose name leads nowhere yet is reached by nothing', async () => {
    const rules = firewallRules(await example('hub'), { state: 'initialised' });
    assert.match(rules, /set to_messages_4 \{ type ipv4_addr; flags interval; auto-merge; \}/);
  });
});
