import type { Language } from '@hearthward/standards';
import type { Declaration, DataParty } from '../../schema/declaration.ts';
import type { NoticeDocument, NoticeField, NoticeItem } from '../../schema/notice.ts';
import { noticeDocument, versionOfNotice } from './document.ts';
import { NOTICE_WORDS } from './words.ts';

/** The privacy notice in one language: what the product senses, keeps and sends, for whom and for how long, and how to stop it. */

export interface Notice {
  readonly language: Language;
  /** the same in every language */
  readonly version: string;
  readonly product: string;
  readonly model: string;
  readonly manufacturer: string;
  readonly site: string;
  readonly sensors: readonly {
    readonly id: string;
    readonly name: string;
    readonly senses: string;
    readonly purpose: string;
    readonly indicator?: string;
  }[];
  readonly personalData: readonly NoticeEntry[];
  readonly telemetry: readonly {
    readonly id: string;
    readonly name: string;
    readonly purpose: string;
    readonly usedBy: readonly string[];
    readonly everySeconds: number;
    readonly unit?: string;
    /** declared precision, where values are rounded */
    readonly step?: number;
    readonly personal: boolean;
    /** the item whose answers are the field's: why it is allowed, who has it, where, how long, how to stop it */
    readonly of?: string;
  }[];
  readonly deletion: readonly {
    readonly id: string;
    readonly description: string;
    readonly where: readonly string[];
    readonly confirmation: string;
  }[];
  readonly parties: readonly { readonly name: string; readonly role: string; readonly countries: readonly string[] }[];
  /** where more is told, and where to turn */
  readonly pages: { readonly deletion?: string; readonly contact: readonly string[] };
}

export interface NoticeEntry {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly sensitive: boolean;
  readonly purpose: string;
  readonly legalBasis: string;
  /** whose it is */
  readonly of: string;
  readonly processedBy: readonly string[];
  /** third parties, without the advertisers; empty where there are none */
  readonly recipients: readonly string[];
  readonly advertisers: readonly string[];
  readonly storedAt: readonly string[];
  /** where it is outside the home, by their names; empty where it does not leave it or nothing is declared */
  readonly countries: readonly string[];
  /** 0: until it is deleted */
  readonly retentionDays: number;
  readonly pseudonymDays?: number;
  readonly consent?: { readonly how: string; readonly withdraw: string; readonly withinSeconds?: number };
  /** telemetry fields that carry it */
  readonly sent: readonly string[];
}

/** The notice as data, in one language; words that the declaration gives in English alone stay English. */
export function noticeData(declaration: Declaration, language: Language): Notice {
  const document = noticeDocument(declaration);
  const say = (words: Said): string => words[language] ?? words.en;
  const { places, roles } = NOTICE_WORDS[language];
  const { deletion } = declaration.userInformation;
  return {
    language,
    version: versionOfNotice(document),
    product: say(document.product.name),
    model: document.product.model,
    manufacturer: document.manufacturer.name,
    site: document.manufacturer.site,
    sensors: document.sensors.map(({ id, name, senses, purpose, indicator }) => ({
      id,
      name: say(name),
      senses: say(senses),
      purpose: say(purpose),
      ...(indicator !== undefined && { indicator: say(indicator) }),
    })),
    personalData: document.personalData.map((item) => entry(item, language)),
    telemetry: document.telemetry.map((field) => ({
      id: field.id,
      name: say(field.name),
      purpose: say(field.purpose),
      usedBy: field.usedBy.map(say),
      everySeconds: field.everySeconds,
      ...(field.unit !== undefined && { unit: field.unit }),
      ...(field.step !== undefined && { step: field.step }),
      ...itemOf(document, field, language),
    })),
    deletion: document.deletion.map((way) => ({
      id: way.id,
      description: say(way.description),
      where: way.where.map((place) => places[place]),
      confirmation: say(way.confirmation),
    })),
    parties: document.parties.map(({ name, role, where }: DataParty) => ({
      name,
      role: roles[role],
      countries: countries(where, language),
    })),
    pages: { ...(deletion !== undefined && { deletion }), contact: document.contact },
  };
}

function entry(item: NoticeItem, language: Language): NoticeEntry {
  const words = NOTICE_WORDS[language];
  const say = (said: Said): string => said[language] ?? said.en;
  const { consent } = item;
  return {
    id: item.id,
    name: say(item.name),
    category: say(item.category),
    sensitive: item.sensitive,
    purpose: say(item.purpose),
    legalBasis: words.legalBasis[item.legalBasis],
    of: words.whose[item.of],
    processedBy: item.processedBy.map(say),
    recipients: item.recipients.map(say),
    advertisers: item.advertisers.map(say),
    storedAt: item.storedAt.map((place) => words.places[place]),
    countries: countries(item.countries, language),
    retentionDays: item.retentionDays,
    ...(item.pseudonymDays !== undefined && { pseudonymDays: item.pseudonymDays }),
    ...(consent !== undefined && {
      consent: {
        how: say(consent.how),
        withdraw: say(consent.withdraw),
        ...(consent.withinSeconds !== undefined && { withinSeconds: consent.withinSeconds }),
      },
    }),
    sent: item.sent,
  };
}

