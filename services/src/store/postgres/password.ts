import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { asFault, ServicesFault } from '../../faults.ts';
import type { PostgresAddress } from './address.ts';

/**
 * The password for an address, from the file that every program of PostgreSQL reads
 * (https://www.postgresql.org/docs/15/libpq-pgpass.html): `host:port:database:user:password` a line, `*` for any, the first
 * that fits counts. Read anew for each connection, so that a changed one needs no restart.
 * @throws ServicesFault `store-refused` where others may read the file, or no line fits
 */
// EN 303 645 5.4-1, 5.4-4: a password is in no program, no list of processes and no log, and only its user reads it
export function passwordFor({ host, port, database, user }: PostgresAddress): string {
  const file = process.env['PGPASSFILE'] ?? join(homedir(), '.pgpass');
  const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
  for (const line of linesIn(file)) {
    const [password, ...rest] = fieldsOf(line).toReversed();
    const fields = rest.toReversed();
    const fits = fields.length === 4 && fields.every((each, n) => each === '*' || each === wanted[n]);
    if (fits && password) return password;
  }
  throw new ServicesFault('store-refused', `no line of ${file} is for database ${database} at ${host}:${port}`);
}

function linesIn(file: string): readonly string[] {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (!there) return [];
    if ((there.mode & 0o077) !== 0) throw new ServicesFault('store-refused', `${file} can be read by others`);
    // no boundary: a file of the administrator's own
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (error) {
    throw asFault(error, file);
  }
}

/** `\:` and `\\` are what they look like */
const fieldsOf = (line: string): readonly string[] =>
  line.startsWith('#') ? [] : line.split(/(?<=^(?:[^\\]|\\.)*):/).map((field) => field.replaceAll(/\\([\\:])/g, '$1'));
