import type { AccountErasure, AccountErasuresView, AccountEraseView } from './views.ts';
import type { Frame } from '../panel/views.ts';
import { facts } from '../parts/facts.ts';
import { becauseOf } from '../parts/because.ts';
import { postForm } from '../parts/form.ts';
import { instant, span } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { mark, type Mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { accountDocument, codeField, codeTrouble, deviceName } from './frame.ts';

/** Erasing one's own data: what goes, what stays, until when it can be taken back, and the code once more. */
// EN 303 645 5.11-1, 5.11-2, 5.11-3, TS 103 645 4.11-1, 4.11-2, G044 6.11.1, 6.11.2, 6.11.3: simple, complete, with clear words
export function accountErasePage(view: AccountEraseView): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  const scopes = [
    { value: 'everything', text: t('account.erase.everything') },
    ...view.devices.map((device) => ({ value: device.deviceId, text: deviceName(view, device) })),
  ];
  return accountDocument(view, {
    title: t('account.erase.title'),
    lead: t('account.erase.lead'),
    body:
      view.devices.length === 0
        ? html`<p class="empty">${t('account.data.none')}</p>`
        : html`${codeTrouble(view)}
            <h2>${t('account.erase.what')}</h2>
            <ul>
              <li>${t('account.erase.what.goes')}</li>
              <li>${t('account.erase.what.stays')}</li>
              <li>
                ${
                  view.undoHours === 0
                    ? t('account.erase.what.no-undo')
                    : t('account.erase.what.undo', { span: span(view.language, view.undoHours * 3600) })
                }
              </li>
              <li>${t('account.erase.what.confirmed')}</li>
            </ul>
            <p><a href="${base + paths.account.data}">${t('account.erase.export-first')}</a></p>
            ${postForm({
              path: base + paths.account.erase,
              csrf: view.csrf,
              submit: t('account.erase.submit'),
              kind: 'danger',
              body: html`<input type="hidden" name="order" value="${view.order}" />
                <fieldset>
                  <legend>${t('account.erase.scope')}</legend>
                  ${scopes.map(
                    ({ value, text }, i) =>
                      html`<div class="choice">
                        <input type="radio" id="scope_${i}" name="scope" value="${value}" required />
                        <label for="scope_${i}">${text}</label>
                      </div>`,
                  )}
                </fieldset>
                ${codeField(view, t('account.code.again'))}`,
            })}
            <p><a href="${base + paths.account.data}">${t('account.erase.cancel')}</a></p>`,
  });
}

/** How far each erasure is, place by place, in plain words; and what can be downloaded. */
// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: the person sees what became of it
export function accountErasuresPage(view: AccountErasuresView): string {
  const t = speak(view.language);
  return accountDocument(view, {
    title: t('account.erasures.title'),
    current: paths.account.erasures,
    body:
      view.erasures.length === 0
        ? html`<p class="empty">${t('account.erasures.none')}</p>
            <p><a href="${(view.base ?? '') + paths.account.erase}">${t('account.erase.title')}</a></p>`
        : view.erasures.map((erasure, i) => erasureCard(view, erasure, i)),
  });
}

const STATE: Readonly<Record<AccountErasure['state'], Mark>> = {
  undo: 'waiting',
  kept: 'off',
  'under-way': 'on',
  erased: 'good',
};
const PLACE: Readonly<Record<AccountErasure['places'][number]['state'], Mark>> = {
  waiting: 'waiting',
  failed: 'bad',
  erased: 'good',
  unreadable: 'good',
  held: 'info',
};

function erasureCard(view: AccountErasuresView, erasure: AccountErasure, i: number): Html {
  const { language } = view;
  const t = speak(language);
  const base = view.base ?? '';
  return html`<section class="card" aria-labelledby="erasure_${i}">
    <h2 id="erasure_${i}">${t('account.erasure.asked')} ${instant(language, erasure.askedAt)}</h2>
    <p>${mark(STATE[erasure.state])} <strong>${t(`account.erasure.state.${erasure.state}`)}</strong></p>
    ${
      erasure.state === 'undo' &&
      html`${facts([[t('account.erasure.undo-until'), instant(language, erasure.undoUntil)]])}
      ${postForm({
        path: base + paths.account.keep,
        csrf: view.csrf,
        submit: t('account.erasure.keep'),
        body: html`<input type="hidden" name="order" value="${erasure.id}" />`,
      })}`
    }
    ${(erasure.state === 'under-way' || erasure.state === 'erased') && placesTable(view, erasure)}
    ${
      erasure.confirmations.length > 0 &&
      html`<h3>${t('account.confirmations')}</h3>
        <ul>
          ${erasure.confirmations.map(
            (kind, n) =>
              html`<li>
                <a href="${`${base}${paths.account.confirmation}/${erasure.id}/${n + 1}`}" download
                  >${t(`account.confirmation.${kind}`)}</a
                >
              </li>`,
          )}
        </ul>
        <p><a href="${view.verifyPage}">${t('account.verify.title')}</a></p>`
    }
  </section>`;
}

export function placesTable(view: Pick<Frame, 'language'>, { places }: Pick<AccountErasure, 'places'>): Part {
  const { language } = view;
  const t = speak(language);
  const heads = [t('account.place'), t('account.place.state'), t('account.place.since'), t('account.place.until')];
  return foldingTable(
    t('account.places'),
    heads,
    places.map(
      ({ place, state, at, until, because, late }) =>
        html`<tr>
          <th scope="row" data-label="${heads[0]}">${placeName(view, place)}</th>
          <td data-label="${heads[1]}">
            <span class="state">${mark(PLACE[state])} ${t(`account.place.state.${state}`)}</span
            >${because !== undefined && ` (${becauseOf(language, because)})`}
            ${late !== undefined && html`<br /><strong>${mark('bad')} ${t('account.place.late')} ${instant(language, late)}</strong>`}
          </td>
          <td data-label="${heads[2]}">${instant(language, at)}</td>
          <td data-label="${heads[3]}">${until !== undefined && instant(language, until)}</td>
        </tr>`,
    ),
  );
}

export function placeName(view: Pick<Frame, 'language'>, place: string): string {
  const t = speak(view.language);
  const [kind, name = ''] = place.split(':', 2);
  if (kind === 'device') return t('account.place.device', { device: name });
  if (kind === 'party') return t('account.place.party', { party: name });
  if (kind === 'keys') return t('account.place.keys');
  if (kind === 'backups') return t('account.place.backups');
  return t('account.place.services');
}
