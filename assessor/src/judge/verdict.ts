import type { Relation, Status, Truth } from '@hearthward/standards';
import type { Finding, StatementRow, Verdict } from '../model.ts';

/**
 * The verdict rules, as data and one function that reads them from the top: the first rule that holds decides.
 * Nothing here knows a code, a case or a target; every combination of the domain is tried in a test.
 */
export type TopicVerdict = Finding['verdict'];

/** How a topic that a row rests on stands; `untried` where no case has a finding for it. */
export type TopicState = TopicVerdict | 'untried';

export interface RowQuestion {
  readonly status: Status;
  readonly applies: Truth;
  readonly claim: 'N' | 'N/A' | undefined;
  readonly ties: readonly { readonly relation: Relation; readonly topic: TopicState }[];
  /** a reviewed document for this very row */
  readonly record: 'PASS' | 'FAIL' | undefined;
}
export type RowReason =
  | 'condition-false'
  | 'condition-unknown'
  | 'mandatory-not-supported'
  | 'recommendation-not-followed'
  | 'not-applicable-refused'
  | 'record-fails'
  | 'topic-fails'
  | 'topic-error'
  | 'no-topic'
  | 'untried'
  | 'topic-inconclusive'
  | 'weaker-than-failed-topic'
  | 'stricter-than-topic'
  | 'only-a-part'
  | 'record-passes'
  | 'topics-pass';
export interface RowAnswer {
  readonly support: StatementRow['support'];
  readonly verdict: Verdict;
  readonly reason: RowReason;
}

/** Worst first: `FAIL > ERROR > INCONCLUSIVE > PASS`. */
const SEVERITY = ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS'] as const;
export const worst = (verdicts: readonly TopicVerdict[]): TopicVerdict =>
  SEVERITY.find((verdict) => verdicts.includes(verdict)) ?? 'INCONCLUSIVE';

/** What one tie says of the row, by how the row stands to the topic. */
export const TIE_SAYS: Readonly<Record<Relation, Readonly<Record<TopicState, RowReason | 'pass' | 'part-passes'>>>> = {
  equal: says('pass', 'topic-fails'),
  // the row asks more: what fails the topic fails the row, what passes it says too little
  stricter: says('stricter-than-topic', 'topic-fails'),
  // the row asks less: what passes the topic passes the row, what fails it may still do for the row
  weaker: says('pass', 'weaker-than-failed-topic'),
  part: says('part-passes', 'topic-fails'),
};

function says<P, F>(pass: P, fail: F) {
  return {
    PASS: pass,
    FAIL: fail,
    ERROR: 'topic-error',
    INCONCLUSIVE: 'topic-inconclusive',
    untried: 'untried',
  } as const;
}

interface Rule {
  readonly when: (row: RowQuestion, said: ReadonlySet<string>) => boolean;
  readonly answer: RowAnswer;
}
const rule = (when: Rule['when'], support: RowAnswer['support'], verdict: Verdict, reason: RowReason): Rule => ({
  when,
  answer: { support, verdict, reason },
});

const claimed = (row: RowQuestion): boolean => row.claim !== undefined;
const mandatory = (row: RowQuestion): boolean => row.status === 'M';
/** Two parts or more, all passing, make the whole; a single part never does. */
const wholeByParts = (row: RowQuestion): boolean => row.ties.filter((tie) => tie.relation === 'part').length > 1;
const provenWhole = (row: RowQuestion): boolean =>
  row.ties.some((tie) => (tie.relation === 'equal' || tie.relation === 'weaker') && tie.topic === 'PASS');

