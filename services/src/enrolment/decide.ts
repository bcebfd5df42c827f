import { DAY } from '../clock.ts';
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
  readonly device: DeviceFacts;
}
export interface DeviceFacts {
  readonly revoked: boolean;
  readonly held: boolean;
  /** end of its newest operational certificate where that ended by its time; undefined before the first and after any other end */
  readonly absentSince: number | undefined;
  /** when a person last released it */
  readonly clearedAt: number | undefined;
}
export type EnrolmentDecision =
  /** `returned`: its certificate had ended, and it goes on where it was */
  | { readonly ok: true; readonly deviceId: string; readonly returned: boolean }
  | {
      readonly ok: false;
      readonly status: 202 | 401 | 403;
      readonly code: EnrolmentRefusal;
      readonly because: string;
    };
export type EnrolmentRefusal =
  | 'no-certificate'
  | 'foreign-certificate'
  | 'wrong-certificate'
  | 'expired-certificate'
  | 'certificate-not-live'
  | 'device-revoked'
  | 'device-held'
  | 'absent-too-long';

/**
 * How long a device may be away after its operational certificate ended and still come back by itself: a house that is
 * shut for a year, a device that lies in a drawer between two tenants (docs/decisions/0019).
 */
export const GRACE = 365 * DAY;

export function decide(way: EnrolmentWay, presented: Presented | undefined, now: number): EnrolmentDecision {
  if (!presented) return refuse(401, 'no-certificate', 'a client certificate is needed');
  const { signedBy, registered, device } = presented;
  // G045 AU-3-2, AU-1-9: who is not ours gets nothing
  if (!signedBy || !registered || registered.kind !== signedBy)
    return refuse(403, 'foreign-certificate', 'the certificate is not of this manufacturer');
  // G045 CR-1-3: the initial identity enrols, the operational one renews, neither does the other's work
  if (signedBy !== (way === 'enrol' ? 'initial' : 'operational'))
    return refuse(403, 'wrong-certificate', 'this request needs the other of the device’s two certificates');
  if (now < presented.notBefore || now > presented.notAfter)
    return refuse(403, 'expired-certificate', 'the certificate is outside its time');
  if (device.revoked) return refuse(403, 'device-revoked', 'the device was taken out of service');
  // G045 AU-1-10: superseded and revoked certificates are at their end
  if (registered.status !== 'live') return refuse(403, 'certificate-not-live', 'the certificate is no longer in use');
  // RFC 7030 4.2.3: a person has to look at it first
  if (device.held) return refuse(202, 'device-held', 'the manufacturer looks at this device first');
  if (way === 'renew' || device.absentSince === undefined || (device.clearedAt ?? 0) > device.absentSince)
    return { ok: true, deviceId: registered.deviceId, returned: false };
  // G045 AU-1-10: who comes back after years may be in other hands
  if (now - device.absentSince > GRACE)
    return refuse(202, 'absent-too-long', 'the device was away for longer than it may be without anybody looking');
  return { ok: true, deviceId: registered.deviceId, returned: true };
}

const refuse = (status: 202 | 401 | 403, code: EnrolmentRefusal, because: string): EnrolmentDecision => ({
  ok: false,
  status,
  code,
  because,
});
