import { Type, type Static } from 'typebox';
import { RecoveryCodes } from './recovery.ts';

/** What an account asks for after its password; a field of the account, sealed with it. */

const strict = { additionalProperties: false } as const;

export const Passkey = Type.Object(
  {
    /** credential id, base64url; at most 1023 bytes (WebAuthn section 4) */
    id: Type.String({ minLength: 1, maxLength: 1364 }),
    /** COSE key, base64url */
    publicKey: Type.String({ minLength: 1, maxLength: 1500 }),
    /** signature counter of its last use; authenticators without one say 0 for ever */
    counter: Type.Integer({ minimum: 0 }),
    /** host name under which it was made, and under which alone it works */
    rpId: Type.String({ minLength: 1, maxLength: 253 }),
    name: Type.String({ minLength: 1, maxLength: 40 }),
    addedAt: Type.Number(),
    /** its counter has gone back once: there are two of it, and neither is taken any more */
    cloned: Type.Boolean(),
  },
  strict,
);
export type Passkey = Static<typeof Passkey>;

export const MAX_PASSKEYS = 8;

export const Factors = Type.Object(
  {
    code: Type.Optional(
      Type.Object(
        {
          /** 160 bits, base32 */
          secret: Type.String({ pattern: '^[A-Z2-7]{32}$' }),
          /** the last step of which a code was taken; neither it nor an earlier one is taken again */
          lastStep: Type.Integer({ minimum: 0 }),
        },
        strict,
      ),
    ),
    passkeys: Type.Array(Passkey, { maxItems: MAX_PASSKEYS }),
    recovery: Type.Optional(RecoveryCodes),
  },
  strict,
);
export type Factors = Static<typeof Factors>;
export const NO_FACTORS: Factors = { passkeys: [] };

/** Whether the password alone opens the account. Recovery codes stand in for a factor; they are none. */
export const hasSecondStep = (factors: Factors | undefined): boolean =>
  factors !== undefined && (factors.code !== undefined || factors.passkeys.length > 0);
