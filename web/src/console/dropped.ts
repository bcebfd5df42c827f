import type { Frame } from '../panel/views.ts';
import { selectField } from '../parts/form.ts';
import { day, days, instant, number } from '../parts/format.ts';
import { html, type Html } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { pagesNav } from '../parts/pages.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { consoleDocument } from './frame.ts';

/** A table of one item and day that is no more. */
export interface DroppedRow {
  readonly product: string;
  readonly item: string;
  /** UTC, as 2026-05-01 */
  readonly day: string;
  readonly retentionDays: number;
  readonly rows: number;
  /** ISO 8601: nothing of that day may be kept from then on */
  readonly dueAt: string;
  readonly droppedAt: string;
}
export interface DroppedView extends Frame {
  readonly filter: { readonly item?: string };
  /** all of which something was dropped, by their ids */
  readonly items: readonly string[];
  readonly dropped: readonly DroppedRow[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}

/** What was kept for as long as is declared, and no longer: newest first, the filter is in the address, the same rows are a file. */
export function droppedPage(view: DroppedView): string {
  const t = speak(view.language);
  return consoleDocument(view, {
    title: t('dropped.title'),
    current: paths.console.dropped,
    body: html`<p>${t('dropped.text')}</p>
      ${filterForm(view)}${table(view)}
      ${pagesNav(view, (page) => (view.base ?? '') + paths.console.dropped + query(view, page))}`,
  });
}

function filterForm(view: DroppedView): Html {
  const t = speak(view.language);
  const base = (view.base ?? '') + paths.console.dropped;
  return html`<form method="get" action="${base}" class="filter" role="search">
    ${selectField({
      id: 'item',
      name: 'item',
      label: t('dropped.item'),
      value: view.filter.item ?? '',
      choices: [{ value: '', text: t('requests.any') }, ...view.items.map((value) => ({ value, text: value }))],
    })}
    <p class="act">
      <button type="submit" class="primary">${t('fleet.filter')}</button
      >${view.filter.item !== undefined && html` <a href="${base}">${t('fleet.clear')}</a>`}
    </p>
  </form>`;
}

function table(view: DroppedView): Html {
  const t = speak(view.language);
  const summary = html`<p class="table-head">
    <span>${t('dropped.total', { total: view.total })}</span>
    <a href="${(view.base ?? '') + paths.console.droppedExport + query(view, 1)}" download>${t('fleet.export')}</a>
  </p>`;
  if (view.dropped.length === 0)
    return html`${summary}
      <p class="empty">${t('dropped.none')}</p>`;
  const heads = (
    ['dropped.item', 'dropped.product', 'dropped.day', 'dropped.kept', 'dropped.rows', 'dropped.at'] as const
  ).map((key) => t(key));
  const [item, product, measured, kept, rows, at] = heads;
  return html`${summary}
  ${foldingTable(
    t('dropped.title'),
    heads,
    view.dropped.map(
      (each) =>
        html`<tr>
          <th scope="row" data-label="${item}"><code>${each.item}</code></th>
          <td data-label="${product}"><code>${each.product}</code></td>
          <td data-label="${measured}">${day(view.language, each.day)}</td>
          <td data-label="${kept}">${days(view.language, each.retentionDays)}</td>
          <td data-label="${rows}">${number(view.language, each.rows)}</td>
          <td data-label="${at}">${instant(view.language, each.droppedAt)}</td>
        </tr>`,
    ),
  )}`;
}

const query = ({ filter }: DroppedView, page: number): string => {
  const params = new URLSearchParams(Object.entries(filter));
  if (page > 1) params.set('page', String(page));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
};
