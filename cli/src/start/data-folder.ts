import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { badInput } from '../exit.ts';
import { claim } from './claim.ts';
import type { Holder } from './releases/holders.ts';

/**
 * What `start` keeps between runs, so that the next one resumes: where each part has its own folder, which step of
 * the first set-up is done, and the passwords of the people whom it plays, each in a file that only this user reads.
 * One running `start` at a time owns it.
 */
const FORMAT = 2;
const Progressed = Type.Object(
  {
    format: Type.Literal(FORMAT),
    /** the first of the ports; the hub was made with them, so they stay */
    portBase: Type.Integer(),
    deviceMade: Type.Boolean(),
    deviceSetUp: Type.Boolean(),
    operatorCreated: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Progressed = Static<typeof Progressed>;

/** What a command beside the running `start` may use of its folder. */
export interface Kept {
  readonly path: string;
  readonly services: string;
  readonly hub: string;
  /** image of the hub and release folders, as whoever builds them has them */
  readonly releases: string;
  readonly secret: (name: SecretName) => string | undefined;
  readonly keepSecret: (name: SecretName, value: string) => void;
  readonly secretFile: (name: SecretName) => string;
}

export interface DataFolder extends Kept {
  /** data folder of a unit that is never sold: for comparison, and for what cannot be put back */
  readonly spare: string;
  /** that unit’s storage as it left the factory */
  readonly spareStorage: string;
  /** copies of the services’ store, and for a moment a system that is restored from one */
  readonly copies: string;
  readonly evidence: string;
  readonly public: string;
  readonly assessor: string;
  readonly progressed: () => Progressed;
  readonly advance: (done: Partial<Omit<Progressed, 'format' | 'portBase'>>) => void;
  /** lets the next one have it */
  readonly release: () => void;
}
export type SecretName =
  | 'owner-password'
  | 'label-password'
  | 'spare-label-password'
  | 'operator-password'
  | `${BenchUnit}.crt`
  | `${BenchUnit}.key`
  | `${Holder}.${'key' | 'pub' | 'passphrase'}`;
/** unsold units: one whose certificate an assessor uses, one whose certificate it renews */
export type BenchUnit = 'bench' | 'renewal';

const PARTS = [
  'services',
  'copies',
  'hub',
  'spare',
  'spare-storage',
  'releases',
  'evidence',
  'public',
  'assessor',
] as const;
const SECRETS = 'secrets';
const CLAIM = 'claim.sqlite';
const PROGRESS = 'start.json';
const FIRST_PORT = 8440;
/** Where root runs it, the hub’s processes have accounts of their own and must get to its folder; nobody lists this one. */
const PASSED = process.getuid?.() === 0 ? 0o711 : 0o700;

/**
 * @param portBase where the person named one
 * @throws Refusal where the folder is of something else, of another version, in use, or made with other ports
 */
export const openDataFolder = (path: string, portBase?: number): DataFolder => {
  refuseWhatIsNotOurs(path);
  mkdirSync(path, { recursive: true, mode: PASSED });
  for (const folder of [...PARTS, SECRETS].map((name) => join(path, name)))
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const held = claim(join(path, CLAIM), path);
  try {
    return openClaimed(path, portBase, held.release);
  } catch (error) {
    held.release();
    throw error;
  }
};

const openClaimed = (path: string, portBase: number | undefined, release: () => void): DataFolder => {
  const file = join(path, PROGRESS);
  const kept = existsSync(file) ? readProgress(file) : undefined;
  if (kept && portBase !== undefined && portBase !== kept.portBase)
    throw badInput(
      `the hub in ${path} was made for port ${kept.portBase} and the next ones: leave out --port-base, or name another folder with --data`,
    );
  let progressed: Progressed = kept ?? {
    format: FORMAT,
    portBase: portBase ?? FIRST_PORT,
    deviceMade: false,
    deviceSetUp: false,
    operatorCreated: false,
  };
  const write = () => writeDurably(file, `${JSON.stringify(progressed, null, 2)}\n`);
  if (!kept) write();
  return {
    ...keptIn(path),
    spare: join(path, 'spare'),
    spareStorage: join(path, 'spare-storage'),
    copies: join(path, 'copies'),
    evidence: join(path, 'evidence'),
    public: join(path, 'public'),
    assessor: join(path, 'assessor'),
    progressed: () => progressed,
    advance: (done) => {
      progressed = { ...progressed, ...done };
      write();
    },
    release,
  };
};

/** Of a folder that is there, whoever has it. */
export const keptIn = (path: string): Kept => {
  const secretFile = (name: SecretName) => join(path, SECRETS, name);
  return {
    path,
    services: join(path, 'services'),
    hub: join(path, 'hub'),
    releases: join(path, 'releases'),
    secretFile,
    secret: (name) => (existsSync(secretFile(name)) ? readFileSync(secretFile(name), 'utf8').trim() : undefined),
    keepSecret: (name, value) => writeDurably(secretFile(name), `${value}\n`),
  };
};

/** A home folder or a project that is named by mistake stays as it is. */
const refuseWhatIsNotOurs = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw badInput(`${path} is a file: name a folder with --data`);
  if (existsSync(join(path, PROGRESS))) return;
  const own: readonly string[] = [...PARTS, SECRETS, CLAIM];
  if (readdirSync(path).some((entry) => !own.includes(entry) && !entry.startsWith(`${PROGRESS}.`)))
    throw badInput(`${path} holds something else: name an empty folder, or a new one, with --data`);
};

const readProgress = (file: string): Progressed => {
  let value: unknown;
  try {
    // boundary start-progress: a folder that somebody names -> Progressed, at most nothing: this user’s own folder, else says which version wrote it;
    // cli/test/data-folder.test.ts
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw badInput(`${file} is not JSON: move the folder ${dirname(file)} away or name another with --data`);
    throw error;
  }
  if (!Value.Check(Progressed, value)) {
    throw badInput(
      `${dirname(file)} was written by another version (format ${formatOf(value)}; ${FORMAT} is read here): start that version, move the folder away, or name another with --data`,
    );
  }
  return value;
};

const formatOf = (value: unknown): string => {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  return typeof format === 'number' && format !== FORMAT ? String(format) : 'unknown';
};

/** Whole or not at all: written beside, then renamed over. */
const writeDurably = (file: string, text: string): void => {
  const beside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(beside, text, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
};
