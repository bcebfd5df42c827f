import type { PeopleView, Person } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { declaredField, passwordField, postForm, textField } from '../parts/form.ts';
import { instant, list } from '../parts/format.ts';
import { refusals } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { message, speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';

const ERRORS = 'people_errors';

/** Who has an account, what each may do, and what an owner can do about it. */
// G045 AU-1-5, AU-1-6: people and their rights, in plain words
export function peoplePage(view: PeopleView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('people.title'),
    current: paths.panel.people,
    body: html`<p class="lead">${t('people.lead')}</p>
      ${refusals(view.language, view.refused, ERRORS)}${given(view)}
      <div class="people">${view.people.map((person, i) => personCard(view, person, i))}</div>
      ${addForm(view)}
      <h2>${t('people.everywhere')}</h2>
      <p>${t('people.everywhere.text')}</p>
      ${pathOf(view, 'end-sessions', (path) => postForm({ path, csrf: view.csrf, submit: t('people.everywhere.submit'), kind: 'quiet', body: false }))}`,
  });
}

/** The one time that a made-up password is shown. */
function given(view: PeopleView): Part {
  const t = speak(view.language);
  return (
    view.given &&
    html`<section class="card" role="status" aria-labelledby="given_title">
      <h2 id="given_title">${t('people.given.title', { name: view.given.name })}</h2>
      <p class="value"><code id="initial_password">${view.given.password}</code></p>
      <p>${t('people.given.text', { hours: String(view.given.hours) })}</p>
    </section>`
  );
}

function personCard(view: PeopleView, person: Person, i: number): Html {
  const t = speak(view.language);
  const role = view.roles.find(({ id }) => id === person.role);
  return html`<section class="card" aria-labelledby="person_${i}">
    <h2 id="person_${i}">${person.name}${person.isYou && html` <span class="hint">${t('people.you')}</span>`}</h2>
    <p><strong>${message(view.language, `role.${person.role}`)}</strong></p>
    ${
      role &&
      html`<details class="more">
        <summary>${t('people.may')}</summary>
        <ul>
          ${role.may.map((may) => html`<li>${may}</li>`)}
        </ul>
      </details>`
    }
    ${person.livesHere === true && html`<p>${mark('info')} ${t('people.resident')}</p>`} ${signedIn(view, person)}
    ${waiting(view, person)}
    ${person.until !== undefined && html`<p>${mark('info')} ${t('people.until')} ${instant(view.language, person.until)}</p>`}
    ${person.pin && html`<p>${mark('info')} ${t(person.pin.locked ? 'people.pin.locked' : 'people.pin.open')}</p>`}
    ${moveIn(view, person, i)} ${!person.isYou && actions(view, person, i)}
  </section>`;
}

function waiting(view: PeopleView, { waiting: first }: Person): Part {
  const t = speak(view.language);
  return (
    first &&
    html`<p>
      ${mark('waiting')} ${t('people.waiting')}
      ${first.until !== undefined && [t('people.waiting.until'), ' ', instant(view.language, first.until)]}
    </p>`
  );
}

function signedIn(view: PeopleView, person: Person): Html {
  const t = speak(view.language);
  if (person.signedIn.length === 0) return html`<p>${mark('off')} ${t('people.out')}</p>`;
  return html`<p>
    ${mark('on')} ${t('people.in')} ${person.signedIn.map((since, n) => [n > 0 && ', ', instant(view.language, since)])}
  </p>`;
}

/** An owner hands the household’s data over, to a tenant say, or takes it back when they leave. */
function moveIn(view: PeopleView, person: Person, i: number): Part {
  const t = speak(view.language);
  if (person.livesHere === true || person.pin) return false;
  return pathOf(
    view,
    'set-resident',
    (path) =>
      html`<details class="more">
        <summary>${t('people.move-in')}</summary>
        <p>${t('people.move-in.text')}</p>
        ${postForm({
          path,
          csrf: view.csrf,
          submit: t('people.move-in'),
          kind: 'quiet',
          label: `${person.name}: ${t('people.move-in')}`,
          body: [
            html`<input type="hidden" name="name" value="${person.name}" />`,
            own(view, `person_${i}_move_in_current`),
          ],
        })}
      </details>`,
  );
}

function actions(view: PeopleView, person: Person, i: number): Html {
  const t = speak(view.language);
  const form = (purpose: string, id: string, submit: string, kind: 'quiet' | 'danger', fields: Part): Part =>
    pathOf(view, purpose, (path) =>
      postForm({
        path,
        csrf: view.csrf,
        submit,
        kind,
        label: `${person.name}: ${submit}`,
        body: [
          html`<input type="hidden" name="name" value="${person.name}" />`,
          fields,
          own(view, `person_${i}_${id}_current`),
        ],
      }),
    );
  const locked = person.pin?.locked === true;
  return html`<details class="more">
    <summary>${t('people.change', { name: person.name })}</summary>
    ${form('change-role', 'role', t('people.role.submit'), 'quiet', roleField(view, `person_${i}_role`, person.role))}
    ${
      person.mayBeChild &&
      form(
        'set-pin',
        'pin',
        t(person.pin ? 'people.pin.change' : 'people.pin.set'),
        'quiet',
        passwordField({
          id: `person_${i}_pin`,
          name: 'pin',
          label: t('people.pin'),
          hint: t('people.pin.hint'),
          language: view.language,
          autocomplete: 'off',
          maximumLength: 12,
        }),
      )
    }
    ${
      person.pin &&
      form(
        'lock-pin',
        'lock',
        t(locked ? 'people.pin.unlock' : 'people.pin.lock'),
        'quiet',
        html`<input type="hidden" name="locked" value="${locked ? 'off' : 'on'}" />`,
      )
    }
    ${form('remove-account', 'remove', t('people.remove'), 'danger', html`<p>${t('people.remove.text')}</p>`)}
  </details>`;
}

function addForm(view: PeopleView): Part {
  const t = speak(view.language);
  return pathOf(
    view,
    'add-account',
    (path) =>
      html`<h2>${t('people.add')}</h2>
        ${postForm({
          path,
          csrf: view.csrf,
          submit: t('people.add.submit'),
          body: [
            textField({
              id: 'new_name',
              name: 'name',
              label: t('people.name'),
              hint: t('people.name.hint'),
              maximumLength: 32,
            }),
            roleField(view, 'new_role', 'guest'),
            html`<details class="more">
              <summary>${t('people.roles')}</summary>
              <dl>
                ${view.roles.map(
                  (role) =>
                    html`<dt>${role.name}</dt>
                      <dd>${list(view.language, role.may)}</dd>`,
                )}
              </dl>
            </details>`,
            own(view, 'new_current'),
          ],
        })}`,
  );
}

const roleField = (view: PeopleView, id: string, value: string): Html =>
  declaredField(
    view.language,
    {
      name: 'role',
      label: message(view.language, 'people.role'),
      type: 'select',
      value,
      choices: view.roles.map((role) => ({ value: role.id, label: role.name })),
    },
    id,
  );

/** What matters asks for the password again. */
const own = (view: PeopleView, id: string): Html =>
  passwordField({
    id,
    name: 'current',
    label: message(view.language, 'people.current'),
    language: view.language,
    autocomplete: 'current-password',
    maximumLength: 256,
  });

const pathOf = (view: PeopleView, purpose: string, part: (path: string) => Part): Part => {
  const path = view.paths[purpose];
  return path !== undefined && part((view.base ?? '') + path);
};
