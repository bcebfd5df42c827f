import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, ClientKind, Probe } from '../../../model.ts';

/** Associated services at which the device proves itself with a certificate, and how they take to clients. */
export const Handshake = Type.Object(
  {
    client: Type.Enum(['none', 'self-signed', 'given', 'for-renewal', 'replaced']),
    ok: Type.Boolean(),
    /** application bytes went through after the handshake: an MQTT CONNECT was accepted, or none was tried */
    returnCode: Type.Optional(Type.Integer()),
    /** of a request after the handshake, where the service speaks HTTP */
    status: Type.Optional(Type.Integer()),
    requested: Type.Boolean(),
    trusted: Type.Boolean(),
    protocol: Type.String(),
    because: Type.String(),
  },
  { additionalProperties: false },
);
export type Handshake = Static<typeof Handshake>;

export function mutualServices(declaration: Declaration): readonly Declaration['associatedServices'][number][] {
  const mutual = new Set(
    declaration.communicationMechanisms
      .filter((each) => each.direction === 'outbound' && each.authentication === 'mutual')
      .map((each) => each.service),
  );
  return declaration.associatedServices.filter((each) => mutual.has(each.id));
}

export const mutualReady: Case['ready'] = (declaration, target) => {
  const services = mutualServices(declaration);
  if (services.length === 0)
    return { ok: false, because: 'no associated service with mutual authentication is declared' };
  return services.some((each) => target.associatedServices?.[each.id] !== undefined)
    ? { ok: true }
    : { ok: false, because: 'the target file gives no address for an associated service with mutual authentication' };
};

export async function observeMutual(probe: Probe): Promise<void> {
  for (const service of mutualServices(probe.declaration)) {
    if (probe.target.associatedServices?.[service.id] === undefined) {
      probe.record('blocked', service.id, { because: 'the target file gives no address for it' });
      continue;
    }
    const given = probe.target.clientIdentity === undefined ? [] : (['given'] as const);
    const clients: readonly ClientKind[] = ['none', 'self-signed', ...given];
    for (const client of clients) probe.record('handshake', service.id, await shakeHands(probe, service.id, client));
  }
}

export async function shakeHands(probe: Probe, service: string, client: ClientKind): Promise<Handshake> {
  const reached = await probe.tls.handshake(service, { client });
  const mqtt = probe.target.associatedServices?.[service]?.url.startsWith('mqtt') ?? false;
  const connected = mqtt ? await probe.mqtt.connect(service, { client }) : undefined;
  const returnCode = connected?.ok === true ? connected.answer.returnCode : undefined;
  if (connected?.ok === true) await connected.answer.close();
  const asked =
    !mqtt && reached.ok ? await probe.http.request(service, { method: 'GET', path: '/', client }) : undefined;
  const facts = reached.ok ? reached.answer : undefined;
  return {
    client,
    ok: reached.ok && (connected === undefined || connected.ok) && (asked === undefined || asked.ok),
    ...(returnCode === undefined ? {} : { returnCode }),
    ...(asked?.ok === true ? { status: asked.answer.status } : {}),
    requested: facts?.clientCertificateRequested ?? (!reached.ok && reached.clientCertificateRequested === true),
    trusted: facts?.trusted ?? false,
    protocol: facts?.protocol ?? '',
    because: reached.ok
      ? connected?.ok === false
        ? connected.because
        : asked?.ok === false
          ? asked.because
          : ''
      : reached.because,
  };
}
