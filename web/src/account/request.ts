import type { AccountFrame } from './views.ts';
import type { RequestRow } from '../console/requests-views.ts';
import { requestFields } from '../console/requests.ts';
import { facts } from '../parts/facts.ts';
import { postForm, textField } from '../parts/form.ts';
import { instant } from '../parts/format.ts';
import { html, type Part } from '../parts/html.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { accountDocument, codeField, codeTrouble, ERROR } from './frame.ts';

export interface AccountRequestView extends AccountFrame {
  /** a request that the person follows by its number */
  readonly request?: Pick<RequestRow, 'id' | 'kind' | 'receivedAt' | 'dueAt' | 'isIdentified'> & {
    readonly closed?: { readonly at: string; readonly as: 'answered' | 'refused' | 'withdrawn'; readonly said: string };
  };
  readonly isNew?: boolean;
  readonly trouble?: 'unknown' | 'code' | { readonly waitSeconds: number };
}

/** For whoever has no code, or wants an answer from people: no name is asked for, and nothing tells whether there is somebody. */
export function accountRequestPage(view: AccountRequestView): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  return accountDocument(view, {
    title: t('account.request.title'),
    lead: t('account.request.lead'),
    body: html`${troubleOf(view)}${view.request ? followed(view) : false}
    ${
      !view.request &&
      html`<h2>${t('account.request.new')}</h2>
        ${postForm({
          path: base + paths.account.request,
          csrf: view.csrf,
          submit: t('account.request.submit'),
          body: requestFields(view, 'request', { kind: (kind) => t(`account.request.kind.${kind}`) }),
        })}
        <h2>${t('account.request.follow')}</h2>
        ${postForm({
          path: base + paths.account.requestFollow,
          csrf: view.csrf,
          submit: t('account.request.follow'),
          kind: 'quiet',
          body: textField({
            id: 'number',
            name: 'number',
            label: t('requests.number'),
            maximumLength: 32,
            ...(view.trouble === 'unknown' ? { errorId: ERROR, focus: true } : {}),
          }),
        })}`
    }`,
  });
}

function followed(view: AccountRequestView): Part {
  const t = speak(view.language);
  const { request } = view;
  if (!request) return false;
  const { closed } = request;
  const failed = view.trouble !== undefined;
  return html`<section class="card" aria-labelledby="request_number">
    <h2 id="request_number">${t('requests.number')}: <code>${request.id}</code></h2>
    ${view.isNew === true && html`<p>${t('account.request.keep-number')}</p>`}
    ${facts([
      [t('requests.kind'), t(`account.request.kind.${request.kind}`)],
      [t('requests.received'), instant(view.language, request.receivedAt)],
      [t('account.request.due'), !closed && instant(view.language, request.dueAt)],
      [t('requests.identified'), t(request.isIdentified ? 'account.request.known' : 'requests.identified.no')],
      [
        t('account.request.answer'),
        closed && html`${t(`requests.as.${closed.as}`)}, ${instant(view.language, closed.at)}: ${closed.said}`,
      ],
    ])}
    ${
      !request.isIdentified &&
      !closed &&
      html`<p>${t('account.request.prove')}</p>
        ${postForm({
          path: (view.base ?? '') + paths.account.requestProve,
          csrf: view.csrf,
          submit: t('account.request.prove.submit'),
          body: html`<input
              type="hidden"
              name="number"
              value="${request.id}"
            />${codeField({ ...view, failed }, t('account.code'))}`,
        })}`
    }
  </section>`;
}

function troubleOf(view: AccountRequestView): Part {
  const { language, trouble } = view;
  if (trouble === undefined) return false;
  if (trouble !== 'unknown') return codeTrouble({ ...view, failed: true, ...(trouble === 'code' ? {} : trouble) });
  return html`<div class="notice bad" role="alert" id="${ERROR}">
    ${mark('bad')}
    <p>${speak(language)('account.request.unknown')}</p>
  </div>`;
}
