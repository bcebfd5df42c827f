import { isIP, isIPv4 } from 'node:net';
import type { Declaration, ProductState } from '../schema/declaration.ts';
import { childrenInterfaces, flowsOf, type Flow } from './flows.ts';

/**
 * The product's own packet filter, as rules of nftables (nft(8)) in one table of its own, `inet hearthward`. What the
 * declaration has for a state passes, in the direction in which it is declared; nothing else does, in or out, and nothing
 * is handed on between networks. Loading the rules replaces those of before in one step, and cuts what they no longer
 * have, connections that are open included. Leaves to the caller to load them, and to say where names lead.
 */
export interface FirewallOptions {
  readonly state: ProductState;
  /**
   * associated service id, or that of a mechanism whose place the owner names -> the addresses of its name, and its port
   * where it is not the declared one; without addresses nothing passes to it
   */
  readonly services?: Readonly<Record<string, { readonly addresses: readonly string[]; readonly port?: number }>>;
  /** software service id -> the port on which it listens, where it is not the declared one */
  readonly ports?: Readonly<Record<string, number>>;
  /** networks of the home besides the private and link-local ones, as `2001:db8:1::/64` */
  readonly home?: readonly string[];
  /** addresses of name and of time servers; any in the home where absent */
  readonly resolvers?: readonly string[];
  readonly timeServers?: readonly string[];
}

/** The table that holds the rules; no other is touched. */
export const FIREWALL_TABLE = 'inet hearthward';

/** Where the people of a home and their things are: RFC 1918, 3927, 4193, 4291; loopback is let through apart from these. */
const HOME = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'] as const;
/** A ping a person sends is answered; a flood of them is not. */
const PINGS_PER_SECOND = 10;
/**
 * What one address of the home may begin, and have open, at each listener over TCP. A browser opens six connections to a
 * host; what comes beyond costs the kernel a look at a set, and the process that listens nothing.
 */
export const OF_ONE_SOURCE = { perSecond: 50, burst: 100, atOnce: 32, counted: 4_096, rememberedSeconds: 60 } as const;

