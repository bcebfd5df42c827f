import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { read, ROOT, trackedFiles } from '../tree.ts';

/** Algorithms have one room: what ships takes them from the registry, so that a date there holds everywhere. */
const REGISTRY = 'protocol/src/algorithms.ts';
const SHIPS = /^(?:device|services|protocol|product|cli|examples)\/(?!.*\/?test\/).*\.ts$/;

/** Uses that decide nothing about trust, each with its reason. */
const EXCEPTED: readonly { readonly file: string; readonly use: RegExp; readonly because: string }[] = [
  {
    file: 'protocol/src/sealed-value.ts',
    use: /create(?:Cipher|Decipher)iv\(nameOf\(algorithm\)/,
    because: 'the one place that seals, by the name that the registry gives',
  },
  {
    file: 'protocol/src/privacy/hpke.ts',
    use: /create(?:Cipher|Decipher)iv\(nameOf\(sealing\)/,
    because: 'the one place that seals to a public key, by the name that the registry gives',
  },
  { file: 'device/src/secrets/guards/tpm2.ts', use: /'sha256'/, because: 'names in the commands of the TPM' },
  { file: 'device/src/secrets/guards/pkcs11.ts', use: /'AES-CBC-PAD'/, because: 'the wrapping that tokens offer' },
  {
    file: 'services/src/factory/derived.ts',
    use: /^const DIGESTS = /,
    because: 'the ways in which a careless factory would derive a password: tried so that they are refused',
  },
  {
    file: '',
    use: /\b(?:createHash\('sha256'\)|hash\('sha256',)/,
    because: 'names a thing (session, certificate, file) and signs nothing',
  },
];

const NAME =
  /'(?:aes-\w+[-\w]*|chacha20[-\w]*|md5|sha-?\d[-\d]*|rsa[-\w]*|ed25519|ed448|x25519|ecdsa|ecdh|hkdf|argon2\w*|scrypt|pbkdf2|p-?\d{3}|prime256v1|secp\w+|tlsv1[.\d]*|(?:tls_|ecdhe-|dhe-)[-\w]+)'/gi;
const CIPHER = /create(?:Cipher|Decipher)iv\([^)\n]*/g;

const strayNames = (text: string, file: string): string[] =>
  text.split('\n').flatMap((line, index) => {
    if (/^\s*(?:\/\/|\*|\/\*)/.test(line)) return [];
    if (EXCEPTED.some((each) => file.startsWith(each.file) && each.use.test(line))) return [];
    // telling keys of the registry apart by their type
    if (/\bkey\.type === '/.test(line)) return [];
    // an id that the compiler holds against the registry
    if (/satisfies AlgorithmId|statusOf\(|: (?:SignatureId|SealingId|AlgorithmId\b.*) = '/.test(line)) return [];
    const indexed = line.replaceAll(/\b[A-Z_]+\['[^']+'\]|\btlsParameters\('[^']+'|: typeof\b.*/g, '');
    return [...indexed.matchAll(NAME), ...indexed.matchAll(CIPHER)].map(([found]) => `${file}:${index + 1}: ${found}`);
  });

test('no algorithm is named outside the registry', () => {
  const wrong = trackedFiles()
    .filter((file) => SHIPS.test(file) && file !== REGISTRY && existsSync(join(ROOT, file)))
    .flatMap((file) => strayNames(read(file), file));
  assert.deepEqual(wrong, [], `take the algorithm from ${REGISTRY}, or except the use there with its reason`);
});

test('a name that stands elsewhere is seen', () => {
  const seen = (line: string): number => strayNames(line, 'device/src/x.ts').length;
  assert.equal(seen("sign('sha256', bytes, key)"), 1);
  assert.equal(seen("createCipheriv('aes-128-cbc', key, nonce)"), 2);
  assert.equal(seen("generateKeyPairSync('ec', { namedCurve: 'P-256' })"), 1);
  assert.equal(seen("minVersion: 'TLSv1.2',"), 1);
  assert.equal(seen("createHash('sha256')"), 0);
  assert.equal(seen("createHash('md5')"), 1);
  assert.equal(seen("hkdfSync(DERIVATION['hkdf-sha256'].digest, key)"), 0);
});
