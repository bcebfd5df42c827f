import type { DeviceView } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { postForm, reasonField, selectField } from '../parts/form.ts';
import { facts } from '../parts/facts.ts';
import { instant } from '../parts/format.ts';
import { NOTICE_ID } from '../parts/layout.ts';
import { isMessageKey, message, speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { foldingTable } from '../parts/table.ts';
import { chart } from './chart.ts';
import { certificatesTable, custodySection } from './custody.ts';
import { stateOf } from './fleet.ts';
import { consoleDocument } from './frame.ts';
import { doubtsTable, logSection } from './log.ts';

/** One device: what it is, its certificate, what it reported, what happened to it. */
export function devicePage(view: DeviceView): string {
  const t = speak(view.language);
  const { device } = view;
  return consoleDocument(view, {
    title: t('device.title', { serial: device.serial }),
    body: html`<p><a href="${(view.base ?? '') + paths.console.fleet}">${t('device.back')}</a></p>
      <div class="two">
        <section class="card" aria-labelledby="device_facts">
          <h2 id="device_facts">${t('device.facts')}</h2>
          ${facts([
            [t('fleet.state'), stateOf(view, device.state)],
            [t('fleet.model'), device.model],
            [t('device.id'), html`<code>${device.deviceId}</code>`],
            [
              t('device.enrolled'),
              device.enrolledAt === undefined ? t('device.not-yet') : instant(view.language, device.enrolledAt),
            ],
            [t('device.checked'), checkedOf(view)],
            [
              t('fleet.seen'),
              device.lastSeen === undefined ? t('fleet.never') : instant(view.language, device.lastSeen),
            ],
          ])}
        </section>
        ${certificate(view)} ${custodySection(view)} ${logSection(view)}
      </div>
      <h2>${t('certificates.title')}</h2>
      ${certificatesTable(view)}
      <h2>${t('device.series')}</h2>
      ${view.series.length === 0 ? html`<p class="empty">${t('device.series.none')}</p>` : html`<div class="charts">${view.series.map((series, i) => chart(view.language, series, i))}</div>`}
      ${personal(view)} ${doubtsTable(view)} ${manage(view)}
      <h2>${t('device.events')}</h2>
      ${events(view)}`,
  });
}

/** When its owner last had it checked, and with what result. */
function checkedOf({ language, checked }: DeviceView): Html {
  const t = speak(language);
  if (!checked) return html`${t('device.checked.never')}`;
  return html`${instant(language, checked.at)}: ${t(`device.checked.${checked.verdict}`, { found: checked.found })}`;
}

/** What people measure at home: with a reason that is kept, for this one page. */
function personal(view: DeviceView): Html {
  const t = speak(view.language);
  const path = `${view.base ?? ''}${paths.console.device}/${encodeURIComponent(view.device.deviceId)}/${paths.console.personal}`;
  const shown = view.personal;
  return html`<section class="card" aria-labelledby="device_personal">
      <h2 id="device_personal">${t('device.personal')}</h2>
      <p>${shown ? t('device.personal.shown', { reason: shown.reason }) : t('device.personal.what')}</p>
      ${shown?.series.length === 0 && html`<p class="empty">${t('device.personal.none')}</p>`}
      ${shown?.sealed.map((each) => html`<p>${t('device.personal.sealed', each)}</p>`)}
      ${
        !shown &&
        postForm({
          path,
          csrf: view.csrf,
          submit: t('device.personal.show'),
          body: whyField(view, 'personal', t('device.personal.why')),
        })
      }
    </section>
    ${shown && shown.series.length > 0 && html`<div class="charts">${shown.series.map((series, i) => chart(view.language, series, view.series.length + i))}</div>`}`;
}

/** What is asked without one is refused, and the focus is where it was missing. */
const whyField = (view: DeviceView, form: 'personal' | 'manage', label: string): Html =>
  reasonField({
    id: `${form}_reason`,
    label,
    hint: speak(view.language)('reason.hint'),
    ...(view.unreasoned === form ? { errorId: NOTICE_ID, focus: true } : {}),
  });

/** Asked with a reason, done only while the owner allows it; what came of it stands among the events. */
function manage(view: DeviceView): Html {
  const t = speak(view.language);
  const path = `${view.base ?? ''}${paths.console.device}/${encodeURIComponent(view.device.deviceId)}/${paths.console.commands}`;
  return html`<section class="card" aria-labelledby="device_manage">
    <h2 id="device_manage">${t('manage.title')}</h2>
    <p>${t('manage.what')}</p>
    ${postForm({
      path,
      csrf: view.csrf,
      submit: t('manage.ask'),
      body: html`${selectField({
        id: 'manage_command',
        name: 'command',
        label: t('manage.command'),
        choices: view.commands.map((value) => ({ value, text: message(view.language, `ask.${value}`) })),
      })}
      ${whyField(view, 'manage', t('manage.reason'))}`,
    })}
  </section>`;
}

function certificate(view: DeviceView): Html {
  const t = speak(view.language);
  const { certificate } = view;
  return html`<section class="card" aria-labelledby="device_certificate">
    <h2 id="device_certificate">${t('device.certificate')}</h2>
    ${
      certificate
        ? facts([
            [t('device.certificate.serial'), html`<code>${certificate.serial}</code>`],
            [t('device.certificate.from'), instant(view.language, certificate.notBefore)],
            [t('device.certificate.until'), instant(view.language, certificate.notAfter)],
          ])
        : html`<p>${t('device.certificate.none')}</p>`
    }
  </section>`;
}

function events(view: DeviceView): Html {
  const t = speak(view.language);
  if (view.events.length === 0) return html`<p class="empty">${t('device.events.none')}</p>`;
  const rows = view.events.map((event) => {
    const key = `event.${event.kind}`;
    return html`<tr>
      <th scope="row" data-label="${t('device.events.at')}">${instant(view.language, event.at)}</th>
      <td data-label="${t('device.events.kind')}">${isMessageKey(key) ? message(view.language, key) : event.kind}</td>
      <td data-label="${t('device.events.detail')}">${event.detail}</td>
    </tr>`;
  });
  const heads = [t('device.events.at'), t('device.events.kind'), t('device.events.detail')];
  return foldingTable(t('device.events'), heads, rows);
}
