import { codeLabel, row as rowOf } from '@hearthward/standards';
import type { Declaration } from '@hearthward/product';
import { summary, type Summary } from '../judge/summary.ts';
import type { Statement, StatementRow } from '../model.ts';
import { page } from './style.ts';
import { html, VERDICT_SIGNS, VERDICT_WORDS } from './words.ts';

/** One page that a manager understands, then row by row; evidence links lead to the observations in `report.html`. */
export function statementHtml(statement: Statement, declaration: Declaration): string {
  const label = codeLabel(statement.code);
  const title = `${declaration.product.name.en}: ${label.name}`;
  return page(
    title,
    `<header>
<h1>${html(declaration.product.name.en)}</h1>
<p class="soft">${html(declaration.product.model.designation)}, ${html(declaration.manufacturer.name)}, software ${html(declaration.product.softwareVersion)}</p>
<p>Implementation conformance statement for <strong>${html(label.name)}</strong> (${html(label.designation)}, ${html(label.edition)}). ${sentence(summary(statement))}</p>
${counts(summary(statement))}
</header>
<main>
${needsAttention(statement)}
<h2>Row by row</h2>
${statement.rows.map((row) => rowHtml(statement, row)).join('\n')}
</main>
<footer><p class="soft"><a href="../report.html">What was tried and seen</a></p></footer>`,
  );
}

function sentence(of: Summary): string {
  const open = of.INCONCLUSIVE + of.ERROR + of.undetermined;
  const said = [
    ...(of.FAIL > 0 ? [`${of.FAIL} of its ${of.rows} rows are not met.`] : []),
    ...(of.N > 0
      ? [
          `The manufacturer declares ${of.N} rows as not met, ${of.mandatoryN === 0 ? 'none' : of.mandatoryN} of them mandatory.`,
        ]
      : []),
    ...(open > 0 ? [`${open} of its ${of.rows} rows are not proven.`] : []),
  ];
  return said.length > 0 ? said.join(' ') : `All ${of.rows - of['N/A']} rows that apply are met.`;
}

/** The parts add up to all rows; colour is never alone as a sign. */
export function counts(of: Summary): string {
  const open = of.INCONCLUSIVE + of.ERROR + of.undetermined;
  const part = (name: string, count: number): string =>
    count === 0 ? '' : `<span class="${name}" style="flex:${count}"></span>`;
  const tile = (style: string, sign: string, count: number, words: string): string =>
    `<li><b class="${style}">${sign} ${count}</b>${words}</li>`;
  const unknown = of.undetermined > 0 ? `, ${of.undetermined} of them because a fact is not declared` : '';
  const mandatory = of.mandatoryN > 0 ? `, ${of.mandatoryN} of them mandatory` : '';
  return `<div class="bar" aria-hidden="true">${part('PASS', of.PASS)}${part('FAIL', of.FAIL)}${part('declared', of.N)}${part('open', open)}${part('none', of['N/A'])}</div>
<ul class="counts">
${tile('v-PASS', VERDICT_SIGNS.PASS, of.PASS, 'met')}
${tile('v-FAIL', VERDICT_SIGNS.FAIL, of.FAIL, 'found not met')}
${tile('v-FAIL', '○', of.N, `declared as not met${mandatory}`)}
${tile('v-INCONCLUSIVE', VERDICT_SIGNS.INCONCLUSIVE, open, `not proven${unknown}`)}
${tile('v-NA', VERDICT_SIGNS['N/A'], of['N/A'], 'do not apply')}
</ul>
<p class="soft">Decided by a program ${of.automatic}, with records ${of.assisted}, by review ${of.review}.</p>`;
}

function needsAttention(statement: Statement): string {
  const failing = statement.rows.filter((row) => row.verdict === 'FAIL' || row.verdict === 'ERROR');
  if (failing.length === 0) return '';
  const items = failing.map(
    (row) =>
      `<li><a href="#r-${html(row.ref)}">${html(row.ref)}</a> ${html(rowOf(statement.code, row.ref)?.title ?? '')}: ${html(row.reason ?? '')}</li>`,
  );
  return `<h2>Needs attention</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

function rowHtml(statement: Statement, row: StatementRow): string {
  const known = rowOf(statement.code, row.ref);
  const force = row.status === 'M' ? 'required' : 'recommended';
  const evidence = row.evidence.map((id) => `<a href="../report.html#o-${html(id)}">${html(id)}</a>`).join(', ');
  return `<section class="row" id="r-${html(row.ref)}">
<h3>${html(row.ref)} ${html(known?.title ?? '')}</h3>
<p>${row.support === 'N' ? DECLARED : verdictHtml(row.verdict)} <span class="soft">${force}, ${supportWords(row)}, ${row.decided}</span></p>
${row.reason === undefined ? '' : `<p>${html(row.reason)}</p>`}
${evidence === '' ? '' : `<details><summary>Evidence (${row.evidence.length})</summary><p>${evidence}</p></details>`}
</section>`;
}

/** What the manufacturer says itself needs no proof; its reason stands below. */
const DECLARED = '<span class="verdict v-FAIL"><span aria-hidden="true">○</span> Declared as not met</span>';

export const verdictHtml = (verdict: StatementRow['verdict']): string =>
  `<span class="verdict v-${verdict === 'N/A' ? 'NA' : verdict}"><span aria-hidden="true">${VERDICT_SIGNS[verdict]}</span> ${VERDICT_WORDS[verdict]}</span>`;

function supportWords(row: StatementRow): string {
  switch (row.support) {
    case 'Y':
      return 'claimed';
    case 'N':
      return 'declared as not supported';
    case 'N/A':
      return 'its condition is false';
    case 'undetermined':
      return 'its condition is not known';
  }
}
