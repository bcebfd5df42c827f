import { Type, type Static } from 'typebox';
import { DataParty, DeletionFunction, PersonalData, TelemetryData } from './data.ts';
import { Id, strict, Text, Words } from './words.ts';

/**
 * What a privacy notice says, in every language at once: the one structure that pages, the printed text, the panel and the
 * machine-readable twin are made of, and that is kept when a product's declaration changes. It holds nothing that changes
 * without the notice meaning something else: no version of the software, no date.
 */

const { sensitive, legalBasis, storedAt, retentionDays, pseudonymDays, sealedTo } = PersonalData.properties;
const { type, unit, step, choices, everySeconds, personalData } = TelemetryData.properties;
const { name, role, where: partyWhere, purpose, items, erases } = DataParty.properties;
const { deletes, where, scope, undoHours, confirmedWithinHours, backupsWithinDays } = DeletionFunction.properties;

export const NoticeItem = strict({
  id: Id,
  name: Words,
  category: Words,
  sensitive,
  purpose: Words,
  legalBasis,
  of: Type.Union([Type.Literal('household'), Type.Literal('person')]),
  processedBy: Type.Array(Words),
  recipients: Type.Array(Words, { description: 'third parties that are no advertisers' }),
  advertisers: Type.Array(Words),
  storedAt,
  countries: Type.Array(Type.String(), { description: 'ISO 3166-1, of all who have it outside the home' }),
  retentionDays,
  pseudonymDays,
  sealedTo,
  consent: Type.Optional(
    strict({ how: Words, withdraw: Words, withinSeconds: Type.Optional(Type.Integer({ minimum: 0 })) }),
  ),
  sent: Type.Array(Id, { description: 'telemetry fields that carry it' }),
});
export type NoticeItem = Static<typeof NoticeItem>;

export const NoticeField = strict({
  id: Id,
  name: Words,
  purpose: Words,
  usedBy: Type.Array(Words),
  examinedFor: Type.Optional(Words),
  type,
  unit,
  step,
  choices,
  everySeconds,
  sensor: Type.Optional(Id),
  personalData,
});
export type NoticeField = Static<typeof NoticeField>;

/** A party without its keys. */
const NoticeParty = strict({ id: Id, name, role, where: partyWhere, purpose, items, erases });

export const NoticeDocument = strict(
  {
    schema: Type.Literal('hearthward/notice/1'),
    manufacturer: strict({ name: Text, address: Type.Optional(Text), site: Text }),
    product: strict({ id: Id, name: Words, model: Text }),
    contact: Type.Array(Text),
    sensors: Type.Array(
      strict({
        id: Id,
        name: Words,
        senses: Words,
        purpose: Words,
        indicator: Type.Optional(Words),
        staysLocal: Type.Optional(Words),
      }),
    ),
    personalData: Type.Array(NoticeItem),
    telemetry: Type.Array(NoticeField),
    deletion: Type.Array(
      strict({
        id: Id,
        description: Words,
        deletes,
        where,
        confirmation: Words,
        scope,
        undoHours,
        confirmedWithinHours,
        backupsWithinDays,
      }),
    ),
    parties: Type.Array(NoticeParty),
  },
  'a privacy notice as data',
);
export type NoticeDocument = Static<typeof NoticeDocument>;
