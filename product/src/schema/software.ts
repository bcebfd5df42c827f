import { Type } from 'typebox';
import { Id, IsoDate, strict, Text, Words } from './words.ts';

/** What runs, how it is kept whole and up to date: IXIT 6-SoftComp, 8-UpdProc, 16-CodeMin, 19-SecDev, 20-SecBoot, 23-ResMech. */

export const SoftwareComponent = strict(
  {
    id: Id,
    name: Text,
    version: Text,
    supplier: Text,
    updateMechanism: Type.Optional(Id),
    notUpdateableBecause: Type.Optional(Text),
    cryptography: Type.Optional(
      strict({
        uses: Type.Boolean(),
        updateable: Type.Boolean(),
        suffices: Type.Optional(
          strict(
            { until: IsoDate, source: Text },
            'not updateable: the last day on which its algorithms and key sizes may be used, and who says so',
          ),
        ),
      }),
    ),
  },
  'IXIT 6-SoftComp',
);

export const UpdateProcedure = strict(
  {
    id: Id,
    description: Text,
    targetDays: strict({ critical: Type.Integer({ minimum: 0 }), other: Type.Integer({ minimum: 0 }) }),
    responsible: Text,
  },
  'IXIT 8-UpdProc',
);

export const CodeMinimisation = strict({ id: Id, measure: Text }, 'IXIT 16-CodeMin');

export const Obfuscation = strict(
  {
    id: Id,
    measure: Text,
    packages: Type.Array(Text, {
      minItems: 1,
      description: 'names of the packages in the image that are hard to read',
    }),
    mapsKept: Type.String({ minLength: 1, description: 'who keeps what leads back to the sources, and where' }),
  },
  'beside the tables: software that is made hard to read',
);

export const TimeSource = strict(
  {
    id: Id,
    /** `network-time-security`: RFC 8915; `host`: a clock of the board or of the system that it runs on */
    kind: Type.Union([
      Type.Literal('services'),
      Type.Literal('network-time-security'),
      Type.Literal('network-time'),
      Type.Literal('host'),
    ]),
    mechanism: Type.Optional(Id),
    authenticated: Type.Boolean(),
    description: Text,
  },
  'beside the tables: what the time of day in events rests on (G045 PL-4-3)',
);

export const SecureDevelopment = strict({ id: Id, process: Text, evidence: Type.Optional(Text) }, 'IXIT 19-SecDev');

export const SecureBoot = strict(
  {
    id: Id,
    description: Text,
    rootOfTrust: Text,
    hardware: Type.Boolean(),
    platform: Type.Optional(
      Type.Array(
        Type.Union([Type.Literal('uefi-secure-boot'), Type.Literal('dm-verity'), Type.Literal('kernel-lockdown')]),
        { minItems: 1, description: 'what of it the running system shows, in the formats that Linux publishes' },
      ),
    ),
  },
  'IXIT 20-SecBoot',
);

export const Integrity = strict(
  {
    periodHours: Type.Number({
      minimum: 0.02,
      maximum: 24,
      description: 'while it runs, the next pass over its software begins so long after the last one',
    }),
    atStart: Type.String({ minLength: 1, description: 'what is verified before anything of it starts, against what' }),
    whileRunning: Type.Optional(Text),
    configuration: Type.Optional(Text),
    response: Type.String({ minLength: 1, description: 'what the product does where it finds a change' }),
    onDemand: Type.Optional(Id),
    endedBy: Type.Optional(Id),
    shown: Type.Optional(
      strict(
        {
          function: Id,
          whole: Type.String({ minLength: 1, description: 'text that only a whole product shows' }),
          altered: Type.String({ minLength: 1, description: 'text that only a product shows that has found a change' }),
        },
        'where people read whether it was altered: a function that reads',
      ),
    ),
  },
  'beside IXIT 20-SecBoot: EN 303 645 5.7-1, 5.7-2. onDemand: the function that has it verified at once; endedBy: the one by which an owner connects the product again that has cut itself off',
);

const Findings = strict(
  { function: Id, field: Type.String({ pattern: '^(/[^/]+)+$', description: 'JSON pointer into its answer' }) },
  'where it is read what was found: a list of { code, good }',
);

export const SetupCheck = strict(
  {
    self: strict(
      { page: Id, findings: Type.Optional(Findings) },
      'the product looks at itself; page: the function that shows it',
    ),
    remote: Type.Optional(
      strict(
        {
          function: Id,
          mechanism: Id,
          sends: Words,
          findings: Type.Optional(Findings),
        },
        'the manufacturer looks, when a person asks for it by this function, over this mechanism; sends: what of the product the manufacturer is told',
      ),
    ),
    tries: Type.Optional(
      Type.Array(
        strict(
          {
            function: Id,
            field: Type.String({ minLength: 1 }),
            secure: Text,
            insecure: Text,
            finding: strict(
              { self: Type.Optional(Text), remote: Type.Optional(Text) },
              'by which code each check tells of it',
            ),
          },
          'a setting that a check must see: a choice of this function, in its secure and in its insecure position',
        ),
        { minItems: 1 },
      ),
    ),
  },
  'beside IXIT 26-UserDec: EN 303 645 5.12-3. How people can have it checked whether the product is securely set up',
);

export const ResilienceMechanism = strict(
  {
    id: Id,
    against: Type.Union([
      Type.Literal('network-outage'),
      Type.Literal('power-outage'),
      Type.Literal('service-outage'),
      Type.Literal('mass-reconnect'),
    ]),
    description: Text,
    keepsWorking: Type.Array(Text),
  },
  'IXIT 23-ResMech',
);
