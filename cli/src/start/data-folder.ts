import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { badInput } from '../exit.ts';

/**
 * What `start` keeps between runs, so that the next one resumes: where each part has its own folder, which step of
 * the first set-up is done, and the passwords of the people whom it plays, each in a file that only this user reads.
 */
const FORMAT = 1;
const Progressed = Type.Object(
  {
    format: Type.Integer(),
    deviceMade: Type.Boolean(),
    deviceSetUp: Type.Boolean(),
    operatorCreated: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Progressed = Static<typeof Progressed>;

export interface DataFolder {
  readonly path: string;
  readonly services: string;
  readonly hub: string;
  readonly evidence: string;
  readonly public: string;
  readonly assessor: string;
  readonly progressed: () => Progressed;
  readonly advance: (done: Partial<Omit<Progressed, 'format'>>) => void;
  readonly secret: (name: SecretName) => string | undefined;
  readonly keepSecret: (name: SecretName, value: string) => string;
  readonly secretFile: (name: SecretName) => string;
}
export type SecretName = 'owner-password' | 'label-password' | 'operator-password';

export const openDataFolder = (path: string): DataFolder => {
  const folders = {
    services: join(path, 'services'),
    hub: join(path, 'hub'),
    evidence: join(path, 'evidence'),
    public: join(path, 'public'),
    assessor: join(path, 'assessor'),
  };
  const secrets = join(path, 'secrets');
  const file = join(path, 'start.json');
  if (existsSync(path) && !existsSync(file) && existsSync(join(path, 'package.json'))) {
    throw badInput(`${path} is a folder of something else: name an empty one with --data`);
  }
  for (const folder of [...Object.values(folders), secrets]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  let progressed: Progressed = existsSync(file)
    ? readProgress(file)
    : { format: FORMAT, deviceMade: false, deviceSetUp: false, operatorCreated: false };
  const secretFile = (name: SecretName) => join(secrets, name);
  return {
    path,
    ...folders,
    progressed: () => progressed,
    advance: (done) => {
      progressed = { ...progressed, ...done };
      writeDurably(file, `${JSON.stringify(progressed, null, 2)}\n`);
    },
    secretFile,
    secret: (name) => (existsSync(secretFile(name)) ? readFileSync(secretFile(name), 'utf8').trim() : undefined),
    keepSecret: (name, value) => {
      writeDurably(secretFile(name), `${value}\n`);
      return secretFile(name);
    },
  };
};

const readProgress = (file: string): Progressed => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw badInput(`${file} is not JSON: move the folder ${dirname(file)} away or name another with --data`);
    throw error;
  }
  if (!Value.Check(Progressed, value) || value.format !== FORMAT) {
    throw badInput(
      `${dirname(file)} was written by another version (format ${FORMAT} is read here): move it away or name another with --data`,
    );
  }
  return value;
};

/** Whole or not at all: written beside, then renamed over. */
const writeDurably = (file: string, text: string): void => {
  const beside = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(beside, text, { mode: 0o600, flush: true });
  renameSync(beside, file);
};
