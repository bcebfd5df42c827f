import type { EraseMineView, ErasureShown } from './views.ts';
import type { Frame } from '../views.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { becauseOf } from '../../parts/because.ts';
import { passwordField, postForm, radios } from '../../parts/form.ts';
import { instant } from '../../parts/format.ts';
import { refusals } from '../../parts/layout.ts';
import { mark } from '../../parts/marks.ts';
import { message, speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { keepForm, panelDocument } from '../frame.ts';
import { userNameFor } from '../setup.ts';

const ERRORS = 'erase_errors';

/** One person's data, everywhere it is; the device stays as it is. */
// EN 303 645 5.11-1, 5.11-2, 5.11-3, TS 103 645 4.11-2, G044 6.11.2, 6.11.3: simple, with clear words of what goes and what stays
export function eraseMinePage(view: EraseMineView): string {
  const t = speak(view.language);
  const { undoHours, confirmedHours, backupDays } = view;
  return panelDocument(view, {
    title: t('mine.title'),
    current: paths.panel.privacy,
    body: html`<p class="lead">${t('mine.lead')}</p>
      ${refusals(view.language, view.refused, ERRORS)}
      <h2>${t('mine.what')}</h2>
      <ul>
        ${view.deletes.map((name) => html`<li>${name}</li>`)}
        <li>${t(view.household ? 'mine.what.household' : 'mine.what.own')}</li>
      </ul>
      <h2>${t('mine.stays')}</h2>
      <p>${t('mine.stays.text')}</p>
      <h2>${t('mine.then')}</h2>
      <ul>
        <li>${t('mine.then.first')}</li>
        ${confirmedHours !== undefined && html`<li>${t('mine.then.confirmed', { hours: confirmedHours })}</li>`}
        ${backupDays !== undefined && html`<li>${t('mine.then.backups', { days: backupDays })}</li>`}
      </ul>
      <p><a href="${(view.base ?? '') + paths.panel.myData}">${t('mine.first-export')}</a></p>
      ${postForm({
        path: (view.base ?? '') + paths.panel.eraseMine,
        csrf: view.csrf,
        submit: t('mine.submit'),
        kind: 'danger',
        body: [
          userNameFor(view.account?.name),
          undoHours > 0 &&
            radios({
              name: 'when',
              legend: t('mine.when'),
              value: 'later',
              choices: [
                { value: 'later', text: t('mine.when.later', { hours: undoHours }), hint: t('mine.when.later.hint') },
                { value: 'now', text: t('mine.when.now'), hint: t('mine.when.now.hint') },
              ],
            }),
          undoHours === 0 && html`<input type="hidden" name="when" value="now" />`,
          passwordField({
            id: 'current',
            name: 'current',
            label: t('reset.password'),
            language: view.language,
            autocomplete: 'current-password',
            maximumLength: 256,
            errorId: view.refused?.length ? ERRORS : undefined,
            focus: Boolean(view.refused?.length),
          }),
        ],
      })}
      <p><a href="${(view.base ?? '') + paths.panel.privacy}">${t('reset.cancel')}</a></p>`,
  });
}

/** How far each wish has come, place by place, in words. */
// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: confirmed is what was signed, and nothing else is called so
export function erasureCard(view: Frame, erasure: ErasureShown, i: number): Html {
  const t = speak(view.language);
  const { confirmed, state } = erasure;
  const good = state === 'erased' && confirmed?.what !== 'forged';
  return html`<section class="card" aria-labelledby="erasure_${i}">
    <h3 id="erasure_${i}">
      ${mark(good ? 'good' : state === 'kept' ? 'info' : 'waiting')} ${t(`mine.state.${state}`)}
    </h3>
    <p>${t('mine.asked')} ${instant(view.language, erasure.askedAt)}</p>
    ${state === 'undo' && html`<p>${t('mine.until')} ${instant(view.language, erasure.until)}</p>`}
    ${erasure.mayKeep && keepForm(view, erasure.id)}
    ${erasure.failed !== undefined && html`<p>${mark('bad')} ${t('mine.failed', { because: becauseOf(view.language, erasure.failed) })}</p>`}
    ${erasure.goneAt !== undefined && html`<p>${mark('good')} ${t('mine.gone-here')} ${instant(view.language, erasure.goneAt)}</p>`}
    ${
      // nobody waits for what was taken back
      state !== 'kept' &&
      erasure.places.length > 0 &&
      html`<ul class="places">
        ${erasure.places.map((place) => placeItem(view, place))}
      </ul>`
    }
    ${confirmation(view, confirmed)}
    <p class="hint">${t('mine.number')} <code>${erasure.id}</code></p>
  </section>`;
}

function placeItem(view: Frame, place: ErasureShown['places'][number]): Html {
  const t = speak(view.language);
  const settled = place.state === 'erased' || place.state === 'unreadable';
  return html`<li>
    ${mark(settled ? 'good' : place.state === 'failed' ? 'bad' : 'waiting')}
    <strong>${message(view.language, `place.of.${place.kind}`)}${place.name !== undefined && ` ${place.name}`}</strong>:
    ${t(`place.state.${place.state}`)}${place.because !== undefined && ` (${becauseOf(view.language, place.because)})`},
    ${instant(view.language, place.at)}${place.until !== undefined && html`; ${t('place.until')} ${instant(view.language, place.until)}`}
  </li>`;
}

function confirmation(view: Frame, confirmed: ErasureShown['confirmed']): Part {
  const t = speak(view.language);
  if (!confirmed) return false;
  const forged = confirmed.what === 'forged';
  return html`<p>
    ${mark(forged ? 'bad' : 'good')} ${t(`mine.confirmed.${confirmed.what}`)}
    ${confirmed.at !== undefined && instant(view.language, confirmed.at)}
  </p>`;
}
