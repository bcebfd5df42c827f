/**
 * The one registry of cryptographic algorithms of device and services: what each is for, its parameters, who describes
 * it, and until when it may be used. Code names no algorithm itself: it takes one from here, so that a date changed here,
 * or an order, is a change everywhere. A test of the tree refuses a name that stands elsewhere.
 *
 * Within a use the first that is not refused is the preferred one. A date is the first day (UTC) on which it holds;
 * dates come from the source named beside them, and a release that passes one has to bring its successor first.
 */
// EN 303 645 5.5-3, TS 103 645 4.5-2, G044 6.5.3, G045 CR-1-1: every algorithm can be replaced, and it is known by when
interface Algorithm {
  /** who describes the algorithm and the parameters used */
  readonly source: string;
  /** ISO date; new keys and values no longer use it, old ones are still read */
  readonly deprecatedFrom?: string;
  /** ISO date; nothing of it is accepted */
  readonly refusedFrom?: string;
}

/** NIST IR 8547 (2024, initial public draft), table 2: signatures that a quantum computer breaks are disallowed after 2035. */
const CLASSICAL_SIGNATURE = { deprecatedFrom: '2031-01-01', refusedFrom: '2036-01-01' } as const;
/** The registry's own first day: what was refused from the start was never accepted by a release. */
const FROM_THE_START = { refusedFrom: '1970-01-01' } as const;

