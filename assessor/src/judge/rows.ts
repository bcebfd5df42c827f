import { factsOf, type Declaration } from '@hearthward/product';
import { applies, CODES, rows, ties, topicTitle, type Code, type Row, type Tie } from '@hearthward/standards';
import type { Decided, Finding, Statement, StatementRow } from '../model.ts';
import type { ReviewRecord } from './findings.ts';
import { judgeRow, topicState, type RowAnswer, type RowReason } from './verdict.ts';

/** A statement: every row of a code, none missing, each with the finding that it rests on. */
export function judgeStatement(
  code: Code,
  declaration: Declaration,
  findings: readonly Finding[],
  records: readonly ReviewRecord[],
): Statement {
  const facts = factsOf(declaration);
  const told = [...findings, ...unjustified(declaration)];
  return {
    code,
    product: declaration.product.id,
    rows: rows(code).map((row) => judgeOne(row, applies(row, facts), declaration, told, records)),
  };
}

function judgeOne(
  row: Row,
  truth: boolean | undefined,
  declaration: Declaration,
  findings: readonly Finding[],
  records: readonly ReviewRecord[],
): StatementRow {
  const claim = declaration.rows[row.code]?.[row.ref];
  const own = ties().filter((tie) => tie.code === row.code && tie.ref === row.ref);
  const states = own.map((tie) => ({ tie, ...topicState(findings.filter((finding) => finding.topic === tie.topic)) }));
  const said = records.filter((record) => record.subject === `${row.code}/${row.ref}`);
  const record = said.some((one) => one.verdict === 'FAIL')
    ? 'FAIL'
    : said.some((one) => one.verdict === 'PASS')
      ? 'PASS'
      : undefined;
  const answer = judgeRow({
    status: row.status,
    applies: truth,
    claim: claim?.support,
    ties: states.map(({ tie, state }) => ({ relation: tie.relation, topic: state })),
    record,
  });
  const rested = states.flatMap(({ deciding }) => deciding);
  const judged = answer.support === 'Y';
  const evidence = judged ? [...rested.flatMap((finding) => finding.evidence), ...said.map((one) => one.id)] : [];
  const reason = reasonOf(
    answer,
    row,
    own,
    states.flatMap(({ deciding }) => deciding),
    claim?.reason,
    said,
  );
  return {
    ref: row.ref,
    status: row.status,
    support: answer.support,
    verdict: answer.verdict,
    decided: decidedOf(answer.reason, rested),
    evidence: [...new Set(evidence)],
    ...(reason === '' ? {} : { reason }),
  };
}

/** Automatic unless a person had a hand in what decides it. */
function decidedOf(reason: RowReason, findings: readonly Finding[]): Decided {
  if (reason === 'record-passes' || reason === 'record-fails') return 'review';
  if (findings.some((finding) => finding.decided === 'review')) return 'review';
  return findings.some((finding) => finding.decided === 'assisted') ? 'assisted' : 'automatic';
}

function reasonOf(
  answer: RowAnswer,
  row: Row,
  own: readonly Tie[],
  deciding: readonly Finding[],
  claimed: string | undefined,
  records: readonly ReviewRecord[],
): string {
  const differs = own
    .filter((tie) => tie.differs !== '')
    .map((tie) => tie.differs)
    .join('; ');
  const because = (verdict: Finding['verdict']): string =>
    [...new Set(deciding.filter((finding) => finding.verdict === verdict).map((finding) => finding.because))].join(' ');
  switch (answer.reason) {
    case 'condition-false':
      return `does not apply: ${row.conditions.join(' and ')}`;
    case 'condition-unknown':
      return `whether it applies is not declared: ${row.conditions.join(' and ')}`;
    case 'mandatory-not-supported':
    case 'recommendation-not-followed':
      return claimed?.trim() || 'no reason recorded';
    case 'not-applicable-refused':
      return `declared as not applicable, though it applies: ${claimed?.trim() || 'no reason recorded'}`;
    case 'record-fails':
    case 'record-passes':
      return records.map((record) => `${record.reviewer}, ${record.date}: ${record.note}`).join('; ');
    case 'topic-fails':
      return because('FAIL');
    case 'topic-error':
      return because('ERROR');
    case 'no-topic':
      return `no case proves any of it yet; ${BY_REVIEW}`;
    case 'untried':
      return `no case for: ${own
        .filter((tie) => !deciding.some((finding) => finding.topic === tie.topic))
        .map((tie) => topicTitle(tie.topic))
        .join('; ')}; ${BY_REVIEW}`;
    case 'topic-inconclusive':
      return because('INCONCLUSIVE');
    case 'weaker-than-failed-topic':
      return `what was tried asks more than this row and failed: ${because('FAIL')} Differs: ${differs}`;
    case 'stricter-than-topic':
    case 'only-a-part':
      return `what was tried holds, but the row asks more: ${differs}; ${BY_REVIEW}`;
    case 'topics-pass':
      return because('PASS');
  }
}

/** What programs leave open, a document closes that somebody has reviewed. */
const BY_REVIEW = 'a reviewed document decides it, where the target file names one (/records)';

/** EN 303 645 4-1: what is not followed has its reason on record; a blank one is none. */
function unjustified(declaration: Declaration): readonly Finding[] {
  const blank = CODES.flatMap((code) =>
    Object.entries(declaration.rows[code] ?? {})
      .filter(([, claim]) => claim.reason.trim() === '')
      .map(([ref]) => `${code} ${ref}`),
  );
  if (blank.length === 0) return [];
  const because = `Rows are declared as not supported without a reason: ${blank.join(', ')}.`;
  return [
    {
      case: 'declared-rows',
      topic: 'justification',
      verdict: 'FAIL',
      decided: 'automatic',
      because,
      uncovered: [],
      evidence: [],
    },
  ];
}
