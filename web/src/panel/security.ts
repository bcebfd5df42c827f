import type { SecurityView } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { passwordField, postForm, textField } from '../parts/form.ts';
import { day } from '../parts/format.ts';
import { refusals } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { speak, type MessageKey } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';
import { userNameFor } from './setup.ts';

const ERRORS = 'security_errors';

/** All that a person signs in with, and how to change each of it; every change asks for the password. */
// EN 303 645 5.1-4, G044 6.1-d: from the first page here, from here to each change
export function securityPage(view: SecurityView): string {
  const t = speak(view.language);
  const on = view.code || view.passkeys.length > 0;
  return panelDocument(view, {
    title: t('security.title'),
    current: paths.panel.security,
    body: html`${refusals(view.language, view.refused, ERRORS)}
      <h2>${t('login.password')}</h2>
      <p><a href="${(view.base ?? '') + paths.panel.password}">${t('password.title')}</a></p>
      <h2>${t('security.second')}</h2>
      <p class="value">
        ${mark(on ? 'good' : 'off')}<span>${t(on ? 'security.second.on' : 'security.second.off')}</span>
      </p>
      <p>${t('security.second.what')}</p>
      ${codeOf(view)}${passkeysOf(view)}${view.recoveryLeft !== undefined && recoveryOf(view, view.recoveryLeft)}
      <h2>${t('security.lost')}</h2>
      <p>${t('security.lost.text')}</p>`,
  });
}

/** Whether it is the only thing that stands behind the password. */
const isLast = (view: SecurityView): boolean => Number(view.code) + view.passkeys.length === 1;

function codeOf(view: SecurityView): Html {
  const t = speak(view.language);
  return html`<section class="card" aria-labelledby="security_code">
    <h3 id="security_code">${t('security.code')}</h3>
    <p>${mark(view.code ? 'good' : 'off')} ${t(view.code ? 'security.code.on' : 'security.code.off')}</p>
    ${change(view, {
      id: 'add_code',
      opens: view.code ? 'security.code.replace' : 'security.code.add',
      path: paths.panel.code,
      submit: 'security.continue',
    })}
    ${
      view.code &&
      change(view, {
        id: 'remove_code',
        opens: 'security.code.remove',
        path: paths.panel.removeCode,
        submit: 'security.remove',
        says: removal(view),
      })
    }
  </section>`;
}

const removal = (view: SecurityView): MessageKey =>
  isLast(view) ? 'security.remove.last' : 'security.remove.one-of-several';

function passkeysOf(view: SecurityView): Html {
  const t = speak(view.language);
  return html`<section class="card" aria-labelledby="security_passkeys">
    <h3 id="security_passkeys">${t('security.passkeys')}</h3>
    <p>${t('security.passkeys.what')}</p>
    ${
      view.passkeys.length > 0 &&
      html`<ul class="plain">
        ${view.passkeys.map((each, at) => passkeyOf(view, each, at))}
      </ul>`
    }
    ${adding(view)}
  </section>`;
}

function passkeyOf(view: SecurityView, passkey: SecurityView['passkeys'][number], at: number): Html {
  const t = speak(view.language);
  return html`<li>
    <p>
      ${mark(passkey.cloned ? 'bad' : 'good')} <strong>${passkey.name}</strong><br />
      ${t('security.passkey.added', { name: passkey.rpId })} ${day(view.language, passkey.addedAt)}
      ${passkey.cloned && html`<br />${t('security.passkey.cloned')}`}
    </p>
    ${change(view, {
      id: `remove_passkey_${at}`,
      opens: 'security.passkey.remove',
      path: paths.panel.removePasskey,
      submit: 'security.remove',
      says: removal(view),
      of: passkey.name,
      body: html`<input type="hidden" name="passkey" value="${passkey.id}" />`,
    })}
  </li>`;
}

function adding(view: SecurityView): Part {
  const t = speak(view.language);
  switch (view.addPasskey.kind) {
    case 'here':
      return change(view, {
        id: 'add_passkey',
        opens: 'security.passkey.add',
        path: paths.panel.passkey,
        submit: 'security.continue',
        body: textField({
          id: 'passkey_name',
          name: 'name',
          label: t('security.passkey.name'),
          hint: t('security.passkey.name.hint'),
          maximumLength: 40,
        }),
      });
    case 'elsewhere':
      return html`<p>${t('security.passkey.elsewhere', { address: view.addPasskey.address })}</p>`;
    case 'full':
      return html`<p>${t('refused.passkeys-full')}</p>`;
  }
}

function recoveryOf(view: SecurityView, left: number): Html {
  const t = speak(view.language);
  return html`<section class="card" aria-labelledby="security_recovery">
    <h3 id="security_recovery">${t('security.recovery')}</h3>
    <p>${mark(left > 2 ? 'good' : 'bad')} ${t('security.recovery.left', { count: left })}</p>
    ${change(view, {
      id: 'renew_recovery',
      opens: 'security.recovery.renew',
      path: paths.panel.recovery,
      submit: 'security.recovery.submit',
      says: 'security.recovery.what',
    })}
  </section>`;
}

interface Change {
  readonly id: string;
  readonly opens: MessageKey;
  readonly path: string;
  readonly submit: MessageKey;
  readonly says?: MessageKey;
  /** names what is changed, where several have the same words */
  readonly of?: string;
  readonly body?: Part;
}

// EN 303 645 5.5-5, G045 AU-1-2: a session alone changes nothing here; who changes it must know the password
function change(view: SecurityView, it: Change): Html {
  const t = speak(view.language);
  const words = it.of === undefined ? t(it.opens) : `${t(it.opens)}: ${it.of}`;
  return html`<details class="more">
    <summary>${words}</summary>
    ${it.says && html`<p>${t(it.says)}</p>`}
    ${postForm({
      path: (view.base ?? '') + it.path,
      csrf: view.csrf,
      submit: t(it.submit),
      label: words,
      kind: it.submit === 'security.remove' ? 'danger' : 'primary',
      body: [
        it.body,
        userNameFor(view.account?.name),
        passwordField({
          id: `${it.id}_current`,
          name: 'current',
          label: t('password.current'),
          language: view.language,
          autocomplete: 'current-password',
          maximumLength: 256,
        }),
      ],
    })}
  </details>`;
}
