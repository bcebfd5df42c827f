import { codeLabel, topicTitle } from '@hearthward/standards';
import type { Declaration } from '@hearthward/product';
import { summary } from '../judge/summary.ts';
import type { Case, Finding, Observation, Statement } from '../model.ts';
import { counts, verdictHtml } from './statement-html.ts';
import { page } from './style.ts';
import { html } from './words.ts';

/** The report of a whole run: each code at a glance, each case with its finding, each observation with its bytes. */
export interface Overview {
  readonly declaration: Declaration;
  readonly statements: readonly Statement[];
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
  readonly cases: readonly Case[];
  readonly assessedAt: string;
}

export function overviewHtml(of: Overview): string {
  const { product, manufacturer } = of.declaration;
  return page(
    `${product.name.en}: assessment`,
    `<header>
<h1>${html(product.name.en)}</h1>
<p class="soft">${html(product.model.designation)}, ${html(manufacturer.name)}, software ${html(product.softwareVersion)}; assessed ${html(of.assessedAt.slice(0, 16).replace('T', ' '))} UTC</p>
</header>
<main>
${of.statements.map(codeHtml).join('\n')}
<h2>What was tried</h2>
${of.findings.map((finding) => findingHtml(finding, of.cases)).join('\n')}
<h2>What was seen</h2>
<p class="soft">Each observation in the order seen. Secrets are replaced by tags; equal tags stood for equal values.</p>
${of.observations.map(observationHtml).join('\n')}
</main>`,
  );
}

function codeHtml(statement: Statement): string {
  const label = codeLabel(statement.code);
  return `<h2><a href="statements/${html(statement.code)}.html">${html(label.name)}</a></h2>\n${counts(summary(statement))}`;
}

function findingHtml(finding: Finding, cases: readonly Case[]): string {
  const title = cases.find((one) => one.id === finding.case)?.title;
  const evidence = finding.evidence.map((id) => `<a href="#o-${html(id)}">${html(id)}</a>`).join(', ');
  return `<section class="row" id="c-${html(finding.case)}">
<h3>${html(topicTitle(finding.topic))}</h3>
<p>${verdictHtml(finding.verdict)} <span class="soft">${html(finding.case)}, ${finding.decided}</span></p>
${title === undefined ? '' : `<p class="soft">${html(title)}</p>`}
<p>${html(finding.because)}</p>
${evidence === '' ? '' : `<details><summary>Evidence (${finding.evidence.length})</summary><p>${evidence}</p></details>`}
</section>`;
}

function observationHtml(seen: Observation): string {
  const bytes = seen.blobs
    .map((digest) => `<a href="blobs/${html(digest)}">${html(digest.slice(0, 12))}</a>`)
    .join(', ');
  return `<details class="row" id="o-${html(seen.id)}"><summary><code>${html(seen.id)}</code> ${html(seen.kind)}, ${html(seen.subject)}</summary>
<p class="soft">${html(seen.at)}${bytes === '' ? '' : `; recorded bytes ${bytes}`}</p>
<pre>${html(JSON.stringify(seen.data))}</pre></details>`;
}
