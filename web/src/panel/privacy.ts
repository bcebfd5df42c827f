import type { PrivacyView } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { postForm } from '../parts/form.ts';
import { days, instant, span } from '../parts/format.ts';
import { facts } from '../parts/facts.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { may, panelDocument } from './frame.ts';
import { choiceList } from './setup.ts';

/** What it senses, what is kept, what leaves the home, and the person's own choices. */
// EN 303 645 5.8-3, 6-1, 6-5, G044 7-a: told where the person is, in plain words
export function privacyPage(view: PrivacyView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('privacy.title'),
    current: paths.panel.privacy,
    body: html`<p class="lead">${t('privacy.lead')}</p>
      ${choicesOf(view)}
      ${part(
        t('privacy.senses'),
        t('privacy.senses.none'),
        view.sensors.map((sensor) => sensorItem(view, sensor)),
      )}
      ${part(
        t('privacy.kept'),
        t('privacy.kept.none'),
        view.data.map((item) => dataItem(view, item)),
      )}
      ${part(
        t('privacy.sent'),
        t('privacy.sent.none'),
        view.telemetry.map((field) => telemetryItem(view, field)),
      )}
      <h2>${t('privacy.more')}</h2>
      <p><a href="${view.noticeUrl}" rel="noopener noreferrer">${t('privacy.notice')}</a></p>
      <p><a href="${(view.base ?? '') + paths.panel.reset}">${t('privacy.erase')}</a></p>`,
  });
}

function choicesOf(view: PrivacyView): Part {
  const t = speak(view.language);
  if (!view.choices?.length || !may(view, paths.panel.sharing)) return false;
  return postForm({
    path: (view.base ?? '') + paths.panel.sharing,
    csrf: view.csrf,
    submit: t('choices.save'),
    className: 'stack card',
    body: choiceList(view.language, view.choices),
  });
}

const part = (title: string, none: string, items: readonly Html[]): Html =>
  html`<h2>${title}</h2>
    ${items.length === 0 ? html`<p>${none}</p>` : html`<div class="items">${items}</div>`}`;

const item = (name: string, rows: Parameters<typeof facts>[0]): Html =>
  html`<article class="item">
    <h3>${name}</h3>
    ${facts(rows)}
  </article>`;

function sensorItem(view: PrivacyView, sensor: PrivacyView['sensors'][number]): Html {
  const t = speak(view.language);
  return item(sensor.name, [
    [t('fact.senses'), sensor.senses],
    [t('fact.purpose'), sensor.purpose],
  ]);
}

function dataItem(view: PrivacyView, data: PrivacyView['data'][number]): Html {
  const t = speak(view.language);
  return item(data.name, [
    [t('fact.purpose'), data.purpose],
    [t('fact.who'), data.who],
    [t('fact.where'), data.where],
    [t('fact.kept'), data.days === 0 ? t('fact.kept.until-deleted') : days(view.language, data.days)],
  ]);
}

function telemetryItem(view: PrivacyView, field: PrivacyView['telemetry'][number]): Html {
  const t = speak(view.language);
  return item(field.name, [
    [t('fact.purpose'), field.purpose],
    [t('fact.used-by'), field.usedBy],
    [t('fact.every'), t('fact.every.value', { span: span(view.language, field.every) })],
    [t('fact.last'), field.lastValue],
    [t('fact.last.at'), field.lastSent !== undefined && instant(view.language, field.lastSent)],
  ]);
}
