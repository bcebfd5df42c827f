import type { Choice, LeftLine, PrivacyView } from './views.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { passwordField, postForm, textField } from '../../parts/form.ts';
import { day, instant, number, words } from '../../parts/format.ts';
import { facts } from '../../parts/facts.ts';
import { refusals } from '../../parts/layout.ts';
import { mark } from '../../parts/marks.ts';
import { message, speak } from '../../parts/message.ts';
import { type Field, fieldRows, itemRows, sensorRows } from '../../parts/notice-rows.ts';
import { paths } from '../../parts/paths.ts';
import { picture } from '../../parts/picture.ts';
import { foldingTable } from '../../parts/table.ts';
import { may, panelDocument } from '../frame.ts';
import { choiceList } from '../setup.ts';
import { erasureCard } from './erase.ts';

/** What it senses, what is kept, what leaves the home, and the person's own choices. */
// EN 303 645 5.8-3, 6-1, 6-5, G044 7-a: told where the person is, in plain words
export function privacyPage(view: PrivacyView): string {
  const { language, told } = view;
  const t = speak(language);
  return panelDocument(view, {
    title: t('privacy.title'),
    current: paths.panel.privacy,
    body: html`<p class="lead">${t('privacy.lead')}</p>
      ${refusals(view.language, view.refused, ERRORS)} ${choicesOf(view)} ${childrenOf(view)}
      ${
        view.erasures &&
        view.erasures.length > 0 &&
        html`<h2 id="erasures">${t('mine.wishes')}</h2>
          ${view.erasures.map((erasure, i) => erasureCard(view, erasure, i))}`
      }
      ${leftOf(view)}
      ${part(
        t('privacy.senses'),
        t('privacy.senses.none'),
        told.sensors.map((each) => item(words(language, each.name), sensorRows(language, each))),
      )}
      ${part(
        t('privacy.kept'),
        t('privacy.kept.none'),
        told.personalData.map((each) =>
          item(words(language, each.name), itemRows(language, told, each), NEAR + each.id),
        ),
      )}
      ${part(
        t('privacy.sent'),
        t('privacy.sent.none'),
        told.telemetry.map((field) => telemetryItem(view, field)),
      )}
      <h2 id="your_data">${t('privacy.yours')}</h2>
      ${yoursOf(view)} ${codeOf(view)}
      <h2>${t('privacy.more')}</h2>
      <p><a href="${view.noticeUrl}" rel="noopener noreferrer">${t('privacy.notice')}</a></p>
      ${link(view, paths.panel.leaving, t('privacy.leaving'))} ${link(view, paths.panel.reset, t('privacy.erase'))}`,
  });
}

const ERRORS = 'privacy_errors';

const link = (view: PrivacyView, path: string, text: string): Part =>
  may(view, path) && html`<p><a href="${(view.base ?? '') + path}">${text}</a></p>`;

function choicesOf(view: PrivacyView): Part {
  const t = speak(view.language);
  return [
    view.resident !== undefined && html`<p>${mark('info')} ${t('privacy.resident', { name: view.resident })}</p>`,
    Boolean(view.choices?.length) && choiceForm(view, view.choices ?? [], false),
  ];
}

/** What a guardian allows for a child, each child apart. */
const childrenOf = (view: PrivacyView): Part =>
  (view.children ?? []).map(
    ({ name, choices }) =>
      html`<h2>${speak(view.language)('privacy.child', { name })}</h2>
        ${choiceForm(view, choices, html`<input type="hidden" name="person" value="${name}" />`)}`,
  );

function choiceForm(view: PrivacyView, choices: readonly Choice[], whose: Part): Part {
  if (!may(view, paths.panel.sharing)) return false;
  return postForm({
    path: (view.base ?? '') + paths.panel.sharing,
    csrf: view.csrf,
    submit: speak(view.language)('choices.save'),
    className: 'stack card',
    body: [whose, choiceList(view.language, choices)],
  });
}

/** Counted, not read: what was sent is told below, with its purpose. */
// EN 303 645 6-5, G044 7-e: what left the home, to whom, and how much of it
function leftOf(view: PrivacyView): Part {
  const t = speak(view.language);
  if (!view.left) return false;
  const rows = view.left.map(
    (line) =>
      html`<tr>
        <td data-label="${t('left.day')}">${day(view.language, line.day)}</td>
        <td data-label="${t('left.what')}">${leftWhat(view, line.what)}</td>
        <td data-label="${t('left.to')}">${line.recipient}</td>
        <td data-label="${t('left.count')}">${number(view.language, line.count)}</td>
        <td data-label="${t('left.bytes')}">${number(view.language, line.bytes)}</td>
        <td data-label="${t('left.last')}">${instant(view.language, line.last)}</td>
      </tr>`,
  );
  const heads = [t('left.day'), t('left.what'), t('left.to'), t('left.count'), t('left.bytes'), t('left.last')];
  return html`<h2 id="left">${t('left.title')}</h2>
    <p>${t('left.lead')}</p>
    ${(view.keyless ?? []).map((each) => html`<p>${mark('info')} ${t('left.keyless', each)}</p>`)}
    ${
      rows.length === 0
        ? html`<p>${t('left.none')}</p>`
        : html`<details class="more">
            <summary>${t('left.show', { lines: rows.length })}</summary>
            ${foldingTable(t('left.title'), heads, rows)}
          </details>`
    }`;
}

