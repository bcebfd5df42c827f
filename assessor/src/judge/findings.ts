import type { Declaration } from '@hearthward/product';
import { TOPICS, type Topic } from '@hearthward/standards';
import type { Case, Data, Finding, Judgement, Observation } from '../model.ts';
import { soundFinding } from './verdict.ts';

/**
 * Findings from recorded observations alone. What the runner noted of a case that did not run to its end (not ready,
 * budget used up, fault) decides before the case's own judge: half an observation proves nothing.
 */
export const RUN = 'run';
export const RECORDS = 'records';

/** What the runner notes under the case `run`; the subject is the id of the case. */
export type RunNote = 'begun' | 'not-ready' | 'not-chosen' | 'stopped' | 'fault' | 'done' | 'ended';

export interface Recorded {
  readonly declaration: Declaration;
  readonly observations: readonly Observation[];
  readonly assessedAt: string;
}

export function findingsOf(cases: readonly Case[], recorded: Recorded): readonly Finding[] {
  const known = new Set(recorded.observations.map((observation) => observation.id));
  const found = cases.map((one) => ({ case: one.id, topic: one.topic, ...judgementOf(one, recorded) }));
  return [...found, ...reviewed(recorded)].map((finding) => soundFinding(finding, known));
}

function judgementOf(one: Case, recorded: Recorded): Judgement {
  const note = recorded.observations.findLast(
    (observation) => observation.case === RUN && observation.subject === one.id && observation.kind !== 'begun',
  );
  if (note === undefined) return open('INCONCLUSIVE', 'this case was not tried', []);
  switch (note.kind as RunNote) {
    case 'done':
      break;
    case 'fault':
      return open('ERROR', `the case could not be carried out: ${textOf(note.data, 'because')}`, [note.id]);
    default:
      return open('INCONCLUSIVE', textOf(note.data, 'because'), [note.id]);
  }
  const observations = recorded.observations.filter((observation) => observation.case === one.id);
  try {
    const judged = one.judge({ declaration: recorded.declaration, observations, assessedAt: recorded.assessedAt });
    return textOf(note.data, 'unit') === 'spare' ? { ...judged, because: `${judged.because}${ON_SPARE}` } : judged;
  } catch (error) {
    // a judge that throws is a fault of ours; it must not pass for a verdict on the product
    return open(
      'ERROR',
      `the observations could not be judged: ${error instanceof Error ? error.message : 'unknown'}`,
      [note.id],
    );
  }
}

/** A reader must know that it was not the unit which the rest was seen on. */
const ON_SPARE = ' (on the spare unit)';

const open = (verdict: 'ERROR' | 'INCONCLUSIVE', because: string, evidence: readonly string[]): Judgement => ({
  verdict,
  decided: 'automatic',
  because,
  uncovered: ['all of it'],
  evidence,
});

/** Reviewed documents whose subject is a topic. */
function reviewed(recorded: Recorded): readonly Finding[] {
  return recordsOf(recorded).flatMap((record): readonly Finding[] => {
    const topic = TOPICS.find((candidate) => candidate === record.subject);
    return topic === undefined ? [] : [findingOf(topic, record)];
  });
}

function findingOf(topic: Topic, record: ReviewRecord): Finding {
  return {
    case: RECORDS,
    topic,
    verdict: record.verdict,
    decided: 'review',
    because: `${record.reviewer} reviewed a document on ${record.date}${record.note === '' ? '' : `: ${record.note}`}`,
    uncovered: [],
    evidence: [record.id],
  };
}

export interface ReviewRecord {
  readonly id: string;
  /** a topic, or `CODE/REF` */
  readonly subject: string;
  readonly reviewer: string;
  readonly date: string;
  readonly note: string;
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
}

/** A record that has expired, or is dated after the assessment, decides nothing any more. */
export function recordsOf(recorded: Recorded): readonly ReviewRecord[] {
  const today = recorded.assessedAt.slice(0, 10);
  return recorded.observations
    .filter((observation) => observation.case === RECORDS && observation.kind === 'record')
    .map((observation) => {
      const said = textOf(observation.data, 'verdict');
      const valid = textOf(observation.data, 'expires') >= today && textOf(observation.data, 'date') <= today;
      return {
        id: observation.id,
        subject: observation.subject,
        reviewer: textOf(observation.data, 'reviewer'),
        date: textOf(observation.data, 'date'),
        note: valid ? textOf(observation.data, 'note') : 'not valid on the day of the assessment',
        verdict: valid && (said === 'PASS' || said === 'FAIL') ? said : 'INCONCLUSIVE',
      };
    });
}

export function textOf(data: Data, name: string): string {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return '';
  const value = (data as { readonly [key: string]: Data })[name];
  return typeof value === 'string' ? value : '';
}
