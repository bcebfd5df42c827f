import type { Declaration } from '../schema/declaration.ts';
import { childrenInterfaces, flowsOf, type Flow } from './flows.ts';

/** What a network may ask of the product: RFC 8520, from what the declaration opens and calls. */

export interface MudOptions {
  /** ISO date, the day on which the file is made */
  readonly today: string;
  /** associated service id -> host name; without it a service is named as a controller class of the manufacturer */
  readonly hosts?: Readonly<Record<string, string>>;
  /** address at which the file is published; below the manufacturer's site where absent */
  readonly url?: string;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** TCP or UDP protocol numbers (RFC 8519 carries them in `protocol`). */
const PROTOCOL_NUMBER = { tcp: 6, udp: 17 } as const;
const FAMILIES = ['ipv4', 'ipv6'] as const;
/** RFC 8520 section 3.5: hours; 48 is what its own example asks for. */
const CACHE_HOURS = 48;

/** The MUD file as an object; nothing that is not declared is let through. DNS and NTP are allowed by RFC 8520 itself. */
export function mudFile(declaration: Declaration, options: MudOptions): { readonly [key: string]: Json } {
  const { product, manufacturer, support } = declaration;
  const lists = FAMILIES.flatMap((family) => [
    accessList(declaration, options, family, 'from'),
    accessList(declaration, options, family, 'to'),
  ]);
  const named = (direction: string): Json =>
    lists.filter((list) => list.name.endsWith(direction)).map((list) => ({ name: list.name }));
  return {
    'ietf-mud:mud': {
      'mud-version': 1,
      'mud-url':
        options.url ?? new URL(`/products/${product.model.designation.toLowerCase()}/mud.json`, manufacturer.site).href,
      'last-update': `${options.today}T00:00:00+00:00`,
      'cache-validity': CACHE_HOURS,
      'is-supported': options.today <= support.until,
      // RFC 8520 section 3.7: at most 60 characters
      systeminfo: product.name.en.slice(0, 60),
      'mfg-name': manufacturer.name,
      'model-name': product.model.designation,
      'software-rev': product.softwareVersion,
      'from-device-policy': { 'access-lists': { 'access-list': named('from') } },
      'to-device-policy': { 'access-lists': { 'access-list': named('to') } },
    },
    'ietf-access-control-list:acls': { acl: lists.map((list) => ({ ...list, aces: { ace: list.aces } })) },
  };
}

type Direction = 'from' | 'to';
type Family = (typeof FAMILIES)[number];
interface AccessList {
  readonly name: string;
  readonly type: string;
  readonly aces: readonly Json[];
}

function accessList(declaration: Declaration, options: MudOptions, family: Family, direction: Direction): AccessList {
  const ofChildren = new Set(childrenInterfaces(declaration).map((it) => it.id));
  const flows = flowsOf(declaration).filter((it) => it.interface === undefined || !ofChildren.has(it.interface));
  return {
    name: `${declaration.product.id}-${family}-${direction}`,
    type: `${family}-acl-type`,
    aces: flows.map((it) =>
      it.direction === 'out'
        ? outboundEntry(declaration, options, it, family, direction)
        : inboundEntry(it, family, direction),
    ),
  };
}

/** The product calls an associated service: it opens the connection, answers come back. */
function outboundEntry(
  { manufacturer }: Declaration,
  { hosts }: MudOptions,
  { id, service, transport, port }: Flow,
  family: Family,
  direction: Direction,
): Json {
  const host = service === undefined ? undefined : hosts?.[service];
  const there = direction === 'from' ? 'dst' : 'src';
  const peer: Json =
    service === undefined
      ? // RFC 8520, 3.13: the place is for whoever runs the network to say
        { 'ietf-mud:mud': { 'my-controller': [null] } }
      : host === undefined
        ? { 'ietf-mud:mud': { controller: new URL(`/services/${service}`, manufacturer.site).href } }
        : { [family]: { [`ietf-acldns:${there}-dnsname`]: host } };
  const ports = { [direction === 'from' ? 'destination-port' : 'source-port']: { operator: 'eq', port } };
  return entry(`${id}-${direction}`, family, transport, peer, { ...initiated(transport, 'from-device'), ...ports });
}

/** People and things of the same network call the product. */
function inboundEntry({ id, transport, port }: Flow, family: Family, direction: Direction): Json {
  const ports = { [direction === 'to' ? 'destination-port' : 'source-port']: { operator: 'eq', port } };
  const peer = { 'ietf-mud:mud': { 'local-networks': [null] } };
  return entry(`${id}-${direction}`, family, transport, peer, { ...initiated(transport, 'to-device'), ...ports });
}

/** RFC 8520 section 8: who opens the connection; only TCP says it. */
const initiated = (transport: Flow['transport'], by: 'from-device' | 'to-device') =>
  transport === 'tcp' ? { 'ietf-mud:direction-initiated': by } : {};

function entry(name: string, family: Family, transport: 'tcp' | 'udp', peer: Json, ports: Json): Json {
  const { [family]: address, ...rest } = peer as { readonly [key: string]: Json };
  return {
    name,
    matches: {
      ...rest,
      [family]: { ...(address as { readonly [key: string]: Json } | undefined), protocol: PROTOCOL_NUMBER[transport] },
      [transport]: ports,
    },
    actions: { forwarding: 'accept' },
  };
}
