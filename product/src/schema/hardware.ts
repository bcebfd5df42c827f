import { Type } from 'typebox';
import { Id, strict, Text, Words } from './words.ts';

/** The board under the software: its ports as the running system shows them. */

export const Board = strict(
  {
    description: Words,
    simulated: Type.Boolean({
      description:
        'the product as declared is software alone, and whoever builds it puts a board of their own in its place',
    }),
  },
  'what carries the software, and which the declared interfaces are of',
);

/** What of a system shows that a port is switched on; by these names a declared interface and a system meet. */
export const PortKind = Type.Union([
  Type.Literal('serial', { description: 'console or login on a serial line; its name is the tty’s' }),
  Type.Literal('test-access', { description: 'JTAG, SWD and their like; its name is the node of the device tree' }),
  Type.Literal('usb-device', { description: 'the product as a USB device; its name is the function of the gadget' }),
  Type.Literal('usb-storage', {
    description: 'sticks and disks that are plugged in and read; its name is the driver’s',
  }),
  Type.Literal('memory-card', { description: 'a card that can be taken out; its name is the block device’s' }),
  Type.Literal('kernel-debug', { description: 'file systems and keys by which the kernel is debugged' }),
  Type.Literal('process-debug', { description: 'debuggers of programs: the inspector of a runtime, a debug bridge' }),
]);

export const Port = strict(
  { kind: PortKind, name: Type.Optional(Text) },
  'how the running system shows the interface; without a name, every port of the kind',
);

export const Location = Type.Union(
  [
    Type.Literal('outside', { description: 'on the case' }),
    Type.Literal('inside', { description: 'on the board, behind the closed case' }),
  ],
  { description: 'G045 PH-1-1 speaks of outside, PH-1-2 of inside' },
);

/** What a power-up self-test tries; a sensor or an actuator is named in `of`. */
export const TestedPart = Type.Union([
  Type.Literal('storage'),
  Type.Literal('memory'),
  Type.Literal('clock'),
  Type.Literal('random'),
  Type.Literal('keystore'),
  Type.Literal('sensor'),
  Type.Literal('actuator'),
]);

export const SelfTest = strict(
  {
    id: Id,
    description: Words,
    part: TestedPart,
    of: Type.Optional(Type.String({ minLength: 1, description: 'the external sensor, or the actuator of the board' })),
    method: Text,
    withinMillis: Type.Integer({ minimum: 1, maximum: 60_000, description: 'what takes longer has failed' }),
    onFailure: Type.Union([
      Type.Literal('told', { description: 'to people, log and manufacturer; the product works on' }),
      Type.Literal('limited', { description: 'told, and the product is in its safe state until it starts again' }),
      Type.Literal('quarantine', { description: 'limited, and cut off from the network' }),
    ]),
    safeState: Type.Optional(Text),
  },
  'G045 PL-3-4: tried each time that the product is switched on',
);

export const SelfTestShown = strict(
  {
    function: Id,
    passed: Type.String({ minLength: 1, description: 'text that only a good result shows' }),
    failed: Type.String({ minLength: 1, description: 'text that only a bad result shows' }),
  },
  'where people read what the last self-test found: a function that reads',
);

/** A switch, a mesh or a light sensor that notices when somebody opens the product. */
export const TamperInput = strict(
  {
    id: Id,
    description: Words,
    guards: Type.String({
      minLength: 1,
      description: 'what lies behind it, and how it notices that somebody gets there',
    }),
    watched: Type.Array(
      Type.Union([
        Type.Literal('running'),
        Type.Literal('standby', { description: 'found when the product wakes up' }),
        Type.Literal('off', { description: 'on a battery of its own or on none; found at the next start' }),
      ]),
      { minItems: 1, uniqueItems: true },
    ),
    latch: Type.Optional(
      Type.String({ minLength: 1, description: 'what remembers it while nothing runs, and what feeds that' }),
    ),
    onTamper: Type.Union([
      Type.Literal('alarm', { description: 'people, log and manufacturer are told' }),
      Type.Literal('quarantine', { description: 'told, and cut off from the network until an owner knows of it' }),
      Type.Literal('zeroise', { description: 'as with quarantine, and keys are destroyed' }),
    ]),
    zeroises: Type.Optional(
      Type.Union([
        Type.Literal('stored', {
          description: 'the keys of what people stored: accounts, settings, records; it stays itself, to tell of it',
        }),
        Type.Literal('everything', { description: 'every key, its identity as well; only the factory makes it anew' }),
      ]),
    ),
    shownAs: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'text of the page of tamperShown that names it, once it was disturbed',
      }),
    ),
    broughtBack: Type.Optional(
      Type.String({ minLength: 1, description: 'how it is brought back once its keys are destroyed' }),
    ),
  },
  'G045 PH-2-1: what notices that the product is opened, and what the product does then',
);

export const TamperShown = strict(
  {
    function: Id,
    untouched: Type.String({ minLength: 1, description: 'text that only a product shows that nobody has opened' }),
    tampered: Type.String({ minLength: 1, description: 'text that only a product shows that somebody has opened' }),
    endedBy: Type.Optional(Id),
    zeroised: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'text on its first page, without a login, once its keys are destroyed',
      }),
    ),
  },
  'where people read whether somebody has opened the product: a function that reads; endedBy: the one by which an owner says that they know',
);
