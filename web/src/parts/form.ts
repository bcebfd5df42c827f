import type { Language } from '@hearthward/standards';
import type { FormField } from '../panel/views.ts';
import { html, raw, type Html, type Part } from './html.ts';
import { speak } from './message.ts';

/** Forms that work without script: a label for every input, hint and error tied to it. */

/** letters of whoever has to say why */
const LEAST_REASON = 10;

export interface FormParts {
  readonly path: string;
  readonly csrf: string;
  readonly body: Part;
  readonly submit: string;
  readonly kind?: 'primary' | 'quiet' | 'danger';
  readonly className?: string;
  /** it carries files */
  readonly files?: boolean;
  /** names the form for screen readers where its button alone would not */
  readonly label?: string;
}

export const postForm = (form: FormParts): Html =>
  html`<form
    method="post"
    action="${form.path}"
    class="${form.className ?? 'stack'}"
    ${form.files === true && raw` enctype="multipart/form-data"`}
    ${form.label !== undefined && html` aria-label="${form.label}"`}
  >
    <input type="hidden" name="_csrf" value="${form.csrf}" />
    ${form.body}
    <p class="act"><button type="submit" class="${form.kind ?? 'primary'}">${form.submit}</button></p>
  </form>`;

export interface Input {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly hint?: Part;
  /** id of an element that says what was wrong with it */
  readonly errorId?: string | undefined;
  readonly required?: boolean;
  /** it has the focus when the page comes */
  readonly focus?: boolean;
}

const described = (input: Input): Html | false => {
  const ids = [input.hint ? `${input.id}_hint` : '', input.errorId ?? ''].filter((id) => id !== '');
  return ids.length > 0 && html` aria-describedby="${ids.join(' ')}"`;
};
const hintOf = (input: Input): Part =>
  Boolean(input.hint) && html`<div class="hint" id="${input.id}_hint">${input.hint}</div>`;
const amiss = (input: Input): Part => [
  input.errorId !== undefined && raw` aria-invalid="true"`,
  input.focus && raw` autofocus`,
];
const flags = (input: Input): Part => [input.required !== false && raw` required`, amiss(input)];

export interface TextInput extends Input {
  readonly value?: string | undefined;
  readonly autocomplete?: string;
  readonly minimumLength?: number;
  readonly maximumLength?: number;
  readonly type?: 'text' | 'search';
  /** which keys a phone shows */
  readonly keyboard?: 'numeric';
}
export const textField = (input: TextInput): Html =>
  html`<div class="field">
    <label for="${input.id}">${input.label}</label>${hintOf(input)}
    <input
      id="${input.id}"
      name="${input.name}"
      type="${input.type ?? 'text'}"
      value="${input.value ?? ''}"
      ${input.minimumLength !== undefined && html` minlength="${input.minimumLength}"`}
      maxlength="${input.maximumLength ?? 64}"
      autocomplete="${input.autocomplete ?? 'off'}"
      autocapitalize="none"
      spellcheck="false"
      ${input.keyboard && html` inputmode="${input.keyboard}"`}${described(input)}${flags(input)}
    />
  </div>`;

/** Why an operator does something that goes on record. */
export const reasonField = (input: Omit<TextInput, 'name'>): Html =>
  textField({ ...input, name: 'reason', minimumLength: LEAST_REASON, maximumLength: 200 });

export const selectField = (
  input: Input & {
    readonly value?: string | undefined;
    readonly choices: readonly { readonly value: string; readonly text: string }[];
  },
): Html =>
  html`<div class="field">
    <label for="${input.id}">${input.label}</label>
    <select id="${input.id}" name="${input.name}" ${described(input)}${amiss(input)}>
      ${input.choices.map(
        ({ value, text }) =>
          html`<option value="${value}" ${value === (input.value ?? '') && raw` selected`}>${text}</option>`,
      )}
    </select>
  </div>`;

export interface PasswordInput extends Input {
  readonly language: Language;
  readonly autocomplete: 'current-password' | 'new-password' | 'off';
  readonly maximumLength: number;
  /** shown while typing, by the script */
  readonly strengthFrom?: number;
  /** id of the input that it must repeat */
  readonly repeats?: string;
}

