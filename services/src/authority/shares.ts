import { argon2, createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { combine, split } from 'shamir-secret-sharing';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type AlgorithmId, openValue, PASSWORD_HASHING, preferred, SEALING, sealValue } from '@hearthward/protocol';
import { ServicesFault } from '../faults.ts';

/**
 * The private key of a root in shares: sealed under a random key that is split so that `needed` of the shares give it again
 * and fewer tell nothing of it (Shamir 1979). Each share is a text of a few lines with a copy of the sealed key, itself sealed
 * by its holder's passphrase: who finds one share, or has one passphrase, has nothing.
 */
export interface RootName {
  /** `root.1` */
  readonly label: string;
  /** SHA-256 of its certificate's DER, lower-case hex */
  readonly fingerprint: string;
}
export interface Brought {
  /** how a refusal names it: its file */
  readonly name: string;
  readonly text: string;
  /** wiped by who gives it */
  readonly passphrase: Uint8Array;
}
export interface ShareCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

export const SHARES_MOST = 16;
const HASHING = 'argon2id' satisfies AlgorithmId<'password-hash'>;
export const SHARE_COST: ShareCost = PASSWORD_HASHING[HASHING].operator;
const SEALED_WITH = preferred('sealing', Date.now());
const KEY_BYTES = SEALING[SEALED_WITH].keyBytes;
/** a share of a key, with its place on the curve */
const PIECE_BYTES = KEY_BYTES + 1;
const PASSPHRASE_BYTES = { least: 12, most: 1024 } as const;

/** One text for each passphrase, in their order. @throws ServicesFault `passphrase-weak`, `usage` */
// G045 CR-1-2, CR-1-3, G044 6.5.8: no single person, and no single disk, has the manufacturer's root
export async function makeShares(
  secret: Uint8Array,
  root: RootName,
  { needed, passphrases }: { readonly needed: number; readonly passphrases: readonly Uint8Array[] },
  cost: ShareCost = SHARE_COST,
): Promise<readonly string[]> {
  const many = passphrases.length;
  if (!Number.isInteger(needed) || needed < 2 || needed > many || many > SHARES_MOST)
    throw new ServicesFault('usage', `${needed} of ${many} shares: 2 to ${SHARES_MOST} holders, at least 2 needed`);
  mustBeStrong(passphrases);
  // key root-shares
  const key = randomBytes(KEY_BYTES);
  // no key: names the set
  const id = randomBytes(16).toString('hex');
  const sealed = sealValue(SEALED_WITH, key, boundTo(root, id), secret);
  const pieces = await split(new Uint8Array(key), many, needed);
  key.fill(0);
  const texts: string[] = [];
  for (const [index, piece] of pieces.entries()) {
    // no key: a salt
    const salt = randomBytes(16);
    const head = [
      TITLE,
      `root: ${root.label}`,
      `certificate: ${root.fingerprint}`,
      `share: ${index + 1} of ${many}, ${needed} needed`,
      `split: ${id}`,
      `argon2id: ${cost.memoryKib} ${cost.passes} ${cost.parallelism} ${salt.toString('base64url')}`,
    ].join('\n');
    const plain = Buffer.concat([piece, sealed]);
    const wrapping = await derive(passphrases[index] ?? new Uint8Array(), salt, cost);
    const body = `${head}\nsealed: ${sealValue(SEALED_WITH, wrapping, head, plain).toString('base64url')}\n`;
    for (const secretBytes of [wrapping, plain, piece]) secretBytes.fill(0);
    texts.push(`${body}check: ${checkOf(body)}\n`);
  }
  return texts;
}

/**
 * The key that these shares are of; to be wiped by who asked. More than are needed may be brought.
 * @throws ServicesFault `share-refused` with the name of the share, `root-offline` where they are too few
 */
export async function combineShares(
  brought: readonly Brought[],
  roots: readonly RootName[],
): Promise<{ readonly root: RootName; readonly secret: Uint8Array }> {
  const shares = brought.map((each) => ({ ...each, ...readShare(each) }));
  const [first] = shares;
  if (!first) throw new ServicesFault('root-offline', 'no share was brought');
  const root = roots.find(({ fingerprint }) => fingerprint === first.fingerprint);
  if (!root) throw refused(first.name, 'is of a root that is not in this folder');
  for (const [index, share] of shares.entries()) {
    if (share.fingerprint !== root.fingerprint) throw refused(share.name, `is of another root than ${first.name}`);
    if (share.id !== first.id) throw refused(share.name, `is of another split than ${first.name}`);
    if (shares.findIndex(({ number }) => number === share.number) !== index)
      throw refused(share.name, `is share ${share.number} again`);
  }
  if (shares.length < first.needed)
    throw new ServicesFault(
      'root-offline',
      `${first.needed} shares of ${root.label} are needed and ${shares.length} ${shares.length === 1 ? 'was' : 'were'} brought`,
    );
  const opened: { readonly piece: Uint8Array; readonly sealed: Uint8Array }[] = [];
  try {
    for (const share of shares) opened.push(await openShare(share));
    const key = await combine(opened.map(({ piece }) => piece));
    const secret = openValue(() => key, boundTo(root, first.id), opened[0]?.sealed ?? new Uint8Array());
    key.fill(0);
    if (!secret) throw new ServicesFault('share-refused', `these shares do not give the key of ${root.label}`);
    return { root, secret };
  } finally {
    for (const { piece } of opened) piece.fill(0);
  }
}

