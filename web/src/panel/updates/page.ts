import { html, type Html, type Part } from '../../parts/html.ts';
import { facts } from '../../parts/facts.ts';
import { day, instant, list, span } from '../../parts/format.ts';
import { checkbox, passwordField, postForm } from '../../parts/form.ts';
import { mark } from '../../parts/marks.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { may, panelDocument } from '../frame.ts';
import { UPDATE_KINDS, type OfferedUpdate, type UpdatesView } from './views.ts';

/** What the device runs, what is new and which risks go away with it, and what the person wants to happen by itself. */
// EN 303 645 5.3-3, 5.3-11, G044 6.3.3, 6.3.11, TS 103 645 4.3-5: one page, one press
export function updatesPage(view: UpdatesView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('updates.title'),
    current: paths.panel.updates,
    body: html`${view.offer ? offerOf(view, view.offer) : stateOf(view)} ${lastOf(view)}
      <h2>${t('updates.device')}</h2>
      ${facts([
        [t('safety.version'), html`<span id="update_version">${view.version}</span>`],
        [t('safety.model'), view.model],
        [t('safety.support'), html`<span id="update_support">${day(view.language, view.supportUntil)}</span>`],
        [t('updates.checked'), html`<span id="update_checked">${checkedOf(view)}</span>`],
      ])}
      ${
        may(view, paths.panel.checkUpdates) &&
        postForm({
          path: (view.base ?? '') + paths.panel.checkUpdates,
          csrf: view.csrf,
          submit: t('updates.check'),
          kind: 'quiet',
          body: false,
        })
      }
      ${choiceOf(view)}`,
  });
}

function stateOf(view: UpdatesView): Html {
  const t = speak(view.language);
  const known = view.check?.failing === false;
  return html`<section class="card" aria-labelledby="update_state">
    <h2 id="update_state">${t('updates.question')}</h2>
    <p class="value">
      ${mark(known ? 'good' : 'waiting')}<span>${t(known ? 'updates.current' : 'updates.unknown')}</span>
    </p>
  </section>`;
}

// EN 303 645 5.3-11, 5.3-12, G044 6.3.11, 6.3.12, TS 103 645 4.3-5, 4.3-6: before anything happens, which risks go away, how long the device is away, what keeps working
function offerOf(view: UpdatesView, offer: OfferedUpdate): Html {
  const t = speak(view.language);
  const urgent = offer.kind === 'security';
  return html`<section class="card" aria-labelledby="update_new">
    <h2 id="update_new">${t('updates.new', { version: offer.version })}</h2>
    <p class="value">${mark(urgent ? 'bad' : 'info')}<span>${t(`updates.kind.${offer.kind}`)}</span></p>
    <p>${offer.summary}</p>
    ${risksOf(view, offer)}
    <h3>${t('updates.meanwhile')}</h3>
    ${facts([
      [
        t('updates.downtime'),
        html`<span id="update_downtime"
          >${offer.downtimeSeconds === 0 ? t('updates.downtime.none') : span(view.language, offer.downtimeSeconds)}</span
        >`,
      ],
      [t('updates.working'), offer.keepsWorking.length > 0 && list(view.language, offer.keepsWorking)],
    ])}
    ${progressOf(view, offer)}
  </section>`;
}

function risksOf(view: UpdatesView, { risksRemoved }: OfferedUpdate): Part {
  if (risksRemoved.length === 0) return false;
  const t = speak(view.language);
  return html`<h3>${t('updates.risks')}</h3>
    <ul class="ticks" id="update_risks">
      ${risksRemoved.map(
        ({ id, severity, risk }) =>
          html`<li>
            ${mark('good')}<span
              >${risk} <span class="when">${t(`updates.severity.${severity}`)}, <code>${id}</code></span></span
            >
          </li>`,
      )}
    </ul>`;
}

