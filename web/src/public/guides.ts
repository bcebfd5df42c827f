import { translated } from '@hearthward/product';
import type { PublicView } from './views.ts';
import { anyOf, plain, words } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { checkingSteps } from '../panel/setup.ts';
import { itemMaker, linkTo, publicDocument, section, told } from './frame.ts';

/** Guides for people, for the product as it is declared. */

// EN 303 645 5.12-2, G044 6.12.2: how to set the product up securely
export function setupGuide(view: PublicView): string {
  const t = speak(view.language);
  const { userDecisions } = view.declaration;
  const item = itemMaker();
  const decisions = userDecisions.map((decision) =>
    item('userDecisions', decision.id, words(view.language, decision.decision), [
      [
        t('guide.options'),
        anyOf(
          view.language,
          decision.options.map((option) => plain(view.language, translated(view.declaration, option))),
        ),
      ],
      [t('guide.default'), told(view, decision.default)],
      [t('guide.effect'), told(view, decision.securityEffect)],
    ]),
  );
  return publicDocument(
    view,
    'setup',
    t('guide.setup.lead'),
    html` <section>
        <h2>${t('guide.steps')}</h2>
        <ol>
          <li>${t('guide.setup.1')}</li>
          <li>${t('guide.setup.2')} ${checkingSteps(view)}</li>
          <li>${t('guide.setup.3')}</li>
          <li>${t('guide.setup.4')} ${rulesOf(view)}</li>
          <li>${t('guide.setup.5')}</li>
        </ol>
      </section>
      ${section(t('guide.decisions'), t('guide.decisions.none'), decisions, t('guide.decisions.text'))}
      <p>${linkTo(view, 'setup-check')}</p>`,
  );
}

// EN 303 645 5.12-3, G044 6.12.3: how to check that it is set up securely
export function setupCheckGuide(view: PublicView): string {
  const t = speak(view.language);
  const item = itemMaker();
  const open = view.declaration.softwareServices.map((service) =>
    item('softwareServices', service.id, words(view.language, service.description), [
      [t('guide.check.port'), `${service.port}/${service.transport}`],
      [t('guide.check.guarded'), t(service.authentication.length > 0 ? 'answer.yes' : 'answer.no')],
      [t('guide.check.public'), told(view, service.publicBecause)],
    ]),
  );
  return publicDocument(
    view,
    'setup-check',
    t('guide.check.lead'),
    html` <section>
        <h2>${t('guide.steps')}</h2>
        <ol>
          <li>${t('guide.check.1')}</li>
          <li>${t('guide.check.2')}</li>
          <li>${t('guide.check.3')}</li>
          <li>${t('guide.check.4')}</li>
        </ol>
      </section>
      ${askingOf(view)} ${section(t('guide.check.open'), t('guide.check.open.none'), open, t('guide.check.open.text'))}
      <p>${linkTo(view, 'password-change')}</p>`,
  );
}

/** How the manufacturer is asked, where the product can do that, and what it is told. */
function askingOf(view: PublicView): Part {
  const remote = view.declaration.setupCheck?.remote;
  if (!remote) return false;
  const t = speak(view.language);
  return html`<section>
    <h2>${t('guide.check.remote')}</h2>
    <p>${t('guide.check.remote.text')}</p>
    <ol>
      <li>${t('guide.check.remote.1')}</li>
      <li>${t('guide.check.remote.2')}</li>
      <li>${t('guide.check.remote.3')}</li>
    </ol>
    <p>${t('guide.check.remote.sends')} ${words(view.language, remote.sends)}.</p>
  </section>`;
}

// EN 303 645 5.1-4, G044 6.1-d: changing a password, told to everyone
export function passwordChangeGuide(view: PublicView): string {
  const t = speak(view.language);
  return publicDocument(
    view,
    'password-change',
    t('guide.password.lead'),
    html` <section>
        <h2>${t('guide.steps')}</h2>
        <ol>
          <li>${t('guide.password.1')}</li>
          <li>${t('guide.password.2')}</li>
          <li>${t('guide.password.3')} ${rulesOf(view)}</li>
          <li>${t('guide.password.4')}</li>
        </ol>
      </section>
      <section>
        <h2>${t('guide.password.forgotten')}</h2>
        <p>${t('guide.password.forgotten.text')}</p>
      </section>
      ${secondStep(view)}
      <p>${linkTo(view, 'deletion')}</p>`,
  );
}

/** How to set a second step up, and what to do when the phone is lost; where the product has one. */
function secondStep(view: PublicView): Part {
  const t = speak(view.language);
  if (view.declaration.authenticationMechanisms.every(({ secondTo }) => secondTo === undefined)) return false;
  return html`<section>
    <h2>${t('guide.second')}</h2>
    <p>${t('guide.second.text')}</p>
    <ol>
      <li>${t('guide.second.1')}</li>
      <li>${t('guide.second.2')}</li>
      <li>${t('guide.second.3')}</li>
      <li>${t('guide.second.4')}</li>
    </ol>
    <h3>${t('guide.second.lost')}</h3>
    <p>${t('security.lost.text')}</p>
  </section>`;
}

/** The rules of the password that people choose, as declared. */
function rulesOf(view: PublicView): Part {
  const t = speak(view.language);
  const rules = view.declaration.authenticationMechanisms.find(
    ({ subject, factor, rules }) => subject === 'user' && factor === 'password' && rules !== undefined,
  )?.rules;
  if (!rules) return false;
  const said: Html[] = [
    html`<li>${t('password.rule.length', { minimum: rules.minimumLength, maximum: rules.maximumLength })}</li>`,
  ];
  if (rules.refusesCommon) said.push(html`<li>${t('password.rule.common')}</li>`);
  if (rules.refusesRuns) said.push(html`<li>${t('password.rule.runs')}</li>`);
  return html`<ul>
    ${said}
  </ul>`;
}
