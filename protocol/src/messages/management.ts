import { Type, type Static } from 'typebox';

/**
 * Remote management: what an operator may ask of a device whose owner allows it, over the device's `down` topic. The
 * front-end that carries a command is not who gives it: each is signed by the operators' key, whose public half the
 * device has from the factory.
 */

/** A closed set; what is not here cannot be asked from afar. */
export const ManagementCommand = Type.Union([
  Type.Literal('status'),
  Type.Literal('send-log'),
  Type.Literal('restart'),
  Type.Literal('renew-certificate'),
]);
export type ManagementCommand = Static<typeof ManagementCommand>;
export const MANAGEMENT_COMMANDS: readonly ManagementCommand[] = ['status', 'send-log', 'restart', 'renew-certificate'];

const strict = { additionalProperties: false } as const;

/** What goes over the wire, JSON: `body` is read only after its signature. */
export const SignedCommand = Type.Object(
  {
    v: Type.Literal(1),
    body: Type.String({ maxLength: 2048, description: 'JSON of a CommandBody' }),
    signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$', description: 'Ed25519 (RFC 8032), base64url' }),
  },
  strict,
);
export type SignedCommand = Static<typeof SignedCommand>;

export const CommandBody = Type.Object(
  {
    deviceId: Type.String(),
    /** names the command in the records of both sides */
    id: Type.String({ pattern: '^[a-z0-9]{16,32}$' }),
    /** rises with every command to this device; one that is not higher than the last was seen before */
    seq: Type.Integer({ minimum: 1 }),
    expires: Type.String({ description: 'ISO 8601, UTC; at most a quarter of an hour after it was given' }),
    command: ManagementCommand,
  },
  strict,
);
export type CommandBody = Static<typeof CommandBody>;

/** How long a command may wait on its way, in milliseconds. */
export const COMMAND_LASTS = 15 * 60_000;

/** What is signed: the purpose, so that no other signature of the key fits, then the body as it is sent. */
export const signedBytes = (body: string): Buffer => Buffer.from(`hearthward management command 1\n${body}`, 'utf8');
