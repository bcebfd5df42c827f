import { Type, type Static } from 'typebox';
import type { KeyFacts } from '../../enrolment.ts';
import type { Probe } from '../../model.ts';
import { enrolmentServices } from '../access/certificates/units.ts';
import { withoutPublic } from './public-forms.ts';

/** Every public key that is seen of a product and its services, with what it was seen to do. */
export const SeenKey = Type.Object(
  {
    /** what it does there; `kept`: a certificate in storage; `verifies`: a bare public key in storage */
    role: Type.Enum(['device-server', 'device-client', 'service-server', 'authority', 'kept', 'verifies']),
    key: Type.String(),
    keyType: Type.String(),
    keyBits: Type.Integer(),
    usages: Type.Array(Type.String()),
    ca: Type.Boolean(),
    /** days that its certificate lasts; 0 where none was seen */
    days: Type.Number(),
  },
  { additionalProperties: false },
);
export type SeenKey = Static<typeof SeenKey>;

/** The subject is the service where it was seen, or `product`. */
export async function recordServerKeys(probe: Probe, which: 'device' | 'all'): Promise<void> {
  const { services, associatedServices = {}, site } = probe.target;
  const device = Object.entries(services).map(([id, { url }]) => ({ id, url, role: 'device-server' }) as const);
  const others = Object.entries({ ...associatedServices, ...(site === undefined ? {} : { site }) });
  const wanted = [
    ...device,
    ...(which === 'all' ? others : []).map(([id, { url }]) => ({ id, url, role: 'service-server' }) as const),
  ];
  for (const { id, role } of wanted.filter((each) => /^(?:https|mqtts):/.test(each.url))) {
    const reached = await probe.tls.handshake(id, { client: role === 'device-server' ? 'none' : 'given' });
    if (!reached.ok) probe.record('blocked', id, { because: `its certificate was not seen (${reached.because})` });
    else probe.record('key', id, { ...seenAs(role, reached.answer.certificate) });
  }
}

/** Certificates of units, and of the authorities that issue them. */
export async function recordIssuedKeys(probe: Probe): Promise<void> {
  for (const client of ['given', 'for-renewal'] as const) {
    const shown = probe.enrolment.shown(client);
    if (shown !== undefined) probe.record('key', 'product', { ...seenAs('device-client', shown) });
  }
  for (const { id } of enrolmentServices(probe.declaration)) {
    if (probe.target.associatedServices?.[id] === undefined) continue;
    const told = await probe.enrolment.certificates(id, 'given');
    for (const each of told.ok ? told.answer : [])
      probe.record('key', id, { ...seenAs(each.ca ? 'authority' : 'kept', each) });
  }
}

export async function recordKeptKeys(probe: Probe): Promise<void> {
  for await (const { bytes } of probe.files.read('storage')) {
    const { certificates, keys } = withoutPublic(bytes);
    for (const each of certificates)
      probe.record('key', 'product', { ...seenAs(each.ca ? 'authority' : 'kept', each) });
    for (const each of keys)
      probe.record('key', 'product', { ...seenAs('verifies', { ...each, usages: [], ca: false }) });
  }
}

function seenAs(
  role: SeenKey['role'],
  facts: KeyFacts & { readonly validFrom?: string; readonly validTo?: string },
): SeenKey {
  const { key, keyType, keyBits, usages, ca, validFrom = '', validTo = '' } = facts;
  const days = (Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000;
  return { role, key, keyType, keyBits, usages: [...usages], ca, days: Number.isFinite(days) ? days : 0 };
}
