import { createPrivateKey } from 'node:crypto';

/** Private keys in the forms in which programs keep them. A match counts only where it reads as a key. */
export interface KeyFound {
  readonly form:
    | 'private key (PEM)'
    | 'private key (DER)'
    | 'private key (OpenSSH)'
    | 'private key (JWK)'
    | 'private key (base64)'
    | 'private key (hexadecimal)'
    | 'encrypted private key (PEM)';
  readonly offset: number;
}

/** `text` is the latin1 reading of `bytes`, so that offsets agree. */
export function keysIn(bytes: Uint8Array, text: string): readonly KeyFound[] {
  return [...pemKeys(text), ...derKeys(bytes), ...jwkKeys(text), ...spelledKeys(text)];
}

const PEM = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.{20,20000}?)-----END \1-----/gs;

function pemKeys(text: string): readonly KeyFound[] {
  return [...text.matchAll(PEM)].flatMap((found): readonly KeyFound[] => {
    const [, label = '', inner = ''] = found;
    if (label === 'OPENSSH PRIVATE KEY') {
      return isOpenSsh(inner) ? [{ form: 'private key (OpenSSH)', offset: found.index }] : [];
    }
    if (label === 'ENCRYPTED PRIVATE KEY' || inner.includes('ENCRYPTED'))
      return [{ form: 'encrypted private key (PEM)', offset: found.index }];
    // in source code the lines of a key are joined by an escaped newline, or are strings of their own
    const body = inner.replace(/["'`]\s*\+\s*["'`]/g, '').replace(/\\[nr]|["'`,\s]/g, '');
    const pem = `-----BEGIN ${label}-----\n${body.match(/.{1,64}/g)?.join('\n') ?? ''}\n-----END ${label}-----\n`;
    return reads(() => createPrivateKey(pem)) ? [{ form: 'private key (PEM)', offset: found.index }] : [];
  });
}

/** openssh-key-v1, cipher `none`: a key without a passphrase. */
const isOpenSsh = (inner: string): boolean =>
  Buffer.from(inner.replace(/[^A-Za-z0-9+/=]/g, ''), 'base64')
    .subarray(0, 40)
    .toString('latin1')
    .startsWith('openssh-key-v1\0\0\0\0\u0004none');

/** SEQUENCE, then version 0 or 1 of PKCS #8, PKCS #1 or SEC 1 (RFC 5958, RFC 8017, RFC 5915). */
function derKeys(bytes: Uint8Array): readonly KeyFound[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: KeyFound[] = [];
  for (let at = buffer.indexOf(0x30); at >= 0 && at < buffer.length - 16; at = buffer.indexOf(0x30, at + 1)) {
    const [head, length] = lengthAt(buffer, at + 1);
    if (head === 0 || length < 32 || length > 8192 || at + 1 + head + length > buffer.length) continue;
    const body = at + 1 + head;
    if (buffer[body] !== 2 || buffer[body + 1] !== 1 || (buffer[body + 2] ?? 9) > 1) continue;
    const next = buffer[body + 3];
    const type = next === 0x30 ? 'pkcs8' : next === 0x04 ? 'sec1' : next === 0x02 ? 'pkcs1' : undefined;
    if (type === undefined) continue;
    const key = buffer.subarray(at, body + length);
    if (reads(() => createPrivateKey({ key, format: 'der', type })))
      found.push({ form: 'private key (DER)', offset: at });
  }
  return found;
}

/** Bytes of the length field, and the length (X.690, 8.1.3); 0 where it is none that a key has. */
function lengthAt(buffer: Buffer, at: number): readonly [number, number] {
  const first = buffer[at] ?? 0;
  if (first < 0x80) return [1, first];
  if (first === 0x81) return [2, buffer[at + 1] ?? 0];
  return first === 0x82 && at + 2 < buffer.length ? [3, buffer.readUInt16BE(at + 1)] : [0, 0];
}

/** RFC 7517: an object with a key type and a private part. */
function jwkKeys(text: string): readonly KeyFound[] {
  return [...text.matchAll(/\{[^{}]{0,4000}"kty"\s*:\s*"(?:EC|OKP|RSA|oct)"[^{}]{0,4000}\}/g)].flatMap((found) => {
    const secret = /"(?:d|k)"\s*:\s*"[A-Za-z0-9_-]{20,}"/.test(found[0]);
    return secret ? [{ form: 'private key (JWK)' as const, offset: found.index }] : [];
  });
}

/** What joins the pieces of a long text in source code: `' +`, a comma, a line's end, as such or escaped. */
const JOINT = String.raw`(?:["'\`]\s*[+,]?\s*["'\`]|\\[nr]|\s){1,40}`;
const BASE64 = new RegExp(`[A-Za-z0-9+/_-]{16,}(?:${JOINT}[A-Za-z0-9+/_-]+){0,200}`, 'g');
const HEX = new RegExp(`[0-9a-f]{16,}(?:${JOINT}[0-9a-f]+){0,400}`, 'gi');
/** of the smallest key there is: Ed25519 in PKCS #8, 48 bytes */
const LEAST = { base64: 64, hexadecimal: 96 } as const;

/** DER as a constant of text, without the lines that name it; a `0x30` at its start is spelled `M` or `30`. */
function spelledKeys(text: string): readonly KeyFound[] {
  const found: KeyFound[] = [];
  for (const [as, pattern] of [
    ['base64', BASE64],
    ['hexadecimal', HEX],
  ] as const)
    for (const { 0: spelled, index: offset } of text.matchAll(pattern)) {
      if (spelled.length < LEAST[as] || !(as === 'base64' ? /^M[CEFGHI]/ : /^30/).test(spelled)) continue;
      const bare = spelled.replaceAll(new RegExp(JOINT, 'g'), '');
      const bytes = Buffer.from(bare, as === 'base64' ? 'base64' : 'hex');
      if (derKeys(bytes).some((key) => key.offset === 0)) found.push({ form: `private key (${as})`, offset });
    }
  return found;
}

function reads(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch {
    // what node:crypto cannot read as a private key is not one
    return false;
  }
}
