import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { judgeData, observeData } from './data-twin.ts';
import { observeIn, observePage, PAGE_KINDS, pageReady, publicPage, type PageName } from './reading.ts';
import { judgeDuties, listed, says, showsDate, showsSpan, type Duty } from './wording.ts';

/** Pages that must tell something of each declared item: sensors, personal data, telemetry, replacement. */
interface Told {
  readonly topic: 'sensing-documented' | 'privacy-information' | 'telemetry-information' | 'replacement-information';
  readonly page: PageName;
  readonly title: string;
  readonly good: string;
  readonly nothing: string;
  /** what stands there as data is held against it too */
  readonly asData?: true;
  readonly duties: (declaration: Declaration, text: string) => readonly Duty[];
}

// EN 303 645 5.8-3, G044 6.8.3: what the product senses is documented.
const SENSING: Told = {
  topic: 'sensing-documented',
  page: 'sensing',
  title: 'Reads the public page about sensors and looks for each declared one and what it senses.',
  good: 'anyone can read what each declared sensor senses',
  nothing: 'no sensor is declared',
  duties: (declaration, text) =>
    declaration.externalSensors.flatMap((each) => [
      { what: `the sensor “${each.name.en}”`, found: says(text, each.name) },
      { what: `what “${each.name.en}” senses`, found: says(text, each.senses) },
    ]),
};

// EN 303 645 6-1, TS 103 645 4.8-1, G044 7-a: which personal data, how, by whom, for what.
const PRIVACY: Told = {
  topic: 'privacy-information',
  page: 'privacy',
  title:
    'Reads the public privacy page and looks for each item of personal data, its purpose, who handles it and for how long.',
  good: 'anyone can read which personal data is used, for what, by whom and for how long',
  nothing: 'no personal data is declared, so there is nothing that the page must tell',
  asData: true,
  duties: (declaration, text) => [
    ...(declaration.dataParties ?? []).flatMap((each) => [
      { what: `that ${each.name} has personal data`, found: says(text, each.name) },
      { what: `what ${each.name} has it for`, found: says(text, each.purpose) },
    ]),
    ...declaration.personalData.flatMap((each) => [
      { what: `the data “${each.name.en}”`, found: says(text, each.name) },
      { what: `the purpose of “${each.name.en}”`, found: says(text, each.purpose) },
      ...each.processedBy.map((who) => ({ what: `that ${who} handles “${each.name.en}”`, found: says(text, who) })),
      ...each.recipients.map((who) => ({ what: `that ${who} receives “${each.name.en}”`, found: says(text, who) })),
      { what: `how long “${each.name.en}” is kept`, found: keeps(text, each.retentionDays) },
      ...(each.consent === undefined
        ? []
        : [{ what: `how consent to “${each.name.en}” is withdrawn`, found: says(text, each.consent.withdraw) }]),
    ]),
  ],
};

/** 0 days: until it is deleted. */
function keeps(text: string, days: number): Duty['found'] {
  if (days > 0) return showsSpan(text, days) ? 'there' : 'missing';
  return /\buntil\b.{0,60}\b(?:delet|eras|remov|reset)|\bsehingga\b.{0,60}[pm]adam|\bas long as\b|\bnot (?:kept|stored)\b/i.test(
    text,
  )
    ? 'there'
    : 'missing';
}

// EN 303 645 6-5, TS 103 645 4.10-3, G044 7-e: which telemetry, how, by whom, for what.
const TELEMETRY: Told = {
  topic: 'telemetry-information',
  page: 'telemetry',
  title: 'Reads the public page about telemetry and looks for each declared field, its purpose and who uses it.',
  good: 'anyone can read which telemetry is sent, for what, and who uses it',
  nothing: 'no telemetry is declared',
  duties: (declaration, text) =>
    declaration.telemetryData.flatMap((each) => [
      { what: `the field “${each.name.en}”`, found: says(text, each.name) },
      { what: `the purpose of “${each.name.en}”`, found: says(text, each.purpose) },
      ...each.usedBy.map((who) => ({ what: `that ${who} uses “${each.name.en}”`, found: says(text, who) })),
    ]),
};

