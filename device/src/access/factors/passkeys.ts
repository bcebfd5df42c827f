import { isIP } from 'node:net';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Passkey } from './factors.ts';

/**
 * Passkeys (W3C Web Authentication, level 3) as a second factor: what a browser is asked, and whether its answer holds.
 * The cryptography is `@simplewebauthn/server`, which costs a quarter of a second and some 26 MiB: it is loaded with the
 * first answer of a passkey, not at the start (docs/decisions/0011-passkeys-follow-the-password.md).
 */

/** The host that people typed, without its port: a passkey belongs to it. An address is no name (WebAuthn section 5.1.2). */
export function rpIdOf(host: string | undefined): string | undefined {
  const name = /^([a-z0-9.-]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
  return name === undefined || isIP(name) !== 0 ? undefined : name;
}
const originOf = (host: string): string => `https://${host.toLowerCase()}`;

/** ECDSA P-256, EdDSA, RSA with SHA-256 (COSE registry): what phones, keys and Windows have. */
const ALGORITHMS = [-7, -8, -257];
/** What may come where none was asked for: none, or the new key's own signature (WebAuthn section 5.1.3). */
const FORMATS: ReadonlySet<string> = new Set(['none', 'packed']);
const TIMEOUT_MS = 5 * 60_000;

export interface NewPasskey {
  readonly rpId: string;
  /** what people call the device */
  readonly device: string;
  readonly account: string;
  /** base64url, at most 64 bytes that say nothing of the person */
  readonly userId: string;
  readonly challenge: string;
  readonly known: readonly Passkey[];
}

/** `PublicKeyCredentialCreationOptionsJSON` */
export const creationOptions = (asked: NewPasskey) => ({
  rp: { id: asked.rpId, name: asked.device },
  user: { id: asked.userId, name: asked.account, displayName: asked.account },
  challenge: asked.challenge,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
  timeout: TIMEOUT_MS,
  // which make it is, is nobody's business: the person chose it
  attestation: 'none',
  excludeCredentials: descriptors(asked.known, asked.rpId),
  authenticatorSelection: { residentKey: 'discouraged', userVerification: 'required' },
});

/** `PublicKeyCredentialRequestOptionsJSON` */
export const requestOptions = (asked: {
  readonly rpId: string;
  readonly challenge: string;
  readonly known: readonly Passkey[];
}) => ({
  rpId: asked.rpId,
  challenge: asked.challenge,
  timeout: TIMEOUT_MS,
  allowCredentials: descriptors(asked.known, asked.rpId),
  userVerification: 'required',
});

const descriptors = (passkeys: readonly Passkey[], rpId: string) =>
  passkeys.filter((each) => each.rpId === rpId && !each.cloned).map(({ id }) => ({ type: 'public-key', id }));

const base64url = (maxLength: number) => Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength });
const credential = { id: base64url(1364), rawId: base64url(1364), type: Type.Literal('public-key') };
const strict = { additionalProperties: false } as const;
/** What the script of the panel sends on; hostile until it holds. */
const Registration = Type.Object(
  {
    ...credential,
    response: Type.Object({ clientDataJSON: base64url(2048), attestationObject: base64url(4096) }, strict),
  },
  strict,
);
const Assertion = Type.Object(
  {
    ...credential,
    response: Type.Object(
      { clientDataJSON: base64url(2048), authenticatorData: base64url(2048), signature: base64url(1024) },
      strict,
    ),
  },
  strict,
);

export interface Expected {
  readonly challenge: string;
  /** as the request has it, with its port */
  readonly host: string;
}
export type Refused = { readonly ok: false; readonly because: string };

/** The credential that a browser has made; never one without user verification. */
export async function readRegistration(
  answer: string,
  expected: Expected,
): Promise<{ readonly ok: true; readonly made: Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'rpId'> } | Refused> {
  const read = parsed(Registration, answer);
  const rpId = rpIdOf(expected.host);
  if (!read || rpId === undefined) return { ok: false, because: 'not the answer of a browser' };
  const { verifyRegistrationResponse } = await library();
  return refusing(async () => {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...read, clientExtensionResults: {} },
      ...common(expected, rpId),
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified || !FORMATS.has(registrationInfo.fmt)) return { ok: false, because: 'not a credential as asked for' };
    const { id, publicKey, counter } = registrationInfo.credential;
    return { ok: true, made: { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, rpId } };
  });
}

/** Which passkey has signed, and its counter; whether that counter is a clone's is decided with the account. */
export async function readAssertion(
  answer: string,
  expected: Expected,
  known: readonly Passkey[],
): Promise<{ readonly ok: true; readonly id: string; readonly counter: number } | Refused> {
  const read = parsed(Assertion, answer);
  const rpId = rpIdOf(expected.host);
  const passkey = known.find((each) => each.id === read?.id && each.rpId === rpId);
  if (!read || !passkey || rpId === undefined) return { ok: false, because: 'no passkey of this account' };
  const { verifyAuthenticationResponse } = await library();
  return refusing(async () => {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...read, clientExtensionResults: {} },
      ...common(expected, rpId),
      // The library compares counters before it looks at the signature. With 0 it leaves that to us: only who has the
      // key may cause a passkey to be taken for cloned.
      credential: { id: passkey.id, publicKey: Buffer.from(passkey.publicKey, 'base64url'), counter: 0 },
    });
    if (!verified) return { ok: false, because: 'a wrong signature' };
    return { ok: true, id: passkey.id, counter: authenticationInfo.newCounter };
  });
}

// EN 303 645 5.5-5, G045 AU-1-2: for this page alone, in answer to this question, by a person who unlocked it
const common = ({ challenge, host }: Expected, rpId: string) => ({
  expectedChallenge: challenge,
  expectedOrigin: originOf(host),
  expectedRPID: rpId,
  requireUserVerification: true,
});

const library = () => import('@simplewebauthn/server');

function parsed<Schema extends typeof Registration | typeof Assertion>(
  schema: Schema,
  text: string,
): Static<Schema> | undefined {
  let value: unknown;
  try {
    // boundary passkey-answer: a browser -> Registration, at most 4096 characters, as the field declares, else the answer is refused;
    // device/test/access/factors/passkeys.test.ts
    value = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
  return Value.Check(schema, value) ? value : undefined;
}

/** The library throws what it refuses, and what it cannot read of hostile bytes: both are refusals here. */
async function refusing<Result>(verify: () => Promise<Result | Refused>): Promise<Result | Refused> {
  try {
    return await verify();
  } catch (cause) {
    return { ok: false, because: cause instanceof Error ? cause.message : 'unreadable' };
  }
}
