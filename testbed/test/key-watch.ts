import crypto, { createHash, createPrivateKey, createPublicKey, KeyObject, X509Certificate } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

/**
 * Watches every use of a key in this process, device and services alike: what is sealed, signed, derived, authenticated, and
 * what TLS is given. A use is told by what the key is applied to (label, certificate, command), not by who calls. Keys are
 * told apart by their SHA-256; private keys by that of their public half. What stays inside OpenSSL (session tickets) is
 * not seen.
 */
export interface KeyWatch {
  /** key material to the ids of the register whose purpose it served */
  readonly served: ReadonlyMap<string, ReadonlySet<string>>;
  /** uses of a key that fit no purpose of the registers */
  readonly unknown: readonly string[];
  readonly stop: () => void;
}
/** Names the purpose of a use, as the registers have it. */
export type PurposeOf = (use: string) => string | undefined;

export function watchKeys(purposeOf: PurposeOf): KeyWatch {
  const served = new Map<string, Set<string>>();
  const unknown: string[] = [];
  const used = (material: string, use: string): void => {
    const purpose = purposeOf(use);
    if (purpose === undefined) unknown.push(use);
    else served.set(material, (served.get(material) ?? new Set()).add(purpose));
  };
  const undo: (() => void)[] = [];
  const replace = (target: object, name: string, make: (real: Call) => Call): void => {
    const before = Object.getOwnPropertyDescriptor(target, name);
    const real = (target as Record<string, Call>)[name] as Call;
    Object.defineProperty(target, name, { configurable: true, writable: true, value: make(real) });
    undo.push(() => {
      if (before) Object.defineProperty(target, name, before);
      else Reflect.deleteProperty(target, name);
    });
  };

  for (const name of ['createCipheriv', 'createDecipheriv'])
    replace(crypto, name, (real) => (algorithm, key, ...rest) => {
      const cipher = real.call(crypto, algorithm, key, ...rest) as { setAAD: Call };
      const { setAAD } = cipher;
      const material = digestOf(key);
      cipher.setAAD = (label, ...more) => {
        used(material, `seal ${textOf(label)}`);
        return setAAD.call(cipher, label, ...more);
      };
      return cipher;
    });
  replace(crypto, 'hkdfSync', (real) => (digest, key, salt, info, length) => {
    used(digestOf(key), `derive ${textOf(info)}`);
    return real.call(crypto, digest, key, salt, info, length);
  });
  replace(crypto, 'createHmac', (real) => (digest, key, ...rest) => {
    used(digestOf(key), `authenticate in ${callerOf(new Error().stack)}`);
    return real.call(crypto, digest, key, ...rest);
  });
  replace(crypto, 'sign', (real) => (digest, data, key, ...rest) => {
    const use = signedThing(data as Uint8Array);
    // a request shows that its own key is there: what the key is for shows where it is used
    if (use !== 'request') used(publicOf(keyIn(key)), `sign ${use}`);
    return real.call(crypto, digest, data, key, ...rest);
  });
  const secrets = new WeakMap<object, string>();
  const { subtle } = crypto.webcrypto;
  replace(subtle, 'importKey', (real) => async (format, bytes, ...rest) => {
    const key = (await real.call(subtle, format, bytes, ...rest)) as object;
    if (format === 'pkcs8') secrets.set(key, publicOf(pkcs8(bytes as Uint8Array)));
    return key;
  });
  replace(subtle, 'sign', (real) => async (algorithm, key, data, ...rest) => {
    const material = secrets.get(key as object) ?? publicOf(KeyObject.from(key as crypto.webcrypto.CryptoKey));
    used(material, `sign ${signedThing(Buffer.from(data as Uint8Array))}`);
    return real.call(subtle, algorithm, key, data, ...rest);
  });
  replace(tls, 'createSecureContext', (real) => (options, ...rest) => {
    const { key, cert } = (options ?? {}) as { key?: string | Buffer; cert?: string | Buffer };
    if (key && cert) used(publicOf(createPrivateKey(key)), `prove ${issuerIn(new X509Certificate(cert).raw)}`);
    return real.call(tls, options, ...rest);
  });
  syncBuiltinESMExports();
  return {
    served,
    unknown,
    stop: () => {
      for (const back of undo.splice(0)) back();
      syncBuiltinESMExports();
    },
  };
}

type Call = (...args: unknown[]) => unknown;

const digestOf = (key: unknown): string => {
  const bytes = key instanceof KeyObject ? key.export() : (key as Uint8Array | string);
  return createHash('sha256').update(bytes).digest('hex');
};
/** A key that signs is given alone, or among options (`dsaEncoding`). */
const keyIn = (given: unknown): KeyObject =>
  given instanceof KeyObject ? given : (given as { readonly key: KeyObject }).key;
const publicOf = (key: KeyObject): string =>
  digestOf(createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'spki', format: 'der' }));
const pkcs8 = (bytes: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString('utf8');

/** The first of our own files below this one. */
const callerOf = (stack = ''): string =>
  /\/((?:device|services|protocol|testbed)\/(?!test\/key-watch)[^:)]+\.ts)/.exec(stack)?.[1] ?? 'somewhere';

/** What is signed: text of ours up to its line's end, or by which issuer a certificate or list; a request has none. */
function signedThing(data: Uint8Array): string {
  if (data[0] !== 0x30) return (Buffer.from(data).toString('utf8').split('\n')[0] ?? '').slice(0, 60);
  const [first, second, third] = [...partsOf(partsOf(data)[0]?.body ?? data)];
  if (first?.tag === 0xa0) return `certificate by ${nameIn(partsOf(partsOf(data)[0]?.body ?? data)[3]?.body)}`;
  if (third?.tag === 0x30 && second?.tag === 0x30 && isAlgorithm(second.body)) return `list by ${nameIn(third.body)}`;
  return 'request';
}
const isAlgorithm = (body: Uint8Array): boolean => body[0] === 0x06;
const issuerIn = (certificate: Uint8Array): string => {
  const tbs = partsOf(partsOf(certificate)[0]?.body ?? certificate)[0]?.body ?? certificate;
  return nameIn(partsOf(tbs)[3]?.body);
};
/** The common name in a name of ours, which is the last of its parts. */
const nameIn = (name: Uint8Array | undefined): string =>
  /(?:^|[^ -~])([ -~]+)$/.exec(Buffer.from(name ?? []).toString('latin1'))?.[1] ?? '';

/** Elements of DER one after another; lengths of up to three bytes. */
function partsOf(der: Uint8Array): readonly { readonly tag: number; readonly body: Uint8Array }[] {
  const parts = [];
  for (let at = 0; at + 1 < der.length;) {
    const first = der[at + 1] ?? 0;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length = more === 0 ? first : der.subarray(at + 2, at + 2 + more).reduce((sum, byte) => sum * 256 + byte, 0);
    const from = at + 2 + more;
    parts.push({ tag: der[at] ?? 0, body: der.subarray(from, from + length) });
    at = from + length;
  }
  return parts;
}
