import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import type { Recorded } from '../judge/findings.ts';
import type { Case, Finding, Statement } from '../model.ts';
import { overviewHtml } from './overview-html.ts';
import { statementHtml } from './statement-html.ts';
import { statementCsv, statementJson, statementMarkdown } from './table.ts';

export const FORMATS = ['json', 'html', 'md', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export interface Judged {
  readonly declaration: Declaration;
  readonly statements: readonly Statement[];
  readonly findings: readonly Finding[];
  readonly recorded: Recorded;
  readonly cases: readonly Case[];
}

/** Writes everything that is derived from the observations; it can be written again from them at any time. */
export function writeReports(dir: string, judged: Judged): void {
  mkdirSync(join(dir, 'statements'), { recursive: true });
  writeFileSync(join(dir, 'findings.json'), `${JSON.stringify(judged.findings, null, 2)}\n`);
  for (const statement of judged.statements) {
    for (const format of FORMATS) {
      writeFileSync(
        join(dir, 'statements', `${statement.code}.${format}`),
        renderStatement(statement, format, judged.declaration),
      );
    }
  }
  const { observations, assessedAt } = judged.recorded;
  writeFileSync(join(dir, 'report.html'), overviewHtml({ ...judged, observations, assessedAt }));
}

export function renderStatement(statement: Statement, format: Format, declaration: Declaration): string {
  switch (format) {
    case 'json':
      return statementJson(statement);
    case 'html':
      return statementHtml(statement, declaration);
    case 'md':
      return statementMarkdown(statement);
    case 'csv':
      return statementCsv(statement);
  }
}
