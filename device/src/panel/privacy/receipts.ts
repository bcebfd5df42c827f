import { consentReceipt, type ConsentReceipt } from '@hearthward/product';
import type { LeavingView, ReceiptsView } from '@hearthward/web';
import { pseudonymOf } from '../../privacy/subjects/decide.ts';
import type { Desk } from '../desk.ts';
import { frameOf, type Visit } from '../visit.ts';
import { accountUrlOf } from './views.ts';

/** What a person has decided, in the form that they keep. */

/** Newest first; nothing of an item under which the services know nobody yet. */
export function receiptsOf(desk: Desk, { session }: Visit): readonly ConsentReceipt[] {
  const { privacy, declaration } = desk.context;
  const { consents, subjects } = privacy.state();
  return consents
    .filter(({ account }) => account === session?.account)
    .sort((one, other) => other.at - one.at)
    .flatMap((record) => {
      const item = declaration.personalData.find(({ id }) => id === record.item);
      const subject = item && pseudonymOf(subjects, item, record.account)?.subject;
      if (subject === undefined) return [];
      const receipt = consentReceipt(declaration, {
        id: `${subject}.${record.item}.${record.n}`,
        subject,
        item: record.item,
        given: record.given,
        by: record.by,
        how: record.how === 'elsewhere' ? 'account-page' : record.how,
        at: new Date(record.at).toISOString(),
        notice: record.notice,
        language: record.language,
        n: record.n,
      });
      return receipt ? [receipt] : [];
    });
}

/** The same receipts, read for a page. */
export function receiptsView(desk: Desk, visit: Visit): ReceiptsView {
  const { declaration } = desk.context;
  return {
    ...frameOf(visit),
    manufacturer: declaration.manufacturer.name,
    receipts: receiptsOf(desk, visit).flatMap(({ receipt_metadata, consent_record }) => {
      const [event] = consent_record.events;
      const [purpose] = consent_record.pii_processing.purposes;
      if (!event || !purpose) return [];
      return {
        id: receipt_metadata.receipt_id,
        item: purpose.purpose_type,
        ...(purpose.purpose === undefined ? {} : { purpose: purpose.purpose }),
        given: event.event_state === 'given',
        by: event.entity_id === 'guardian' ? 'guardian' : 'self',
        how: howOf(event.event_type),
        at: event.event_time,
        notice: consent_record.pii_processing.notice_version,
        withdraw: purpose.withdrawal_method,
        subject: consent_record.pii_principal_id,
      } as const;
    }),
  };
}

const HOW = ['set-up', 'privacy-page', 'account-page'] as const;
const howOf = (type: string): (typeof HOW)[number] => HOW.find((how) => type.endsWith(how)) ?? 'privacy-page';

export const leavingView = (desk: Desk, visit: Visit): LeavingView => ({ ...frameOf(visit), ...accountUrlOf(desk) });
