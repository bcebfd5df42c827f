/**
 * Faults that stop the services or one of their parts. Each says in one line what is wrong and how to mend it; none
 * carries a secret. A refusal of hostile or mistaken input is no fault: it is a value of the room that refuses.
 */
export const FAULTS = {
  'port-occupied': 'stop the program that listens there, or choose another port',
  'address-unavailable': 'choose an address of this machine, and a port that this user may open',
  'data-owned': 'stop the other instance, or choose another data folder',
  'data-version': 'start the version that wrote it, or choose another data folder',
  'data-foreign': 'choose an empty data folder',
  'data-unwritable': 'choose a folder that this user may write, or mend its permissions',
  'data-damaged': 'restore the folder from its backup',
  'vault-gone': 'bring back the vault’s file and keys, or a replica; without them no personal data can be read',
  'vault-seal': 'bring back `privacy/seal.key`, `wrapping.key` and `naming.key` that belong to this vault',
  'vault-damaged': 'move the file away and start with a good replica (`--privacy-replica`), or bring the file back',
  'store-elsewhere': 'start with the store that this data folder has, or choose another data folder',
  'store-refused': 'check user and database of `--store`, and the password in the file of PGPASSFILE (mode 600)',
  'store-rights': 'let the user create in the database: `GRANT CREATE ON DATABASE … TO …` (docs/postgresql.md)',
  'store-unreachable': 'start PostgreSQL, or mend the address of `--store`',
  'store-untrusted': 'give the server a certificate for this name, and its authority with `?sslrootcert=FILE`',
  'store-lost': 'it is tried again; what was not acknowledged is not counted as done',
  'program-absent': 'install the client programs of the version of the server (Debian: postgresql-client)',
  'already-there': 'name another folder, or roll over what is there',
  'generation-unknown': '`hearthward authority status` shows what there is',
  'root-offline': 'bring its shares: `--share FILE --passphrase-file FILE`, as many as are needed',
  'share-refused': 'bring the right share, or another one; nothing was signed',
  'passphrase-weak': 'give each holder a passphrase of 12 to 1024 bytes that no other holder has',
  'successor-needed': 'roll it over first, so that something is left that devices trust',
  'key-refused': 'bring the right file, passphrase or token; nothing was signed',
  'role-unknown': '`hearthward release status` shows the roles and product lines',
  'image-changed': 'build again while nobody writes to the folder',
  'catalogue-refused': 'fetch it anew, or name the right file',
  'token-absent': 'put the token in, and check that pkcs11-tool (OpenSC) and the token’s library are installed',
  'metadata-refused': 'bring the file as it was signed',
  'offers-refused': 'offer what `hearthward release status` shows as published',
  'not-running': 'start them with `hearthward services run --data FOLDER`',
  'disk-full': 'free space on the disk of the data folder, or of the database; nothing that was acknowledged is lost',
  'declaration-invalid': 'mend the declaration; `hearthward product check FILE` names each mistake',
  'label-unprintable': 'draw it as SVG, or declare a designation in the letters of Western Europe',
  'declarations-collide': 'give each product an id and page paths of its own',
  usage: 'see services/README.md for the options',
} as const;

export type FaultCode = keyof typeof FAULTS;

export class ServicesFault extends Error {
  readonly code: FaultCode;

  /** `what` is one clause without a full stop; the cure follows it in the message. */
  constructor(code: FaultCode, what: string, cause?: unknown) {
    super(`${oneLine(what)}: ${FAULTS[code]}`, cause === undefined ? {} : { cause });
    this.name = 'ServicesFault';
    this.code = code;
  }
}

/** What the operating system said, as a fault of ours where it is one; else unchanged. */
export function asFault(error: unknown, where: string): unknown {
  if (error instanceof ServicesFault || !(error instanceof Error)) return error;
  const { code, errcode } = error as Error & { code?: string; errcode?: number };
  if (code === 'EADDRINUSE') return new ServicesFault('port-occupied', `${where} is occupied`, error);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ServicesFault('address-unavailable', `${where} is not an address of this machine`, error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || errcode === SQLITE_FULL)
    return new ServicesFault('disk-full', `no space left for ${where}`, error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR')
    return new ServicesFault('data-unwritable', `${where} cannot be used (${code})`, error);
  return error;
}

/** https://sqlite.org/rescode.html#full */
const SQLITE_FULL = 13;

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
