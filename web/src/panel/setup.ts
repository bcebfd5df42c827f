import type { SetupView } from './views.ts';
import { facts } from '../parts/facts.ts';
import { day } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { checkbox, passwordField, postForm, textField } from '../parts/form.ts';
import { refusals } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';

const STEPS = [1, 2, 3, 4] as const;
const ERRORS = 'setup_errors';

/** First-time set-up: few decisions, each already on its safe side. */
// EN 303 645 5.12-1, TS 103 645 4.12-1: four steps, safe choices made beforehand
export function setupPage(view: SetupView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t(`setup.${view.step}.title`),
    heading: false,
    // until it is set up, the other pages only lead back here
    nav: view.step === 4,
    brand: t('setup.brand'),
    body: html`${progress(view)}
      <h1>${t(`setup.${view.step}.title`)}</h1>
      ${refusals(view.language, view.refused, ERRORS)}${stepOf(view)}`,
  });
}

function progress(view: SetupView): Html {
  const t = speak(view.language);
  const items = STEPS.map((step) => {
    const state = step < view.step ? 'done' : step === view.step ? 'now' : 'later';
    return html`<li class="${state}" ${step === view.step && html` aria-current="${'step'}"`}>
      <span class="dot">${state === 'done' ? mark('good') : step}</span>
      <span class="step-name">${t(`setup.${step}.short`)}</span>
    </li>`;
  });
  return html`<p class="kicker">${t('setup.progress', { step: view.step, steps: STEPS.length })}</p>
    <ol class="steps" aria-label="${t('setup.steps')}">
      ${items}
    </ol>`;
}

function stepOf(view: SetupView): Part {
  switch (view.step) {
    case 1:
      return labelStep(view);
    case 2:
      return passwordStep(view);
    case 3:
      return choicesStep(view);
    case 4:
      return doneStep(view);
  }
}

const form = (view: SetupView, submit: string, body: Part): Html =>
  postForm({
    path: (view.base ?? '') + paths.panel.setup,
    csrf: view.csrf,
    submit,
    body: html`<input type="hidden" name="step" value="${view.step}" />${body}`,
  });

const errorId = (view: SetupView): string | undefined => (view.refused?.length ? ERRORS : undefined);

function labelStep(view: SetupView): Part {
  const t = speak(view.language);
  const field = passwordField({
    id: 'labelPassword',
    name: 'labelPassword',
    label: t('setup.label'),
    hint: t('setup.label.hint'),
    language: view.language,
    autocomplete: 'off',
    maximumLength: 64,
    errorId: errorId(view),
    focus: true,
  });
  return html`<p class="lead">${t('setup.1.lead')}</p>
    <details class="more">
      <summary>${t('setup.warned')}</summary>
      <p>${t('setup.warned.1')}</p>
      ${checkingSteps(view)}
    </details>
    ${form(view, t('setup.next'), field)}`;
}

/** How a person tells their device from another one: the browser cannot. */
// EN 303 645 5.12-2, G044 6.12.2: what to do when the browser warns
export function checkingSteps(view: Pick<SetupView, 'language'>): Part {
  const t = speak(view.language);
  return html`<ol>
    <li>${t('setup.warned.2')}</li>
    <li>${t('setup.warned.3')}</li>
    <li>${t('setup.warned.4')}</li>
  </ol>`;
}

// EN 303 645 5.1-1, G045 AU-1-1: the label's password lets in once; the person defines the next one
function passwordStep(view: SetupView): Part {
  const t = speak(view.language);
  const fields = [userNameFor(view.user), newPasswordFields(view, view.refused ?? [], errorId(view))];
  return html`<p class="lead">${t('setup.2.lead')}</p>
    ${form(view, t('setup.next'), fields)} ${asNew(view)}`;
}

/** Folded: who bought it new needs none of it. */
function asNew(view: SetupView): Part {
  const t = speak(view.language);
  return (
    view.asNew !== undefined &&
    html`<details class="more" id="as_new">
      <summary>${t('setup.as-new')}</summary>
      <p>${t('setup.as-new.text')}</p>
      ${facts([
        [t('safety.serial'), html`<code>${view.asNew.serial}</code>`],
        [t('safety.version'), view.asNew.softwareVersion],
        [t('support.until'), day(view.language, view.asNew.supportUntil)],
      ])}
      ${
        view.asNew.checkUrl !== undefined &&
        html`<p><a href="${view.asNew.checkUrl}" rel="noopener noreferrer">${t('setup.as-new.check')}</a></p>`
      }
    </details>`
  );
}

