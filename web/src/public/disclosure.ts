import type { PublicView } from './views.ts';
import { days, list } from '../parts/format.ts';
import { html } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { contactLink, publicDocument, told } from './frame.ts';

// EN 303 645 5.2-1, TS 103 645 4.2-1, G044 6.2.1: contact, and both time limits, in a policy that anyone can read
export function disclosurePage(view: PublicView): string {
  const t = speak(view.language);
  const { disclosure, product, vulnerabilityTypes } = view.declaration;
  const names = new Intl.DisplayNames([view.language], { type: 'language' });
  const spoken = disclosure.languages.map((tag) => nameOf(names, tag));
  const kinds = vulnerabilityTypes.map(
    (kind) =>
      html`<li id="${kind.id}" data-table="vulnerabilityTypes" data-item="${kind.id}">
        ${told(view, kind.description)}: ${t('disclosure.target', { span: days(view.language, kind.targetDays) })}
      </li>`,
  );
  return publicDocument(
    view,
    'disclosure',
    t('disclosure.lead'),
    html` <section id="disclosure_contact">
        <h2>${t('disclosure.contact')}</h2>
        <ul class="plain">
          ${disclosure.contact.map((contact) => html`<li>${contactLink(contact)}</li>`)}
        </ul>
        <p>${t('disclosure.languages', { languages: list(view.language, spoken) })}</p>
        <p>${t('disclosure.include')}</p>
      </section>
      <section id="disclosure_times">
        <h2>${t('disclosure.times')}</h2>
        <ul>
          <li id="disclosure_acknowledge" data-days="${disclosure.acknowledgeWithinDays}">
            ${t('disclosure.acknowledge', { span: days(view.language, disclosure.acknowledgeWithinDays) })}
          </li>
          <li id="disclosure_status" data-days="${disclosure.statusEveryDays}">
            ${t('disclosure.status', { span: days(view.language, disclosure.statusEveryDays) })}
          </li>
          ${kinds}
        </ul>
      </section>
      <section>
        <h2>${t('disclosure.process')}</h2>
        <ol>
          <li>${t('disclosure.process.1')}</li>
          <li>${t('disclosure.process.2')}</li>
          <li>${t('disclosure.process.3')}</li>
          <li>${t('disclosure.process.4')}</li>
        </ol>
      </section>
      <section>
        <h2>${t('disclosure.scope')}</h2>
        <p>${t('disclosure.scope.in', { model: product.model.designation })}</p>
        <p>${t('disclosure.scope.out')}</p>
      </section>
      <section>
        <h2>${t('disclosure.harbour')}</h2>
        <p>${t('disclosure.harbour.text')}</p>
        <ul>
          <li>${t('disclosure.harbour.1')}</li>
          <li>${t('disclosure.harbour.2')}</li>
          <li>${t('disclosure.harbour.3')}</li>
        </ul>
      </section>
      <section>
        <h2>${t('disclosure.secrecy')}</h2>
        <p>${t('disclosure.secrecy.text')}</p>
      </section>`,
  );
}

/** A tag that is no language code is shown as it was declared. */
function nameOf(names: Intl.DisplayNames, tag: string): string {
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag) ? (names.of(tag) ?? tag) : tag;
}