/** The rules, in the order in which they are asked. */
export const RULES: readonly Rule[] = [
  // as the conformance tables ask: N/A only where the condition is false, whatever is declared
  rule((row) => row.applies === false, 'N/A', 'N/A', 'condition-false'),
  rule((row) => row.applies === undefined, 'undetermined', 'INCONCLUSIVE', 'condition-unknown'),
  rule((row) => row.claim === 'N/A' && mandatory(row), 'N', 'FAIL', 'not-applicable-refused'),
  rule((row) => row.claim === 'N/A', 'N', 'INCONCLUSIVE', 'not-applicable-refused'),
  rule((row) => claimed(row) && mandatory(row), 'N', 'FAIL', 'mandatory-not-supported'),
  rule((row) => claimed(row), 'N', 'INCONCLUSIVE', 'recommendation-not-followed'),
  rule((row) => row.record === 'FAIL', 'Y', 'FAIL', 'record-fails'),
  rule((_row, said) => said.has('topic-fails'), 'Y', 'FAIL', 'topic-fails'),
  rule((_row, said) => said.has('topic-error'), 'Y', 'ERROR', 'topic-error'),
  // a reviewed document closes what programs left open, never what they refuted
  rule((row) => row.record === 'PASS', 'Y', 'PASS', 'record-passes'),
  rule((row) => row.ties.length === 0, 'Y', 'INCONCLUSIVE', 'no-topic'),
  rule((_row, said) => said.has('untried'), 'Y', 'INCONCLUSIVE', 'untried'),
  rule((_row, said) => said.has('topic-inconclusive'), 'Y', 'INCONCLUSIVE', 'topic-inconclusive'),
  rule((_row, said) => said.has('weaker-than-failed-topic'), 'Y', 'INCONCLUSIVE', 'weaker-than-failed-topic'),
  rule((row) => provenWhole(row), 'Y', 'PASS', 'topics-pass'),
  rule((_row, said) => said.has('stricter-than-topic'), 'Y', 'INCONCLUSIVE', 'stricter-than-topic'),
  rule((row) => !wholeByParts(row), 'Y', 'INCONCLUSIVE', 'only-a-part'),
  rule(() => true, 'Y', 'PASS', 'topics-pass'),
];

export function judgeRow(row: RowQuestion): RowAnswer {
  const said = new Set(row.ties.map((tie) => TIE_SAYS[tie.relation][tie.topic]));
  const first = RULES.find((candidate) => candidate.when(row, said));
  if (first === undefined) throw new TypeError('the last rule holds always');
  return first.answer;
}

/**
 * A finding as far as it can be believed: a PASS without an observation that exists, or that leaves something of its
 * topic uncovered, is INCONCLUSIVE.
 */
export function soundFinding(finding: Finding, known: ReadonlySet<string>): Finding {
  const evidence = finding.evidence.filter((id) => known.has(id));
  const sound = { ...finding, evidence };
  if (finding.verdict !== 'PASS') return sound;
  if (evidence.length < finding.evidence.length) {
    return {
      ...sound,
      verdict: 'INCONCLUSIVE',
      because: `it names observations that were not made: ${finding.because}`,
    };
  }
  if (evidence.length === 0)
    return { ...sound, verdict: 'INCONCLUSIVE', because: `without an observation: ${finding.because}` };
  if (finding.uncovered.length > 0) {
    return {
      ...sound,
      verdict: 'INCONCLUSIVE',
      because: `${finding.because} Not covered: ${finding.uncovered.join('; ')}.`,
    };
  }
  return sound;
}

/** Findings of one topic together: the worst; a reviewed PASS closes what is INCONCLUSIVE, and nothing else. */
export function topicState(findings: readonly Finding[]): {
  readonly state: TopicState;
  readonly deciding: readonly Finding[];
} {
  const byProgram = findings.filter((finding) => finding.decided !== 'review');
  const byReview = findings.filter((finding) => finding.decided === 'review');
  if (findings.length === 0) return { state: 'untried', deciding: [] };
  const all = worst(findings.map((finding) => finding.verdict));
  const programs = worst(byProgram.map((finding) => finding.verdict));
  if (byReview.length > 0 && worst(byReview.map((finding) => finding.verdict)) === 'PASS') {
    if (byProgram.length === 0 || programs === 'INCONCLUSIVE') return { state: 'PASS', deciding: byReview };
  }
  return { state: all, deciding: findings.filter((finding) => finding.verdict === all) };
}
