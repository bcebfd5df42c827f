import type { Declaration } from '@hearthward/product';
import type { Target } from '../../target.ts';

/** What a declaration says of where the product listens and connects, and what the target file gives of it. */
export type Service = Declaration['softwareServices'][number];
export type Mechanism = Declaration['communicationMechanisms'][number];

/** One end that is spoken to: a service of the device, or one of its maker’s. */
export interface End {
  readonly id: string;
  readonly protocol: string;
  readonly minimumVersion: '1.2' | '1.3' | undefined;
}

const TLS_PROTOCOLS = new Set(['https', 'mqtts']);
/** Protocols that show everything to whoever listens. */
const PLAIN_PROTOCOLS = new Set(['http', 'mqtt']);
export const isTls = (protocol: string): boolean => TLS_PROTOCOLS.has(protocol);
export const isPlain = (protocol: string): boolean => PLAIN_PROTOCOLS.has(protocol);
export const isHttp = (protocol: string): boolean => protocol === 'https' || protocol === 'http';
export const isMqtt = (protocol: string): boolean => protocol === 'mqtts' || protocol === 'mqtt';

/** Every end of the product: its own services, then those of its maker, each with the lowest TLS version declared. */
export function endsOf(declaration: Declaration): readonly End[] {
  const own = declaration.softwareServices.map((each) => ({
    id: each.id,
    protocol: each.protocol,
    minimumVersion: each.tls?.minimumVersion,
  }));
  const associated = declaration.associatedServices.map((each) => ({
    id: each.id,
    protocol: each.protocol,
    minimumVersion: lowest(declaration.communicationMechanisms.filter((one) => one.service === each.id)),
  }));
  return [...own, ...associated];
}

function lowest(mechanisms: readonly Mechanism[]): '1.2' | '1.3' | undefined {
  const versions = mechanisms.map((each) => each.tls?.minimumVersion);
  return versions.includes('1.2') ? '1.2' : versions.includes('1.3') ? '1.3' : undefined;
}

/** The end that a communication mechanism leads to, if it is declared. */
export const endOf = (declaration: Declaration, mechanism: Mechanism): End | undefined =>
  endsOf(declaration).find((end) => end.id === mechanism.service);

export const urlOf = (target: Target, id: string): URL | undefined => {
  const endpoint = target.services[id] ?? target.associatedServices?.[id] ?? (id === 'site' ? target.site : undefined);
  return endpoint === undefined || !URL.canParse(endpoint.url) ? undefined : new URL(endpoint.url);
};
export const given = (target: Target, id: string): boolean => urlOf(target, id) !== undefined;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80, 'mqtts:': 8883, 'mqtt:': 1883 };
export const portOf = (url: URL): number => (url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port));

/** Spoken to over the loopback interface: what other hosts would meet is not seen. */
export const isLoopback = (target: Target, id: string): boolean =>
  /^(127\.|\[::1\]$|localhost$)/.test(urlOf(target, id)?.hostname ?? '');

/** By its declaration nobody but its own host reaches this service. */
export function ownHostOnly(declaration: Declaration, id: string): boolean {
  const mechanisms = declaration.communicationMechanisms.filter((each) => each.service === id);
  return mechanisms.length > 0 && mechanisms.every((each) => !each.remotelyAccessible);
}

/** Credentials, personal data or security functions pass over it, or it can be reached from afar. */
export function worthProtecting(declaration: Declaration, service: Service): boolean {
  const functions = declaration.externalFunctions.filter((each) => each.service === service.id);
  const mechanisms = declaration.communicationMechanisms.filter((each) => each.service === service.id);
  return (
    service.authentication.length > 0 ||
    functions.some((each) => each.personalData || each.securityRelevant) ||
    mechanisms.some((each) => each.remotelyAccessible || each.parameters.length > 0) ||
    declaration.personalData.some((each) => each.communicatedOver.some((id) => mechanisms.some((one) => one.id === id)))
  );
}
