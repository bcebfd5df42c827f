import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { chainsIn } from '../../../src/observe/system/packet-filter.ts';
import { KETTLE } from './fake-kettle-declaration.ts';
import { is, judged } from './fake-kettle-run.ts';

/** A kettle with one listener, one mechanism and an alert; listings as nft prints them. */
const [panel] = KETTLE.softwareServices;
assert.ok(panel);
const STATES = ['factory-default', 'initialised', 'quarantine'] as const;
const lan: Declaration['interfaces'][number] = {
  id: 'lan',
  description: { en: 'the home’s network' },
  kind: 'network',
  debug: false,
  accessible: true,
  enabled: [...STATES],
  purpose: 'the panel',
  device: 'lan0',
};
const DECLARED: Declaration = {
  ...KETTLE,
  interfaces: [lan],
  softwareServices: [{ ...panel, interface: 'lan', port: 443, transport: 'tcp', states: [...STATES] }],
  associatedServices: [
    {
      id: 'cloud',
      name: { en: 'the cloud' },
      operator: 'the maker',
      protocol: 'mqtts',
      port: 8883,
      purpose: { en: 'messages' },
      needed: false,
    },
  ],
  communicationMechanisms: [
    {
      id: 'cloud',
      description: { en: 'to the cloud' },
      direction: 'outbound',
      service: 'cloud',
      protocol: 'mqtts',
      authentication: 'mutual',
      cryptography: 'TLS 1.3',
      parameters: [],
      remotelyAccessible: true,
      states: ['initialised'],
    },
  ],
};

type Rule = readonly [chain: string, ...expressions: object[]];
const match = (left: object, right: unknown, op = '=='): object => ({ match: { op, left, right } });
const to = (transport: string, port: unknown): object =>
  match({ payload: { protocol: transport, field: 'dport' } }, port);
const at = (key: string, name: string, op = '=='): object => match({ meta: { key } }, name, op);
const from = match({ payload: { protocol: 'ip', field: 'saddr' } }, '@home4');
const towards = match({ payload: { protocol: 'ip', field: 'daddr' } }, '@cloud4');
const answers = match({ ct: { key: 'state' } }, ['established', 'related'], 'in');
const accept = { accept: null };
const jump = (target: string): object => ({ jump: { target } });

const HOOKS = { into: 'input', from: 'output', across: 'forward' } as const;
const GOOD: readonly Rule[] = [
  ['into', at('iifname', 'lo'), accept],
  ['into', answers, accept],
  ['into', from, to('tcp', 443), accept],
  ['from', at('oifname', 'lo'), accept],
  ['from', answers, accept],
  ['from', match({ payload: { protocol: 'udp', field: 'dport' } }, 53), accept],
];
const CALLS: Rule = ['from', towards, to('tcp', 8883), accept];
const listing = (rules: readonly Rule[], policies: Partial<Record<keyof typeof HOOKS, string>> = {}): string =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      ...Object.entries(HOOKS).map(([name, hook]) => ({
        chain: {
          family: 'inet',
          table: 't',
          name,
          hook,
          type: 'filter',
          prio: 0,
          policy: 'drop',
          ...(name in policies ? { policy: policies[name as 'into'] } : {}),
        },
      })),
      ...rules.map(([chain, ...expr], handle) => ({ rule: { family: 'inet', table: 't', chain, handle, expr } })),
    ],
  });
const filter = (state: string, text: string): [string, string, any] => ['filter', state, { chains: chainsIn(text) }];
const others = [filter('factory-default', listing(GOOD)), filter('quarantine', listing(GOOD))];
const verdict = (more: readonly Rule[], declared = DECLARED, policies = {}) =>
  judged(
    'network-segregation',
    [filter('initialised', listing([...GOOD, CALLS, ...more], policies)), ...others],
    declared,
  );

test('what is declared passes, in each state and nothing else', () => is(verdict([]), 'PASS'));

