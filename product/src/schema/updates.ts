import { Type } from 'typebox';
import { Id, strict, Text, Words } from './words.ts';

/**
 * How new software comes: IXIT 7-UpdMech. The texts are for people; the other fields are what somebody from outside can
 * try, and may be absent where the maker does not say.
 */

const Kind = Type.Union([Type.Literal('security'), Type.Literal('feature')]);

/** Each mark is the id of the HTML element whose text it is; one that is about an update is there only while there is one. */
const Marks = strict(
  {
    version: Type.String({ minLength: 1, description: 'the version that runs' }),
    lastCheck: Type.Optional(Type.String({ minLength: 1, description: 'a `time` in it says when' })),
    supportEnd: Type.Optional(Text),
    offered: Type.Optional(Type.String({ minLength: 1, description: 'that there is an update, with its version' })),
    risks: Type.Optional(Type.String({ minLength: 1, description: 'which risks go away with it' })),
    downtime: Type.Optional(Type.String({ minLength: 1, description: 'for how long it stops what the product does' })),
    begins: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'that it comes, or is coming, without anybody’s doing; a `time` in it says when',
      }),
    ),
    ended: Type.Optional(Type.String({ minLength: 1, description: 'how the last update ended, refused ones too' })),
  },
  'on the page of `status`',
);

/** A setting of the function that chooses: what it says for yes and for no. */
const UpdateChoice = strict({
  field: Text,
  what: Type.Union([Type.Literal('automatic'), Type.Literal('notices')]),
  kind: Kind,
  on: Text,
  off: Text,
});

const UpdateControls = strict(
  {
    /** reads the page with the marks */
    status: Id,
    marks: Marks,
    check: Type.Optional(Id),
    apply: Type.Optional(Id),
    postpone: Type.Optional(Id),
    choose: Type.Optional(strict({ function: Id, choices: Type.Array(UpdateChoice, { minItems: 1 }) })),
  },
  'the functions by which people see and steer updates',
);

export const UpdateMechanism = strict(
  {
    id: Id,
    description: Words,
    overNetwork: Type.Boolean(),
    automatic: Type.Boolean(),
    notifications: Type.Boolean(),
    userControl: Text,
    authenticity: Text,
    trust: Text,
    cryptography: Text,
    check: Text,
    rollback: Type.Optional(Text),
    disruption: Text,
    parameters: Type.Optional(Type.Array(Id, { description: 'security parameters by which an update is recognised' })),
    /** communication mechanism by which metadata and images come */
    over: Type.Optional(Id),
    metadata: Type.Optional(
      strict(
        {
          format: Type.Literal('tuf'),
          path: Type.String({ pattern: '^/([^\\s]*/)?$', description: 'at the service of `over`' }),
        },
        'where anybody can read what is signed about updates',
      ),
    ),
    kinds: Type.Optional(Type.Array(Kind, { minItems: 1, uniqueItems: true })),
    checks: Type.Optional(
      strict({
        afterInitialisation: Type.Boolean(),
        everyHours: Type.Number({ exclusiveMinimum: 0 }),
        randomised: Type.Boolean(),
      }),
    ),
    controls: Type.Optional(UpdateControls),
    simpleSteps: Type.Optional(
      Type.Integer({ minimum: 0, description: 'what a person does to install what is offered; 0: nothing' }),
    ),
    downtime: Type.Optional(
      strict(
        { seconds: Type.Integer({ minimum: 0 }), functions: Type.Array(Id), keepsWorking: Type.Array(Text) },
        'for how long the switch stops these functions at most; they are then set as they were',
      ),
    ),
    olderVersions: Type.Optional(Type.Union([Type.Literal('refused'), Type.Literal('installed')])),
    refusalTold: Type.Optional(
      Type.Array(Type.Union([Type.Literal('administrator'), Type.Literal('manufacturer')]), {
        description: 'who learns that something was refused as an update',
      }),
    ),
  },
  'IXIT 7-UpdMech',
);
