import type { CommunicationMechanism, Declaration, SoftwareService } from '../schema/declaration.ts';

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
  const network = new Set(declaration.interfaces.filter((it) => it.kind === 'network').map((it) => it.id));
  const outbound = declaration.communicationMechanisms.filter((it) => it.direction === 'outbound');
  return {
    name: `${declaration.product.id}-${family}-${direction}`,
    type: `${family}-acl-type`,
    aces: [
      ...outbound.flatMap((it) => outboundEntry(declaration, options, it, family, direction)),
      ...declaration.softwareServices
        .filter((it) => network.has(it.interface))
        .map((it) => inboundEntry(it, family, direction)),
    ],
  };
}

/** The product calls an associated service: it opens the connection, answers come back. */
function outboundEntry(
  declaration: Declaration,
  { hosts }: MudOptions,
  mechanism: CommunicationMechanism,
  family: Family,
  direction: Direction,
): readonly Json[] {
  const service = declaration.associatedServices.find((it) => it.id === mechanism.service);
  if (service === undefined) return [];
  const host = hosts?.[service.id];
  const there = direction === 'from' ? 'dst' : 'src';
  const peer: Json =
    host === undefined
      ? { 'ietf-mud:mud': { controller: new URL(`/services/${service.id}`, declaration.manufacturer.site).href } }
      : { [family]: { [`ietf-acldns:${there}-dnsname`]: host } };
  const port = { operator: 'eq', port: mechanism.port ?? service.port };
  const tcp = {
    'ietf-mud:direction-initiated': 'from-device',
    [direction === 'from' ? 'destination-port' : 'source-port']: port,
  };
  return [entry(`${mechanism.id}-${direction}`, family, 'tcp', peer, tcp)];
}

/** People and things of the same network call the product. */
function inboundEntry(service: SoftwareService, family: Family, direction: Direction): Json {
  const port = { operator: 'eq', port: service.port };
  const ports = { [direction === 'to' ? 'destination-port' : 'source-port']: port };
  const initiated = service.transport === 'tcp' ? { 'ietf-mud:direction-initiated': 'to-device' } : {};
  const peer = { 'ietf-mud:mud': { 'local-networks': [null] } };
  return entry(`${service.id}-${direction}`, family, service.transport, peer, { ...initiated, ...ports });
}

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