/** Read by password managers, which else would not know whose password it is. */
export const userNameFor = (name: string | undefined): Part =>
  name !== undefined &&
  html`<input
    type="text"
    class="for-managers"
    value="${name}"
    autocomplete="username"
    aria-hidden="true"
    tabindex="-1"
    readonly
  />`;

/** The pair of inputs that every choice of a password uses, with the rules in words. */
export function newPasswordFields(
  view: Pick<SetupView, 'language' | 'minimumLength' | 'maximumLength'>,
  refused: readonly string[],
  errorId: string | undefined,
  what?: 'pin',
): Part {
  const t = speak(view.language);
  // the input that was wrong is marked and has the focus, not its neighbours
  const repeatWrong = refused.length > 0 && refused.every((key) => key === 'refused.repeat-differs');
  const passwordWrong = !repeatWrong && refused.some((key) => key !== 'refused.wrong-password');
  const focused = refused.length > 0 && !refused.includes('refused.wrong-password');
  const rules =
    what === 'pin'
      ? html`${t('people.pin.hint')}`
      : html`<ul>
          <li>${t('password.rule.length', { minimum: view.minimumLength, maximum: view.maximumLength })}</li>
          <li>${t('password.rule.common')}</li>
          <li>${t('password.rule.advice')}</li>
        </ul>`;
  return [
    passwordField({
      id: 'password',
      name: 'password',
      label: t('password.new'),
      hint: rules,
      language: view.language,
      autocomplete: 'new-password',
      maximumLength: view.maximumLength,
      ...(what === 'pin' ? {} : { strengthFrom: view.minimumLength }),
      errorId: passwordWrong || repeatWrong ? errorId : undefined,
      focus: focused,
    }),
    passwordField({
      id: 'repeat',
      name: 'repeat',
      label: t('password.repeat'),
      language: view.language,
      autocomplete: 'new-password',
      maximumLength: view.maximumLength,
      repeats: 'password',
      errorId: repeatWrong ? errorId : undefined,
    }),
  ];
}

function choicesStep(view: SetupView): Part {
  const t = speak(view.language);
  const name = textField({
    id: 'name',
    name: 'name',
    label: t('setup.name'),
    hint: t('setup.name.hint'),
    value: view.name,
    maximumLength: 40,
    errorId: errorId(view),
  });
  return html`<p class="lead">${t('setup.3.lead')}</p>
    ${form(view, t('setup.finish'), [name, choiceList(view.language, view.choices)])}`;
}

/** Optional data uses: each on its own, off unless the person says otherwise. */
// EN 303 645 6-2, G044 7-b: consent per purpose, never bundled and never chosen beforehand
export function choiceList(language: SetupView['language'], choices: SetupView['choices']): Part {
  const t = speak(language);
  if (choices.length === 0) return false;
  return html`<fieldset>
    <legend>${t('choices.title')}</legend>
    <p class="hint">${t('choices.hint')}</p>
    ${choices.map((choice) => checkbox({ id: `choice_${choice.id}`, name: choice.id, label: choice.text, text: choice.text, on: choice.on }))}
  </fieldset>`;
}

function doneStep(view: SetupView): Part {
  const t = speak(view.language);
  return html`<p class="lead">${t('setup.4.lead')}</p>
    ${view.user !== undefined && html`<p>${t('setup.user')} <strong>${view.user}</strong></p>`}
    <ul class="ticks">
      <li>${mark('good')} ${t('setup.4.password')}</li>
      <li>${mark('good')} ${t('setup.4.sharing')}</li>
      <li>${mark('good')} ${t('setup.4.later')}</li>
    </ul>
    <p><a href="${(view.base ?? '') + paths.panel.safety}">${t('setup.4.check')}</a></p>
    ${view.guideUrl !== undefined && html`<p><a href="${view.guideUrl}" rel="noopener noreferrer">${t('setup.4.guide')}</a></p>`}
    <p class="act"><a class="button primary" href="${(view.base ?? '') + paths.panel.home}">${t('setup.4.go')}</a></p>`;
}
