import type { Language } from '@hearthward/standards';
import type { Declaration } from '../schema/declaration.ts';
import { NOTICE_WORDS } from './notice-words.ts';

/** The privacy notice: what the product senses, keeps and sends, for whom and for how long, and how to stop it. */

export interface Notice {
  readonly language: Language;
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
  readonly personalData: readonly {
    readonly id: string;
    readonly name: string;
    readonly category: string;
    readonly sensitive: boolean;
    readonly purpose: string;
    readonly legalBasis: string;
    readonly processedBy: readonly string[];
    /** third parties, advertisers included; empty where there are none */
    readonly recipients: readonly string[];
    readonly storedAt: readonly string[];
    /** 0: until it is deleted */
    readonly retentionDays: number;
    readonly consent?: { readonly how: string; readonly withdraw: string };
    /** telemetry fields that carry it */
    readonly sent: readonly string[];
  }[];
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
  }[];
  readonly deletion: readonly {
    readonly id: string;
    readonly description: string;
    readonly where: readonly string[];
    readonly confirmation: string;
  }[];
  /** where more is told, and where to turn */
  readonly pages: { readonly deletion?: string; readonly contact: readonly string[] };
}

/** The notice as data, in one language; words that the declaration gives in English alone stay English. */
export function noticeData(declaration: Declaration, language: Language): Notice {
  const { product, manufacturer, userInformation, disclosure } = declaration;
  const say = (words: Said): string => words[language] ?? words.en;
  const { legalBasis, places } = NOTICE_WORDS[language];
  return {
    language,
    product: say(product.name),
    model: product.model.designation,
    manufacturer: manufacturer.name,
    site: manufacturer.site,
    sensors: declaration.externalSensors.map((it) => ({
      id: it.id,
      name: say(it.name),
      senses: say(it.senses),
      purpose: say(it.purpose),
      ...(it.indicator === undefined ? {} : { indicator: it.indicator }),
    })),
    personalData: declaration.personalData.map((it) => ({
      id: it.id,
      name: say(it.name),
      category: it.category,
      sensitive: it.sensitive,
      purpose: say(it.purpose),
      legalBasis: legalBasis[it.legalBasis],
      processedBy: it.processedBy,
      recipients: it.recipients,
      storedAt: it.storedAt.map((place) => places[place]),
      retentionDays: it.retentionDays,
      ...(it.consent === undefined ? {} : { consent: it.consent }),
      sent: declaration.telemetryData.filter((field) => field.personalData === it.id).map((field) => field.id),
    })),
    telemetry: declaration.telemetryData.map((it) => ({
      id: it.id,
      name: say(it.name),
      purpose: say(it.purpose),
      usedBy: it.usedBy,
      everySeconds: it.everySeconds,
      ...(it.unit === undefined ? {} : { unit: it.unit }),
      ...(it.step === undefined ? {} : { step: it.step }),
      personal: it.personalData !== false,
    })),
    deletion: declaration.deletionFunctions.map((it) => ({
      id: it.id,
      description: say(it.description),
      where: it.where.map((place) => places[place]),
      confirmation: it.confirmation,
    })),
    pages: {
      ...(userInformation.deletion === undefined ? {} : { deletion: userInformation.deletion }),
      contact: disclosure.contact,
    },
  };
}

/** The notice as one text: JSON of `Notice`, or Markdown that a person reads. */
// EN 303 645 6-1, 6-5, TS 103 645 4.8-1, G044 7-a: what is processed, how, by whom and for what purpose.
export function notice(declaration: Declaration, language: Language, format: 'md' | 'json'): string {
  const data = noticeData(declaration, language);
  return format === 'json' ? `${JSON.stringify(data, null, 2)}\n` : markdown(data);
}

type Said = { readonly en: string; readonly ms?: string };

function markdown(data: Notice): string {
  const words = NOTICE_WORDS[data.language];
  const none = `${words.none}\n`;
  const parts = [
    `# ${words.title}: ${plain(data.product)} ${plain(data.model)}\n`,
    `${plain(data.manufacturer)}, <${data.site}>\n`,
    `## ${words.sensors}\n`,
    data.sensors.length === 0
      ? none
      : list(
          data.sensors.map(
            (it) =>
              `**${plain(it.name)}**: ${plain(it.senses)}. ${plain(it.purpose)}${it.indicator === undefined ? '' : ` ${plain(it.indicator)}`}`,
          ),
        ),
    `## ${words.personalData}\n`,
    ...(data.personalData.length === 0 ? [none] : data.personalData.map((it) => personalData(it, data))),
    `## ${words.telemetry}\n`,
    data.telemetry.length === 0 ? none : list(data.telemetry.map((it) => telemetry(it, data.language))),
    `## ${words.deletion}\n`,
    data.deletion.length === 0
      ? none
      : list(
          data.deletion.map(
            (it) =>
              `${plain(it.description)} (${it.where.join(', ')}) ${words.confirmation}: ${plain(it.confirmation)}.`,
          ),
        ),
    ...(data.pages.deletion === undefined ? [] : [`${words.more}: ${plain(data.pages.deletion)}\n`]),
    `## ${words.contact}\n`,
    list(data.pages.contact.map((it) => `<${it}>`)),
  ];
  return parts.join('\n');
}

function personalData(it: Notice['personalData'][number], data: Notice): string {
  const words = NOTICE_WORDS[data.language];
  const kept = it.retentionDays === 0 ? words.untilDeleted : words.days(it.retentionDays);
  const lines = [
    `${words.purpose}: ${plain(it.purpose)}`,
    `${words.category}: ${plain(it.category)}${it.sensitive ? ` (${words.sensitive})` : ''}`,
    `${words.basis}: ${it.legalBasis}`,
    `${words.processedBy}: ${it.processedBy.map(plain).join(', ')}`,
    `${words.recipients}: ${it.recipients.length === 0 ? words.nobody : it.recipients.map(plain).join(', ')}`,
    `${words.storedAt}: ${it.storedAt.join(', ')}`,
    `${words.kept}: ${kept}`,
    ...(it.consent === undefined
      ? []
      : [`${words.consent}: ${plain(it.consent.how)}. ${words.withdraw}: ${plain(it.consent.withdraw)}.`]),
  ];
  return `### ${plain(it.name)}\n\n${list(lines)}`;
}

function telemetry(it: Notice['telemetry'][number], language: Language): string {
  const words = NOTICE_WORDS[language];
  const precision =
    it.step === undefined ? '' : `, ${words.rounded} ${it.step}${it.unit === undefined ? '' : ` ${plain(it.unit)}`}`;
  const personal = it.personal ? words.personal : words.notPersonal;
  return `**${plain(it.name)}** (${words.every(it.everySeconds)}${precision}; ${personal}): ${plain(it.purpose)} ${words.usedBy}: ${it.usedBy.map(plain).join(', ')}.`;
}

const list = (lines: readonly string[]): string => `${lines.map((line) => `- ${line}`).join('\n')}\n`;

/** Text of the declaration is data: nothing in it becomes markup. */
const plain = (text: string): string =>
  text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\\`*_{}[\]<>#|]/g, (mark) => `\\${mark}`);
