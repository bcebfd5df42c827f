import { Type } from 'typebox';
import { Id, strict, Text, Words } from './words.ts';

/** What it senses, keeps and sends: IXIT 21-PersData, 22-ExtSens, 24-TelData, 25-DelFunc, 26-UserDec. */

export const PersonalData = strict(
  {
    id: Id,
    name: Words,
    category: Text,
    sensitive: Type.Boolean(),
    purpose: Words,
    legalBasis: Type.Union([
      Type.Literal('contract'),
      Type.Literal('consent'),
      Type.Literal('legal-obligation'),
      Type.Literal('legitimate-interest'),
    ]),
    processedBy: Type.Array(Text, { minItems: 1 }),
    recipients: Type.Array(Text, { description: 'third parties, advertisers included; empty where there are none' }),
    storedAt: Type.Array(
      Type.Union([Type.Literal('device'), Type.Literal('services'), Type.Literal('app'), Type.Literal('third-party')]),
      { minItems: 1 },
    ),
    retentionDays: Type.Integer({ minimum: 0 }),
    communicatedOver: Type.Array(Id, { description: 'communication mechanisms' }),
    consent: Type.Optional(strict({ how: Text, withdraw: Text })),
  },
  'IXIT 21-PersData',
);

export const ExternalSensor = strict(
  {
    id: Id,
    name: Words,
    senses: Words,
    purpose: Words,
    indicator: Type.Optional(Text),
    unit: Type.Optional(Text),
    range: Type.Optional(
      strict(
        { minimum: Type.Number(), maximum: Type.Number() },
        'what it can say at all, in its unit: a reading outside is discarded and counted',
      ),
    ),
    rate: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'most that what it senses changes in a second; a reading that leaps further is discarded',
      }),
    ),
    holdSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'how long its last good reading holds; then there is none. A minute where absent',
      }),
    ),
    staysLocal: Type.Optional(
      Type.String({ minLength: 1, description: 'what becomes of its readings, where no telemetry field sends them' }),
    ),
  },
  'IXIT 22-ExtSens',
);

export const TelemetryData = strict(
  {
    id: Id,
    name: Words,
    type: Type.Union([
      Type.Literal('number'),
      Type.Literal('integer'),
      Type.Literal('boolean'),
      Type.Literal('choice'),
    ]),
    unit: Type.Optional(Text),
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    step: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'declared precision: values are rounded to it before they are sent',
      }),
    ),
    choices: Type.Optional(Type.Array(Text)),
    everySeconds: Type.Integer({ minimum: 1, description: 'not sent more often' }),
    personalData: Type.Union([Id, Type.Literal(false)], {
      description: 'the personal-data item that it belongs to, or false',
    }),
    sensor: Type.Optional(Id),
    purpose: Words,
    usedBy: Type.Array(Text, { minItems: 1 }),
    examinedFor: Type.Optional(Text),
    over: Id,
  },
  'IXIT 24-TelData: a field that is sent',
);

export const DeletionFunction = strict(
  {
    id: Id,
    description: Words,
    deletes: Type.Array(Type.String(), { description: 'personal-data items, or `user-configuration`, `credentials`' }),
    where: Type.Array(Type.Union([Type.Literal('device'), Type.Literal('services'), Type.Literal('app')]), {
      minItems: 1,
    }),
    function: Type.Optional(Id),
    confirmation: Text,
  },
  'IXIT 25-DelFunc',
);

export const UserDecision = strict(
  { id: Id, decision: Words, options: Type.Array(Text, { minItems: 1 }), default: Text, securityEffect: Text },
  'IXIT 26-UserDec',
);