/** Masked, and shown only when the person asks for it (G045 AU-2-2). */
export function passwordField(input: PasswordInput): Html {
  const t = speak(input.language);
  const strength =
    input.strengthFrom !== undefined &&
    html` data-strength-from="${input.strengthFrom}" data-too-short="${t('strength.short')}"
    data-weak="${t('strength.weak')}" data-fair="${t('strength.fair')}" data-strong="${t('strength.strong')}"`;
  const repeats =
    input.repeats !== undefined &&
    html` data-repeats="${input.repeats}" data-same="${t('repeat.same')}" data-differs="${t('repeat.differs')}"`;
  return html`<div class="field">
    <label for="${input.id}">${input.label}</label>${hintOf(input)}
    <div class="with-button">
      <input
        id="${input.id}"
        name="${input.name}"
        type="password"
        maxlength="${input.maximumLength}"
        autocomplete="${input.autocomplete}"
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        data-show="${t('reveal.show')}"
        data-hide="${t('reveal.hide')}"
        data-of="${input.label}"
        ${strength}${repeats}${described(input)}${flags(input)}
      />
    </div>
  </div>`;
}

export const checkbox = (input: Input & { readonly on: boolean; readonly text: string }): Html =>
  html`<div class="choice">
    <input
      id="${input.id}"
      name="${input.name}"
      type="checkbox"
      value="on"
      ${input.on && raw` checked`}${input.required === true && raw` required`}${described(input)}${amiss(input)}
    />
    <label for="${input.id}">${input.text}</label>${hintOf(input)}
  </div>`;

/** One of a few: none is chosen beforehand where `value` is none of them. */
export const radios = (input: {
  readonly name: string;
  readonly legend: string;
  readonly value?: string;
  readonly choices: readonly { readonly value: string; readonly text: string; readonly hint?: string }[];
}): Html =>
  html`<fieldset>
    <legend>${input.legend}</legend>
    ${input.choices.map(({ value, text, hint }) => {
      const id = `${input.name}_${value}`;
      return html`<div class="choice">
        <input
          id="${id}"
          name="${input.name}"
          type="radio"
          value="${value}"
          required
          ${value === input.value && raw` checked`}
        />
        <label for="${id}">${text}${hint !== undefined && html`<br /><span class="hint">${hint}</span>`}</label>
      </div>`;
    })}
  </fieldset>`;

/** A field that a product's function declares. */
export function declaredField(language: Language, field: FormField, id: string): Html {
  if (field.type === 'hidden') return html`<input type="hidden" name="${field.name}" value="${field.value ?? ''}" />`;
  if (field.type === 'select') {
    const options = (field.choices ?? []).map(
      ({ value, label }) => html`<option value="${value}" ${value === field.value && raw` selected`}>${label}</option>`,
    );
    return html`<div class="field">
      <label for="${id}">${field.label}</label
      ><select id="${id}" name="${field.name}">
        ${options}
      </select>
    </div>`;
  }
  if (field.type === 'file') return fileField(language, field, id);
  const [low, high] = field.type === 'number' ? ['min', 'max'] : ['minlength', 'maxlength'];
  const limits = [
    field.minimum !== undefined && limit(low, field.minimum),
    field.maximum !== undefined && limit(high, field.maximum),
  ];
  const number = field.type === 'number' && raw` step="any" inputmode="decimal"`;
  const range =
    field.type === 'number' &&
    field.minimum !== undefined &&
    field.maximum !== undefined &&
    speak(language)('field.range', { low: field.minimum, high: field.maximum });
  return html`<div class="field">
    <label for="${id}">${field.label}</label>${range && html`<div class="hint" id="${id}_hint">${range}</div>`}
    <input
      id="${id}"
      name="${field.name}"
      type="${field.type}"
      value="${field.type === 'password' ? '' : (field.value ?? '')}"
      autocomplete="off"
      ${limits}${number}${range && html` aria-describedby="${id}_hint"`}
      required
    />
  </div>`;
}

function fileField(language: Language, field: FormField, id: string): Html {
  const t = speak(language);
  return html`<div class="field">
    <label for="${id}">${field.label}</label>
    <div class="hint" id="${id}_hint">${t('field.file', { kilobytes: Math.floor((field.maximum ?? 0) / 1000) })}</div>
    <input
      id="${id}"
      name="${field.name}"
      type="file"
      accept="${(field.media ?? []).join(',')}"
      aria-describedby="${id}_hint"
      required
    />
  </div>`;
}

const limit = (name: string | undefined, value: number): Html => {
  if (name === 'min') return html` min="${value}"`;
  if (name === 'max') return html` max="${value}"`;
  if (name === 'minlength') return html` minlength="${value}"`;
  return html` maxlength="${value}"`;
};
