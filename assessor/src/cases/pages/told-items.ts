import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../model.ts';
import { weigh } from '../access/evidence.ts';
import { observePage, pageReady, publicPage, type PageName } from './reading.ts';
import { judgeDuties, says, showsDate, showsSpan, type Duty } from './wording.ts';

/** Pages that must tell something of each declared item: sensors, personal data, telemetry, replacement. */
interface Told {
  readonly topic: 'sensing-documented' | 'privacy-information' | 'telemetry-information' | 'replacement-information';
  readonly page: PageName;
  readonly title: string;
  readonly good: string;
  readonly nothing: string;
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
  duties: (declaration, text) =>
    declaration.personalData.flatMap((each) => [
      { what: `the data “${each.name.en}”`, found: says(text, each.name) },
      { what: `the purpose of “${each.name.en}”`, found: says(text, each.purpose) },
      ...each.processedBy.map((who) => ({ what: `that ${who} handles “${each.name.en}”`, found: says(text, who) })),
      ...each.recipients.map((who) => ({ what: `that ${who} receives “${each.name.en}”`, found: says(text, who) })),
      { what: `how long “${each.name.en}” is kept`, found: keeps(text, each.retentionDays) },
    ]),
};

/** 0 days: until it is deleted. */
function keeps(text: string, days: number): Duty['found'] {
  if (days > 0) return showsSpan(text, days) ? 'there' : 'missing';
  return /\buntil\b.{0,60}\b(?:delet|eras|remov|reset)|\bsehingga\b.{0,60}padam|\bas long as\b|\bnot (?:kept|stored)\b/i.test(
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
    observe: (probe) => observePage(probe, told.page),
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
  return weigh([...read.parts, part], told.nothing);
}
