import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** DSSE (secure-systems-lab/dsse, v1.0) with Ed25519: what is signed is the type and the exact bytes of the payload. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

export interface SigningKey {
  readonly key: KeyObject;
  readonly publicPem: string;
  readonly id: string;
}

/** Reads the signing key, or makes one where the file does not exist yet (readable by its owner alone). */
export function openSigningKey(path: string): SigningKey {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const made = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, made);
    fsyncSync(file);
    closeSync(file);
  }
  const key = createPrivateKey(readFileSync(path));
  if (key.asymmetricKeyType !== 'ed25519') throw new WrongKey(path);
  const publicPem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const publicPath = `${path.replace(/\.pem$/, '')}.pub.pem`;
  if (!existsSync(publicPath)) writeFileSync(publicPath, publicPem);
  return { key, publicPem, id: keyId(publicPem) };
}

export class WrongKey extends Error {
  readonly code = 'wrong-key';
  constructor(path: string) {
    super(`${path} is no Ed25519 private key; name another file, or none to have one made`);
  }
}

export function keyId(publicPem: string): string {
  return createHash('sha256')
    .update(createPublicKey(publicPem).export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

export function seal(payload: string, key: SigningKey): string {
  const bytes = Buffer.from(payload);
  return write({
    payloadType: PAYLOAD_TYPE,
    payload: bytes.toString('base64'),
    signatures: [{ keyid: key.id, sig: sign(null, preAuthentication(bytes), key.key).toString('base64') }],
  });
}

const Envelope = Type.Object(
  {
    payloadType: Type.Literal(PAYLOAD_TYPE),
    payload: Type.String(),
    signatures: Type.Tuple([
      Type.Object({ keyid: Type.String(), sig: Type.String() }, { additionalProperties: false }),
    ]),
  },
  { additionalProperties: false },
);
const envelope = Compile(Envelope);
type Envelope = Type.Static<typeof Envelope>;

export type Opened =
  | { readonly ok: true; readonly payload: string; readonly keyId: string }
  | { readonly ok: false; readonly because: string };

/** Opens an envelope that must be written exactly as `seal` writes it: one signature, one way to spell each byte. */
export function open(text: string, publicPem: string): Opened {
  let value: unknown;
  try {
    // boundary evidence-envelope: a folder that somebody hands over -> Envelope, at most nothing: a folder that somebody hands over is read by who asked for it, else says which file is wrong;
    // assessor/test/evidence.test.ts
    value = JSON.parse(text);
  } catch {
    return { ok: false, because: 'is not JSON' };
  }
  if (!envelope.Check(value)) return { ok: false, because: 'is no DSSE envelope with one signature' };
  const bytes = Buffer.from(value.payload, 'base64');
  const [{ keyid, sig }] = value.signatures;
  const signature = Buffer.from(sig, 'base64');
  const canonical = write({
    payloadType: PAYLOAD_TYPE,
    payload: bytes.toString('base64'),
    signatures: [{ keyid, sig: signature.toString('base64') }],
  });
  if (canonical !== text) return { ok: false, because: 'is not written in its one canonical form' };
  if (keyid !== keyId(publicPem)) return { ok: false, because: 'is signed with another key' };
  if (!verify(null, preAuthentication(bytes), createPublicKey(publicPem), signature)) {
    return { ok: false, because: 'has a wrong signature' };
  }
  return { ok: true, payload: bytes.toString('utf8'), keyId: keyid };
}

const write = (value: Envelope): string => `${JSON.stringify(value)}\n`;

/** DSSE pre-authentication encoding. */
function preAuthentication(payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(PAYLOAD_TYPE)} ${PAYLOAD_TYPE} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
