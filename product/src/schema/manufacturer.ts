import { Type } from 'typebox';
import { Id, IsoDate, Page, strict, Text, Url, Words } from './words.ts';

/** Who stands behind it, and for how long: IXIT 2-UserInfo, 3-VulnTypes, 4-Conf, 5-VulnMon, 9-ReplSup. */

export const Manufacturer = strict({ name: Text, address: Type.Optional(Text), site: Url });

export const Product = strict({
  id: Id,
  name: Words,
  model: strict({
    designation: Text,
    shown: Type.Array(Type.Union([Type.Literal('label'), Type.Literal('interface')]), { minItems: 1 }),
  }),
  kind: Text,
  constrained: Type.Union([Type.Literal(false), strict({ because: Text })]),
  gateway: Type.Boolean(),
  softwareVersion: Text,
});

export const Support = strict({
  until: IsoDate,
  statement: Words,
  because: Type.Optional(Words),
});

/** Pages that users find; each an address or a path below the manufacturer's site. */
export const UserInformation = strict(
  {
    support: Page,
    disclosurePolicy: Page,
    securityTxt: Type.Optional(Page),
    privacy: Type.Optional(Page),
    sensing: Type.Optional(Page),
    telemetry: Type.Optional(Page),
    deletion: Type.Optional(Page),
    setup: Type.Optional(Page),
    setupCheck: Type.Optional(Page),
    passwordChange: Type.Optional(Page),
    replacement: Type.Optional(Page),
  },
  'IXIT 2-UserInfo',
);

export const Disclosure = strict({
  contact: Type.Array(Type.String({ pattern: '^(mailto:|https://|tel:)' }), { minItems: 1 }),
  acknowledgeWithinDays: Type.Integer({ minimum: 1 }),
  statusEveryDays: Type.Integer({ minimum: 1 }),
  languages: Type.Array(Text, { minItems: 1 }),
});

export const VulnerabilityType = strict(
  { id: Id, description: Text, action: Text, targetDays: Type.Integer({ minimum: 1 }) },
  'IXIT 3-VulnTypes',
);

export const Confirmation = strict(
  {
    id: Type.Union([
      Type.Literal('vulnerability-actions'),
      Type.Literal('vulnerability-monitoring'),
      Type.Literal('update-procedures'),
      Type.Literal('secure-management'),
      Type.Literal('secure-development'),
    ]),
    confirmed: Type.Boolean(),
    by: Type.Optional(Text),
  },
  'IXIT 4-Conf',
);

export const VulnerabilityMonitoring = strict(
  { id: Id, description: Text, sources: Type.Array(Text) },
  'IXIT 5-VulnMon',
);

export const ReplacementSupport = strict(
  { rationale: Words, period: Words, method: Words, isolable: Text, hardwareReplaceable: Text },
  'IXIT 9-ReplSup',
);

export const AssociatedService = strict({
  id: Id,
  name: Words,
  operator: Text,
  protocol: Type.Union([Type.Literal('https'), Type.Literal('mqtts')]),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  purpose: Words,
  needed: Type.Boolean({ description: 'the device works locally without it where false' }),
  countries: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, description: 'where it runs, ISO 3166-1' }),
  ),
});

/** What the manufacturer says of a row where it is not simply supported. */
export const RowClaim = Type.Union([
  strict({ support: Type.Literal('N'), reason: Text }),
  strict({ support: Type.Literal('N/A'), reason: Text }),
]);
