import { createHash } from 'node:crypto';
import type { Declaration, PersonalData } from '../../schema/declaration.ts';
import type { NoticeDocument, NoticeItem } from '../../schema/notice.ts';

/** The notice of a declaration, and the name of what it says. */

/** Text that the declaration has in English alone, with its Malay where the declaration translates it. */
export const translated = ({ translations }: Declaration, text: string): Said => {
  const ms = translations !== undefined && Object.hasOwn(translations.ms, text) ? translations.ms[text] : undefined;
  return ms === undefined ? { en: text } : { en: text, ms };
};
interface Said {
  en: string;
  ms?: string;
}

// EN 303 645 5.8-3, 6-1, 6-5, TS 103 645 4.8-1, G044 7-a, 7-e: what is sensed and processed, how, by whom, for whom and for what
export function noticeDocument(declaration: Declaration): NoticeDocument {
  const { product, manufacturer, disclosure } = declaration;
  const said = (text: string): Said => translated(declaration, text);
  return {
    schema: 'hearthward/notice/1',
    manufacturer: { ...manufacturer },
    product: { id: product.id, name: product.name, model: product.model.designation },
    contact: disclosure.contact,
    sensors: declaration.externalSensors.map(({ id, name, senses, purpose, indicator, staysLocal }) => ({
      id,
      name,
      senses,
      purpose,
      ...(indicator !== undefined && { indicator: said(indicator) }),
      ...(staysLocal !== undefined && { staysLocal: said(staysLocal) }),
    })),
    personalData: declaration.personalData.map((item) => noticeItem(declaration, item)),
    telemetry: declaration.telemetryData.map((field) => ({
      ...only(field, ['id', 'name', 'purpose', 'type', 'unit', 'step', 'choices', 'everySeconds', 'sensor']),
      personalData: field.personalData,
      usedBy: field.usedBy.map(said),
      ...(field.examinedFor !== undefined && { examinedFor: said(field.examinedFor) }),
    })),
    deletion: declaration.deletionFunctions.map((way) => ({
      ...only(way, ['id', 'description', 'deletes', 'where', 'scope', 'undoHours', 'confirmedWithinHours']),
      ...only(way, ['backupsWithinDays']),
      confirmation: said(way.confirmation),
    })),
    // its keys are no news to people, and a new one is no new notice
    parties: (declaration.dataParties ?? []).map((party) =>
      only(party, ['id', 'name', 'role', 'where', 'purpose', 'items', 'erases']),
    ),
  };
}

function noticeItem(declaration: Declaration, item: PersonalData): NoticeItem {
  const { consent, recipients } = item;
  const said = (text: string): Said => translated(declaration, text);
  const advertisers = new Set((declaration.dataParties ?? []).filter(isAdvertiser).map(({ name }) => name));
  return {
    ...only(item, ['id', 'name', 'sensitive', 'purpose', 'legalBasis', 'storedAt', 'retentionDays']),
    ...only(item, ['pseudonymDays', 'sealedTo']),
    category: said(item.category),
    of: item.of ?? 'household',
    processedBy: item.processedBy.map(said),
    recipients: recipients.filter((name) => !advertisers.has(name)).map(said),
    advertisers: recipients.filter((name) => advertisers.has(name)).map(said),
    countries: countriesOf(declaration, item),
    ...(consent !== undefined && {
      consent: {
        how: said(consent.how),
        withdraw: said(consent.withdraw),
        ...only(consent, ['withinSeconds']),
      },
    }),
    sent: declaration.telemetryData.filter(({ personalData }) => personalData === item.id).map(({ id }) => id),
  };
}

export const isAdvertiser = ({ role }: { readonly role: string }): boolean => role === 'advertiser';

/** Where the manufacturer's services that it is sent to are, and everybody else who has it. */
export function countriesOf(declaration: Declaration, item: PersonalData): string[] {
  const sentTo = new Set(
    declaration.communicationMechanisms.filter(({ id }) => item.communicatedOver.includes(id)).map((it) => it.service),
  );
  const services = item.storedAt.includes('services') ? declaration.associatedServices : [];
  const places = [
    ...services.filter(({ id }) => sentTo.has(id)).flatMap((it) => it.countries ?? []),
    ...(declaration.dataParties ?? []).filter(({ items }) => items.includes(item.id)).flatMap((it) => it.where),
  ];
  return [...new Set(places)].sort();
}

/**
 * The name of what a notice says, 16 lower-case hexadecimal characters: a consent names what the person had before them. The
 * same for every language and every program, since it is taken of the canonical form (RFC 8785).
 */
export const noticeVersion = (declaration: Declaration): string => versionOfNotice(noticeDocument(declaration));

export const versionOfNotice = (document: NoticeDocument): string =>
  createHash('sha256').update(canonicalJson(document)).digest('hex').slice(0, 16);

/** RFC 8785, 3.2: no spaces, names in the order of their UTF-16 units, numbers and texts as ECMAScript writes them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${JSON.stringify(name)}:${canonicalJson(part)}`);
  return `{${members.join(',')}}`;
}

/** The members of these names that are there. */
function only<T extends object, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Pick<
    T,
    K
  >;
}
