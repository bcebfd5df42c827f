import { Type } from 'typebox';
import { childrenInterfaces, flowsOf, type Declaration, type Flow } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { chainsIn, FilterChain, type Passage } from '../../observe/system/packet-filter.ts';
import { fail, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';

/** Networks are apart: what passes into the product, out of it and through it is what is declared for its state. */
export const networkSegregation: Case = {
  id: 'network-segregation',
  topic: 'network-segregation',
  title:
    'Reads the packet filter of the running product in each of its states, and holds what it lets through against what is declared.',
  ready: (_declaration, target) =>
    target.artefacts?.packetFilter === undefined
      ? {
          ok: false,
          because: lacking(target, '/artefacts/packetFilter', 'which packet filter the running product has'),
        }
      : { ok: true },
  effect: 'reading',
  observe,
  judge,
};

const STATES = ['factory-default', 'initialised', 'quarantine'] as const;
type State = (typeof STATES)[number];
const KINDS = { filter: Type.Object({ chains: Type.Array(FilterChain) }, { additionalProperties: false }) };
type Filter = Reading<{ readonly chains: readonly FilterChain[] }>;

async function observe(probe: Probe): Promise<void> {
  for (const state of STATES) {
    const text = await probe.files.packetFilter(state);
    const chains = text === undefined ? undefined : chainsIn(text);
    if (text !== undefined && !chains) probe.record('blocked', state, { because: 'the file is no listing of nft' });
    else if (chains) probe.record('filter', state, { chains: [...chains] });
  }
}

// G045 DS-2-1: the networks that a product has are apart, and unauthorised traffic passes none of them
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const found = rows.filter.flatMap((row) => ofState(seen.declaration, row));
  const missing = STATES.filter((state) => !rows.filter.some(({ subject }) => subject === state));
  return weigh(
    [
      ...parts,
      ...found,
      ...(found.length === 0 ? [] : missing.map((state) => open(`what passes in the state ${state}: it is not given`))),
    ],
    'no packet filter was seen',
  );
}

function ofState(declaration: Declaration, row: Filter): readonly Part[] {
  const { id, subject, data } = row;
  const flows = flowsOf(declaration).filter(({ states }) => states.includes(subject as State));
  const parts = (['input', 'output', 'forward'] as const).flatMap((hook): readonly Part[] => {
    // each base chain of a hook has to let a packet through: what one drops, or has no rule for, is dropped
    const holding = data.chains.filter((chain) => chain.hook === hook && chain.drops);
    const [chain] = holding;
    if (!chain) return [fail(`${subject}: ${WAYS[hook]} everything passes that no rule drops`, [id])];
    if (holding.length > 1)
      return [open(`${subject}: what ${holding.length} chains for ${hook} let through together`, [id])];
    return chain.passages.flatMap((passage) => ofPassage(declaration, flows, { hook, passage, state: subject, id }));
  });
  const opened = flows.filter(({ direction, transport, port }) =>
    data.chains.some(
      ({ hook, passages }) =>
        hook === (direction === 'in' ? 'input' : 'output') &&
        passages.some((each) => !each.answers && each.transport === transport && each.ports.includes(String(port))),
    ),
  );
  return [
    ...parts,
    opened.length === 0 && flows.length > 0
      ? open(`${subject}: that the listing is that of this product: it lets nothing through that is declared`, [id])
      : pass(
          `${subject}: of what begins, only ${opened.length} declared flows and the network’s own protocols pass, and nothing is handed on`,
          [id],
        ),
  ];
}
const WAYS = { input: 'inwards', output: 'outwards', forward: 'between networks' } as const;

interface Found {
  readonly hook: 'input' | 'output' | 'forward';
  readonly passage: Passage;
  readonly state: string;
  readonly id: string;
}

function ofPassage(declaration: Declaration, flows: readonly Flow[], found: Found): readonly Part[] {
  const { hook, passage, state, id } = found;
  if (hook === 'forward') return [fail(`${state}: traffic is handed on between networks${portsOf(passage)}`, [id])];
  const side = hook === 'input' ? passage.arriving : passage.leaving;
  if (side.names.length > 0 && !side.all && side.names.every((name) => name === 'lo')) return [];
  if (passage.answers || passage.transport === 'icmp') return [];
  const names = passage.ports.filter((port) => !isDeclared(flows, port, found) && !isBasic(declaration, port, found));
  if (passage.ports.length === 0)
    return [
      fail(
        `${state}: ${WAYS[hook]} ${passage.transport === 'any' ? 'everything' : `all of ${passage.transport}`} passes`,
        [id],
      ),
    ];
  if (names.length > 0)
    return [
      fail(
        `${state}: ${WAYS[hook]} ${passage.transport} port ${names.join(', ')} passes, for which nothing is declared`,
        [id],
      ),
    ];
  return [...crossing(declaration, flows, found), ...anywhere(flows, found)];
}

const portsOf = ({ transport, ports }: Passage): string =>
  ports.length === 0 ? '' : ` (${transport} port ${ports.join(', ')})`;
const directionOf = (hook: Found['hook']): Flow['direction'] => (hook === 'input' ? 'in' : 'out');
const isDeclared = (flows: readonly Flow[], port: string, { hook, passage }: Found): boolean =>
  flows.some(
    (flow) =>
      flow.direction === directionOf(hook) && flow.transport === passage.transport && String(flow.port) === port,
  ) ||
  // RFC 6762, 6: what answers to multicast questions asks and answers at one port
  (hook === 'output' && flows.some(({ protocol }) => protocol === 'mdns') && port === '5353');

/** Destination ports of protocols of the network itself (RFC 2131, 8415, 1035, 5905), where they are declared. */
const BASICS = {
  input: { 68: 'dhcp', 546: 'dhcp' },
  output: { 67: 'dhcp', 547: 'dhcp', 53: 'dns', 123: 'ntp' },
} as const;
const isBasic = ({ basicProtocols }: Declaration, port: string, { hook }: Found): boolean => {
  const known: Readonly<Record<string, string>> = hook === 'forward' ? {} : BASICS[hook];
  const protocol = known[port];
  return protocol !== undefined && (basicProtocols?.some((each) => each.protocol === protocol) ?? true);
};

/** What listens for the owner’s network hears nobody on the children’s, and the other way round. */
function crossing(
  declaration: Declaration,
  flows: readonly Flow[],
  { hook, passage, state, id }: Found,
): readonly Part[] {
  if (hook !== 'input') return [];
  const served = flows.filter(({ direction, port }) => direction === 'in' && passage.ports.includes(String(port)));
  return childrenInterfaces(declaration).flatMap(({ id: network, device }) => {
    const others = served.filter((flow) => flow.interface !== network);
    if (others.length === 0) return [];
    if (device === undefined)
      return [open(`${state}: which interface ${network} is: its name on the system is not declared`, [id])];
    const { all, names } = passage.arriving;
    return names.includes(device) === all
      ? []
      : [fail(`${state}: ${others.map((flow) => flow.id).join(', ')} can be reached from ${network}`, [id])];
  });
}

function anywhere(flows: readonly Flow[], { hook, passage, state, id }: Found): readonly Part[] {
  const calls = flows.filter(({ direction, port }) => direction === 'out' && passage.ports.includes(String(port)));
  if (hook !== 'output' || passage.to || calls.length === 0) return [];
  return [fail(`${state}: ${calls.map((flow) => flow.id).join(', ')} may lead to any address`, [id])];
}
