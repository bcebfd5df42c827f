import type { AccountEndView, AccountFrame, AccountLoginView, AccountVerifyView } from './views.ts';
import { postForm } from '../parts/form.ts';
import { html } from '../parts/html.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { accountDocument, codeField, codeTrouble } from './frame.ts';

/** The code alone opens it: no name, no address. */
export function accountLoginPage(view: AccountLoginView): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  return accountDocument(view, {
    title: t('account.login.title'),
    lead: t('account.login.lead'),
    body: html`${codeTrouble(view)}
      ${postForm({
        path: base + paths.account.login,
        csrf: view.csrf,
        submit: t('account.login.submit'),
        body: codeField(view, t('account.code'), true),
      })}
      <h2>${t('account.login.where')}</h2>
      <ul>
        <li>${t('account.login.where.panel')}</li>
        <li>${t('account.login.where.kept')}</li>
        <li>${t('account.login.where.lost')}</li>
      </ul>
      <ul class="plain">
        <li><a href="${base + paths.account.request}">${t('account.request.title')}</a></li>
        <li><a href="${base + paths.account.verify}">${t('account.verify.title')}</a></li>
      </ul>`,
  });
}

/** The account ends, the data stays under pseudonyms that lead to nobody: said plainly, since it is no erasure. */
export function accountEndPage(view: AccountEndView): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  return accountDocument(view, {
    title: t('account.end.title'),
    lead: t('account.end.lead'),
    body: html`${codeTrouble(view)}
      <div class="notice bad">
        ${mark('bad')}
        <div>
          <p>${t('account.end.not-erasure')}</p>
          <p><a href="${base + paths.account.erase}">${t('account.erase.title')}</a></p>
        </div>
      </div>
      ${postForm({
        path: base + paths.account.end,
        csrf: view.csrf,
        submit: t('account.end.submit'),
        kind: 'danger',
        body: codeField(view, t('account.code.again')),
      })}
      <p><a href="${base + paths.account.data}">${t('account.end.cancel')}</a></p>`,
  });
}

export function accountEndedPage(view: AccountFrame): string {
  const t = speak(view.language);
  return accountDocument(view, {
    title: t('account.ended.title'),
    body: html`<p>${t('account.ended.text')}</p>`,
  });
}

/** How anybody checks a confirmation without asking us. */
// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: a confirmation that the person need not take on trust
export function accountVerifyPage(view: AccountVerifyView): string {
  const t = speak(view.language);
  return accountDocument(view, {
    title: t('account.verify.title'),
    lead: t('account.verify.lead'),
    body: html`<h2>${t('account.verify.says')}</h2>
      <p>${t('account.verify.says.text')}</p>
      <h2>${t('account.verify.steps')}</h2>
      <ol>
        <li>${t('account.verify.step.1')}</li>
        <li><a href="${view.rootsPage}" download>${t('account.verify.step.2')}</a></li>
        <li>
          ${t('account.verify.step.3')}
          <ul>
            ${view.roots.map((root) => html`<li><code>${root.match(/.{4}/g)?.join(' ') ?? root}</code></li>`)}
          </ul>
        </li>
        <li>
          ${t('account.verify.step.4')}
          <p><code>hearthward privacy verify confirmation.json --roots roots.pem</code></p>
        </li>
      </ol>
      <h2>${t('account.verify.else')}</h2>
      <p>${t('account.verify.else.text')}</p>`,
  });
}
