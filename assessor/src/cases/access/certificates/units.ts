import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Probe } from '../../../model.ts';
import { idsOf, open, type Part, type Reading } from '../evidence.ts';
import { accepted } from './certificate-authentication.ts';
import { Handshake, mutualServices, shakeHands } from './services.ts';

/** Two units of the product, by the certificates that the target file gives; one of them may be renewed. */
const strict = { additionalProperties: false } as const;
const Certificate = Type.Object(
  {
    subject: Type.String(),
    serialNumber: Type.String(),
    key: Type.String(),
    validFrom: Type.String(),
    validTo: Type.String(),
    keyType: Type.Optional(Type.String()),
    keyBits: Type.Optional(Type.Integer()),
    usages: Type.Optional(Type.Array(Type.String())),
    ca: Type.Optional(Type.Boolean()),
  },
  strict,
);
export const Unit = Type.Object({ identity: Type.Enum(['given', 'for-renewal']), certificate: Certificate }, strict);
export const Renewed = Type.Object(
  {
    /** whose name was asked for: that of the certificate shown, or of the other unit */
    name: Type.Enum(['own', 'other']),
    at: Type.String(),
    status: Type.Integer(),
    /** of authorities, as the protocol tells them */
    authorities: Type.Integer(),
    certificate: Type.Optional(Certificate),
    chain: Type.Boolean(),
  },
  strict,
);
export type Certificate = Static<typeof Certificate>;
export type Unit = Static<typeof Unit>;
export type Renewed = Static<typeof Renewed>;

type Service = Declaration['associatedServices'][number];

/**
 * RFC 7030 fixes the paths, the declaration says where: a service over HTTPS that a certificate opens. Whether it speaks
 * the protocol is seen of it.
 */
export function enrolmentServices(declaration: Declaration): readonly Service[] {
  const opened = new Set(
    declaration.authenticationMechanisms
      .filter((each) => each.factor === 'certificate')
      .flatMap((each) => each.services),
  );
  return declaration.associatedServices.filter((each) => each.protocol === 'https' && opened.has(each.id));
}

/** Where a certificate is used, other than to get the next one. */
export function usingServices(declaration: Declaration): readonly Service[] {
  const enrolment = new Set(enrolmentServices(declaration).map((each) => each.id));
  return mutualServices(declaration).filter((each) => !enrolment.has(each.id));
}

export const unitsReady: Case['ready'] = (declaration, target) => {
  const services = enrolmentServices(declaration);
  if (services.length === 0)
    return { ok: false, because: 'no associated service over HTTPS that a certificate opens is declared' };
  if (!services.some((each) => target.associatedServices?.[each.id] !== undefined))
    return { ok: false, because: 'the target file gives no address for a service that a certificate opens' };
  return target.clientIdentity?.forRenewal === undefined
    ? { ok: false, because: 'the target file gives no certificate of a second unit that may be renewed' }
    : { ok: true };
};

/**
 * Records two units, and under each kind that a certificate of theirs is in use: the ground of every case that renews
 * one. False where a renewal would show nothing.
 */
export async function prepareUnits(
  probe: Probe,
  controls: readonly { readonly kind: string; readonly client: 'given' | 'for-renewal' }[],
): Promise<boolean> {
  if (!recordUnits(probe)) return false;
  let used = true;
  for (const { kind, client } of controls) used = (await recordUse(probe, kind, client)) && used;
  if (!used)
    probe.record('blocked', 'product', {
      because: 'a certificate given is not let in everywhere, and none was renewed',
    });
  return used;
}

export const unitOf = (
  rows: { readonly unit: readonly Reading<Unit>[] },
  identity: Unit['identity'],
): Reading<Unit> | undefined => rows.unit.find((row) => row.subject === 'product' && row.data.identity === identity);

/** Records both; false where they are one, which a renewal would end for both. */
function recordUnits(probe: Probe): boolean {
  const [given, second] = (['given', 'for-renewal'] as const).map((identity) => {
    const certificate = probe.enrolment.shown(identity);
    if (certificate !== undefined) probe.record('unit', 'product', { identity, certificate: { ...certificate } });
    return certificate;
  });
  return given !== undefined && second !== undefined && given.key !== second.key && given.subject !== second.subject;
}

/** Records under `kind` how each service takes to the certificate; true where all let it in. */
export async function recordUse(
  probe: Probe,
  kind: string,
  client: 'given' | 'for-renewal' | 'replaced',
): Promise<boolean> {
  let all = true;
  for (const { id } of usingServices(probe.declaration)) {
    const row = probe.target.associatedServices?.[id] && (await shakeHands(probe, id, client));
    if (row === undefined) probe.record('blocked', id, { because: 'the target file gives no address for it' });
    else probe.record(kind, id, row);
    all &&= row !== undefined && accepted(row);
  }
  return all;
}

/** Records what each enrolment service makes of the wish; true where one issued. */
export async function recordRenewal(
  probe: Probe,
  kind: string,
  client: 'for-renewal' | 'replaced',
  name: 'own' | 'other' = 'own',
): Promise<boolean> {
  let issued = false;
  for (const { id } of enrolmentServices(probe.declaration)) {
    if (probe.target.associatedServices?.[id] === undefined) continue;
    const told = await probe.enrolment.authorities(id, 'for-renewal');
    const at = new Date(probe.clock.now()).toISOString();
    const reached = await probe.enrolment.renew(id, { client, ...(name === 'other' ? { nameOf: 'given' } : {}) });
    if (!reached.ok) {
      probe.record('blocked', id, { because: `no answer to a renewal (${reached.because})` });
      continue;
    }
    const { status, certificate, chain, blob } = reached.answer;
    const facts = certificate === undefined ? {} : { certificate: { ...certificate } };
    probe.record(kind, id, { name, at, status, authorities: told.ok ? told.answer : 0, ...facts, chain }, [blob]);
    issued ||= certificate !== undefined;
  }
  return issued;
}

/** The certificate is one that is in use: every service where it is used lets it in. */
export function missingControls(
  declaration: Declaration,
  rows: readonly Reading<Handshake>[],
  what: string,
): readonly Part[] {
  const services = usingServices(declaration);
  if (services.length === 0) return [open('no service is declared at which the certificate is used')];
  return services.flatMap(({ id }) => {
    const mine = rows.filter((row) => row.subject === id);
    return mine.some((row) => accepted(row.data)) ? [] : [open(`${id}: that it lets in ${what}`, idsOf(mine))];
  });
}

/** The service was asked, and says no: not that it is busy, broken, or that a person has to look first. */
export const declined = (status: number): boolean => (status >= 400 && status < 500) || status === 501;
