import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { TLS_VERSIONS } from '@hearthward/protocol';
import type { ClientConfig } from 'pg';
import { asFault, ServicesFault } from '../../faults.ts';

/**
 * Where the database is: `postgres://USER@HOST[:PORT]/DATABASE[?sslrootcert=FILE]`, or `?host=FOLDER` for a socket of this
 * machine. It has no password: whoever lists processes would see it. That is in the file of `PGPASSFILE`, or `~/.pgpass`.
 */
export interface PostgresAddress {
  /** a name, an address, or the folder of a socket */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** PEM file of the authority of the server's certificate; absent: those that Node trusts */
  readonly rootCert?: string;
  /** absent where no network is passed */
  readonly ssl?: NonNullable<ClientConfig['ssl']>;
}

/** @throws ServicesFault `usage`, which repeats nothing that might be a password */
export function readAddress(text: string): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw wrong('the store is named postgres://USER@HOST/DATABASE');
  // EN 303 645 5.4-1: an address is seen in the list of processes, and kept in histories
  if (url.password !== '') throw wrong('a password does not belong into the address of the store, but into PGPASSFILE');
  const given = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(given).find((name) => name !== 'host' && name !== 'sslrootcert');
  if (unknown !== undefined) throw wrong(`the address of the store knows no ${unknown}`);
  const host = given['host'] ?? decodeURIComponent(url.hostname).replaceAll(/[[\]]/g, '');
  const user = decodeURIComponent(url.username);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (host === '' || user === '' || database === '' || database.includes('/'))
    throw wrong('the address of the store needs user, host and database');
  const at = { host, port: Number(url.port || 5432), user, database };
  const rootCert = given['sslrootcert'];
  if (rootCert === undefined && isHere(host)) return at;
  return { ...at, ...(rootCert === undefined ? {} : { rootCert }), ssl: sslTo(host, rootCert) };
}

export const describeAddress = ({ host, port, database }: PostgresAddress): string =>
  `database ${database} at ${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** a socket, or an address that does not leave this machine */
const isHere = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

// EN 303 645 5.5-1, 5.8-1, G045 DS-1-2: what is said to a database beyond this machine is said to the one that is meant, and to nobody else
function sslTo(host: string, rootCert: string | undefined) {
  const checked = { rejectUnauthorized: true, minVersion: TLS_VERSIONS.TLSv1_3.name, host } as const;
  if (rootCert === undefined) return checked;
  try {
    return { ...checked, ca: readFileSync(rootCert, 'utf8') };
  } catch (error) {
    throw asFault(error, rootCert);
  }
}

const wrong = (what: string) => new ServicesFault('usage', what);