const WRONG: Readonly<Record<string, readonly [Rule, RegExp]>> = {
  'a port that nobody declared': [['into', to('tcp', 23), accept], /inwards tcp port 23 passes/],
  'one of several': [['into', to('tcp', { set: [443, 8080] }), accept], /port 8080/],
  'a range around a declared port': [['into', to('tcp', { range: [1, 1024] }), accept], /port 1-1024/],
  'ports that are kept elsewhere': [['into', to('tcp', '@ports'), accept], /all of tcp passes/],
  everything: [['into', accept], /inwards everything passes/],
  'everything of an interface': [['into', at('iifname', 'lan0'), accept], /inwards everything passes/],
  'everything but of one interface': [['into', at('iifname', 'lo', '!='), accept], /everything passes/],
  'what begins outwards': [['from', match({ ct: { key: 'state' } }, 'new', 'in'), accept], /outwards everything/],
  'a declared port to anybody': [['from', to('tcp', 8883), accept], /cloud may lead to any address/],
  'over another chain': [['into', jump('more')], /port 80/],
  'chains in a ring': [['into', jump('ring')], /everything passes/],
  'a map of verdicts': [['into', { vmap: {} }], /everything passes/],
  'between networks, answers alone': [['across', answers, accept], /handed on between networks/],
};
const MORE: readonly Rule[] = [
  ['more', to('tcp', 80), accept],
  ['ring', jump('ring')],
];
for (const [what, [rule, because]] of Object.entries(WRONG))
  test(`condemns: ${what}`, () => is(verdict([rule, ...MORE]), 'FAIL', because));

test('condemns a hook without a policy that drops, and one without a chain', () => {
  is(verdict([], DECLARED, { across: 'accept' }), 'FAIL', /between networks everything passes/);
  is(verdict([], DECLARED, { into: undefined }), 'FAIL', /inwards everything passes/);
  is(
    judged('network-segregation', [filter('initialised', '{"nftables":[]}'), ...others], DECLARED),
    'FAIL',
    /everything/,
  );
});

test('what may go out in one state may not in another', () => {
  const quarantined = filter('quarantine', listing([...GOOD, CALLS]));
  const initialised = filter('initialised', listing([...GOOD, CALLS]));
  const seen = [initialised, others[0] ?? initialised, quarantined];
  is(judged('network-segregation', seen, DECLARED), 'FAIL', /quarantine: outwards tcp port 8883/);
});

test('a listener for the owner is not heard from the children’s network', () => {
  const children = { ...lan, id: 'mesh', serves: 'children' as const, device: 'mesh0' };
  const both = { ...DECLARED, interfaces: [...DECLARED.interfaces, children] };
  is(verdict([], both), 'FAIL', /can be reached from mesh/);
  const apart = (op: string, name: string): readonly Rule[] => [
    ...GOOD.filter((_rule, index) => index !== 2),
    ['into', at('iifname', name, op), from, to('tcp', 443), accept],
  ];
  const seen = (op: string, name: string) =>
    judged(
      'network-segregation',
      STATES.map((state) => filter(state, listing([...apart(op, name), ...(state === 'initialised' ? [CALLS] : [])]))),
      both,
    );
  is(seen('!=', 'mesh0'), 'PASS');
  is(seen('==', 'lan0'), 'PASS');
  is(seen('==', 'mesh0'), 'FAIL', /mesh/);
});

test('says nothing of states that were not given, nor of a listing that is another product’s', () => {
  is(
    judged('network-segregation', [filter('initialised', listing([...GOOD, CALLS]))], DECLARED),
    'INCONCLUSIVE',
    /quarantine/,
  );
  is(
    judged(
      'network-segregation',
      STATES.map((state) => filter(state, listing([]))),
      DECLARED,
    ),
    'INCONCLUSIVE',
    /lets nothing through/,
  );
  is(judged('network-segregation', [], DECLARED), 'INCONCLUSIVE');
});

test('what is no listing of nft is none', () => {
  for (const text of ['', '{', '[]', '{"nftables":{}}', 'table inet t { }'])
    assert.equal(chainsIn(text), undefined, text);
});
