import type { AccountLooked, AccountLookedView } from '@hearthward/web';
import { digestOf } from '../../operators/digest.ts';
import { iso } from '../../clock.ts';
import { audit, type AuditEntry } from '../../operators/audit.ts';

import type { Span } from '../../registry/enrolments.ts';
import type { Query } from '../../store/open.ts';

/**
 * Every look at somebody's data is on record: who, when, what; never a value, a code, or what leads from an account to a
 * device. An account stands in it as a digest, so that its owner finds the record and a reader of it finds nobody.
 */
// EN 303 645 5.8-1, G045 PL-4-1, DS-1-5
export const lookedAt = (
  query: Query,
  at: number,
  {
    account,
    action,
    detail,
  }: { readonly account: string; readonly action: Action; readonly detail?: AuditEntry['detail'] },
): Promise<void> =>
  audit(query, at, { actor: 'account', action, subject: nameInLog(account), ...(detail ? { detail } : {}) });

export const nameInLog = (account: string): string => digestOf(`person\0${account}`).slice(0, 16);

const WHAT = {
  'account-opened': 'signed-in',
  'account-refused': 'refused',
  'personal-data-listed': 'listed',
  'personal-data-shown': 'shown',
  // by an operator, on a device's page
  'personal-data-read': 'shown',
  'personal-data-exported': 'exported',
  'consent-withdrawn': 'withdrawn',
} as const satisfies Partial<Record<AuditEntry['action'], AccountLooked>>;
type Action = Exclude<keyof typeof WHAT, 'personal-data-read'> | 'account-ended';

/** Newest first: what was done with the code, and what people who work here looked at on the person's devices. */
export async function looksAt(
  query: Query,
  account: string,
  devices: readonly { readonly deviceId: string; readonly span: Span }[],
): Promise<AccountLookedView['entries']> {
  const rows = await query
    .selectFrom('audit')
    .select(['at', 'actor', 'action', 'detail'])
    // G045 DS-1-5: of a device that was another's before, or is another's now, the looks of that time are not theirs to see
    .where((eb) =>
      eb.or([
        eb('subject', '=', nameInLog(account)),
        ...devices.map(({ deviceId, span: { from, until } }) =>
          eb.and([
            eb('subject', '=', deviceId),
            eb('at', '>=', from),
            ...(until === undefined ? [] : [eb('at', '<=', until)]),
          ]),
        ),
      ]),
    )
    .where('action', 'in', Object.keys(WHAT))
    .orderBy('id', 'desc')
    .limit(SHOWN)
    .execute();
  return rows.map(({ at, actor, action, detail }) => {
    // no boundary: a row of our own store
    const { reason } = JSON.parse(detail) as { readonly reason?: string };
    return {
      at: iso(Number(at)),
      // who it was among the manufacturer's people is for the manufacturer to know (GDPR Art. 15, CJEU C-579/21)
      who: actor === 'account' ? ('you' as const) : ('manufacturer' as const),
      what: WHAT[action as keyof typeof WHAT],
      ...(reason === undefined ? {} : { why: reason }),
    };
  });
}

const SHOWN = 500;
