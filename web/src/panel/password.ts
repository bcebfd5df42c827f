import type { Frame, PasswordView, ResetView } from './views.ts';
import { html, type Part } from '../parts/html.ts';
import { passwordField, postForm, radios } from '../parts/form.ts';
import { refusals } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { isMessageKey, message, speak, type MessageKey } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';
import { newPasswordFields, userNameFor } from './setup.ts';

const ERRORS = 'password_errors';

/** One page, one form, three fields. */
// EN 303 645 5.1-4, G044 6.1-d: changing the password is simple
export function passwordPage(view: PasswordView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('password.title'),
    current: paths.panel.security,
    body: html`<p class="lead">${t(leadOf(view))}</p>
      ${refusals(view.language, view.refused, ERRORS)}${!view.pin?.locked && changeForm(view)}`,
  });
}

function leadOf(view: PasswordView): MessageKey {
  if (view.pin?.locked) return 'password.lead.locked';
  return view.first ? 'password.lead.first' : 'password.lead';
}

function changeForm(view: PasswordView): Part {
  const t = speak(view.language);
  return postForm({
    path: (view.base ?? '') + paths.panel.password,
    csrf: view.csrf,
    submit: t('password.submit'),
    body: [
      userNameFor(view.account?.name),
      currentPassword(view, 'current', t(view.first ? 'password.given' : 'password.current'), view.refused),
      newPasswordFields(view, view.refused, view.refused.length > 0 ? ERRORS : undefined, view.pin && 'pin'),
    ],
  });
}

function currentPassword(view: Frame, name: string, label: string, refused: readonly string[]): Part {
  const wrong = refused.includes('refused.wrong-password');
  return passwordField({
    id: name,
    name,
    label,
    language: view.language,
    autocomplete: 'current-password',
    maximumLength: 256,
    errorId: wrong ? ERRORS : undefined,
    focus: wrong,
  });
}

/** Erasing everything: says what goes, asks who asks, and is not coloured as the way forward. */
// EN 303 645 5.11-1, 5.11-3, G044 6.11.1: simple, with clear instructions
export function resetPage(view: ResetView): string {
  const t = speak(view.language);
  const named = view.deletes.map(
    (name) => html`<li>${isMessageKey(`deletes.${name}`) ? message(view.language, `deletes.${name}`) : name}</li>`,
  );
  return panelDocument(view, {
    title: t('reset.title'),
    body: html`<p class="lead">${t('reset.lead')}</p>
      ${refusals(view.language, view.refused, ERRORS)}
      <div class="notice bad">
        ${mark('bad')}
        <div><p>${t('reset.warning')}</p></div>
      </div>
      ${
        named.length > 0 &&
        html`<h2>${t('reset.what')}</h2>
          <ul>
            ${named}
          </ul>`
      }
      <h2>${t('reset.after')}</h2>
      <p>${t('reset.after.text')}</p>
      <h2>${t('reset.other')}</h2>
      <p>${t('reset.other.text')}</p>
      ${postForm({
        path: (view.base ?? '') + paths.panel.reset,
        csrf: view.csrf,
        submit: t('reset.submit'),
        kind: 'danger',
        body: [
          userNameFor(view.account?.name),
          servicesChoice(view),
          afterChoice(view),
          currentPassword(view, 'password', t('reset.password'), view.refused ?? []),
        ],
      })}
      <p><a href="${(view.base ?? '') + paths.panel.safety}">${t('reset.cancel')}</a></p>`,
  });
}

/** Nothing is chosen beforehand: what the manufacturer has goes or stays because the person said so. */
// EN 303 645 5.11-2, G044 6.11.2: asked where the person is who is about to lose the device that could ask
function servicesChoice(view: ResetView): Part {
  const t = speak(view.language);
  return (
    view.services === true &&
    radios({
      name: 'services',
      legend: t('reset.services'),
      choices: [
        { value: 'on', text: t('reset.services.on'), hint: t('reset.services.on.hint') },
        { value: 'off', text: t('reset.services.off'), hint: t('reset.services.off.hint') },
      ],
    })
  );
}

/** Using it again is chosen beforehand: a device that is called scrapped by mistake is of no use to whoever has it. */
// EN 303 645 5.11-1, G045 DS-1-5: what is thrown away is not found and set up by somebody else
function afterChoice(view: ResetView): Part {
  const t = speak(view.language);
  return (
    view.after === true &&
    radios({
      name: 'after',
      legend: t('reset.use'),
      value: 'again',
      choices: [
        { value: 'again', text: t('reset.use.again'), hint: t('reset.use.again.hint') },
        { value: 'scrap', text: t('reset.use.scrap'), hint: t('reset.use.scrap.hint') },
      ],
    })
  );
}
