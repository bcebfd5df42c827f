import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { NOT_APART } from '../boot/users.ts';
import type { Plain } from '../../seams.ts';

/** What core, and whoever keeps the control loop running, say to each other; `boot` carries it on where the loader keeps it. */

const strict = { additionalProperties: false } as const;
const Ref = Type.Ref('Plain');
const AnyPlain = Type.Unsafe<Plain>(
  Type.Cyclic(
    {
      Plain: Type.Union([
        Type.Null(),
        Type.Boolean(),
        Type.Number(),
        Type.String(),
        Type.Array(Ref),
        Type.Record(Type.String(), Ref),
      ]),
    },
    'Plain',
  ),
);

/** Without a command: what was commanded before is forgotten. The first one that a process of a loop hears begins it. */
const ToControl = Type.Object({ to: Type.Literal('control'), command: Type.Optional(AnyPlain) }, strict);
export type ToControl = Static<typeof ToControl>;

export const OfControl = Type.Object(
  {
    of: Type.Literal('control'),
    tick: Type.Integer({ minimum: 1 }),
    reading: AnyPlain,
    /** readings of sensors that were discarded since the loop's process began; of an older image it is absent */
    discarded: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  strict,
);
export type OfControl = Static<typeof OfControl>;

const Id = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 });
const Account = Type.Object(
  { uid: Id, gid: Id, devices: Type.Optional(Type.Unsafe<readonly number[]>(Type.Array(Id))) },
  strict,
);
const Apart = Type.Object(
  {
    apart: Type.Literal(true),
    tool: Type.String({ pattern: '^/[a-z/]+$' }),
    users: Type.Object({ group: Id, signer: Account, core: Account, updater: Account, control: Account }, strict),
  },
  strict,
);
const Together = Type.Object(
  {
    apart: Type.Literal(false),
    because: Type.Enum([...NOT_APART]),
    what: Type.Optional(Type.String()),
  },
  strict,
);

/** `boot` of the image that runs says whether its product has a loop, and under which account. */
export const ToKeeper = Type.Object(
  { to: Type.Literal('keeper'), has: Type.Boolean(), separation: Type.Union([Apart, Together]) },
  strict,
);
export type ToKeeper = Static<typeof ToKeeper>;

/** Characters of JSON. */
export const LONGEST_COMMAND = 4_096;

/** It comes from the process that faces the network. */
export const commandIn = (message: unknown): ToControl | undefined =>
  Value.Check(ToControl, message) && JSON.stringify(message.command ?? null).length <= LONGEST_COMMAND
    ? message
    : undefined;
