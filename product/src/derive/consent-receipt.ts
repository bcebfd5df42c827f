import type { Declaration } from '../schema/declaration.ts';
import { countriesOf, isAdvertiser, noticeVersion, translated } from './notice/document.ts';

/** What a person keeps of a decision on their data: the fields of ISO/IEC TS 27560:2023, by the names that it gives them. */

/** One decision of one person on one item, as it was recorded. */
export interface ConsentRecord {
  readonly id: string;
  /** the pseudonym of whom it is of; no name is in a receipt */
  readonly subject: string;
  readonly item: string;
  readonly given: boolean;
  readonly by: 'self' | 'guardian';
  readonly how: 'set-up' | 'privacy-page' | 'account-page';
  /** ISO 8601, UTC */
  readonly at: string;
  /** version of the notice that the person had before them */
  readonly notice: string;
  readonly language: 'en' | 'ms';
  readonly n: number;
}

export type ConsentReceipt = NonNullable<ReturnType<typeof consentReceipt>>;

/**
 * The receipt of a record, JSON; undefined where the declaration asks nobody for consent to that item. What is processed is
 * said where the declaration is that of the notice which the person had before them; of an older one the receipt names the
 * version, says nothing that may have been otherwise then, and tells how it is taken back today.
 */
// EN 303 645 6-2, 6-3, G044 7-b, 7-c: what was agreed to, when, by whom, and how it is taken back
export function consentReceipt(declaration: Declaration, record: ConsentRecord) {
  const item = declaration.personalData.find(({ id }) => id === record.item);
  if (item?.consent === undefined) return undefined;
  const isOfNotice = record.notice === noticeVersion(declaration);
  const { manufacturer, product, disclosure, userInformation } = declaration;
  const say = (words: { readonly en: string; readonly ms?: string }): string => words[record.language] ?? words.en;
  const parties = isOfNotice ? (declaration.dataParties ?? []).filter(({ items }) => items.includes(item.id)) : [];
  const { privacy } = userInformation;
  return {
    receipt_metadata: { schema_version: SCHEMA, receipt_id: record.id, record_id: record.id },
    consent_record: {
      schema_version: SCHEMA,
      record_id: record.id,
      pii_principal_id: record.subject,
      pii_processing: {
        privacy_notice:
          privacy === undefined ? record.notice : `${privacy.replace(/[?#].*$/, '')}?version=${record.notice}`,
        notice_version: record.notice,
        language: record.language,
        purposes: [
          {
            purpose_type: item.id,
            ...(isOfNotice
              ? {
                  purpose: say(item.purpose),
                  lawful_basis: item.legalBasis,
                  pii_information: [
                    {
                      pii_type: say(translated(declaration, item.category)),
                      pii_attribute_id: item.id,
                      pii_optional: item.legalBasis === 'consent',
                      sensitive_pii_category: item.sensitive,
                    },
                  ],
                  pii_controllers: [MANUFACTURER],
                  collection_method: 'sensed-or-entered-on-the-device',
                  processing_method: item.processedBy.map((who) => say(translated(declaration, who))),
                  storage_locations: item.storedAt,
                  // days; 0: until it is deleted
                  retention_period: item.retentionDays,
                  processing_locations: countriesOf(declaration, item),
                  services: [say(product.name)],
                  recipient_third_parties: parties.filter(({ role }) => role !== 'processor').map(({ id }) => id),
                }
              : {}),
            withdrawal_method: say(translated(declaration, item.consent.withdraw)),
            // seconds; absent where nothing is declared
            withdrawal_effective_within: item.consent.withinSeconds,
            privacy_rights: userInformation.deletion,
          },
        ],
      },
      party_identification: [
        {
          party_id: MANUFACTURER,
          party_name: manufacturer.name,
          party_address: manufacturer.address,
          party_url: manufacturer.site,
          party_contact: disclosure.contact[0],
          party_role: 'PII controller',
          party_type: 'manufacturer',
        },
        ...parties.map((party) => ({
          party_id: party.id,
          party_name: party.name,
          party_address: party.where.join(', '),
          party_role: party.role === 'processor' || party.role === 'app' ? 'PII processor' : 'third party',
          party_type: isAdvertiser(party) ? 'advertiser' : party.role,
        })),
      ],
      events: [
        {
          event_time: record.at,
          entity_id: record.by === 'self' ? record.subject : 'guardian',
          event_type: `explicit-${record.how}`,
          event_state: record.given ? 'given' : 'withdrawn',
          event_number: record.n,
        },
      ],
    },
  };
}

const SCHEMA = 'ISO/IEC TS 27560:2023';
const MANUFACTURER = 'manufacturer';
