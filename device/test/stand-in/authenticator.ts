import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A passkey in this process: what a browser and its authenticator would answer, and every wrong answer that they never would. */
export interface Asked {
  readonly challenge: string;
  readonly origin: string;
  readonly rpId: string;
  readonly type?: string;
  /** bit 0 present, bit 2 verified, bit 6 credential data (WebAuthn section 6.1) */
  readonly flags?: number;
  readonly counter?: number;
  readonly crossOrigin?: boolean;
}
export interface Authenticator {
  readonly id: string;
  readonly register: (asked: Asked) => string;
  readonly sign: (asked: Asked & { readonly with?: KeyObject }) => string;
  readonly publicKey: string;
}

const PRESENT_AND_VERIFIED = 0x05;
const WITH_CREDENTIAL = 0x40;

export function newAuthenticator(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  const cose = Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
    Buffer.from(x, 'base64url'),
    Buffer.from([0x22, 0x58, 0x20]),
    Buffer.from(y, 'base64url'),
  ]);
  const answer = (response: Record<string, Buffer>): string =>
    JSON.stringify({
      id: text(id),
      rawId: text(id),
      type: 'public-key',
      response: Object.fromEntries(Object.entries(response).map(([name, bytes]) => [name, text(bytes)])),
    });
  return {
    id: text(id),
    publicKey: text(cose),
    register: (asked) => {
      const data = authenticatorData(asked, (asked.flags ?? PRESENT_AND_VERIFIED) | WITH_CREDENTIAL);
      const attested = Buffer.concat([data, Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        cborText('fmt'),
        cborText('none'),
        cborText('attStmt'),
        Buffer.from([0xa0]),
        cborText('authData'),
        Buffer.from([0x58, attested.length]),
        attested,
      ]);
      return answer({ clientDataJSON: clientData(asked, 'webauthn.create'), attestationObject });
    },
    sign: (asked) => {
      const clientDataJSON = clientData(asked, 'webauthn.get');
      const data = authenticatorData(asked, asked.flags ?? PRESENT_AND_VERIFIED);
      const signed = Buffer.concat([data, createHash('sha256').update(clientDataJSON).digest()]);
      const signature = sign('sha256', signed, asked.with ?? privateKey);
      return answer({ clientDataJSON, authenticatorData: data, signature });
    },
  };
}

const clientData = ({ challenge, origin, type, crossOrigin = false }: Asked, usual: string): Buffer =>
  Buffer.from(JSON.stringify({ type: type ?? usual, challenge, origin, crossOrigin }));

function authenticatorData({ rpId, counter = 0 }: Asked, flags: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.of(flags), count]);
}

/** Shorter than 24 bytes. */
const cborText = (value: string): Buffer => Buffer.concat([Buffer.of(0x60 + value.length), Buffer.from(value)]);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