/** Throws a TypeError where an address or a network is none: what is not an address gets into no rule. */
// EN 303 645 5.6-1, 5.6-5, G044 6.6.1, 6.6.5, G045 DS-2-1, PL-3-1: what is not declared passes in neither direction
export function firewallRules(declaration: Declaration, options: FirewallOptions): string {
  const flows = flowsOf(declaration).filter((it) => it.states.includes(options.state));
  const ways = flows.map((flow) => placed(flow, options));
  const calls = ways.some((it) => it.direction === 'out');
  const basics = basicRules(declaration, options, calls);
  const children = childrenInterfaces(declaration);
  const rules = ways.map((way) => flowRules(declaration, way));
  return `${[
    `# ${declaration.product.model.designation} in state ${options.state}, from its declaration: what is not named here does not pass.`,
    `table ${FIREWALL_TABLE}`,
    `delete table ${FIREWALL_TABLE}`,
    `table ${FIREWALL_TABLE} {`,
    ...addressSets(options, ways),
    ...chain('into', 'input', [
      'iifname "lo" accept',
      'ct state invalid drop',
      ...rules.flatMap(({ into }) => into),
      ...basics.into,
    ]),
    ...chain('from', 'output', ['oifname "lo" accept', ...rules.flatMap(({ from }) => from), ...basics.from]),
    ...chain('across', 'forward', apart(children)),
    '}',
  ].join('\n')}\n`;
}

interface Rules {
  readonly into: readonly string[];
  readonly from: readonly string[];
}
interface Way extends Flow {
  /** out: the addresses that it may lead to */
  readonly addresses: readonly string[];
}

const placed = (flow: Flow, { services, ports }: FirewallOptions): Way => {
  if (flow.direction === 'in') return { ...flow, port: ports?.[flow.id] ?? flow.port, addresses: [] };
  const place = services?.[flow.service ?? flow.id];
  return { ...flow, port: place?.port ?? flow.port, addresses: place?.addresses ?? [] };
};

/** Both halves of a flow: who may begin it, and the answers to that alone. Without either half it ends where it stands. */
const flowRules = (declaration: Declaration, way: Way): Rules => {
  const { id, transport, port } = way;
  if (way.direction === 'out') {
    const [away, back] = [notChildren('oifname', declaration), notChildren('iifname', declaration)];
    return both(({ keyword, family }) => ({
      from: [begun(`${away}${keyword} daddr @to_${setName(id)}${family} ${transport} dport ${port}`, id)],
      into: [answered(`${back}${keyword} saddr @to_${setName(id)}${family} ${transport} sport ${port}`, id)],
    }));
  }
  if (way.protocol === 'mdns') return multicastRules(way);
  const [arriving, leaving] = [interfaceOf(declaration, way, 'iifname'), interfaceOf(declaration, way, 'oifname')];
  return both(({ keyword, family }) => ({
    into: [
      ...(transport === 'tcp'
        ? tooMuch(id, { keyword, family }, `${arriving}meta nfproto ipv${family} tcp dport ${port} ct state new`)
        : []),
      begun(`${arriving}${keyword} saddr @home${family} ${transport} dport ${port}`, id),
    ],
    from: [answered(`${leaving}${keyword} daddr @home${family} ${transport} sport ${port}`, id)],
  }));
};

/** Where more addresses come than are counted, those beyond are not held back here; the listener has bounds of its own. */
// EN 303 645 5.9-1, G044 6.9.1: one that floods is dropped before a process hears of it
const tooMuch = (
  id: string,
  { keyword, family }: Pick<Family, 'keyword' | 'family'>,
  who: string,
): readonly string[] => {
  const { perSecond, burst, atOnce } = OF_ONE_SOURCE;
  return [
    `${who} update @often_${setName(id)}${family} { ${keyword} saddr limit rate over ${perSecond}/second burst ${burst} packets } counter drop comment "${id}: too often from one address"`,
    `${who} add @open_${setName(id)}${family} { ${keyword} saddr ct count over ${atOnce} } counter drop comment "${id}: too many open from one address"`,
  ];
};

const begun = (who: string, id: string): string =>
  `${who} ct state new,established ct direction original accept comment "${id}"`;
const answered = (who: string, id: string): string =>
  `${who} ct state established ct direction reply accept comment "${id}"`;

/** RFC 6762, 3: questions and answers of mDNS go to these groups, so that no answer belongs to a question. */
const multicastRules = ({ id, port }: Way): Rules =>
  both(({ keyword, family }) => ({
    into: [`${keyword} saddr @home${family} udp dport ${port} accept comment "${id}"`],
    from: [
      `${keyword} daddr { ${family === '4' ? '224.0.0.251' : 'ff02::fb'} } udp sport ${port} udp dport ${port} accept comment "${id}"`,
    ],
  }));

/** Protocols of the network itself, where they are declared; all of them where nothing is said of any. */
const basicRules = (declaration: Declaration, options: FirewallOptions, calls: boolean): Rules => {
  const declared = declaration.basicProtocols?.map((it) => it.protocol);
  const has = (protocol: NonNullable<typeof declared>[number]): boolean => declared?.includes(protocol) ?? true;
  const cutOff = options.state === 'quarantine';
  return joined([
    ...(has('icmp') ? [ICMP] : []),
    ...(has('icmp') && !cutOff ? [PING] : []),
    ...(has('ndp') ? [NEIGHBOURS] : []),
    ...(has('dhcp') ? [ADDRESSES] : []),
    // cut off, a name is asked for the alert alone
    ...(has('dns') && calls ? [asked('dns', 'udp', 53), asked('dns', 'tcp', 53)] : []),
    ...(has('ntp') && !cutOff ? [asked('time', 'udp', 123)] : []),
  ]);
};

const asked = (set: string, transport: Flow['transport'], port: number): Rules =>
  both(({ keyword, family }) => ({
    from: [begun(`${keyword} daddr @${set}${family} ${transport} dport ${port}`, set)],
    into: [answered(`${keyword} saddr @${set}${family} ${transport} sport ${port}`, set)],
  }));

/** RFC 4890, 4.3.1 and 4.4.1, and its like for IPv4: errors of flows that pass, without which they stall. */
const ICMP: Rules = alike([
  'icmp type { destination-unreachable, time-exceeded, parameter-problem } ct state related accept',
  'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } ct state related accept',
]);
const PING: Rules = {
  into: [
    `icmp type echo-request ip saddr @home4 limit rate ${PINGS_PER_SECOND}/second accept`,
    `icmpv6 type echo-request ip6 saddr @home6 limit rate ${PINGS_PER_SECOND}/second accept`,
  ],
  from: [
    'icmp type echo-reply ct state established ct direction reply accept',
    'icmpv6 type echo-reply ct state established ct direction reply accept',
  ],
};
/** RFC 4861, 7.1: a hop limit of 255 says that it comes from the link itself. RFC 3810: who listens to which group. */
const NEIGHBOURS: Rules = {
  into: [
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept',
    'icmpv6 type mld-listener-query ip6 saddr fe80::/10 accept',
  ],
  from: [
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } ip6 hoplimit 255 accept',
    'icmpv6 type { mld-listener-report, mld2-listener-report } accept',
  ],
};
/** RFC 2131, 4.1 and RFC 8415, 7.2: ports of client and server. */
const ADDRESSES: Rules = {
  into: [
    'udp sport 67 udp dport 68 accept comment "dhcp"',
    'ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "dhcp"',
  ],
  from: [
    'udp sport 68 udp dport 67 accept comment "dhcp"',
    'ip6 daddr ff02::1:2 udp sport 546 udp dport 547 accept comment "dhcp"',
  ],
};

/** Nothing is handed on at all; what is said of the children is counted, so that who tries it is seen. */
// G045 DS-2-1: the children's network and the owner's are apart, in both directions
const apart = (children: ReturnType<typeof childrenInterfaces>): readonly string[] =>
  children.flatMap(({ id, device }) =>
    device === undefined
      ? []
      : [
          `iifname "${device}" counter drop comment "${id}: children reach nobody beyond the product"`,
          `oifname "${device}" counter drop comment "${id}: nobody reaches the children but the product"`,
        ],
  );

/** What listens for the owner's network hears nobody on the children's, and the other way round. */
const interfaceOf = (declaration: Declaration, way: Way, keyword: 'iifname' | 'oifname'): string => {
  const device = declaration.interfaces.find((it) => it.id === way.interface)?.device;
  return device === undefined ? notChildren(keyword, declaration) : `${keyword} "${device}" `;
};

const notChildren = (keyword: 'iifname' | 'oifname', declaration: Declaration): string => {
  const devices = childrenInterfaces(declaration).flatMap(({ device }) =>
    device === undefined ? [] : [`"${device}"`],
  );
  return devices.length === 0 ? '' : `${keyword} != { ${devices.join(', ')} } `;
};

const addressSets = (options: FirewallOptions, ways: readonly Way[]): readonly string[] => {
  const out = ways.filter((it) => it.direction === 'out');
  const listeners = ways.filter((it) => it.direction === 'in' && it.transport === 'tcp');
  const home = [...HOME, ...(options.home ?? [])].map(network);
  return [
    ...sets('home', home),
    ...sets('dns', options.resolvers?.map(address) ?? home),
    ...sets('time', options.timeServers?.map(address) ?? home),
    ...out.flatMap(({ id, addresses }) => sets(`to_${setName(id)}`, addresses.map(address))),
    ...listeners.flatMap(({ id }) => countedSets(setName(id))),
  ];
};

/** Filled by the kernel as addresses come (nft(8), dynamic sets and ct count). */
const countedSets = (name: string): readonly string[] =>
  FAMILIES.flatMap(({ family, type }) => [
    `  set often_${name}${family} { type ${type}; flags dynamic,timeout; size ${OF_ONE_SOURCE.counted}; timeout ${OF_ONE_SOURCE.rememberedSeconds}s; }`,
    `  set open_${name}${family} { type ${type}; flags dynamic; size ${OF_ONE_SOURCE.counted}; }`,
  ]);

const sets = (name: string, members: readonly string[]): readonly string[] =>
  FAMILIES.map(({ family, type, ours }) => {
    const elements = [...new Set(members.filter(ours))];
    const listed = elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} };`;
    return `  set ${name}${family} { type ${type}; flags interval; auto-merge;${listed} }`;
  });