/** How OpenSSL's names, WebCrypto's names and object identifiers (RFC 5480, RFC 5758, RFC 8410) say the same thing. */
interface SignatureAlgorithm extends Algorithm {
  /** as `node:crypto` reports the type of a key, and its curve by OpenSSL's name */
  readonly key: { readonly type: 'ec' | 'ed25519' | 'rsa'; readonly curve?: string };
  /** digest for `node:crypto`'s sign; null where the algorithm has its own */
  readonly digest: string | null;
  readonly web: { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
  readonly oids: { readonly key: string; readonly curve?: string; readonly signature: string };
}
export const SIGNATURES = {
  'ecdsa-p256-sha256': {
    key: { type: 'ec', curve: 'prime256v1' },
    digest: 'sha256',
    web: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
    oids: { key: '1.2.840.10045.2.1', curve: '1.2.840.10045.3.1.7', signature: '1.2.840.10045.4.3.2' },
    source: 'FIPS 186-5; NIST SP 800-186, 3.2.1.3; NIST SP 800-57 part 1 rev. 5, table 4',
    ...CLASSICAL_SIGNATURE,
  },
  'ecdsa-p384-sha384': {
    key: { type: 'ec', curve: 'secp384r1' },
    digest: 'sha384',
    web: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
    oids: { key: '1.2.840.10045.2.1', curve: '1.3.132.0.34', signature: '1.2.840.10045.4.3.3' },
    source: 'FIPS 186-5; NIST SP 800-186, 3.2.1.4; NIST SP 800-57 part 1 rev. 5, table 4',
    ...CLASSICAL_SIGNATURE,
  },
  ed25519: {
    key: { type: 'ed25519' },
    digest: null,
    web: { name: 'Ed25519' },
    oids: { key: '1.3.101.112', signature: '1.3.101.112' },
    source: 'FIPS 186-5; RFC 8032; RFC 8410',
    ...CLASSICAL_SIGNATURE,
  },
  'rsa-2048-sha256': {
    key: { type: 'rsa' },
    digest: 'sha256',
    web: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    oids: { key: '1.2.840.113549.1.1.1', signature: '1.2.840.113549.1.1.11' },
    source: 'NIST SP 800-57 part 1 rev. 5, table 4: 112 bits, too few for a product that lives beyond 2030',
    ...FROM_THE_START,
  },
} as const satisfies Readonly<Record<string, SignatureAlgorithm>>;

/** Authenticated encryption at rest; `format` is the first byte of every sealed value. */
export const SEALING = {
  'aes-256-gcm': {
    format: 1,
    oid: '2.16.840.1.101.3.4.1.46',
    keyBytes: 32,
    nonceBytes: 12,
    tagBytes: 16,
    source: 'FIPS 197; NIST SP 800-38D; RFC 5084',
  },
  'chacha20-poly1305': {
    format: 2,
    oid: '1.2.840.113549.1.9.16.3.18',
    keyBytes: 32,
    nonceBytes: 12,
    tagBytes: 16,
    source: 'RFC 8439; RFC 8103',
  },
} as const satisfies Readonly<
  Record<string, Algorithm & { format: number; oid: string; keyBytes: number; nonceBytes: number; tagBytes: number }>
>;

/**
 * Sealing to somebody's public key (HPKE, base mode): `kem`, `kdf` and `aead` are IANA's numbers, `key` says what OpenSSL and
 * a JSON Web Key (RFC 8037) call the recipient's key, `derivation` and `sealing` name rows of this registry. The name of the
 * suite travels with each value, so that one with ML-KEM (FIPS 203) is one more row, and the first.
 */
export const SEALING_TO = {
  'hpke-x25519-chacha20-poly1305': {
    kem: 0x0020,
    kdf: 0x0001,
    aead: 0x0003,
    key: { type: 'x25519', curve: 'X25519' },
    derivation: 'hkdf-sha256',
    sealing: 'chacha20-poly1305',
    source: 'RFC 9180, 7; RFC 7748; RFC 5869; RFC 8439',
    refusedFrom: '2036-01-01',
  },
  'hpke-x25519-aes-256-gcm': {
    kem: 0x0020,
    kdf: 0x0001,
    aead: 0x0002,
    key: { type: 'x25519', curve: 'X25519' },
    derivation: 'hkdf-sha256',
    sealing: 'aes-256-gcm',
    source: 'RFC 9180, 7; RFC 7748; RFC 5869; NIST SP 800-38D',
    refusedFrom: '2036-01-01',
  },
} as const satisfies Readonly<
  Record<
    string,
    Algorithm & {
      kem: number;
      kdf: number;
      aead: number;
      key: { readonly type: 'x25519'; readonly curve: 'X25519' };
      derivation: 'hkdf-sha256';
      sealing: keyof typeof SEALING;
    }
  >
>;

/** `digest` as `node:crypto` names it. */
export const DERIVATION = {
  'hkdf-sha256': { digest: 'sha256', source: 'RFC 5869; NIST SP 800-56C rev. 2' },
} as const satisfies Readonly<Record<string, Algorithm & { digest: string }>>;

export const MAC = {
  'hmac-sha256': { digest: 'sha256', source: 'FIPS 198-1; RFC 2104' },
  'hmac-sha1': {
    digest: 'sha1',
    source: 'RFC 6238: time-based one-time passwords alone, since authenticator apps know no other; RFC 6194, 3.3',
    deprecatedFrom: '2031-01-01',
  },
} as const satisfies Readonly<Record<string, Algorithm & { digest: string }>>;

/** Digests that name a thing (a certificate, a session, a file), and sign nothing. */
export const DIGESTS = {
  sha256: { digest: 'sha256', source: 'FIPS 180-4' },
  sha1: { digest: 'sha1', source: 'RFC 6194', ...FROM_THE_START },
} as const satisfies Readonly<Record<string, Algorithm & { digest: string }>>;

/**
 * Signatures over metadata of updates, by the names of the TUF specification 1.0.34, 4.2. Which keys count is what the
 * root says; a date here would shut a device out of the very update that brings the successor.
 */
export const METADATA_SIGNATURES = {
  ed25519: { keytypes: ['ed25519'], key: { type: 'ed25519' }, source: 'FIPS 186-5; RFC 8032' },
  'ecdsa-sha2-nistp256': {
    /** the second name is that of older repositories */
    keytypes: ['ecdsa', 'ecdsa-sha2-nistp256'],
    key: { type: 'ec', curve: 'prime256v1' },
    source: 'FIPS 186-5; NIST SP 800-186, 3.2.1.3',
  },
  'rsassa-pss-sha256': {
    keytypes: ['rsa'],
    /** NIST SP 800-57 part 1 rev. 5, table 4: 128 bits of security */
    key: { type: 'rsa', leastBits: 3072 },
    source: 'FIPS 186-5; RFC 8017, 8.1',
  },
} as const satisfies Readonly<
  Record<
    string,
    Algorithm & {
      keytypes: readonly string[];
      key: { readonly type: 'ec' | 'ed25519' | 'rsa'; readonly curve?: string; readonly leastBits?: number };
    }
  >
>;
/** Digests of metadata and targets that are believed, the one that names a target first. */
export const METADATA_DIGESTS = {
  sha256: { digest: 'sha256', source: 'FIPS 180-4' },
  sha512: { digest: 'sha512', source: 'FIPS 180-4' },
} as const satisfies Readonly<Record<string, Algorithm & { digest: string }>>;

/** Costs may rise at any release: a record carries its own. */
export const PASSWORD_HASHING = {
  argon2id: {
    /** OWASP Password Storage Cheat Sheet, first line for argon2id */
    device: { memoryKib: 19_456, passes: 2, parallelism: 1 },
    /** RFC 9106, 4: second recommended option */
    operator: { memoryKib: 65_536, passes: 3, parallelism: 4 },
    saltBytes: 16,
    tagBytes: 32,
    source: 'RFC 9106; NIST SP 800-63B',
  },
} as const satisfies Readonly<
  Record<string, Algorithm & { device: Cost; operator: Cost; saltBytes: number; tagBytes: number }>
>;
interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

export const TLS_VERSIONS = {
  TLSv1_3: { name: 'TLSv1.3', source: 'RFC 8446' },
  TLSv1_2: {
    name: 'TLSv1.2',
    source: 'RFC 5246 with RFC 9325, where a declared peer needs it; frozen by RFC 9851',
    deprecatedFrom: '2029-01-01',
  },
  TLSv1_1: { name: 'TLSv1.1', source: 'RFC 8996', refusedFrom: '2021-03-25' },
  TLSv1_0: { name: 'TLSv1', source: 'RFC 8996', refusedFrom: '2021-03-25' },
} as const satisfies Readonly<Record<string, Algorithm & { name: string }>>;

/** Suites with forward secrecy and authenticated encryption, as OpenSSL names them. */
export const TLS_SUITES = {
  TLS_AES_256_GCM_SHA384: { source: 'RFC 8446' },
  TLS_CHACHA20_POLY1305_SHA256: { source: 'RFC 8446' },
  TLS_AES_128_GCM_SHA256: { source: 'RFC 8446' },
  'ECDHE-ECDSA-AES256-GCM-SHA384': { source: 'RFC 5289; RFC 9325, 4.2' },
  'ECDHE-ECDSA-CHACHA20-POLY1305': { source: 'RFC 7905; RFC 9325, 4.2' },
  'ECDHE-ECDSA-AES128-GCM-SHA256': { source: 'RFC 5289; RFC 9325, 4.2' },
  'ECDHE-ECDSA-AES128-SHA256': { source: 'RFC 9325, 4.1: no authenticated encryption', ...FROM_THE_START },
} as const satisfies Readonly<Record<string, Algorithm>>;

/** Groups of TLS, as OpenSSL names them. */
export const KEY_AGREEMENT = {
  X25519MLKEM768: { source: 'FIPS 203 with RFC 7748 (draft-ietf-tls-ecdhe-mlkem)' },
  X25519: { source: 'RFC 7748; NIST SP 800-186', refusedFrom: '2036-01-01' },
  'P-256': { source: 'NIST SP 800-186; NIST SP 800-56A rev. 3', refusedFrom: '2036-01-01' },
  'P-384': { source: 'NIST SP 800-186; NIST SP 800-56A rev. 3', refusedFrom: '2036-01-01' },
} as const satisfies Readonly<Record<string, Algorithm>>;

/** Every use with its algorithms, in the order of preference. */
export const ALGORITHMS = {
  signature: SIGNATURES,
  'key-agreement': KEY_AGREEMENT,
  sealing: SEALING,
  'sealing-to': SEALING_TO,
  derivation: DERIVATION,
  mac: MAC,
  digest: DIGESTS,
  'password-hash': PASSWORD_HASHING,
  'tls-version': TLS_VERSIONS,
  'tls-suite': TLS_SUITES,
} as const;
export type AlgorithmUse = keyof typeof ALGORITHMS;
export type AlgorithmId<Use extends AlgorithmUse = AlgorithmUse> = Use extends AlgorithmUse
  ? keyof (typeof ALGORITHMS)[Use] & string
  : never;
export type SignatureId = AlgorithmId<'signature'>;
export type SealingId = AlgorithmId<'sealing'>;
export type SuiteId = AlgorithmId<'sealing-to'>;

export type AlgorithmStatus = 'preferred' | 'accepted' | 'deprecated' | 'refused';

/** What may be done with an algorithm at `now` (milliseconds since the epoch); what the registry does not know is refused. */
export const statusOf = (use: AlgorithmUse, id: string, now: number): AlgorithmStatus => {
  const known: Readonly<Record<string, Algorithm>> = ALGORITHMS[use];
  const algorithm = Object.hasOwn(known, id) ? known[id] : undefined;
  if (!algorithm || since(algorithm.refusedFrom, now)) return 'refused';
  if (since(algorithm.deprecatedFrom, now)) return 'deprecated';
  return id === preferred(use, now) ? 'preferred' : 'accepted';
};

/** What is not refused at `now`: in order of preference, the deprecated last. */
export const usable = <Use extends AlgorithmUse>(use: Use, now: number): readonly AlgorithmId<Use>[] => {
  const known = Object.entries<Algorithm>(ALGORITHMS[use]).filter(([, { refusedFrom }]) => !since(refusedFrom, now));
  const old = ([, { deprecatedFrom }]: readonly [string, Algorithm]): boolean => since(deprecatedFrom, now);
  return [...known.filter((each) => !old(each)), ...known.filter(old)].map(([id]) => id as AlgorithmId<Use>);
};

/**
 * What new keys and values use at `now`. Where every algorithm of a use is refused, a device has outlived its last
 * release: then the first in the registry, since its peers decide whether they still take it.
 */
export const preferred = <Use extends AlgorithmUse>(use: Use, now: number): AlgorithmId<Use> => {
  const [first] = usable(use, now);
  return first ?? (Object.keys(ALGORITHMS[use])[0] as AlgorithmId<Use>);
};

/** The algorithm that a key of this type and curve (OpenSSL's names) is for; undefined where the registry has none. */
export const signatureOf = (type: string | undefined, curve: string | undefined): SignatureId | undefined =>
  (Object.keys(SIGNATURES) as SignatureId[]).find((id) => {
    const { key }: SignatureAlgorithm = SIGNATURES[id];
    return key.type === type && key.curve === curve;
  });

/**
 * Versions, suites and groups for `node:tls` at `now`, `least` being the declared lowest version. What a connection
 * offers and accepts comes from here on both sides.
 */
// EN 303 645 5.5-1, TS 103 645 4.5-1, G044 6.5.1, G045 CR-1-1, DS-1-1: no version, suite or group but those of the registry
export const tlsParameters = (least: 'TLSv1_3' | 'TLSv1_2', now: number) => {
  const versions = usable('tls-version', now);
  const lowest = versions.includes(least) ? least : (versions.at(-1) ?? 'TLSv1_3');
  return {
    minVersion: TLS_VERSIONS[lowest].name,
    maxVersion: TLS_VERSIONS.TLSv1_3.name,
    ciphers: usable('tls-suite', now).join(':'),
    ecdhCurve: usable('key-agreement', now).join(':'),
  };
};

const since = (date: string | undefined, now: number): boolean => date !== undefined && now >= Date.parse(date);
