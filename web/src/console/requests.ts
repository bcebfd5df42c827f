import {
  REQUEST_KINDS,
  REQUEST_LAWS,
  type RequestKindShown,
  type RequestReport,
  type RequestRow,
  type RequestsView,
  type TimelinessShown,
} from './requests-views.ts';
import { placeName } from '../account/erase.ts';
import { type Input, passwordField, postForm, selectField } from '../parts/form.ts';
import { instant, number } from '../parts/format.ts';
import { html, raw, type Html, type Part } from '../parts/html.ts';
import { NOTICE_ID } from '../parts/layout.ts';
import { mark, type Mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { pagesNav } from '../parts/pages.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { consoleDocument } from './frame.ts';

/** Requests of people: what is due first stands first, the filter is in the address, the same rows are a file. */
export function requestsPage(view: RequestsView): string {
  const t = speak(view.language);
  return consoleDocument(view, {
    title: t('requests.title'),
    current: paths.console.requests,
    body: html`${filterForm(view)}${table(view)}${pagesNav(view, (page) => (view.base ?? '') + paths.console.requests + query(view, page))}${lateTable(view)}${newForm(view)}
      <h2>${t('requests.report')}</h2>
      ${reportTable(view)}`,
  });
}

export const TIMELINESS: Readonly<Record<TimelinessShown, Mark>> = {
  open: 'on',
  soon: 'waiting',
  overdue: 'bad',
  'in-time': 'good',
  late: 'bad',
};
const STATES = ['open', 'overdue', 'closed'] as const;

export const timeliness = (
  view: Pick<RequestsView, 'language'>,
  { timeliness: is }: Pick<RequestRow, 'timeliness'>,
): Html => html`<span class="state">${mark(TIMELINESS[is])} ${speak(view.language)(`requests.is.${is}`)}</span>`;

function filterForm(view: RequestsView): Html {
  const t = speak(view.language);
  const { filter } = view;
  const base = (view.base ?? '') + paths.console.requests;
  const any = { value: '', text: t('requests.any') };
  return html`<form method="get" action="${base}" class="filter three" role="search">
    ${selectField({
      id: 'state',
      name: 'state',
      label: t('requests.state'),
      value: filter.state,
      choices: [any, ...STATES.map((value) => ({ value, text: t(`requests.state.${value}`) }))],
    })}
    ${selectField({
      id: 'kind',
      name: 'kind',
      label: t('requests.kind'),
      value: filter.kind,
      choices: [any, ...REQUEST_KINDS.map((value) => ({ value, text: t(`requests.kind.${value}`) }))],
    })}
    ${selectField({
      id: 'law',
      name: 'law',
      label: t('requests.law'),
      value: filter.law,
      choices: [any, ...REQUEST_LAWS.map((value) => ({ value, text: t(`requests.law.${value}`) }))],
    })}
    <p class="act">
      <button type="submit" class="primary">${t('fleet.filter')}</button
      >${Object.keys(filter).length > 0 && html` <a href="${base}">${t('fleet.clear')}</a>`}
    </p>
  </form>`;
}

function table(view: RequestsView): Html {
  const t = speak(view.language);
  const base = view.base ?? '';
  const summary = html`<p class="table-head">
    <span>${t('requests.total', { total: view.total })}</span>
    <a href="${base + paths.console.requestsExport + query(view, 1)}" download>${t('fleet.export')}</a>
  </p>`;
  if (view.requests.length === 0)
    return html`${summary}
      <p class="empty">${t('requests.none')}</p>`;
  const heads = (
    ['requests.number', 'requests.kind', 'requests.law', 'requests.received', 'requests.due', 'requests.state'] as const
  ).map((key) => t(key));
  const [id, kind, law, received, due, state] = heads;
  return html`${summary}
  ${foldingTable(
    t('requests.title'),
    heads,
    view.requests.map(
      (each) =>
        html`<tr>
          <th scope="row" data-label="${id}">
            <a href="${`${base}${paths.console.requests}/${each.id}`}"><code>${each.id}</code></a>
          </th>
          <td data-label="${kind}">${t(`requests.kind.${each.kind}`)}</td>
          <td data-label="${law}">${t(`requests.law.${each.law}`)}</td>
          <td data-label="${received}">${instant(view.language, each.receivedAt)}</td>
          <td data-label="${due}">${instant(view.language, each.dueAt)}</td>
          <td data-label="${state}">${timeliness(view, each)}</td>
        </tr>`,
    ),
  )}`;
}

/** Who had promised to erase by now, and has not said that it is done. */
function lateTable(view: RequestsView): Part {
  const t = speak(view.language);
  if (view.late.length === 0) return false;
  const heads = [t('requests.late.erasure'), t('account.place'), t('requests.late.since')];
  const [erasure, place, since] = heads;
  return html`<section id="late">
    <h2>${mark('bad')} ${t('requests.late')}</h2>
    <p>${t('requests.late.text')}</p>
    ${foldingTable(
      t('requests.late'),
      heads,
      view.late.map(
        (each) =>
          html`<tr>
            <th scope="row" data-label="${erasure}"><code>${each.erasure}</code></th>
            <td data-label="${place}">${placeName(view, each.place)}</td>
            <td data-label="${since}">${instant(view.language, each.since)}</td>
          </tr>`,
      ),
    )}
  </section>`;
}

function query({ filter }: RequestsView, page: number): string {
  const params = new URLSearchParams(Object.entries(filter));
  if (page > 1) params.set('page', String(page));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** From a letter or a call: what came, under which law, when. */
function newForm(view: RequestsView): Html {
  const t = speak(view.language);
  const { refused } = view;
  const amiss = refused && html` aria-invalid="true" aria-describedby="${NOTICE_ID}" autofocus`;
  return html`<details class="more" ${refused && raw` open`}>
    <summary>${t('requests.new')}</summary>
    ${postForm({
      path: (view.base ?? '') + paths.console.requests,
      csrf: view.csrf,
      submit: t('requests.new'),
      body: html`<p>${t('requests.new.text')}</p>
        ${requestFields(view, 'new', { sent: refused })}
        ${selectField({
          id: 'new_via',
          name: 'via',
          label: t('requests.via'),
          value: refused?.via ?? 'letter',
          choices: (['letter', 'call'] as const).map((value) => ({ value, text: t(`requests.via.${value}`) })),
        })}
        <div class="field">
          <label for="new_received">${t('requests.received')}</label>
          <input
            id="new_received"
            name="received"
            type="date"
            max="${view.today}"
            value="${refused?.received ?? view.today}"
            required
            ${amiss}
          />
        </div>`,
    })}
  </details>`;
}

/** What is asked for, and where the person lives: in the words of an operator, or of the person (`kind`). */
export function requestFields(
  { language }: Pick<RequestsView, 'language'>,
  prefix: string,
  { sent, kind }: { readonly sent?: RequestsView['refused']; readonly kind?: (kind: RequestKindShown) => string } = {},
): Html {
  const t = speak(language);
  const textOf = kind ?? ((each: RequestKindShown) => t(`requests.kind.${each}`));
  return html`${selectField({
    id: `${prefix}_kind`,
    name: 'kind',
    label: t('requests.kind'),
    value: sent?.kind ?? 'access',
    choices: REQUEST_KINDS.map((value) => ({ value, text: textOf(value) })),
  })}
  ${selectField({
    id: `${prefix}_law`,
    name: 'law',
    label: t('requests.law'),
    value: sent?.law ?? 'gdpr',
    choices: REQUEST_LAWS.map((value) => ({ value, text: t(`requests.law.${value}`) })),
  })}`;
}

function reportTable(view: RequestsView): Html {
  const t = speak(view.language);
  const COLUMNS = ['received', 'inTime', 'late', 'open', 'overdue', 'refused', 'extended'] as const;
  const headOf: Readonly<Record<(typeof COLUMNS)[number], string>> = {
    received: t('requests.report.received'),
    inTime: t('requests.is.in-time'),
    late: t('requests.is.late'),
    open: t('requests.is.open'),
    overdue: t('requests.is.overdue'),
    refused: t('requests.as.refused'),
    extended: t('requests.extended'),
  };
  const heads = [t('requests.report.quarter'), ...COLUMNS.map((column) => headOf[column]), t('requests.report.days')];
  const row = (report: RequestReport): Html => {
    const days = report.medianDays !== undefined && number(view.language, report.medianDays);
    return html`<tr>
      <th scope="row" data-label="${heads[0]}">${report.quarter}</th>
      ${COLUMNS.map((column) => html`<td data-label="${headOf[column]}">${number(view.language, report[column])}</td>`)}
      <td data-label="${heads.at(-1)}">${days}</td>
    </tr>`;
  };
  return foldingTable(t('requests.report'), heads, view.reports.map(row));
}

export const operatorPassword = (
  view: Pick<RequestsView, 'language'>,
  id: string,
  amiss: Pick<Input, 'errorId' | 'focus'> = {},
): Html =>
  passwordField({
    id: `${id}_password`,
    name: 'password',
    label: speak(view.language)('rollouts.password'),
    language: view.language,
    autocomplete: 'current-password',
    maximumLength: 256,
    ...amiss,
  });
