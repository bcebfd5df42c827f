import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { keysIn, type KeyFound } from './key-forms.ts';

/**
 * Secrets by their form, and known secrets in every form in which a program may have left them. Values never leave
 * this file: only what kind stands where.
 */
export interface SecretFound {
  readonly kind:
    | KeyFound['form']
    | 'credentials in an address'
    | 'assigned secret'
    | 'default password'
    | 'access token'
    | 'known secret'
    | 'hash of a known secret without stretching';
  /** how it stands there, or the name that it is assigned to */
  readonly as: string;
  readonly line: number;
}

export function secretsByForm(bytes: Uint8Array): readonly SecretFound[] {
  const text = latin1(bytes);
  const found = byForm(bytes, text);
  const joined = withoutJoints(text);
  if (joined === text) return found;
  // a value in pieces, `'abc' + 'def'`, is looked at whole; what stands in one piece was found above
  const known = new Set(found.map(({ kind, line }) => `${kind} ${line}`));
  return [...found, ...byText(joined).filter(({ kind, line }) => !known.has(`${kind} ${line}`))];
}

/** Pieces of a constant put together; lines keep their number. */
const withoutJoints = (text: string): string => {
  const joined = text.replaceAll(
    /(["'`])[ \t]{0,20}(?:\r?\n[ \t]{0,200})?\+[ \t]{0,20}(?:\r?\n[ \t]{0,200})?\1/g,
    (joint) => MARK.repeat(joint.split('\n').length - 1),
  );
  if (joined === text) return text;
  // the line ends that a joint had come after the line
  return joined.replaceAll(
    /^.*\uE000.*$/gm,
    (line) => line.replaceAll(MARK, '') + '\n'.repeat(line.split(MARK).length - 1),
  );
};
const MARK = '\uE000';

function byForm(bytes: Uint8Array, text: string): readonly SecretFound[] {
  return [
    ...keysIn(bytes, text).map((each) => ({ kind: each.form, as: each.form, line: lineAt(text, each.offset) })),
    ...byText(text),
  ];
}

function byText(text: string): readonly SecretFound[] {
  return [
    ...matches(
      text,
      ADDRESS,
      'credentials in an address',
      (found) =>
        !PLACEHOLDER.test(found[2] ?? '') &&
        !/^(?:example|user(?:name)?|login|me)$/i.test(found[1] ?? '') &&
        !DOCUMENTATION_HOST.test(found[3] ?? ''),
    ),
    ...matches(text, TOKEN, 'access token', () => true),
    ...matches(text, ASSIGNED, 'assigned secret', (found) => isRandom(found[2] ?? '')),
    ...matches(
      text,
      ASSIGNED,
      'default password',
      (found) => /passw|pwd/i.test(found[1] ?? '') && DEFAULTS.has((found[2] ?? '').toLowerCase()),
    ),
  ];
}

/** `known`: values such as the password of the target's account. */
export function knownSecrets(bytes: Uint8Array, known: readonly string[]): readonly SecretFound[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return known.flatMap((value) =>
    formsOf(value).flatMap(({ kind, as, form }): readonly SecretFound[] => {
      const at = buffer.indexOf(form);
      return at < 0 ? [] : [{ kind, as, line: lineAt(latin1(buffer.subarray(0, at)), at) }];
    }),
  );
}

/** `scheme://user:password@host`; a variable in its place is no password. */
const ADDRESS = /\b[a-z][a-z0-9+.-]{2,12}:\/\/([\w.%+-]{1,64}):([^\s:@/"'`<>]{3,100})@([\w.-]{3,})/gi;
/** RFC 2606, 3: domains that nobody can have; what stands before them in a manual opens nothing. */
const DOCUMENTATION_HOST = /(?:^|\.)example\.(?:com|net|org)\.?$/i;
const ASSIGNED =
  /(?<![\w$])["']?([\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w-]{0,20})["']?\s{0,4}(?::|=|=>|:=)\s{0,4}["'`]([^"'`\s\\]{4,200})["'`]/gi;
/** Prefixes that the issuers document: AWS, GitHub, GitLab, npm, PyPI, Google, Slack, Stripe, SendGrid, DigitalOcean. */
const TOKEN = new RegExp(
  String.raw`\b(?:${[
    'AKIA[A-Z2-7]{16}',
    'gh[pousr]_[A-Za-z0-9]{36}',
    String.raw`github_pat_\w{60,}`,
    String.raw`glpat-[\w-]{20,}`,
    'npm_[A-Za-z0-9]{36}',
    String.raw`pypi-AgEIcHlwaS5vcmc[\w-]{50,}`,
    String.raw`AIza[\w-]{35}`,
    String.raw`xox[abprs]-[\w-]{20,}`,
    '[rs]k_live_[A-Za-z0-9]{24,}',
    String.raw`SG\.[\w-]{22}\.[\w-]{43}`,
    'dop_v1_[0-9a-f]{64}',
  ].join('|')})\b`,
  'g',
);
const PLACEHOLDER = /[${}<>*]|^(?:pass(?:word)?|secret|pw|xxx+)$/i;
const DEFAULTS = new Set([
  'admin',
  'administrator',
  'root',
  'toor',
  '1234',
  '12345',
  '123456',
  '12345678',
  '123456789',
  'changeme',
  'change-me',
  'letmein',
  'qwerty',
  'default',
  'guest',
  'passw0rd',
  'p@ssw0rd',
  'password1',
  'password123',
  'admin123',
  'raspberry',
  'ubnt',
  'support',
]);

function matches(
  text: string,
  pattern: RegExp,
  kind: SecretFound['kind'],
  counts: (found: RegExpMatchArray) => boolean,
): readonly SecretFound[] {
  const named = kind === 'assigned secret' || kind === 'default password';
  return [...text.matchAll(pattern)]
    .filter(counts)
    .map((found) => ({ kind, as: named ? (found[1] ?? '').slice(0, 60) : kind, line: lineAt(text, found.index) }));
}

/** Shannon entropy of words stays below; random letters and figures of this length lie above. */
const LEAST_BITS_PER_CHARACTER = 3.5;
const LEAST_BITS_PER_HEX = 3.0;

function isRandom(value: string): boolean {
  if (value.length < 16 || /[${}<>()[\]*;,:/]|\.\w+\./.test(value)) return false;
  if (/^(?:[0-9a-f]{32,}|[0-9A-F]{32,})$/.test(value)) return entropy(value) >= LEAST_BITS_PER_HEX;
  // words joined by hyphens, dots or capitals are names, not keys
  if (/^[A-Za-z]+(?:[-_.][A-Za-z]+)*$/.test(value) || (value.match(/\d/g) ?? []).length < 2) return false;
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= LEAST_BITS_PER_CHARACTER;
}

export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

interface Form {
  readonly kind: 'known secret' | 'hash of a known secret without stretching';
  readonly as: string;
  readonly form: Buffer;
}
function formsOf(value: string): readonly Form[] {
  const raw = Buffer.from(value);
  const known = (as: string, form: Buffer): Form => ({ kind: 'known secret', as, form });
  const plain = [
    known('plain text', raw),
    known('UTF-16', Buffer.from(value, 'utf16le')),
    known('hexadecimal', Buffer.from(raw.toString('hex'))),
    known('hexadecimal', Buffer.from(raw.toString('hex').toUpperCase())),
    known('reversed', Buffer.from(Array.from(value).reverse().join(''))),
    ...(encodeURIComponent(value) === value ? [] : [known('URL encoding', Buffer.from(encodeURIComponent(value)))]),
    ...inBase64(raw)
      .filter((form) => form.length >= 8)
      .map((form) => known('base64', Buffer.from(form))),
  ];
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) => {
    const digest = createHash(name).update(value).digest();
    return [digest, Buffer.from(digest.toString('hex')), Buffer.from(digest.toString('base64').replace(/=+$/, ''))].map(
      (form): Form => ({ kind: 'hash of a known secret without stretching', as: name, form }),
    );
  });
  return [...plain, ...hashes];
}

/** What is the same of it in base64 wherever it begins in a group of three bytes. */
export const inBase64 = (raw: Buffer): readonly string[] =>
  [0, 1, 2].map((lead) =>
    Buffer.concat([Buffer.alloc(lead), raw])
      .toString('base64')
      .slice(lead === 0 ? 0 : lead + 1, Math.floor(((lead + raw.length) * 8) / 6)),
  );

/** One sample of every kind, made afresh, to show that the search finds what it is for. */
export function samples(): readonly {
  readonly kind: SecretFound['kind'];
  readonly bytes: Buffer;
  readonly known: readonly string[];
}[] {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const noise = randomBytes(64);
  const random = `aA9${randomBytes(24).toString('base64url').replace(/[-_]/g, 'Q')}4z`;
  const inside = (part: string | Buffer): Buffer =>
    Buffer.concat([noise, Buffer.from('\n'), Buffer.from(part), Buffer.from('\n'), noise]);
  return [
    { kind: 'private key (PEM)', bytes: inside(pem), known: [] },
    { kind: 'private key (DER)', bytes: inside(der), known: [] },
    { kind: 'private key (JWK)', bytes: inside(jwk), known: [] },
    { kind: 'private key (base64)', bytes: inside(`const seed = '${der.toString('base64')}';`), known: [] },
    { kind: 'private key (hexadecimal)', bytes: inside(`const seed = '${der.toString('hex')}';`), known: [] },
    {
      kind: 'credentials in an address',
      bytes: inside(`const at = "mqtt://device:${random}@broker.invalid";`),
      known: [],
    },
    { kind: 'assigned secret', bytes: inside(`const apiKey = "${random}";`), known: [] },
    { kind: 'default password', bytes: inside(`adminPassword: 'changeme'`), known: [] },
    { kind: 'access token', bytes: inside(`headers.set('x', 'ghp_${randomBytes(18).toString('hex')}')`), known: [] },
    { kind: 'known secret', bytes: inside(`x${random}y`), known: [random] },
    { kind: 'known secret', bytes: inside(Buffer.from(`xx${random}yy`).toString('base64')), known: [random] },
    {
      kind: 'hash of a known secret without stretching',
      bytes: inside(createHash('sha256').update(random).digest()),
      known: [random],
    },
  ];
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
