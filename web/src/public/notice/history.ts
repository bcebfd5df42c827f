import { noticeChanges, type NoticeChange, type NoticeDocument } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import type { NoticeHistoryView } from '../views.ts';
import { day, dayText, words } from '../../parts/format.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { type MessageKey, speak } from '../../parts/message.ts';
import { addressOf, publicDocument } from '../frame.ts';
import { fieldRows, itemRows, partyRows, sensorRows, wayRows, type Rows } from '../../parts/notice-rows.ts';

/** Every notice that was published, what it said on a day, and what changed from one to another. */
// EN 303 645 6-1, G044 7-a: what somebody agreed to can be read again, after it has changed
export function noticeHistoryPage(view: NoticeHistoryView): string {
  const t = speak(view.language);
  const address = addressOf(view, 'privacy') ?? '';
  return publicDocument(
    view,
    'privacy',
    t('earlier.lead'),
    html`${view.none && html`<section class="notice bad" role="status"><p>${t('earlier.none')}</p></section>`}
      <form class="stack card" method="get" action="${address}">
        <input type="hidden" name="lang" value="${view.language}" />
        <div class="field">
          <label for="history_on">${t('earlier.on')}</label>
          <input id="history_on" name="on" type="date" required />
        </div>
        <div class="act"><button type="submit">${t('earlier.show')}</button></div>
      </form>
      ${comparing(view)} ${view.compared ? compared(view, view.compared) : everything(view, address)}`,
    t('earlier.title'),
  );
}

function comparing(view: NoticeHistoryView): Part {
  const t = speak(view.language);
  const { published, links } = view;
  if (published.length < 2) return false;
  const chosen = view.compared ?? { before: published.length - 2, after: published.length - 1 };
  const select = (id: 'before' | 'after'): Html =>
    html`<div class="field">
      <label for="history_${id}">${t(`earlier.${id}`)}</label>
      <select id="history_${id}" name="${id}">
        ${published.map(
          ({ from }, n) =>
            html`<option value="${String(n + 1)}" ${n === chosen[id] ? html` selected` : false}>
              ${n + 1}: ${dayText(view.language, Date.parse(from))}
            </option>`,
        )}
      </select>
    </div>`;
  return html`<form class="stack card" method="get" action="${links['history'] ?? ''}">
    <input type="hidden" name="lang" value="${view.language}" />
    ${select('before')} ${select('after')}
    <div class="act"><button type="submit" class="quiet">${t('earlier.compare')}</button></div>
  </form>`;
}

function compared(view: NoticeHistoryView, { before, after }: { before: number; after: number }): Part {
  const [old, young] = [view.published[before], view.published[after]];
  if (!old || !young) return false;
  const { language } = view;
  return html`<section>
    <h2>${day(language, old.from)} – ${day(language, young.from)}</h2>
    ${changes(language, old.document, young.document)}
  </section>`;
}

/** The newest first, each with what it changed. */
function everything(view: NoticeHistoryView, address: string): readonly Html[] {
  const t = speak(view.language);
  return view.published
    .map(({ from, until, version, document }, n) => {
      const before = view.published[n - 1];
      return html`<section id="version_${String(n + 1)}">
        <h2>${day(view.language, from)} – ${until === undefined ? t('earlier.now') : day(view.language, until)}</h2>
        <p><a href="${`${address}?version=${version}`}">${t('earlier.read')}</a> <code>${version}</code></p>
        ${before === undefined ? html`<p>${t('earlier.first')}</p>` : changes(view.language, before.document, document)}
      </section>`;
    })
    .reverse();
}

/** What was added, removed and changed, each changed row with what it said and what it says. */
function changes(language: Language, before: NoticeDocument, after: NoticeDocument): Html {
  const t = speak(language);
  const found = noticeChanges(before, after).map((change) => {
    if (change.table === 'about')
      return html`<li>
        ${t('earlier.maker')}:
        ${rewritten(
          language,
          [before, after].map((it) => aboutRows(language, it)),
        )}
      </li>`;
    const was = entryOf(language, before, change);
    const is = entryOf(language, after, change);
    const told =
      change.change === 'changed'
        ? rewritten(language, [was?.rows ?? [], is?.rows ?? []])
        : t(`earlier.${change.change}`);
    return html`<li>${t(TITLES[change.table])}: <strong>${(is ?? was)?.name}</strong>. ${told}</li>`;
  });
  return found.length === 0
    ? html`<p>${t('earlier.same')}</p>`
    : html`<ul class="changes">
        ${found}
      </ul>`;
}

/** The rows that differ, before and after. */
function rewritten(language: Language, [before = [], after = []]: readonly Rows[]): Part {
  const t = speak(language);
  const names = [...new Set([...before, ...after].map(([name]) => name))];
  const differing = names.flatMap((name) => {
    const [was, is] = [before, after].map((rows) => rows.find(([each]) => each === name)?.[1]);
    if (html`${was}`.toString() === html`${is}`.toString()) return [];
    return [html`<li>${name}: ${orNothing(language, was)} → ${orNothing(language, is)}</li>`];
  });
  // another language says it otherwise, or the name is another
  if (differing.length === 0) return t('earlier.worded');
  return html`${t('earlier.changed')}
    <ul>
      ${differing}
    </ul>`;
}

const orNothing = (language: Language, value: Part): Part =>
  value === undefined || value === false || value === '' ? speak(language)('earlier.nothing') : value;

type Table = Exclude<NoticeChange['table'], 'about'>;
const TITLES = {
  sensors: 'privacy.senses',
  personalData: 'privacy.kept',
  telemetry: 'privacy.sent',
  parties: 'notice.parties',
  deletion: 'deletion.ways',
} as const satisfies Record<Table, MessageKey>;

interface Entry {
  readonly name: Part;
  readonly rows: Rows;
}

function entryOf(
  language: Language,
  it: NoticeDocument,
  { table, id }: { table: Table; id: string },
): Entry | undefined {
  const own = <T extends { readonly id: string }>(rows: readonly T[], entry: (row: T) => Entry): Entry | undefined => {
    const row = rows.find((each) => each.id === id);
    return row && entry(row);
  };
  switch (table) {
    case 'sensors':
      return own(it.sensors, (row) => ({ name: words(language, row.name), rows: sensorRows(language, row) }));
    case 'personalData':
      return own(it.personalData, (row) => ({ name: words(language, row.name), rows: itemRows(language, it, row) }));
    case 'telemetry':
      return own(it.telemetry, (row) => ({ name: words(language, row.name), rows: fieldRows(language, it, row) }));
    case 'parties':
      return own(it.parties, (row) => ({ name: row.name, rows: partyRows(language, it, row) }));
    case 'deletion':
      return own(it.deletion, (row) => ({ name: words(language, row.description), rows: wayRows(language, row) }));
  }
}

function aboutRows(language: Language, { manufacturer, contact, product }: NoticeDocument): Rows {
  const t = speak(language);
  return [
    [t('product.maker'), `${manufacturer.name}, ${manufacturer.site}`],
    [t('product.address'), manufacturer.address],
    [t('product.model'), html`${words(language, product.name)} ${product.model}`],
    [t('notice.contact'), contact.join(', ')],
  ];
}
