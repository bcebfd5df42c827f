import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A PostgreSQL of its own, thrown away afterwards: a folder that goes, a port of this machine that was free, an account
 * without rights to run it, which the server insists on. It writes no faster to a disk than it must; what it is told to keep of
 * its log is what docs/postgresql.md asks for.
 */
export interface PostgresServer {
  readonly port: number;
  /** PEM file of the authority of its certificate, which is for 127.0.0.1 */
  readonly rootCert: string;
  /** its files, for whoever looks for bytes in them */
  readonly folder: string;
  /** a new, empty database and a user who owns it and may do nothing else; the address of `--store` */
  readonly database: (change?: { readonly rights?: 'none' | 'checkpoint' }) => string;
  /** statements of the server's superuser */
  readonly run: (statements: string, database?: string) => string;
  /** what a dump says, as SQL */
  readonly readDump: (file: string) => string;
  /** as a power cut, or an administrator, ends it; `begin` starts it again on the same port */
  readonly cut: () => Promise<void>;
  readonly begin: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const MAJOR = readMajor();
const programOf = (name: string) => join('/usr/lib/postgresql', String(MAJOR), 'bin', name);

/** why there is none; in CI it is there */
export const NO_POSTGRES = MAJOR === undefined && !process.env['CI'] ? 'needs postgresql' : false;

/** @param settings lines of its configuration */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  const account = unprivileged();
  const port = await freePort();
  if (account) chownSync(folder, account.uid, account.gid);
  const as = { cwd: folder, ...account, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } };
  execFileSync(programOf('initdb'), ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '-N'], {
    ...as,
    stdio: 'ignore',
  });
  appendFileSync(join(data, 'postgresql.conf'), [...SETTINGS(folder, port), ...settings, ''].join('\n'));
  writeFileSync(join(data, 'pg_hba.conf'), HOSTS);
  const rootCert = join(folder, 'root.pem');
  makeCertificate(folder, data, rootCert, account);
  let child: ChildProcess | undefined;
  let made = 0;

  const run = (statements: string, database = 'postgres') =>
    execFileSync(
      programOf('psql'),
      [
        '-h',
        folder,
        '-p',
        String(port),
        '-U',
        SUPERUSER,
        '-d',
        database,
        '-X',
        '-q',
        '-A',
        '-t',
        '-v',
        'ON_ERROR_STOP=1',
      ],
      { input: statements, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] },
    );
  const begin = async () => {
    child = spawn(programOf('postgres'), ['-D', data], { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2000)));
    for (let tries = 0; !said.includes('ready to accept connections'); tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`PostgreSQL did not start: ${said}`);
      await pause(25);
    }
    // it shall not keep a process that has nothing else to do
    child.unref();
    (child.stderr as Socket | null)?.unref();
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    // whoever waits for its end has something to do
    child.ref();
    child.kill(signal);
    await once(child, 'exit');
  };
  // a process that ends takes it along, and what it wrote
  const leave = () => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', leave);
  await begin();
  return {
    port,
    folder: data,
    rootCert,
    run,
    database({ rights = 'checkpoint' } = {}) {
      const name = `d${++made}`;
      const grants = `\\c ${name}
        grant pg_checkpoint to ${name}; grant execute on function pg_switch_wal() to ${name};`;
      run(`create role ${name} login;
        create database ${name} owner ${rights === 'none' ? SUPERUSER : name};
        ${rights === 'none' ? '' : grants}`);
      return `postgres://${name}@127.0.0.1:${port}/${name}`;
    },
    readDump: (file) => execFileSync(programOf('pg_restore'), ['--file=-', file], { encoding: 'utf8' }),
    cut: () => end('SIGQUIT'),
    begin,
    async stop() {
      await end('SIGINT');
      process.off('exit', leave);
      leave();
    },
  };
}

let shared: Promise<PostgresServer> | undefined;

/** One for all tests of a process, each with a database of its own; it ends with the process. */
export const sharedPostgres = (): Promise<PostgresServer> => (shared ??= startPostgres());

const SUPERUSER = 'postgres';
const SETTINGS = (folder: string, port: number): readonly string[] => [
  `port = ${port}`,
  "listen_addresses = '127.0.0.1'",
  `unix_socket_directories = '${folder}'`,
  // a test cuts the process, never the power
  'fsync = off',
  'shared_buffers = 32MB',
  'wal_recycle = off',
  'min_wal_size = 32MB',
  'max_wal_size = 64MB',
  'logging_collector = off',
  'ssl = on',
];

/** whoever is in `guarded` needs a password, everybody else none */
const HOSTS = [
  'local all all trust',
  'host all +guarded 127.0.0.1/32 scram-sha-256',
  'host all all 127.0.0.1/32 trust',
  '',
].join('\n');

function makeCertificate(folder: string, data: string, rootCert: string, account?: Account): void {
  const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
    ].concat(['-out', certificate, '-subj', '/CN=database', '-addext', 'subjectAltName=IP:127.0.0.1']),
    { cwd: folder, stdio: 'ignore' },
  );
  copyFileSync(certificate, rootCert);
  chmodSync(key, 0o600);
  if (account) for (const each of [key, certificate]) chownSync(each, account.uid, account.gid);
}

function readMajor(): number | undefined {
  const folder = '/usr/lib/postgresql';
  if (!existsSync(folder)) return undefined;
  const majors = readdirSync(folder)
    .map(Number)
    .filter((major) => existsSync(join(folder, String(major), 'bin/initdb')));
  return majors.length === 0 ? undefined : Math.max(...majors);
}

/** The server refuses to run as root: the account that its package makes, or that of nobody. */
function unprivileged(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) };
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
