import type { RequestAct, RequestView } from './requests-views.ts';
import { facts } from '../parts/facts.ts';
import { checkbox, postForm, reasonField, selectField, textField } from '../parts/form.ts';
import { instant } from '../parts/format.ts';
import { html, raw, type Html, type Part } from '../parts/html.ts';
import { NOTICE_ID } from '../parts/layout.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { placesTable } from '../account/erase.ts';
import { consoleDocument } from './frame.ts';
import { operatorPassword, timeliness } from './requests.ts';

/** One request: its clock, who it is from and how that is known, what was done, and what may be done next. */
export function requestPage(view: RequestView): string {
  const t = speak(view.language);
  const { request, language } = view;
  const { extended, closed } = request;
  return consoleDocument(view, {
    title: t(`requests.kind.${request.kind}`),
    current: paths.console.requests,
    body: html`<p><a href="${(view.base ?? '') + paths.console.requests}">${t('requests.back')}</a></p>
      <section class="card" aria-labelledby="request_facts">
        <h2 id="request_facts"><code>${request.id}</code></h2>
        ${facts([
          [t('requests.state'), timeliness(view, request)],
          [t('requests.law'), t(`requests.law.${request.law}`)],
          [t('requests.via'), t(`requests.via.${request.via}`)],
          [t('requests.received'), instant(language, request.receivedAt)],
          [t('requests.due'), instant(language, request.dueAt)],
          [
            t('requests.extended'),
            extended && html`${instant(language, extended.at)}, ${extended.by}: ${extended.because}`,
          ],
          [t('requests.identified'), identity(view)],
          [
            t('requests.closed'),
            closed &&
              html`${t(`requests.as.${closed.as}`)}, ${instant(language, closed.at)}, ${closed.by}: ${closed.said}`,
          ],
        ])}
        ${
          request.acts.length > 0 &&
          html`<ul>
            ${request.acts.map(
              ({ at, what, by }) => html`<li>${t(`requests.act.${what}`)}, ${instant(language, at)}, ${by}</li>`,
            )}
          </ul>`
        }
      </section>
      ${
        view.erasure &&
        html`<h2>${t('requests.progress')}</h2>
          <p>${t(`account.erasure.state.${view.erasure.state}`)}</p>
          ${view.erasure.places.length > 0 && placesTable(view, view.erasure)}`
      }
      ${!closed && acts(view)}`,
  });
}

function identity(view: RequestView): Part {
  const t = speak(view.language);
  const { identified } = view.request;
  if (!identified) return t('requests.identified.no');
  const { how, what, by, at, of } = identified;
  return html`${t(`requests.identified.${how}`)}${what !== undefined && html` (${what})`},
  ${instant(view.language, at)}${by !== undefined && html`, ${by}`}. ${t(`requests.scope.${of}`)}`;
}

/** What may be done now; each with the password once more, since a session that was found open does none of it. */
function acts(view: RequestView): Part {
  const t = speak(view.language);
  const { request } = view;
  const sent = (what: RequestAct) => (view.refused?.act === what ? view.refused.sent : {});
  return [
    !request.identified && html`<p>${t('requests.identify.code', { page: view.personPage })}</p>`,
    !request.identified &&
      act(
        view,
        'identify',
        html`<p>${t('requests.identify.means')}</p>
          ${textField({
            id: 'identify_serial',
            name: 'serial',
            label: t('fleet.serial'),
            value: sent('identify').serial,
            ...amiss(view, 'identify', 'serial'),
          })}
          ${textField({
            id: 'identify_what',
            name: 'what',
            label: t('requests.identify.what'),
            hint: t('requests.identify.hint'),
            maximumLength: 100,
            value: sent('identify').what,
            ...amiss(view, 'identify', 'what'),
          })}`,
      ),
    request.identified && act(view, 'export', html`<p>${t('requests.export.means')}</p>`),
    request.identified &&
      !view.erasure &&
      act(
        view,
        'erase',
        html`<p>${t('requests.erase.means')}</p>
          ${checkbox({
            id: 'erase_confirm',
            name: 'confirm',
            label: '',
            text: t('requests.erase.confirm'),
            on: false,
            required: true,
            ...amiss(view, 'erase', 'confirm'),
          })}`,
        'danger',
      ),
    !request.extended &&
      act(
        view,
        'extend',
        html`<p>${t('requests.extend.means')}</p>
          ${reasonField({
            id: 'extend_reason',
            label: t('manage.reason'),
            hint: t('reason.hint'),
            value: sent('extend').reason,
            ...amiss(view, 'extend', 'reason'),
          })}`,
      ),
    act(
      view,
      'close',
      html`${selectField({
        id: 'close_as',
        name: 'as',
        label: t('requests.close.as'),
        value: sent('close').as ?? 'answered',
        ...amiss(view, 'close', 'as'),
        choices: (['answered', 'refused', 'withdrawn'] as const).map((value) => ({
          value,
          text: t(`requests.as.${value}`),
        })),
      })}
      ${reasonField({
        id: 'close_reason',
        label: t('requests.close.said'),
        hint: t('requests.close.hint'),
        value: sent('close').reason,
        ...amiss(view, 'close', 'reason'),
      })}`,
    ),
  ];
}

/** Of a field that the notice is about: it says so, and has the focus. */
const amiss = ({ refused }: RequestView, act: RequestAct, field: string) =>
  refused?.act === act && refused.field === field ? { errorId: NOTICE_ID, focus: true } : {};

function act(view: RequestView, what: RequestAct, body: Part, kind: 'primary' | 'danger' = 'primary'): Html {
  const t = speak(view.language);
  return html`<details ${view.refused?.act === what && raw` open`}>
    <summary>${t(`requests.${what}`)}</summary>
    ${postForm({
      path: `${(view.base ?? '') + paths.console.requests}/${view.request.id}/${what}`,
      csrf: view.csrf,
      label: t(`requests.${what}`),
      body: html`${body}${operatorPassword(view, what, amiss(view, what, 'password'))}`,
      submit: t(`requests.${what}`),
      kind,
    })}
  </details>`;
}
