import type { Language } from '@hearthward/standards';
import type { RolloutCounts, RolloutsView, RolloutView } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { facts } from '../parts/facts.ts';
import { passwordField, postForm, textField } from '../parts/form.ts';
import { instant, number, percent, span } from '../parts/format.ts';
import { mark, type Mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { consoleDocument } from './frame.ts';

/** Releases on their way through the fleet: how each goes, why it stopped, and what a person may do about it. */
export function rolloutsPage(view: RolloutsView): string {
  const t = speak(view.language);
  return consoleDocument(view, {
    title: t('rollouts.title'),
    current: paths.console.updates,
    body:
      view.rollouts.length === 0
        ? html`<p class="empty">${t('rollouts.none')}</p>`
        : view.rollouts.map((rollout, i) => card(view, rollout, i)),
  });
}

const MARKS: Readonly<Record<RolloutView['phase'], Mark>> = {
  planned: 'off',
  running: 'on',
  'awaiting-approval': 'waiting',
  halted: 'bad',
  complete: 'good',
};

function card(view: RolloutsView, rollout: RolloutView, i: number): Html {
  const { language } = view;
  const t = speak(language);
  const { product, version, phase, stage, begun, plan } = rollout;
  return html`<section class="card" aria-labelledby="rollout_${i}">
    <h2 id="rollout_${i}">${product} ${version}</h2>
    ${facts([
      [t('rollouts.phase'), html`<span class="state">${mark(MARKS[phase])} ${t(`rollouts.phase.${phase}`)}</span>`],
      [t('rollouts.why'), whyOf(language, rollout)],
      [t('rollouts.next'), nextOf(language, rollout)],
      [t('rollouts.share'), phase === 'halted' ? t('rollouts.nobody') : percent(language, stage.below / 10_000)],
      [t('rollouts.since'), instant(language, stage.since)],
      [t('rollouts.begun-by'), html`${begun.by}, ${instant(language, begun.at)}`],
      [
        t('rollouts.limits'),
        t('rollouts.limits.text', {
          acceptable: percent(language, plan.acceptableFailures),
          tolerated: percent(language, plan.toleratedFailures),
        }),
      ],
    ])}
    <h3>${t('rollouts.counts')}</h3>
    ${countsTable(language, rollout)}
    <details>
      <summary>${t('rollouts.stages')}</summary>
      ${stagesTable(language, rollout)}
    </details>
    ${acts(view, rollout, i)}
  </section>`;
}

const whyOf = (language: Language, { phase, why }: RolloutView): string | false => {
  const t = speak(language);
  if (!why || phase === 'running') return false;
  const { because } = why;
  if (because === 'person') return t('rollouts.why.person', { by: why.by ?? '' });
  if (because === 'failures-of-one-model') return t('rollouts.why.batch', { batch: why.model ?? '' });
  return t(`rollouts.why.${because}`);
};

const nextOf = (language: Language, { next }: RolloutView): Part => {
  const t = speak(language);
  switch (next.kind) {
    case 'stage': {
      const said = t(next.approval ? 'rollouts.next.asks' : 'rollouts.next.stage', {
        share: percent(language, next.below / 10_000),
      });
      return html`${said} ${instant(language, next.from)}`;
    }
    case 'evidence':
      return html`${t('rollouts.next.evidence', { share: percent(language, next.below / 10_000) })}
      ${instant(language, next.until)}`;
    case 'complete':
      return html`${t('rollouts.next.complete')} ${instant(language, next.from)}`;
    case 'approval':
      return t('rollouts.next.approval', { share: percent(language, next.below / 10_000) });
    case 'person':
      return t('rollouts.next.person');
    case 'none':
      return false;
  }
};

function countsTable(language: Language, { counts, batches }: RolloutView): Html {
  const t = speak(language);
  const COLUMNS = ['begun', 'confirmed', 'failed', 'silent'] as const;
  const row = (name: string, each: RolloutCounts): Html =>
    html`<tr>
      <th scope="row" data-label="${t('rollouts.batch')}">${name}</th>
      ${COLUMNS.map((column) => html`<td data-label="${t(`rollouts.${column}`)}">${number(language, each[column])}</td>`)}
      <td data-label="${t('rollouts.failures')}">
        ${t('rollouts.between', { low: percent(language, each.failures.low), high: percent(language, each.failures.high) })}
      </td>
    </tr>`;
  const heads = [t('rollouts.batch'), ...COLUMNS.map((column) => t(`rollouts.${column}`)), t('rollouts.failures')];
  const named = Object.entries(batches).sort(([a], [b]) => (a < b ? -1 : 1));
  return foldingTable(
    t('rollouts.counts'),
    heads,
    html`${row(t('rollouts.all'), counts)} ${named.length > 1 && named.map(([batch, each]) => row(batch, each))}`,
  );
}

function stagesTable(language: Language, { stage, phase, plan }: RolloutView): Html {
  const t = speak(language);
  const stateOf = (at: number): Html => {
    if (at < stage.at || phase === 'complete') return html`${mark('good')} ${t('rollouts.stage.done')}`;
    if (at > stage.at) return html`${mark('off')} ${t('rollouts.stage.later')}`;
    return html`${mark(MARKS[phase])} ${t('rollouts.stage.now')}`;
  };
  const heads = [t('rollouts.stage'), t('rollouts.share'), t('rollouts.lasts'), t('rollouts.state')];
  return foldingTable(
    t('rollouts.stages'),
    heads,
    plan.stages.map(
      ({ below, soakSeconds, approval }, i) =>
        html`<tr>
          <th scope="row" data-label="${t('rollouts.stage')}">${i + 1}</th>
          <td data-label="${t('rollouts.share')}">
            ${percent(language, below / 10_000)}${approval && html`, ${t('rollouts.stage.asks')}`}
          </td>
          <td data-label="${t('rollouts.lasts')}">${span(language, soakSeconds)}</td>
          <td data-label="${t('rollouts.state')}"><span class="state">${stateOf(i + 1)}</span></td>
        </tr>`,
    ),
  );
}

/** Each with a reason and the password once more, with or without script. */
function acts(view: RolloutsView, rollout: RolloutView, i: number): Part {
  const { phase } = rollout;
  if (phase === 'halted') return act(view, rollout, i, 'resume');
  return [
    phase === 'awaiting-approval' && act(view, rollout, i, 'approve'),
    phase !== 'planned' && act(view, rollout, i, 'halt'),
  ];
}

function act(
  view: RolloutsView,
  { product, version }: RolloutView,
  i: number,
  what: 'halt' | 'approve' | 'resume',
): Html {
  const t = speak(view.language);
  const id = `${what}_${i}`;
  const address = [product, version, what].map(encodeURIComponent).join('/');
  return html`<details>
    <summary>${t(`rollouts.${what}`)}</summary>
    ${postForm({
      path: `${(view.base ?? '') + paths.console.updates}/${address}`,
      csrf: view.csrf,
      label: t(`rollouts.${what}.label`, { version }),
      body: html`<p>${t(`rollouts.${what}.means`)}</p>
        ${textField({ id: `${id}_reason`, name: 'reason', label: t('manage.reason'), maximumLength: 200 })}
        ${passwordField({
          id: `${id}_password`,
          name: 'password',
          label: t('rollouts.password'),
          language: view.language,
          autocomplete: 'current-password',
          maximumLength: 256,
        })}`,
      submit: t(`rollouts.${what}`),
      kind: what === 'halt' ? 'danger' : 'primary',
    })}
  </details>`;
}