function itemOf(document: NoticeDocument, { personalData }: NoticeField, language: Language) {
  const item = document.personalData.find(({ id }) => id === personalData);
  return { personal: personalData !== false, ...(item && { of: item.name[language] ?? item.name.en }) };
}

/** By their names in the language; a code that no country has stays as it is. */
const countries = (codes: readonly string[], language: Language): string[] => {
  const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'code' });
  return codes.map((code) => names.of(code) ?? code);
};

/** The notice as one text: JSON of `Notice`, or Markdown that a person reads. */
// EN 303 645 6-1, 6-5, TS 103 645 4.8-1, G044 7-a: what is processed, how, by whom and for what purpose.
export function notice(declaration: Declaration, language: Language, format: 'md' | 'json'): string {
  const data = noticeData(declaration, language);
  return format === 'json' ? `${JSON.stringify(data, null, 2)}\n` : markdown(data);
}

type Said = { readonly en: string; readonly ms?: string };

function markdown(data: Notice): string {
  const words = NOTICE_WORDS[data.language];
  const section = (title: string, lines: readonly string[]): string =>
    `## ${title}\n\n${lines.length === 0 ? `${words.none}\n` : list(lines)}`;
  const parts = [
    `# ${words.title}: ${plain(data.product)} ${plain(data.model)}\n`,
    `${plain(data.manufacturer)}, <${data.site}>. ${words.version}: ${data.version}\n`,
    section(
      words.sensors,
      data.sensors.map(
        (it) =>
          `**${plain(it.name)}**: ${plain(it.senses)}. ${plain(it.purpose)}${it.indicator === undefined ? '' : ` ${plain(it.indicator)}`}`,
      ),
    ),
    `## ${words.personalData}\n`,
    ...(data.personalData.length === 0
      ? [`${words.none}\n`]
      : data.personalData.map((it) => personalData(it, data.language))),
    section(
      words.telemetry,
      data.telemetry.map((it) => telemetry(it, data.language)),
    ),
    section(
      words.parties,
      data.parties.map((it) => `**${plain(it.name)}** (${it.role}): ${it.countries.map(plain).join(', ')}`),
    ),
    section(
      words.deletion,
      data.deletion.map(
        (it) => `${plain(it.description)} (${it.where.join(', ')}) ${words.confirmation}: ${plain(it.confirmation)}.`,
      ),
    ),
    ...(data.pages.deletion === undefined ? [] : [`${words.more}: ${plain(data.pages.deletion)}\n`]),
    `## ${words.contact}\n`,
    list(data.pages.contact.map((it) => `<${it}>`)),
  ];
  return parts.join('\n');
}

function personalData(it: NoticeEntry, language: Language): string {
  const words = NOTICE_WORDS[language];
  const kept = it.retentionDays === 0 ? words.untilDeleted : words.days(it.retentionDays);
  const names = (who: readonly string[]): string => (who.length === 0 ? words.nobody : who.map(plain).join(', '));
  const within = it.consent?.withinSeconds;
  const lines = [
    `${words.purpose}: ${plain(it.purpose)}`,
    `${words.category}: ${plain(it.category)}${it.sensitive ? ` (${words.sensitive})` : ''}`,
    `${words.of}: ${it.of}`,
    `${words.basis}: ${it.legalBasis}`,
    `${words.processedBy}: ${names(it.processedBy)}`,
    `${words.recipients}: ${names(it.recipients)}`,
    `${words.advertisers}: ${names(it.advertisers)}`,
    `${words.storedAt}: ${[...it.storedAt, ...it.countries.map(plain)].join(', ')}`,
    `${words.kept}: ${kept}`,
    ...(it.pseudonymDays === undefined ? [] : [`${words.pseudonym}: ${words.days(it.pseudonymDays)}`]),
    ...(it.consent === undefined
      ? []
      : [`${words.consent}: ${plain(it.consent.how)}. ${words.withdraw}: ${plain(it.consent.withdraw)}.`]),
    ...(within === undefined ? [] : [`${words.stops}: ${words.within(within)}`]),
  ];
  return `### ${plain(it.name)}\n\n${list(lines)}`;
}

function telemetry(it: Notice['telemetry'][number], language: Language): string {
  const words = NOTICE_WORDS[language];
  const precision =
    it.step === undefined ? '' : `, ${words.rounded} ${it.step}${it.unit === undefined ? '' : ` ${plain(it.unit)}`}`;
  const personal = it.personal
    ? `${words.personal}${it.of === undefined ? '' : `: ${plain(it.of)}`}`
    : words.notPersonal;
  return `**${plain(it.name)}** (${words.every(it.everySeconds)}${precision}; ${personal}): ${plain(it.purpose)} ${words.usedBy}: ${it.usedBy.map(plain).join(', ')}.`;
}

const list = (lines: readonly string[]): string => `${lines.map((line) => `- ${line}`).join('\n')}\n`;

/** Text of the declaration is data: nothing in it becomes markup. */
const plain = (text: string): string =>
  text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\\`*_{}[\]<>#|]/g, (mark) => `\\${mark}`);
