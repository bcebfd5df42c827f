import type { Clock } from '../clock.ts';
import { recordObserved } from '../telemetry/events.ts';
import type { Store } from '../store/open.ts';
import type { CertificateKind } from '../store/tables.ts';
import type { Authority, Issued } from '../authority/authority.ts';
import { decide, type EnrolmentRefusal, type EnrolmentWay, type Presented } from './decide.ts';
import { readCertificate, readRequest, type RequestRefusal, signedBy } from '../authority/x509.ts';

/** Gives operational certificates to devices that prove who they are. */
export interface Enrolment {
  /** `peer`: DER of the certificate whose key the TLS handshake proved; `request`: hostile PKCS#10 */
  readonly enrol: (way: EnrolmentWay, peer: Uint8Array | undefined, request: Uint8Array) => Promise<Enrolled>;
}
export type Enrolled =
  | { readonly ok: true; readonly deviceId: string; readonly issued: Issued }
  | {
      readonly ok: false;
      readonly status: 400 | 401 | 403;
      readonly code: EnrolmentRefusal | RequestRefusal;
      readonly because: string;
    };

export function openEnrolment(store: Store, authority: Authority, clock: Clock): Enrolment {
  return {
    async enrol(way, peer, request) {
      const presented = peer && (await present(store, authority, peer));
      const decision = decide(way, presented, clock.now());
      if (!decision.ok) {
        if (decision.code === 'certificate-not-live' && presented?.registered)
          await noteEnded(store, presented.registered, presented.serial, clock.now());
        return decision;
      }
      const csr = await readRequest(request);
      if (!csr.ok) return { ...csr, status: 400 };
      const { deviceId } = decision;
      // G045 AU-3-1: the subject is the authenticated device's id, whatever the request asks for
      const issued = await authority.issueOperational(csr.publicKey, deviceId);
      await keep(store, way, deviceId, issued, clock.now());
      return { ok: true, deviceId, issued };
    },
  };
}

// G045 AU-1-10, PL-4-1: who presents it holds its key; the device itself has a newer one
const noteEnded = (
  store: Store,
  { deviceId, status }: NonNullable<Presented['registered']>,
  serial: string,
  now: number,
): Promise<void> =>
  recordObserved(store.db, deviceId, now, 'ended-certificate-used', { serial, status, at: 'enrolment' });

async function present(
  store: Store,
  authority: Authority,
  der: Uint8Array,
): Promise<Presented & { readonly serial: string }> {
  const certificate = readCertificate(der);
  const serial = certificate.serialNumber.toLowerCase();
  const row = await store.db
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.device_id', 'certificates.device_id')
    .select(['certificates.device_id', 'certificates.kind', 'certificates.status', 'devices.revoked_at'])
    .where('certificates.serial', '=', serial)
    .executeTakeFirst();
  return {
    serial,
    signedBy: await signerOf(authority, certificate),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    registered: row && { deviceId: row.device_id, kind: row.kind, status: row.status },
    deviceRevoked: typeof row?.revoked_at === 'number',
  };
}

async function signerOf(
  authority: Authority,
  certificate: ReturnType<typeof readCertificate>,
): Promise<CertificateKind | undefined> {
  try {
    if (await signedBy(certificate, authority.initial)) return 'initial';
    if (await signedBy(certificate, authority.operational)) return 'operational';
  } catch {
    // a key or signature of a kind that our authorities never used
    return undefined;
  }
}

/** Register first, answer after: a certificate that the device has is always one that the register knows. */
async function keep(store: Store, way: EnrolmentWay, deviceId: string, issued: Issued, now: number): Promise<void> {
  const { serial, notBefore, notAfter, fingerprint } = issued;
  await store.transaction(async (tx) => {
    // G045 AU-1-10: one live operational certificate per device
    await tx
      .updateTable('certificates')
      .set({ status: 'superseded' })
      .where('device_id', '=', deviceId)
      .where('kind', '=', 'operational')
      .where('status', '=', 'live')
      .execute();
    await tx
      .insertInto('certificates')
      .values({
        serial,
        device_id: deviceId,
        kind: 'operational',
        status: 'live',
        not_before: notBefore,
        not_after: notAfter,
        fingerprint,
      })
      .execute();
    await tx
      .updateTable('devices')
      .set((eb) => ({ enrolled_at: now, ...(way === 'enrol' ? { epoch: eb('epoch', '+', 1) } : {}) }))
      .where('device_id', '=', deviceId)
      .execute();
    await recordObserved(tx, deviceId, now, way === 'enrol' ? 'enrolled' : 'certificate-renewed', { serial });
  });
}
