import type { PublicView } from './views.ts';
import { facts } from '../parts/facts.ts';
import { day, days, words } from '../parts/format.ts';
import { html, type Html } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { contactLink, itemMaker, linkTo, PUBLIC_PAGES, publicDocument, section, told } from './frame.ts';

// EN 303 645 5.3-13, 5.8-3, G044 6.3.13, 6.8.3: support period and sensing, open to everyone
export function productPage(view: PublicView): string {
  const t = speak(view.language);
  const { product, manufacturer, support } = view.declaration;
  const links = PUBLIC_PAGES.filter((page) => page !== 'product')
    .map((page) => linkTo(view, page))
    .filter((link) => link !== false)
    .map((link) => html`<li>${link}</li>`);
  return publicDocument(
    view,
    'product',
    told(view, product.kind),
    html`${facts([
        [t('product.model'), html`<strong id="model_designation">${product.model.designation}</strong>`],
        [t('product.maker'), html`<a href="${manufacturer.site}">${manufacturer.name}</a>`],
        [t('product.address'), manufacturer.address],
        [t('support.until'), html`<strong id="support_until">${day(view.language, support.until)}</strong>`],
      ])}
      ${sensing(view)}
      <section>
        <h2>${t('product.services')}</h2>
        ${services(view)}
      </section>
      <section>
        <h2>${t('product.pages')}</h2>
        <ul class="plain">
          ${links}
        </ul>
      </section>
      <section>
        <h2>${t('product.report')}</h2>
        <p>${t('product.report.text')}</p>
        <ul class="plain">
          ${view.declaration.disclosure.contact.map((contact) => html`<li>${contactLink(contact)}</li>`)}
        </ul>
      </section>`,
  );
}

/** Every sensor that reaches beyond the product itself. */
export function sensing(view: PublicView, item = itemMaker()): Html {
  const t = speak(view.language);
  const sensors = view.declaration.externalSensors.map((sensor) =>
    item('externalSensors', sensor.id, words(view.language, sensor.name), [
      [t('fact.senses'), words(view.language, sensor.senses)],
      [t('fact.purpose'), words(view.language, sensor.purpose)],
      [t('fact.indicator'), told(view, sensor.indicator)],
    ]),
  );
  return section(t('privacy.senses'), t('privacy.senses.none'), sensors);
}

function services(view: PublicView): Html {
  const t = speak(view.language);
  const { associatedServices } = view.declaration;
  if (associatedServices.length === 0) return html`<p>${t('product.services.none')}</p>`;
  const item = itemMaker();
  return html`<div class="items">
    ${associatedServices.map((service) =>
      item('associatedServices', service.id, words(view.language, service.name), [
        [t('fact.purpose'), words(view.language, service.purpose)],
        [t('product.operator'), service.operator],
        [t('product.needed'), t(service.needed ? 'product.needed.yes' : 'product.needed.no')],
      ]),
    )}
  </div>`;
}

// EN 303 645 5.3-13, TS 103 645 4.3-4, G044 6.3.13: the date in words and for machines
export function supportPage(view: PublicView): string {
  const t = speak(view.language);
  const { support, updateMechanisms, updateProcedures } = view.declaration;
  const item = itemMaker();
  const mechanisms = updateMechanisms.map((mechanism) =>
    item('updateMechanisms', mechanism.id, words(view.language, mechanism.description), [
      [t('support.automatic'), t(mechanism.automatic ? 'answer.yes' : 'answer.no')],
      [t('support.notifies'), t(mechanism.notifications ? 'answer.yes' : 'answer.no')],
      [t('support.disruption'), told(view, mechanism.disruption)],
    ]),
  );
  const procedures = updateProcedures.map((procedure) =>
    item('updateProcedures', procedure.id, t('support.fix'), [
      [t('support.critical'), days(view.language, procedure.targetDays.critical)],
      [t('support.other'), days(view.language, procedure.targetDays.other)],
    ]),
  );
  return publicDocument(
    view,
    'support',
    words(view.language, support.statement),
    html`${facts([
        [t('support.until'), html`<strong id="support_until">${day(view.language, support.until)}</strong>`],
        [t('product.model'), html`<span id="model_designation">${view.declaration.product.model.designation}</span>`],
        [t('support.because'), support.because && words(view.language, support.because)],
      ])}
      ${section(t('support.updates'), t('support.updates.none'), [...mechanisms, ...procedures], mechanisms.length > 0 && t('support.updates.text'))}
      <section>
        <h2>${t('support.after')}</h2>
        <p>${t('support.after.text')}</p>
      </section>`,
  );
}

// EN 303 645 5.3-14, 5.3-15, G044 6.3.14: what is done for a product that cannot take updates
export function replacementPage(view: PublicView): string {
  const t = speak(view.language);
  const { replacementSupport: plan, support } = view.declaration;
  const body = plan
    ? facts([
        [t('replacement.why'), words(view.language, plan.rationale)],
        [t('replacement.period'), words(view.language, plan.period)],
        [t('replacement.how'), words(view.language, plan.method)],
        [t('replacement.isolate'), told(view, plan.isolable)],
        [t('replacement.hardware'), told(view, plan.hardwareReplaceable)],
      ])
    : html`<p>${t('replacement.none')} ${day(view.language, support.until)}.</p>`;
  return publicDocument(view, 'replacement', t('replacement.lead'), body);
}