interface Family {
  readonly family: '4' | '6';
  readonly keyword: 'ip' | 'ip6';
  readonly type: string;
  readonly ours: (member: string) => boolean;
}
const FAMILIES: readonly Family[] = [
  { family: '4', keyword: 'ip', type: 'ipv4_addr', ours: (member) => !member.includes(':') },
  { family: '6', keyword: 'ip6', type: 'ipv6_addr', ours: (member) => member.includes(':') },
];

const address = (given: string): string => {
  // a zone names an interface of one machine, and is no part of the address
  const bare = given.replace(/%.*$/, '');
  if (isIP(bare) === 0) throw new TypeError(`${JSON.stringify(given)} is no IP address`);
  return bare;
};
const network = (given: string): string => {
  const [base = '', length = '', ...more] = given.split('/');
  const longest = isIPv4(base) ? 32 : 128;
  if (isIP(base) === 0 || !/^\d{1,3}$/.test(length) || Number(length) > longest || more.length > 0)
    throw new TypeError(`${JSON.stringify(given)} is no network such as 192.168.0.0/24`);
  return given;
};

/** Ids have hyphens and no underscores: no two get one name. */
const setName = (id: string): string => `${id.replaceAll('-', '_')}_`;

const chain = (name: string, hook: string, rules: readonly string[]): readonly string[] => [
  `  chain ${name} {`,
  `    type filter hook ${hook} priority filter; policy drop;`,
  ...rules.map((rule) => `    ${rule}`),
  '  }',
];

const both = (of: (family: Family) => Rules): Rules => joined(FAMILIES.map(of));
const joined = (rules: readonly Rules[]): Rules => ({
  into: rules.flatMap(({ into }) => into),
  from: rules.flatMap(({ from }) => from),
});
function alike(rules: readonly string[]): Rules {
  return { into: rules, from: rules };
}
