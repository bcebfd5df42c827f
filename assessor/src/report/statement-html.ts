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
  const open = of.INCONCLUSIVE + of.ERROR;
  if (of.FAIL > 0) return `${of.FAIL} of its ${of.rows} rows are not met.`;
  if (open > 0) return `No row was found unmet; ${open} of its ${of.rows} rows are not proven.`;
  return `All ${of.rows - of['N/A']} rows that apply are met.`;
}

export function counts(of: Summary): string {
  const open = of.INCONCLUSIVE + of.ERROR;
  const part = (name: string, count: number): string =>
    count === 0 ? '' : `<span class="${name}" style="flex:${count}"></span>`;
  return `<div class="bar" aria-hidden="true">${part('PASS', of.PASS)}${part('FAIL', of.FAIL)}${part('open', open)}${part('none', of['N/A'])}</div>
<ul class="counts">
<li><b class="v-PASS">${VERDICT_SIGNS.PASS} ${of.PASS}</b>met</li>
<li><b class="v-FAIL">${VERDICT_SIGNS.FAIL} ${of.FAIL}</b>not met</li>
<li><b class="v-INCONCLUSIVE">${VERDICT_SIGNS.INCONCLUSIVE} ${open}</b>not proven${of.undetermined > 0 ? `, ${of.undetermined} of them because a fact is not declared` : ''}</li>
<li><b class="v-NA">${VERDICT_SIGNS['N/A']} ${of['N/A']}</b>do not apply</li>
<li><b>${of.automatic} · ${of.assisted} · ${of.review}</b>decided by a program, with records, by review</li>
</ul>`;
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
<p>${verdictHtml(row.verdict)} <span class="soft">${force}, ${supportWords(row)}, ${row.decided}</span></p>
${row.reason === undefined ? '' : `<p>${html(row.reason)}</p>`}
${evidence === '' ? '' : `<details><summary>Evidence (${row.evidence.length})</summary><p>${evidence}</p></details>`}
</section>`;
}

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
