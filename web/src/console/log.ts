import type { DeviceView } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { facts } from '../parts/facts.ts';
import { postForm } from '../parts/form.ts';
import { instant, number } from '../parts/format.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';

/** Whether what a device reported is one history, what speaks against it, and that a person has looked. */
export function logSection(view: DeviceView): Html {
  const t = speak(view.language);
  const { log } = view;
  const isDoubted = log?.doubtedAt !== undefined;
  return html`<section class="card" aria-labelledby="device_log">
    <h2 id="device_log">${t('history.title')}</h2>
    ${
      log
        ? facts([
            [
              t('history.state'),
              html`${mark(isDoubted ? 'bad' : 'good')} ${t(isDoubted ? 'history.doubted' : 'history.whole')}`,
            ],
            ...(log.doubtedAt === undefined
              ? []
              : [[t('history.since'), instant(view.language, log.doubtedAt)] as const]),
            [t('history.reports'), number(view.language, log.reports)],
            [t('history.missing'), number(view.language, log.missing)],
            [
              t('history.sealed'),
              log.sealed === undefined ? t('history.sealed.none') : number(view.language, log.sealed),
            ],
          ])
        : html`<p class="empty">${t('history.none')}</p>`
    }
    ${isDoubted && looked(view)}
  </section>`;
}

/** One line for each kind of thing that ever spoke against it; nothing where nothing did. */
export function doubtsTable(view: DeviceView): Html | false {
  const t = speak(view.language);
  const doubts = view.log?.doubts ?? [];
  if (doubts.length === 0) return false;
  const heads = (['history.what', 'history.times', 'history.first', 'history.last', 'history.place'] as const).map(
    (key) => t(key),
  );
  const [what, times, first, last, place] = heads;
  const rows = doubts.map(
    (each) =>
      html`<tr>
        <th scope="row" data-label="${what}">${t(`doubt.${each.what}`)}</th>
        <td data-label="${times}">${number(view.language, each.count)}</td>
        <td data-label="${first}">${instant(view.language, each.first)}</td>
        <td data-label="${last}">${instant(view.language, each.last)}</td>
        <td data-label="${place}">${each.n === undefined ? '' : number(view.language, each.n)}</td>
      </tr>`,
  );
  return html`<h2>${t('history.doubts')}</h2>
    ${foldingTable(t('history.doubts'), heads, rows)}`;
}

function looked(view: DeviceView): Html {
  const t = speak(view.language);
  return postForm({
    path: `${(view.base ?? '') + paths.console.device}/${view.device.deviceId}/${paths.console.looked}`,
    csrf: view.csrf,
    body: html`<p>${t('history.looked.means')}</p>
      <div class="choice">
        <input type="checkbox" id="confirm_looked" name="confirm" value="yes" required />
        <label for="confirm_looked">${t('history.looked.confirm')}</label>
      </div>`,
    submit: t('history.looked'),
  });
}