// EN 303 645 5.3-14, TS 103 645 4.3-9, G044 6.3.14: why there are no updates, and how the hardware is replaced.
const REPLACEMENT: Told = {
  topic: 'replacement-information',
  page: 'replacement',
  title:
    'Reads the public page about replacement and looks for the reason, the period, the method and the end of support.',
  good: 'anyone can read why there are no updates and how the product is replaced',
  nothing: 'no replacement support is declared',
  duties: ({ replacementSupport: plan, support }, text) =>
    plan === undefined
      ? []
      : [
          { what: 'why there are no updates', found: says(text, plan.rationale) },
          { what: 'the period of replacement', found: says(text, plan.period) },
          { what: 'the way of replacement', found: says(text, plan.method) },
          {
            what: `the end of support (${support.until})`,
            found: showsDate(text, support.until) ? 'there' : 'missing',
          },
        ],
};

export const [sensingDocumented, privacyInformation, telemetryInformation, replacementInformation] = [
  caseOf(SENSING),
  caseOf(PRIVACY),
  caseOf(TELEMETRY),
  caseOf(REPLACEMENT),
] as const;

function caseOf(told: Told): Case {
  return {
    id: told.topic,
    topic: told.topic,
    title: told.title,
    ready: pageReady(told.page),
    effect: 'reading',
    observe: async (probe) => {
      await observePage(probe, told.page);
      if (told.asData) await observeData(probe, told.page);
      if (speaksMalay(probe.declaration)) await observeIn(probe, told.page, 'ms');
    },
    judge: (seen) => judge(seen, told),
  };
}

function judge(seen: Seen, told: Told): Judgement {
  const read = publicPage(seen, told.page);
  if (!('page' in read)) return weigh(read.parts, told.nothing);
  const { page, control } = read;
  const duties = told.duties(seen.declaration, page.data.text);
  if (duties.length === 0) return weigh([], told.nothing);
  const part = judgeDuties(page, control, duties, told.duties(seen.declaration, control.data.text), told.good);
  return weigh([...read.parts, part, ...judgeMalay(seen, told), ...judgeData(seen, told.good)], told.nothing);
}

/**
 * What is declared in Malay too, and published in Malay too, is told there as well: nobody is told less for their language.
 * A site that answers everybody alike has one language.
 */
function judgeMalay(seen: Seen, told: Told): readonly Part[] {
  const { rows } = readEvidence(seen, PAGE_KINDS);
  const [english] = rows.page;
  const [malay] = rows.translated;
  if (english === undefined || malay === undefined || malay.data.text === english.data.text) return [];
  if (!malay.data.reached || malay.data.status !== 200)
    return [open(`${malay.data.address} in Malay (${malay.data.status})`, [malay.id])];
  const missing = told
    .duties(inMalay(seen.declaration), malay.data.text)
    .filter(({ found }) => found === 'missing')
    .map(({ what }) => what);
  return missing.length > 0
    ? [fail(`${malay.data.address} in Malay does not tell ${listed(missing)}`, [malay.id])]
    : [pass(told.good, [malay.id])];
}

const speaksMalay = ({ personalData, externalSensors, telemetryData }: Declaration): boolean =>
  [...personalData, ...externalSensors, ...telemetryData].some(({ name }) => name.ms !== undefined);

/** Its words as a reader of Malay has to find them; what is declared in English alone may stand in English. */
function inMalay(declaration: Declaration): Declaration {
  const words = (it: Words): Words => ({ en: it.ms ?? it.en });
  const text = (it: string): string => declaration.translations?.ms[it] ?? it;
  const item = <T extends { readonly name: Words; readonly purpose: Words }>(it: T): T => ({
    ...it,
    name: words(it.name),
    purpose: words(it.purpose),
  });
  return {
    ...declaration,
    personalData: declaration.personalData.map((each) => ({
      ...item(each),
      processedBy: each.processedBy.map(text),
      recipients: each.recipients.map(text),
      ...(each.consent === undefined ? {} : { consent: { ...each.consent, withdraw: text(each.consent.withdraw) } }),
    })),
    externalSensors: declaration.externalSensors.map((each) => ({ ...item(each), senses: words(each.senses) })),
    telemetryData: declaration.telemetryData.map((each) => ({ ...item(each), usedBy: each.usedBy.map(text) })),
    dataParties: (declaration.dataParties ?? []).map((each) => ({ ...each, purpose: words(each.purpose) })),
  };
}
type Words = Declaration['product']['name'];
