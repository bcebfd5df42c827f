/** The rows, threats, ties and corrections of the four codes, joined with their titles. */
import { CODE_LABELS, CODE_ROWS, CORRECTIONS, THREAT_REFS, TIES, TITLES, type StoredRow } from './data.ts';
import { CODES, type Code, type CodeLabel, type Correction, type Fact } from './model.ts';
import type { Language, Row, Threat, Tie } from './model.ts';
import type { Topic } from './topics.ts';

/** Every row of a code, in the order of its text, titled in `language`. */
export function rows(code: Code, language: Language = 'en'): readonly Row[] {
  return catalogue(language)[code];
}

/** One row, or `undefined` where the code has none of that reference. */
export function row(code: Code, ref: string, language: Language = 'en'): Row | undefined {
  return catalogue(language)[code].find((candidate) => candidate.ref === ref);
}

/** Whether a text is the short name of a code that this package carries. */
export function isCode(text: string): text is Code {
  return (CODES as readonly string[]).includes(text);
}

/** The four codes with their names, editions and publishers. */
export function codeLabels(): readonly CodeLabel[] {
  return CODE_LABELS;
}

export function codeLabel(code: Code): CodeLabel {
  const label = CODE_LABELS.find((candidate) => candidate.code === code);
  if (label === undefined) throw new TypeError(`no code is called ${code}`);
  return label;
}

/** The 29 device threats and 3 gateway threats of G045, clause 5. */
export function threats(language: Language = 'en'): readonly Threat[] {
  return THREAT_REFS.map((ref) => ({ ref, title: TITLES[language].threats[ref] ?? ref }));
}

/** Every tie of a row to a topic. */
export function ties(): readonly Tie[] {
  return TIES;
}

/** Every correction to, or reading of, the printed texts. */
export function corrections(): readonly Correction[] {
  return CORRECTIONS;
}

export function topicTitle(topic: Topic, language: Language = 'en'): string {
  return TITLES[language].topics[topic];
}

export function factTitle(fact: Fact, language: Language = 'en'): string {
  return TITLES[language].facts[fact];
}

type Catalogue = Readonly<Record<Code, readonly Row[]>>;
const joined = new Map<Language, Catalogue>();

function catalogue(language: Language): Catalogue {
  const known = joined.get(language);
  if (known !== undefined) return known;
  const built = Object.fromEntries(
    CODES.map((code) => [code, CODE_ROWS[code].map((stored) => join(code, stored, language))]),
  ) as unknown as Catalogue;
  joined.set(language, built);
  return built;
}

function join(code: Code, stored: StoredRow, language: Language): Row {
  const touched = CORRECTIONS.filter((correction) => correction.code === code && correction.ref === stored.ref);
  return {
    code,
    ref: stored.ref,
    status: stored.status,
    conditions: stored.conditions,
    title: TITLES[language].rows[code][stored.ref] ?? stored.ref,
    topics: TIES.filter((tie) => tie.code === code && tie.ref === stored.ref).map((tie) => tie.topic),
    ...(stored.threats === undefined ? {} : { threats: threatRefs(stored.threats) }),
    ...(stored.printed === undefined ? {} : { printed: stored.printed }),
    ...(touched.length === 0 ? {} : { corrections: touched }),
  };
}

function threatRefs(stored: NonNullable<StoredRow['threats']>): readonly string[] {
  return [...stored.device.map((number) => `ST-D-${number}`), ...stored.gateway.map((number) => `ST-G-${number}`)];
}
