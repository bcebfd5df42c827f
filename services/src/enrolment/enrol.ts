import type { Clock } from '../clock.ts';
import { recordObserved } from '../telemetry/events.ts';
import type { Custody } from '../registry/custody.ts';
import type { Query, Store } from '../store/open.ts';
import type { CertificateKind } from '../store/tables.ts';
import type { Authority, Issued } from '../authority/authority.ts';
import type { AlgorithmPolicy } from './algorithms.ts';
import { decide, type EnrolmentRefusal, type EnrolmentWay, type Presented } from './decide.ts';
import { keyAlgorithmOf, readCertificate, readRequest, type RequestRefusal, signedBy } from '../authority/x509.ts';

/** Gives operational certificates to devices that prove who they are. */
export interface Enrolment {
  /** `peer`: DER of the certificate whose key the TLS handshake proved; `request`: hostile PKCS#10 */
  readonly enrol: (way: EnrolmentWay, peer: Uint8Array | undefined, request: Uint8Array) => Promise<Enrolled>;
}
export type Enrolled =
  | { readonly ok: true; readonly deviceId: string; readonly issued: Issued }
  | {
      readonly ok: false;
      readonly status: 202 | 400 | 401 | 403;
      readonly code: EnrolmentRefusal | RequestRefusal;
      readonly because: string;
    };

export interface EnrolmentParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly algorithms: Pick<AlgorithmPolicy, 'statusOf'>;
  readonly custody: Custody;
  readonly clock: Clock;
}

export function openEnrolment({ store, authority, algorithms, custody, clock }: EnrolmentParts): Enrolment {
  return {
    async enrol(way, peer, request) {
      const presented = peer && (await present(store, authority, peer, clock.now()));
      const decision = decide(way, presented, clock.now());
      if (!decision.ok) {
        if (decision.code === 'certificate-not-live' && presented?.registered)
          await noteEnded(store, presented.registered, presented.serial, clock.now());
        if (decision.code === 'absent-too-long' && presented?.registered)
          await custody.hold(presented.registered.deviceId, 'absent');
        return decision;
      }
      const csr = await readRequest(request, clock.now());
      if (!csr.ok) return { ...csr, status: 400 };
      // EN 303 645 5.5-3: from the operator's date on, earlier than the registry's
      if ((await algorithms.statusOf(csr.algorithm)) === 'refused')
        return {
          ok: false,
          status: 400,
          code: 'algorithm-refused',
          because: 'keys of this algorithm are not accepted',
        };
      const { deviceId, returned } = decision;
      // G045 AU-3-1: the initial identity asks while the operational one is in use elsewhere: one device is not in two places
      if (way === 'enrol' && presented?.connected) {
        const held = await custody.noteTwoPlaces(deviceId, { serial: presented.serial, at: 'enrolment' });
        if (held) return { ok: false, status: 202, code: 'device-held', because: 'it was seen in two places' };
      }
      // G045 AU-3-1: the subject is the authenticated device's id, whatever the request asks for
      const issued = await authority.issueOperational(csr.publicKey, deviceId);
      const kept = await keep(store, { way, returned }, deviceId, issued, clock.now());
      if (!kept) return { ok: false, status: 403, code: 'certificate-not-live', because: 'it ended in the meantime' };
      await custody.follow(deviceId);
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
  now: number,
): Promise<Presented & { readonly serial: string; readonly connected: boolean }> {
  const certificate = readCertificate(der);
  const serial = certificate.serialNumber.toLowerCase();
  const row = await store.db
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.device_id', 'certificates.device_id')
    .innerJoin('device_state', 'device_state.device_id', 'certificates.device_id')
    .select([
      'certificates.device_id',
      'certificates.kind',
      'certificates.status',
      'devices.revoked_at',
      'devices.held_at',
      'devices.cleared_at',
      'device_state.connected',
    ])
    .where('certificates.serial', '=', serial)
    .executeTakeFirst();
  return {
    serial,
    signedBy: await signerOf(authority, certificate),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    registered: row && { deviceId: row.device_id, kind: row.kind, status: row.status },
    connected: row?.connected === 1,
    device: {
      revoked: typeof row?.revoked_at === 'number',
      held: typeof row?.held_at === 'number',
      absentSince: row && (await absentSince(store.db, row.device_id, now)),
      clearedAt: row?.cleared_at ?? undefined,
    },
  };
}

/** Of the newest operational certificate, where its own time ended it. */
async function absentSince(query: Query, deviceId: string, now: number): Promise<number | undefined> {
  const newest = await query
    .selectFrom('certificates')
    .select(['status', 'not_after'])
    .where('device_id', '=', deviceId)
    .where('kind', '=', 'operational')
    .orderBy('not_before', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.status === 'live' && newest.not_after < now ? newest.not_after : undefined;
}

async function signerOf(
  authority: Authority,
  certificate: ReturnType<typeof readCertificate>,
): Promise<CertificateKind | undefined> {
  try {
    for (const kind of ['initial', 'operational'] as const)
      for (const { certificate: issuer } of authority.issuers(kind))
        if (await signedBy(certificate, issuer)) return kind;
  } catch {
    // a key or signature of a kind that our authorities never used
    return undefined;
  }
}

/**
 * Register first, answer after: a certificate that the device has is always one that the register knows. False where the
 * device was revoked or held while the certificate was made.
 */
async function keep(
  store: Store,
  { way, returned }: { readonly way: EnrolmentWay; readonly returned: boolean },
  deviceId: string,
  issued: Issued,
  now: number,
): Promise<boolean> {
  const { serial, notBefore, notAfter, fingerprint, issuer } = issued;
  return store.transaction(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('devices')
      .set((eb) => ({ enrolled_at: now, ...(way === 'enrol' && !returned ? { epoch: eb('epoch', '+', 1) } : {}) }))
      .where('device_id', '=', deviceId)
      .where('revoked_at', 'is', null)
      .where('held_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    // G045 AU-1-10: one live operational certificate per device
    await tx
      .updateTable('certificates')
      .set({ status: 'superseded', ended_at: now })
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
        issuer,
        algorithm: keyAlgorithmOf(issued.certificate),
        ended_at: null,
        reason: null,
      })
      .execute();
    const kind = way === 'renew' ? 'certificate-renewed' : returned ? 'returned' : 'enrolled';
    await recordObserved(tx, deviceId, now, kind, { serial });
    return true;
  });
}