function progressOf(view: UpdatesView, offer: OfferedUpdate): Part {
  const t = speak(view.language);
  const { phase, beginsAt } = offer;
  const percent = Math.floor((offer.progress ?? 0) * 100);
  const status =
    phase !== 'offered' &&
    html`<p class="value" role="status">
      ${mark('waiting')}${beginsAt === undefined ? html`<span id="update_begins">${t(`updates.phase.${phase}`, { percent })}</span>` : html`<span>${t(`updates.phase.${phase}`, { percent })}</span>`}
    </p>`;
  if (!offer.open) return status;
  const when =
    beginsAt === undefined
      ? phase === 'offered' && t('updates.yours')
      : html`<span id="update_begins">${t('updates.begins')} ${instant(view.language, beginsAt)}.</span>`;
  return html`${status}${when && html`<p>${when}</p>`}
  ${
    may(view, paths.panel.applyUpdate) &&
    postForm({
      path: (view.base ?? '') + paths.panel.applyUpdate,
      csrf: view.csrf,
      submit: t('updates.apply'),
      body: html`<input type="hidden" name="number" value="${offer.number}" />
        ${passwordField({ id: 'update_current', name: 'current', label: t('password.current'), language: view.language, autocomplete: 'current-password', maximumLength: 128 })}`,
    })
  }
  ${may(view, paths.panel.postponeUpdate) && postponeOf(view, offer)}`;
}

/** In the order of the form. */
export const POSTPONE_HOURS = ['8', '24', '168'] as const;

// EN 303 645 5.3-6, G044 6.3.6: put off by who is disturbed by it, and still told of
function postponeOf(view: UpdatesView, offer: OfferedUpdate): Html {
  const t = speak(view.language);
  return postForm({
    path: (view.base ?? '') + paths.panel.postponeUpdate,
    csrf: view.csrf,
    submit: t('updates.postpone'),
    kind: 'quiet',
    body: html`<input type="hidden" name="number" value="${offer.number}" />
      <div class="field">
        <label for="update_hours">${t('updates.postpone.for')}</label>
        <select id="update_hours" name="hours">
          ${POSTPONE_HOURS.map((hours) => html`<option value="${hours}">${span(view.language, Number(hours) * 3600)}</option>`)}
        </select>
      </div>`,
  });
}

function lastOf(view: UpdatesView): Part {
  const { last } = view;
  if (!last) return false;
  const t = speak(view.language);
  const good = last.outcome === 'installed';
  return html`<section class="card" aria-labelledby="update_last">
    <h2 id="update_last">${t('updates.last')}</h2>
    <div id="update_ended">
      <p class="value">
        ${mark(good ? 'good' : 'bad')}<span>${t(`updates.outcome.${last.outcome}`, { version: last.version })}</span>
      </p>
      ${last.because !== undefined && html`<p>${t(`updates.because.${last.because}`)}</p>`}
      <p class="when">${instant(view.language, last.at)}</p>
    </div>
  </section>`;
}

function checkedOf(view: UpdatesView): Part {
  const t = speak(view.language);
  const { check } = view;
  if (!check) return t('updates.checked.never');
  return html`${instant(view.language, check.at)}${check.failing && html`; ${t('updates.checked.failing')}`}`;
}

/** A box for each kind: installed by itself, told of. Security comes first; all are on in a new device. */
// EN 303 645 5.3-4, 5.3-6, G044 6.3.4, 6.3.6: on until somebody switches it off, and whoever may can
function choiceOf(view: UpdatesView): Part {
  if (!may(view, paths.panel.updateChoice)) return false;
  const t = speak(view.language);
  return html`<h2>${t('updates.choice')}</h2>
    ${postForm({
      path: (view.base ?? '') + paths.panel.updateChoice,
      csrf: view.csrf,
      submit: t('choices.save'),
      className: 'stack card',
      body: html`${(['automatic', 'notices'] as const).map(
        (what) =>
          html`<fieldset>
            <legend>${t(`updates.choice.${what}`)}</legend>
            ${UPDATE_KINDS.map((kind) =>
              checkbox({
                id: `update_${what}_${kind}`,
                name: `${what}-${kind}`,
                label: '',
                text: t(`updates.choice.${kind}`),
                on: view.choice[what][kind],
                required: false,
              }),
            )}
          </fieldset>`,
      )}`,
    })}`;
}