// EN 303 645 5.8-2, 6-1, G044 6.8.2, 7-a: what left so that only its recipient can read it is said to have
function leftWhat({ language }: PrivacyView, what: LeftLine['what']): string {
  if (typeof what === 'string') return what;
  return 'sealed' in what
    ? speak(language)('left.sealed', { item: what.sealed })
    : message(language, `left.topic.${what.topic}`);
}

/** To take away, to read, to erase: all of it is the person's. */
function yoursOf(view: PrivacyView): Part {
  const t = speak(view.language);
  return [
    view.decided === true && link(view, paths.panel.receipts, t('privacy.receipts')),
    link(view, paths.panel.myData, t('privacy.export')),
    link(view, paths.panel.myDataTable, t('privacy.export.table')),
    view.accountUrl !== undefined &&
      html`<p>
        ${t('privacy.export.services')}
        <a href="${view.accountUrl}" rel="noopener noreferrer">${t('mycode.page')}</a>
      </p>`,
    may(view, paths.panel.eraseMine) &&
      html`<p class="act">
        <a class="button danger" href="${(view.base ?? '') + paths.panel.eraseMine}">${t('mine.title')}</a>
      </p>`,
  ];
}

/** By which the person opens their data at the manufacturer, with the device or without it. */
function codeOf(view: PrivacyView): Part {
  const t = speak(view.language);
  if (!may(view, paths.panel.accountCode)) return false;
  const own = (id: string): Html =>
    passwordField({
      id,
      name: 'current',
      label: t('people.current'),
      language: view.language,
      autocomplete: 'current-password',
      maximumLength: 256,
    });
  const { made, code } = view;
  return html`<h2 id="code">${t('mycode.title')}</h2>
    <p>${t('mycode.lead')}</p>
    ${
      made &&
      html`<section class="card" role="status" aria-labelledby="made_title">
        <h3 id="made_title">${t('mycode.made')}</h3>
        <p class="value"><code id="account_code">${made.code}</code></p>
        ${picture(made.picture, t('mycode.picture'))}
        <p>${t('mycode.once')}</p>
      </section>`
    }
    ${code !== undefined && html`<p>${mark('good')} ${t('mycode.linked')} <code>${code}</code></p>`}
    <details class="more">
      <summary>${t(code === undefined ? 'mycode.begin' : 'mycode.change')}</summary>
      ${postForm({
        path: (view.base ?? '') + paths.panel.accountCode,
        csrf: view.csrf,
        submit: t('mycode.make'),
        label: t('mycode.make'),
        body: own('make_current'),
      })}
      ${postForm({
        path: (view.base ?? '') + paths.panel.useAccountCode,
        csrf: view.csrf,
        submit: t('mycode.use'),
        label: t('mycode.use'),
        kind: 'quiet',
        body: [
          textField({
            id: 'use_code',
            name: 'code',
            label: t('mycode.field'),
            hint: t('mycode.field.hint'),
            maximumLength: 64,
          }),
          own('use_current'),
        ],
      })}
    </details>`;
}

const part = (title: string, none: string, items: readonly Html[]): Html =>
  html`<h2>${title}</h2>
    ${items.length === 0 ? html`<p>${none}</p>` : html`<div class="items">${items}</div>`}`;

const item = (name: Part, rows: Parameters<typeof facts>[0], id?: string): Html =>
  html`<article class="item" ${id !== undefined && html` id="${id}"`}>
    <h3>${name}</h3>
    ${facts(rows)}
  </article>`;

/** What the ids of items begin with, so that no declared name is one of the page's own. */
const NEAR = 'item-';

function telemetryItem(view: PrivacyView, field: Field): Html {
  const t = speak(view.language);
  const last = view.last[field.id];
  return item(words(view.language, field.name), [
    [t('fact.last'), last?.value],
    [t('fact.last.at'), last && instant(view.language, last.at)],
    ...fieldRows(view.language, view.told, field, NEAR),
  ]);
}
