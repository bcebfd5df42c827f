import type { NoticeDocument } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { anyOf, country, days, list, number, plain, span, words, type Words } from './format.ts';
import { html, type Part } from './html.ts';
import { speak } from './message.ts';

/** What the notice says of each sensor, item, field and company, as rows: the public page and the device's own show them, the history compares them. */

export type Rows = readonly (readonly [name: string, value: Part])[];
export type Sensor = NoticeDocument['sensors'][number];
export type Item = NoticeDocument['personalData'][number];
export type Field = NoticeDocument['telemetry'][number];
export type Party = NoticeDocument['parties'][number];
export type Way = NoticeDocument['deletion'][number];

export function sensorRows(language: Language, sensor: Sensor): Rows {
  const t = speak(language);
  return [
    [t('fact.senses'), words(language, sensor.senses)],
    [t('fact.purpose'), words(language, sensor.purpose)],
    [t('fact.indicator'), sensor.indicator && words(language, sensor.indicator)],
    [t('fact.stays'), sensor.staysLocal && words(language, sensor.staysLocal)],
  ];
}

export function itemRows(language: Language, document: NoticeDocument, item: Item): Rows {
  const t = speak(language);
  return [
    [t('fact.category'), words(language, item.category)],
    [t('fact.sensitive'), t(item.sensitive ? 'fact.sensitive.yes' : 'answer.no')],
    [t('fact.purpose'), words(language, item.purpose)],
    [t('fact.whose'), t(`fact.whose.${item.of}`)],
    [t('fact.who'), named(language, item.processedBy)],
    ...heldRows(language, document, item),
  ];
}

/** Why it is allowed, who else has it, where, how long and how it ends: of an item, and of every field that carries it. */
function heldRows(language: Language, document: NoticeDocument, item: Item): Rows {
  const t = speak(language);
  const { consent } = item;
  return [
    [t('fact.basis'), t(`basis.${item.legalBasis}`)],
    [t('fact.recipients'), item.recipients.length === 0 ? t('fact.recipients.none') : named(language, item.recipients)],
    [
      t('fact.advertisers'),
      item.advertisers.length === 0 ? t('fact.advertisers.none') : named(language, item.advertisers),
    ],
    [
      t('fact.where'),
      list(
        language,
        item.storedAt.map((place) => t(`place.${place}`)),
      ),
    ],
    [t('fact.countries'), countries(language, item.countries)],
    [t('fact.kept'), item.retentionDays === 0 ? t('fact.kept.until-deleted') : days(language, item.retentionDays)],
    [
      t('fact.pseudonym'),
      item.pseudonymDays !== undefined && t('fact.pseudonym.value', { span: days(language, item.pseudonymDays) }),
    ],
    [t('fact.sealed'), document.parties.find(({ id }) => id === item.sealedTo)?.name],
    [t('fact.consent'), consent && words(language, consent.how)],
    [t('fact.withdraw'), consent && words(language, consent.withdraw)],
    [t('fact.stops'), stops(language, consent?.withinSeconds)],
  ];
}

function stops(language: Language, seconds: number | undefined): Part {
  const t = speak(language);
  if (seconds === undefined) return false;
  return seconds === 0 ? t('fact.stops.now') : t('fact.stops.value', { span: span(language, seconds) });
}

/** `near`: what the ids of items on the same page begin with */
export function fieldRows(language: Language, document: NoticeDocument, field: Field, near = ''): Rows {
  const t = speak(language);
  const item = document.personalData.find(({ id }) => id === field.personalData);
  const sensor = document.sensors.find(({ id }) => id === field.sensor);
  return [
    [t('fact.purpose'), words(language, field.purpose)],
    [t('fact.used-by'), named(language, field.usedBy)],
    [t('fact.examined'), field.examinedFor && words(language, field.examinedFor)],
    [t('fact.every'), t('fact.every.value', { span: span(language, field.everySeconds) })],
    [t('fact.precision'), precision(language, field)],
    [t('fact.sensor'), sensor && words(language, sensor.name)],
    [
      t('fact.personal'),
      field.personalData === false
        ? t('fact.personal.no')
        : html`${t('fact.personal.yes')}
            <a href="#${near}${field.personalData}">${item ? plain(language, item.name) : field.personalData}</a>`,
    ],
    [t('fact.category'), item && words(language, item.category)],
    [t('fact.sensitive'), item && t(item.sensitive ? 'fact.sensitive.yes' : 'answer.no')],
    ...(item ? heldRows(language, document, item) : []),
  ];
}

export function partyRows(language: Language, document: NoticeDocument, party: Party): Rows {
  const t = speak(language);
  const has = document.personalData.filter(({ id }) => party.items.includes(id));
  const within = days(language, party.erases.withinDays);
  return [
    [t('fact.role'), t(`role.${party.role}`)],
    [t('fact.purpose'), words(language, party.purpose)],
    [
      t('fact.has'),
      list(
        language,
        has.map(({ name }) => plain(language, name)),
      ),
    ],
    [t('fact.countries'), countries(language, party.where)],
    [t('fact.erases'), t(`erases.${party.erases.how}`, { span: within })],
  ];
}

export function wayRows(language: Language, way: Way): Rows {
  const t = speak(language);
  const hours = (n: number | undefined): Part => n !== undefined && span(language, n * 3600);
  return [
    [
      t('deletion.where'),
      list(
        language,
        way.where.map((place) => t(`place.${place}`)),
      ),
    ],
    [t('deletion.confirmation'), words(language, way.confirmation)],
    [t('deletion.scope'), way.scope && t(`deletion.scope.${way.scope}`)],
    [t('deletion.undo'), way.undoHours === 0 ? t('answer.no') : hours(way.undoHours)],
    [t('deletion.confirmed'), hours(way.confirmedWithinHours)],
    [t('deletion.backups'), way.backupsWithinDays !== undefined && days(language, way.backupsWithinDays)],
  ];
}

const named = (language: Language, who: readonly Words[]): string =>
  list(
    language,
    who.map((said) => plain(language, said)),
  );

const countries = (language: Language, codes: readonly string[]): Part =>
  codes.length > 0 &&
  list(
    language,
    codes.map((code) => country(language, code)),
  );

function precision(language: Language, field: Field): string {
  const t = speak(language);
  const unit = field.unit === undefined ? '' : ` ${field.unit}`;
  switch (field.type) {
    case 'boolean':
      return t('precision.boolean');
    case 'choice':
      return t('precision.choice', { choices: anyOf(language, field.choices ?? []) });
    case 'integer':
    case 'number':
      if (field.step !== undefined) return t('precision.step', { step: number(language, field.step) + unit });
      return t(field.type === 'integer' ? 'precision.whole' : 'precision.measured');
  }
}
