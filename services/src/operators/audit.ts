import type { Query } from '../store/open.ts';

/** Who did what to whom. Ids and counts; never a secret, never personal data of a consumer. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: AuditAction;
  readonly subject: string;
  readonly detail?: Readonly<Record<string, string | number>>;
}
export type AuditAction =
  | 'device-made'
  | 'device-revoked'
  | 'device-released'
  | 'samples-made'
  | 'operator-created'
  | 'operator-password-reset'
  | 'login-succeeded'
  | 'login-failed'
  | 'login-throttled'
  | 'logout'
  | 'command-given'
  | 'log-looked-at'
  | 'personal-data-read'
  | 'personal-data-passed-on'
  | 'fleet-exported'
  | 'algorithm-preferred'
  | 'algorithm-refused'
  | 'lifetime-chosen'
  | 'key-rotated'
  | 'erasure-asked'
  | 'erasure'
  | 'erasure-late'
  | 'records-dropped'
  | 'backup-made'
  | 'backup-removed'
  | 'restored'
  | 'hold-placed'
  | 'hold-released'
  | 'party-answered'
  | 'account-opened'
  | 'account-refused'
  | 'account-ended'
  | 'personal-data-listed'
  | 'personal-data-shown'
  | 'personal-data-exported'
  | 'consent-withdrawn'
  | 'requests-exported'
  | 'request-received'
  | 'request-identified'
  | 'request-extended'
  | 'request-acted'
  | 'request-closed'
  | 'rollout-begun'
  | 'rollout-stage'
  | 'rollout-waits'
  | 'rollout-approved'
  | 'rollout-halted'
  | 'rollout-resumed'
  | 'rollout-still-failing'
  | 'rollout-complete';

// G045 PL-4-1, PL-4-3: security-related acts leave a record with its time
export async function audit(query: Query, at: number, entry: AuditEntry): Promise<void> {
  const { actor, action, subject, detail = {} } = entry;
  await query
    .insertInto('audit')
    .values({ at, actor, action, subject, detail: JSON.stringify(detail) })
    .execute();
}

/** Newest first. */
export const auditTrail = (query: Query, limit: number) =>
  query.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit).execute();
