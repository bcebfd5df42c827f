import type { SafetyView } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { facts } from '../parts/facts.ts';
import { day, instant } from '../parts/format.ts';
import { postForm } from '../parts/form.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { may, panelDocument } from './frame.ts';

/** Is it securely set up, what is it, until when is it supported, what happened lately. */
// EN 303 645 5.12-3, 5.3-13, 5.3-16, G044 6.12.3: the device's own check, its model and its support period
export function safetyPage(view: SafetyView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('safety.title'),
    current: paths.panel.safety,
    body: html`${checksOf(view)}
      <h2>${t('safety.device')}</h2>
      ${facts([
        [t('safety.model'), view.model],
        [t('safety.serial'), view.serial],
        [t('safety.version'), view.softwareVersion],
        [t('safety.support'), day(view.language, view.supportUntil)],
        [t('safety.sessions'), view.sessions],
      ])}
      ${view.supportUrl !== undefined && html`<p><a href="${view.supportUrl}" rel="noopener noreferrer">${t('safety.support.more')}</a></p>`}
      ${remoteOf(view)}
      <h2>${t('safety.events')}</h2>
      ${eventsOf(view)} ${may(view, paths.panel.reset) && leaving(view)}`,
  });
}

function leaving(view: SafetyView): Html {
  const t = speak(view.language);
  return html`<h2>${t('safety.leave')}</h2>
    <p>${t('safety.leave.text')}</p>
    <p><a href="${(view.base ?? '') + paths.panel.reset}">${t('safety.reset')}</a></p>`;
}

function checksOf(view: SafetyView): Part {
  const t = speak(view.language);
  if (!view.checks?.length) return false;
  const bad = view.checks.filter((check) => !check.good);
  const verdict = bad.length === 0 ? t('safety.good') : t('safety.bad', { count: bad.length });
  const items = [...bad, ...view.checks.filter((check) => check.good)].map((check) => checkItem(view, check));
  return html`<section class="card" aria-labelledby="safety_check">
    <h2 id="safety_check">${t('safety.question')}</h2>
    <p class="value">${mark(bad.length === 0 ? 'good' : 'bad')}<span>${verdict}</span></p>
    <ul class="ticks">
      ${items}
    </ul>
  </section>`;
}

/** Off unless the owner wants help; the banner above tells the rest while it is on. */
function remoteOf(view: SafetyView): Part {
  if (view.remote === undefined) return false;
  const t = speak(view.language);
  const choices = ['1', '24'] as const;
  return html`<h2 id="remote_help">${t('remote.title')}</h2>
    <p>${t('remote.what')}</p>
    ${
      view.remote === 'off' &&
      postForm({
        path: (view.base ?? '') + paths.panel.remote,
        csrf: view.csrf,
        submit: t('remote.allow'),
        className: 'stack card',
        body: html`<label for="remote_hours">${t('remote.for')}</label>
          <select id="remote_hours" name="remote">
            ${choices.map((hours) => html`<option value="${hours}">${t(`hours.${hours}`)}</option>`)}
          </select>`,
      })
    }`;
}

function checkItem(view: SafetyView, check: NonNullable<SafetyView['checks']>[number]): Html {
  const t = speak(view.language);
  const sign = html`${mark(check.good ? 'good' : 'bad')}<span class="unseen"
      >${t(check.good ? 'check.good' : 'check.bad')}</span
    >`;
  const cure = check.cure && html`<br /><a href="${(view.base ?? '') + check.cure.path}">${check.cure.label}</a>`;
  return html`<li>${sign}<span>${check.text}${cure}</span></li>`;
}

function eventsOf(view: SafetyView): Html {
  const t = speak(view.language);
  if (view.events.length === 0) return html`<p>${t('safety.events.none')}</p>`;
  const items = view.events.map(
    (event) => html`<li><span class="when">${instant(view.language, event.at)}</span> <span>${event.text}</span></li>`,
  );
  return html`<ol class="events">
    ${items}
  </ol>`;
}
