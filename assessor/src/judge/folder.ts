import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Declaration } from '@hearthward/product';
import { CODES, type Code } from '@hearthward/standards';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readObservations } from '../evidence/observations.ts';
import { VERDICTS, type Case, type Data, type Finding, type Statement } from '../model.ts';
import { findingsOf, recordsOf, RUN, textOf, type Recorded } from './findings.ts';
import { judgeStatement } from './rows.ts';

/** Verdicts of an evidence folder, recomputed from its observations and declaration alone: no target, no clock, no network. */
export type FolderJudged =
  | {
      readonly ok: true;
      readonly findings: readonly Finding[];
      readonly statements: readonly Statement[];
      readonly recorded: Recorded;
    }
  | { readonly ok: false; readonly code: 'bad-folder'; readonly file: string; readonly because: string };

export function judgeFolder(dir: string, cases: readonly Case[], codes?: readonly Code[]): FolderJudged {
  for (const name of ['observations.jsonl', 'declaration.json']) {
    if (!existsSync(join(dir, name))) return bad(name, `is missing; ${dir} is no evidence folder`);
  }
  const read = readObservations(readFileSync(join(dir, 'observations.jsonl'), 'utf8'));
  if (!read.ok) return bad('observations.jsonl', read.because);
  const declaration = declarationIn(join(dir, 'declaration.json'));
  if (declaration === undefined) return bad('declaration.json', 'is no product declaration');
  const begun = read.observations.find((observation) => observation.case === RUN && observation.kind === 'begun');
  if (begun === undefined) return bad('observations.jsonl', 'does not say when the assessment began');
  const recorded = { declaration, observations: read.observations, assessedAt: textOf(begun.data, 'assessedAt') };
  const findings = findingsOf(cases, recorded);
  const records = recordsOf(recorded);
  const wanted = codes ?? codesOf(begun.data);
  return {
    ok: true,
    findings,
    statements: wanted.map((code) => judgeStatement(code, declaration, findings, records)),
    recorded,
  };
}

function declarationIn(path: string): Declaration | undefined {
  const value = parsed(path);
  return Value.Check(Declaration, value) ? value : undefined;
}

/** `undefined` where the file is not JSON. */
function parsed(path: string): unknown {
  try {
    // boundary evidence-declaration: a folder that somebody hands over -> Declaration, at most nothing: a folder that somebody hands over is read by who asked for it, else bad-folder;
    // assessor/test/evidence.test.ts
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function codesOf(data: Data): readonly Code[] {
  const given = typeof data === 'object' && data !== null && 'codes' in data ? data['codes'] : undefined;
  return Array.isArray(given) ? CODES.filter((code) => given.includes(code)) : CODES;
}

/** The statements as they lie in the folder, whatever today's rules would say; none where a file is no statement. */
export function recordedStatements(dir: string): readonly Statement[] {
  return CODES.flatMap((code) => {
    const path = join(dir, 'statements', `${code}.json`);
    const value = existsSync(path) ? parsed(path) : undefined;
    return Value.Check(RecordedStatement, value) ? [value] : [];
  });
}

const RecordedStatement = Type.Object({
  code: Type.Union(CODES.map((code) => Type.Literal(code))),
  product: Type.String(),
  rows: Type.Array(
    Type.Object({
      ref: Type.String(),
      status: Type.Union([Type.Literal('M'), Type.Literal('R')]),
      support: Type.Union([Type.Literal('Y'), Type.Literal('N'), Type.Literal('N/A'), Type.Literal('undetermined')]),
      verdict: Type.Union(VERDICTS.map((verdict) => Type.Literal(verdict))),
      decided: Type.Union([Type.Literal('automatic'), Type.Literal('assisted'), Type.Literal('review')]),
      evidence: Type.Array(Type.String()),
      reason: Type.Optional(Type.String()),
    }),
  ),
});

const bad = (file: string, because: string): FolderJudged => ({ ok: false, code: 'bad-folder', file, because });
