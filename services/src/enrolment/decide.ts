import type { CertificateKind, CertificateStatus } from '../store/tables.ts';

/** Whether an authenticated certificate may have an operational one: facts in, answer out. */
export type EnrolmentWay = 'enrol' | 'renew';

export interface Presented {
  /** which of our authorities signed it; undefined where none did */
  readonly signedBy: CertificateKind | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
  /** what our register says of its serial number; undefined where it does not know it */
  readonly registered:
    | { readonly deviceId: string; readonly kind: CertificateKind; readonly status: CertificateStatus }
    | undefined;
  readonly deviceRevoked: boolean;
}
export type EnrolmentDecision =
  | { readonly ok: true; readonly deviceId: string }
  | { readonly ok: false; readonly status: 401 | 403; readonly code: EnrolmentRefusal; readonly because: string };
export type EnrolmentRefusal =
  | 'no-certificate'
  | 'foreign-certificate'
  | 'wrong-certificate'
  | 'expired-certificate'
  | 'certificate-not-live'
  | 'device-revoked';

export function decide(way: EnrolmentWay, presented: Presented | undefined, now: number): EnrolmentDecision {
  if (!presented) return refuse(401, 'no-certificate', 'a client certificate is needed');
  const { signedBy, registered } = presented;
  // G045 AU-3-2, AU-1-9: who is not ours gets nothing
  if (!signedBy || !registered || registered.kind !== signedBy)
    return refuse(403, 'foreign-certificate', 'the certificate is not of this manufacturer');
  // G045 CR-1-3: the initial identity enrols, the operational one renews, neither does the other's work
  if (signedBy !== (way === 'enrol' ? 'initial' : 'operational'))
    return refuse(403, 'wrong-certificate', 'this request needs the other of the device’s two certificates');
  if (now < presented.notBefore || now > presented.notAfter)
    return refuse(403, 'expired-certificate', 'the certificate is outside its time');
  if (presented.deviceRevoked) return refuse(403, 'device-revoked', 'the device was taken out of service');
  // G045 AU-1-10: superseded and revoked certificates are at their end
  if (registered.status !== 'live') return refuse(403, 'certificate-not-live', 'the certificate is no longer in use');
  return { ok: true, deviceId: registered.deviceId };
}

const refuse = (status: 401 | 403, code: EnrolmentRefusal, because: string): EnrolmentDecision => ({
  ok: false,
  status,
  code,
  because,
});
