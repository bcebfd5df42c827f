import type { PersonalData, TelemetryData } from '@hearthward/product';
import type { PublicView } from './views.ts';
import { anyOf, days, english, list, number, plain, span, words } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { speak } from '../parts/message.ts';
import { contactLink, itemMaker, linkTo, publicDocument, section } from './frame.ts';
import { sensing } from './product.ts';

// EN 303 645 5.8-3, 6-1, 6-5, G044 7-a, 7-e: every sensor, every item, every field, in plain words
export function privacyNotice(view: PublicView): string {
  const t = speak(view.language);
  const { personalData, telemetryData, manufacturer } = view.declaration;
  const item = itemMaker();
  // personal data first: where two tables share an id, the links of the telemetry lead to the data
  const data = personalData.map((data) =>
    item('personalData', data.id, words(view.language, data.name), dataRows(view, data)),
  );
  const sensors = sensing(view, item);
  const telemetry = telemetryData.map((field) =>
    item('telemetryData', field.id, words(view.language, field.name), telemetryRows(view, field)),
  );
  return publicDocument(
    view,
    'privacy',
    t('notice.lead', { maker: manufacturer.name }),
    html` <section class="card">
        <h2>${t('notice.short')}</h2>
        <ul class="ticks">
          ${inShort(view)}
        </ul>
      </section>
      ${sensors} ${section(t('privacy.kept'), t('privacy.kept.none'), data)}
      ${section(t('privacy.sent'), t('privacy.sent.none'), telemetry, t('notice.sent.text'))}
      <section>
        <h2>${t('notice.rights')}</h2>
        <p>${t('notice.rights.text')}</p>
        <ul class="plain">
          <li>${linkTo(view, 'deletion')}</li>
        </ul>
        <p>
          ${manufacturer.name}${manufacturer.address !== undefined && html`, ${manufacturer.address}`}.
          <a href="${manufacturer.site}" class="address">${manufacturer.site}</a>
        </p>
        <p>${t('notice.contact')} ${view.declaration.disclosure.contact.slice(0, 1).map(contactLink)}</p>
      </section>`,
  );
}

function inShort(view: PublicView): readonly Html[] {
  const t = speak(view.language);
  const { personalData, externalSensors, telemetryData } = view.declaration;
  const recipients = [...new Set(personalData.flatMap(({ recipients }) => recipients))];
  return [
    html`<li>
      ${t('notice.short.counts', { sensors: externalSensors.length, data: personalData.length, fields: telemetryData.length })}
    </li>`,
    html`<li>
      ${recipients.length === 0 ? t('notice.short.no-recipients') : t('notice.short.recipients', { recipients: list(view.language, recipients) })}
    </li>`,
    html`<li>${retention(view)}</li>`,
  ];
}

function retention(view: PublicView): string {
  const t = speak(view.language);
  const kept = view.declaration.personalData.map(({ retentionDays }) => retentionDays);
  const longest = kept.reduce((most, n) => Math.max(most, n), 0);
  if (kept.length === 0) return t('notice.short.not-kept');
  if (longest === 0) return t('notice.short.all-until-deleted');
  const told = { span: days(view.language, longest) };
  return t(kept.includes(0) ? 'notice.short.some-until-deleted' : 'notice.short.longest', told);
}

function dataRows(view: PublicView, data: PersonalData): readonly (readonly [string, Part])[] {
  const t = speak(view.language);
  return [
    [t('fact.category'), english(view.language, data.category)],
    [t('fact.sensitive'), t(data.sensitive ? 'fact.sensitive.yes' : 'answer.no')],
    [t('fact.purpose'), words(view.language, data.purpose)],
    [t('fact.basis'), t(`basis.${data.legalBasis}`)],
    [t('fact.who'), list(view.language, data.processedBy)],
    [
      t('fact.recipients'),
      data.recipients.length === 0 ? t('fact.recipients.none') : list(view.language, data.recipients),
    ],
    [
      t('fact.where'),
      list(
        view.language,
        data.storedAt.map((place) => t(`place.${place}`)),
      ),
    ],
    [t('fact.kept'), data.retentionDays === 0 ? t('fact.kept.until-deleted') : days(view.language, data.retentionDays)],
    [t('fact.consent'), english(view.language, data.consent?.how)],
    [t('fact.withdraw'), english(view.language, data.consent?.withdraw)],
  ];
}

function telemetryRows(view: PublicView, field: TelemetryData): readonly (readonly [string, Part])[] {
  const t = speak(view.language);
  const { personalData, externalSensors } = view.declaration;
  const item = personalData.find(({ id }) => id === field.personalData);
  const sensor = externalSensors.find(({ id }) => id === field.sensor);
  return [
    [t('fact.purpose'), words(view.language, field.purpose)],
    [t('fact.used-by'), list(view.language, field.usedBy)],
    [t('fact.examined'), english(view.language, field.examinedFor)],
    [t('fact.every'), t('fact.every.value', { span: span(view.language, field.everySeconds) })],
    [t('fact.precision'), precision(view, field)],
    [t('fact.sensor'), sensor && words(view.language, sensor.name)],
    [
      t('fact.personal'),
      field.personalData === false
        ? t('fact.personal.no')
        : html`${t('fact.personal.yes')}
            <a href="#${field.personalData}">${item ? plain(view.language, item.name) : field.personalData}</a>`,
    ],
  ];
}

function precision(view: PublicView, field: TelemetryData): string {
  const t = speak(view.language);
  const unit = field.unit === undefined ? '' : ` ${field.unit}`;
  switch (field.type) {
    case 'boolean':
      return t('precision.boolean');
    case 'choice':
      return t('precision.choice', { choices: anyOf(view.language, field.choices ?? []) });
    case 'integer':
    case 'number':
      if (field.step !== undefined) return t('precision.step', { step: number(view.language, field.step) + unit });
      return t(field.type === 'integer' ? 'precision.whole' : 'precision.measured');
  }
}
