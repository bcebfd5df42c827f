import { Type } from 'typebox';
import { Id, IsoDate, strict, Text, Words } from './words.ts';

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
    of: Type.Optional(
      Type.Union([Type.Literal('household'), Type.Literal('person')], {
        description:
          'whose it is: of whoever lives with the device (the usual), or of each person who uses it, under a pseudonym of their own',
      }),
    ),
    pseudonymDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'how long it is sent under one pseudonym; until it is erased where absent',
      }),
    ),
    sealedTo: Type.Optional(
      Type.String({
        description:
          'the declared party (its id) that alone can read it, end to end; nobody between has its key. Its fields leave the device as one value sealed to a key of that party, or not at all',
      }),
    ),
    storedAt: Type.Array(
      Type.Union([Type.Literal('device'), Type.Literal('services'), Type.Literal('app'), Type.Literal('third-party')]),
      { minItems: 1 },
    ),
    retentionDays: Type.Integer({ minimum: 0 }),
    communicatedOver: Type.Array(Id, { description: 'communication mechanisms' }),
    consent: Type.Optional(
      strict({
        how: Text,
        withdraw: Text,
        withinSeconds: Type.Optional(
          Type.Integer({ minimum: 0, description: 'after a withdrawal nothing of it flows after this time' }),
        ),
        control: Type.Optional(
          strict(
            {
              function: Id,
              field: Text,
              given: Text,
              withdrawn: Text,
              shown: Type.Optional(
                strict(
                  { function: Id, field: Text },
                  'where its answer stands; where the function reads back, if absent',
                ),
              ),
              atSetUp: Type.Optional(
                Type.String({
                  minLength: 1,
                  description: 'input of the set-up that asks for it; `field` where absent',
                }),
              ),
            },
            'the one function by which people give and withdraw it, and what its field says for each',
          ),
        ),
      }),
    ),
  },
  'IXIT 21-PersData',
);

/** `hearthward privacy sealing-key` makes one and prints its row. */
export const SealingKey = strict(
  {
    suite: Type.String({
      pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
      maxLength: 64,
      description: 'how it is sealed, of the registry’s use `sealing-to`',
    }),
    publicKey: Type.String({ pattern: '^[A-Za-z0-9_-]{43,2200}$', description: 'its bytes, base64url' }),
    from: IsoDate,
    until: IsoDate,
  },
  'a public key of a party; used from the first day on, and no more on the last',
);

/** A company or program, beside the manufacturer and the device, that has personal data: named in `processedBy` or `recipients`. */
export const DataParty = strict(
  {
    id: Id,
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'as `processedBy`, `recipients` and `usedBy` say it',
    }),
    role: Type.Union([
      Type.Literal('processor'),
      Type.Literal('third-party'),
      Type.Literal('advertiser'),
      Type.Literal('app'),
    ]),
    where: Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, description: 'countries, ISO 3166-1' }),
    purpose: Words,
    items: Type.Array(Id, { description: 'personal-data items that it has' }),
    erases: strict({
      how: Type.Union([Type.Literal('on-call'), Type.Literal('by-request')], {
        description: 'the services call it and it answers that it is done; or a person asks and records the answer',
      }),
      withinDays: Type.Integer({ minimum: 0 }),
    }),
    sealingKeys: Type.Optional(
      Type.Array(SealingKey, {
        maxItems: 8,
        description: 'what is sealed to it; the next key stands here before the one in use ends',
      }),
    ),
  },
  'beside the tables: who else has personal data, and how it erases',
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
    atOnce: Type.Optional(
      strict({ field: Text, value: Text }, 'what its function is told by whoever wants nothing to take back'),
    ),
    scope: Type.Optional(
      Type.Union([Type.Literal('own-data'), Type.Literal('everything')], {
        description: 'one person’s data, the device stays as it is; or all that people put into the device',
      }),
    ),
    leavesStored: Type.Optional(
      Type.Union([Type.Literal('nothing'), Type.Literal('sealed')], {
        description:
          'what the files of the device still have of what it erased: nothing, or bytes whose key was destroyed',
      }),
    ),
    undoHours: Type.Optional(Type.Integer({ minimum: 0, description: 'how long it can be taken back; 0: it cannot' })),
    confirmedWithinHours: Type.Optional(
      Type.Integer({ minimum: 1, description: 'when the person has the signed confirmation at the latest' }),
    ),
    backupsWithinDays: Type.Optional(
      Type.Integer({ minimum: 0, description: 'when the last backup that held it is gone; unreadable at once' }),
    ),
  },
  'IXIT 25-DelFunc',
);

export const UserDecision = strict(
  { id: Id, decision: Words, options: Type.Array(Text, { minItems: 1 }), default: Text, securityEffect: Text },
  'IXIT 26-UserDec',
);
