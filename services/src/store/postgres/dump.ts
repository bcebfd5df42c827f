import { spawn } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { TLS_VERSIONS } from '@hearthward/protocol';
import { asFault, ServicesFault } from '../../faults.ts';
import { describeAddress, type PostgresAddress } from './address.ts';
import { SCHEMA } from './owner.ts';

/** Copies by PostgreSQL's own programs: as of one moment, while others write; a file that only we may read. */
export async function dumpTo(
  program: (name: 'pg_dump', options: readonly string[], file: string) => Promise<void>,
  file: string,
): Promise<void> {
  try {
    closeSync(openSync(file, 'w', 0o600));
  } catch (error) {
    throw asFault(error, file);
  }
  await program(
    'pg_dump',
    ['--no-password', '--format=custom', `--schema=${SCHEMA}`, '--no-owner', `--file=${file}`],
    file,
  );
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** @throws ServicesFault `program-absent`, `disk-full`, or what the program said in its last line */
export async function runProgram(
  name: 'pg_dump' | 'pg_restore',
  address: PostgresAddress,
  options: readonly string[],
  file: string,
): Promise<void> {
  const child = spawn(programOf(name), options, {
    env: environmentFor(address),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-SAID_MOST)));
  const { code, error } = await new Promise<{ readonly code: number | null; readonly error?: Error }>((resolve) => {
    child.once('error', (failed) => resolve({ code: null, error: failed }));
    child.once('close', (ended) => resolve({ code: ended }));
  });
  if (code === 0) return;
  if (error) throw new ServicesFault('program-absent', `${name} cannot be run`, error);
  if (/no space left/i.test(said)) throw new ServicesFault('disk-full', `no space left for ${file}`);
  if (/server version mismatch/i.test(said))
    throw new ServicesFault('program-absent', `${name} is older than ${describeAddress(address)}`);
  if (/does not appear to be a valid archive|input file is too short|could not read/i.test(said))
    throw new ServicesFault('data-foreign', `${file} is no copy of a store on PostgreSQL`);
  throw new Error(`${name} ended with ${code}`, { cause: said });
}

const SAID_MOST = 4000;

/** Debian keeps each version of its own beside the others: the newest can read and write what older servers have. */
function programOf(name: string): string {
  for (let major = NEWEST_MAJOR; major >= OLDEST_MAJOR; major--) {
    const file = join('/usr/lib/postgresql', String(major), 'bin', name);
    if (existsSync(file)) return file;
  }
  return name;
}
const [OLDEST_MAJOR, NEWEST_MAJOR] = [13, 30] as const;

/** https://www.postgresql.org/docs/15/libpq-envars.html: as we are connected ourselves, and no password in sight. */
const environmentFor = ({ host, port, user, database, ssl, rootCert }: PostgresAddress): NodeJS.ProcessEnv => ({
  ...process.env,
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGDATABASE: database,
  ...(ssl
    ? {
        PGSSLMODE: 'verify-full',
        PGSSLROOTCERT: rootCert ?? 'system',
        PGSSLMINPROTOCOLVERSION: TLS_VERSIONS.TLSv1_3.name,
      }
    : {}),
});