const TITLE = 'hearthward root share 1';
const Lines = Type.Object(
  {
    root: Type.String({ pattern: '^root\\.[1-9][0-9]{0,3}$' }),
    certificate: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    share: Type.String({ pattern: '^[1-9][0-9]? of [1-9][0-9]?, [1-9][0-9]? needed$' }),
    split: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    // argon2id takes 8 KiB for each lane; at most 1 GiB, nine passes, nine lanes: a share that somebody altered must not take the machine
    argon2id: Type.String({ pattern: '^[1-9][0-9]{2,5} [1-9] [1-9] [A-Za-z0-9_-]{22}$' }),
    sealed: Type.String({ pattern: '^[A-Za-z0-9_-]{100,2000}$' }),
    check: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);

interface Share {
  readonly head: string;
  readonly fingerprint: string;
  readonly id: string;
  readonly number: number;
  readonly needed: number;
  readonly cost: ShareCost;
  readonly salt: Uint8Array;
  readonly sealed: Uint8Array;
}

function readShare({ name, text }: Brought): Share {
  const whole = text.replaceAll('\r\n', '\n').trimEnd();
  const lines = linesOf(whole);
  if (!lines) throw refused(name, 'is no share of a root');
  const body = whole.slice(0, whole.lastIndexOf('check: '));
  if (checkOf(body) !== lines.check) throw refused(name, 'was damaged or altered');
  const [number = 0, , needed = 0] = (lines.share.match(/\d+/g) ?? []).map(Number);
  const [memoryKib, passes, parallelism, salt = ''] = lines.argon2id.split(' ');
  return {
    head: body.slice(0, body.indexOf('\nsealed: ')),
    fingerprint: lines.certificate,
    id: lines.split,
    number,
    needed,
    cost: { memoryKib: Number(memoryKib), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64url'),
    sealed: Buffer.from(lines.sealed, 'base64url'),
  };
}

function linesOf(text: string): Static<typeof Lines> | undefined {
  const [title, ...lines] = text.split('\n');
  const pairs: unknown = Object.fromEntries(
    lines.map((line) => {
      const [, key = '', value = ''] = /^([a-z0-9]+): (.*)$/.exec(line) ?? [];
      return [key, value];
    }),
  );
  return title === TITLE && lines.length === 7 && Value.Check(Lines, pairs) ? pairs : undefined;
}

async function openShare({ name, head, salt, cost, sealed, passphrase }: Share & Brought) {
  const wrapping = await derive(passphrase, salt, cost);
  const plain = openValue(() => wrapping, head, sealed);
  wrapping.fill(0);
  if (!plain) throw refused(name, 'is not opened by its passphrase');
  const piece = new Uint8Array(plain.subarray(0, PIECE_BYTES));
  const inner = new Uint8Array(plain.subarray(PIECE_BYTES));
  plain.fill(0);
  return { piece, sealed: inner };
}

const deriveKey = promisify(argon2);
// G044 6.5.8, G045 CR-1-2: what a person remembers is stretched by argon2id with a salt of its own
// key share-wrapping
const derive = (passphrase: Uint8Array, salt: Uint8Array, { memoryKib, passes, parallelism }: ShareCost) =>
  deriveKey(HASHING, {
    message: passphrase,
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength: KEY_BYTES,
  });

function mustBeStrong(passphrases: readonly Uint8Array[]): void {
  const seen = new Set<string>();
  for (const [index, passphrase] of passphrases.entries()) {
    if (passphrase.length < PASSPHRASE_BYTES.least || passphrase.length > PASSPHRASE_BYTES.most)
      throw new ServicesFault(
        'passphrase-weak',
        `the passphrase of holder ${index + 1} has ${passphrase.length} bytes`,
      );
    const digest = createHash('sha256').update(passphrase).digest('hex');
    if (seen.has(digest))
      throw new ServicesFault('passphrase-weak', `the passphrase of holder ${index + 1} is that of another`);
    seen.add(digest);
  }
}

const boundTo = ({ label, fingerprint }: RootName, id: string) => `${label} ${fingerprint} ${id}`;
const checkOf = (body: string): string => createHash('sha256').update(body).digest('hex');
const refused = (name: string, because: string) => new ServicesFault('share-refused', `${name} ${because}`);
