import { createHash, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Something that must not lie anywhere at rest, in every form in which a program may have left it. */
export interface Canary {
  readonly name: string;
  readonly forms: readonly { readonly as: string; readonly bytes: Buffer }[];
}
export interface Found {
  readonly canary: string;
  readonly as: string;
  readonly file: string;
}

/** Text of a person: a password, a name, a cookie. */
export const textCanary = (name: string, text: string): Canary => ({
  name,
  forms: [
    ...encoded(Buffer.from(text)),
    { as: 'UTF-16', bytes: Buffer.from(text, 'utf16le') },
    { as: 'URL encoding', bytes: Buffer.from(encodeURIComponent(text)) },
    { as: 'SHA-256', bytes: createHash('sha256').update(text).digest() },
    { as: 'SHA-256, hexadecimal', bytes: Buffer.from(createHash('sha256').update(text).digest('hex')) },
  ],
});

/** Bytes of a symmetric key. */
export const keyCanary = (name: string, key: Buffer): Canary => ({ name, forms: encoded(key) });

/** A private key: as PKCS#8 and SEC 1, in DER and PEM, and its scalar alone. */
export const privateKeyCanary = (name: string, key: KeyObject): Canary => {
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
  const forms = (['pkcs8', 'sec1'] as const).flatMap((type) => {
    const pem = key.export({ type, format: 'pem' }).toString().split('\n');
    return [
      ...encoded(key.export({ type, format: 'der' })),
      // A line of its own finds the key whatever stands around it; the first line is the same for every key.
      { as: `PEM (${type})`, bytes: Buffer.from(pem[2] ?? '') },
    ];
  });
  return { name, forms: [...encoded(scalar), ...forms] };
};

const encoded = (bytes: Buffer): Canary['forms'] => [
  { as: 'plain', bytes },
  { as: 'hexadecimal', bytes: Buffer.from(bytes.toString('hex')) },
  { as: 'base64', bytes: Buffer.from(bytes.toString('base64').replace(/=+$/, '')) },
  { as: 'base64url', bytes: Buffer.from(bytes.toString('base64url')) },
  // In the middle of something longer base64 has two more shapes.
  ...[1, 2].map((lead) => {
    const text = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64');
    return {
      as: 'base64, shifted',
      bytes: Buffer.from(text.slice(lead + 1, Math.floor(((lead + bytes.length) * 8) / 6))),
    };
  }),
];

/** Every byte of every file: free pages, write-ahead logs and what hangs behind the end of a value included. */
export const searchFolder = (folder: string, canaries: readonly Canary[]): readonly Found[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      return searchBytes(readFileSync(path), relative(folder, path), canaries);
    });

export const searchBytes = (bytes: Buffer, file: string, canaries: readonly Canary[]): readonly Found[] =>
  canaries.flatMap(({ name, forms }) =>
    forms.filter((form) => bytes.includes(form.bytes)).map(({ as }) => ({ canary: name, as, file })),
  );
