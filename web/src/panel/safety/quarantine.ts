import { html, type Part } from '../../parts/html.ts';
import { instant } from '../../parts/format.ts';
import { passwordField, postForm } from '../../parts/form.ts';
import { mark } from '../../parts/marks.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import type { Frame } from '../views.ts';

/** On every page, before a login too: what happened, what the device does now, what people can do. It names no product. */
// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: whoever is there is told of it, without looking for it
export function quarantined(view: Frame): Part {
  if (!view.quarantine) return false;
  const t = speak(view.language);
  const { causes, since } = view.quarantine;
  return html`<section class="notice bad" id="quarantine" role="alert" aria-label="${t('quarantine.title')}">
    ${mark('bad')}
    <div>
      <p>
        <strong>${t('quarantine.title')}.</strong> ${causes.map((cause) => html`${t(`quarantine.cause.${cause}`)} `)}
      </p>
      <p>${t('quarantine.what')} ${t('quarantine.since')} ${instant(view.language, since)}.</p>
      <p>
        ${t('quarantine.do')}
        ${allowed(view, paths.panel.safety) && html`<a href="${(view.base ?? '') + paths.panel.safety}">${t('quarantine.more')}</a>`}
      </p>
    </div>
  </section>`;
}

/** The form by which an owner ends it, or an alarm that cut nothing off, about exactly what was found when the page was made. */
export function quarantineOf(view: Frame): Part {
  const incident = view.quarantine?.incident ?? view.tampered?.incident;
  if (incident === undefined || !allowed(view, paths.panel.quarantine)) return false;
  const t = speak(view.language);
  const cut = view.quarantine !== undefined;
  return html`<h2 id="quarantine_end">${t(cut ? 'quarantine.end.title' : 'tamper.end.title')}</h2>
    <p>${t(cut ? 'quarantine.end.text' : 'tamper.end.text')}</p>
    ${postForm({
      path: (view.base ?? '') + paths.panel.quarantine,
      csrf: view.csrf,
      submit: t(cut ? 'quarantine.end' : 'tamper.end'),
      className: 'stack card',
      body: html`<input type="hidden" name="incident" value="${incident}" />
        ${passwordField({ id: 'quarantine_current', name: 'current', label: t('password.current'), language: view.language, autocomplete: 'current-password', maximumLength: 128 })}`,
    })}`;
}

/** Only who has signed in is shown a way. */
const allowed = (view: Frame, path: string): boolean =>
  view.account !== undefined && (view.may?.includes(path) ?? true);
