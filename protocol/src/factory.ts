import { Type, type Static } from 'typebox';
import type { AlgorithmId } from './algorithms.ts';

const ARGON2ID: AlgorithmId<'password-hash'> = 'argon2id';

/** On the production line: the device makes its keys itself, the factory gives it identity, trust and a label. */

const strict = { additionalProperties: false } as const;

/** argon2id record: parameters beside the result, so that they can rise later (RFC 9106). */
export const PasswordRecord = Type.Object(
  {
    algorithm: Type.Literal(ARGON2ID),
    memoryKib: Type.Integer({ minimum: 8 }),
    passes: Type.Integer({ minimum: 1 }),
    parallelism: Type.Integer({ minimum: 1 }),
    salt: Type.String({ description: 'base64url' }),
    tag: Type.String({ description: 'base64url' }),
  },
  strict,
);
export type PasswordRecord = Static<typeof PasswordRecord>;

/** What a new device tells the factory station. Its private keys never leave it. */
export const IdentityRequest = Type.Object(
  {
    v: Type.Literal(1),
    productId: Type.String(),
    serial: Type.String({ pattern: '^[A-Z0-9]{6,32}$' }),
    mac: Type.String({ pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' }),
    csr: Type.String({ description: 'PKCS#10, PEM, signed by the initial identity key' }),
    panelCertificate: Type.String({
      description: 'the panel’s own certificate, PEM; its fingerprint goes on the label',
    }),
  },
  strict,
);
export type IdentityRequest = Static<typeof IdentityRequest>;

/** What the factory puts into the device. */
export const FactoryBundle = Type.Object(
  {
    v: Type.Literal(1),
    deviceId: Type.String({ pattern: '^[a-z0-9]{8,40}$', description: 'random; says nothing of serial or model' }),
    serial: Type.String(),
    initialIdentity: Type.Array(Type.String(), {
      minItems: 1,
      description: 'IEEE 802.1AR initial identity (IDevID) chain, PEM, device first',
    }),
    anchors: Type.Array(Type.String(), { minItems: 1, description: 'manufacturer’s roots, PEM' }),
    initialPassword: PasswordRecord,
    services: Type.Object({ enrolment: Type.String(), messages: Type.String(), site: Type.String() }, strict),
    madeAt: Type.String(),
    /** public half of the operators' key, Ed25519, PEM; without it nobody can manage the device from afar */
    managementKey: Type.Optional(Type.String()),
    /** what releases are believed by: text of the update repository's root metadata (TUF 1.0, 4.3); without it nothing is installed */
    updates: Type.Optional(Type.Object({ root: Type.String({ maxLength: 512 * 1024 }) }, strict)),
  },
  strict,
);
export type FactoryBundle = Static<typeof FactoryBundle>;

/** Printed once, on the product; the factory keeps no copy of the password. */
export interface Label {
  readonly model: string;
  readonly serial: string;
  readonly password: string;
  /** SHA-256 of the panel's certificate, lower-case hex */
  readonly fingerprint: string;
  readonly address: string;
}
