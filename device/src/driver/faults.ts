/**
 * What can go wrong with a device's surroundings, each with the cure that a person can apply.
 * `message` and `cure` are one line each; neither ever carries a secret.
 */
export const FAULT_CODES = [
  'already-manufactured',
  'bundle-invalid',
  'data-damaged',
  'data-other-version',
  'data-owned',
  'data-unreadable',
  'declaration-mismatch',
  'disk-full',
  'element-unreachable',
  'enrolment-held',
  'key-unusable',
  'not-apart',
  'not-declared',
  'not-manufactured',
  'not-running',
  'on-trial',
  'peer-expired',
  'peer-misnamed',
  'peer-not-yet-valid',
  'peer-untrusted',
  'port-forbidden',
  'port-occupied',
  'process-failed',
  'quarantined',
  'recovery-refused',
  'services-unreachable',
  'services-refused',
  'slots-unusable',
  'signer-refused',
  'zeroised',
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

export class DeviceFault extends Error {
  readonly code: FaultCode;
  readonly cure: string;

  constructor(code: FaultCode, message: string, cure: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DeviceFault';
    this.code = code;
    this.cure = cure;
  }

  /** the one line that a person reads */
  get line(): string {
    return `${this.message} (${this.code}). ${this.cure}`;
  }
}

/** A fault as it crosses from one process to another. */
export interface PlainFault {
  readonly code: FaultCode;
  readonly message: string;
  readonly cure: string;
}

export const plainFault = (thrown: unknown): PlainFault => {
  const fault = asFault(thrown);
  return { code: fault.code, message: fault.message, cure: fault.cure };
};

export const isFaultCode = (code: unknown): code is FaultCode =>
  typeof code === 'string' && (FAULT_CODES as readonly string[]).includes(code);

/** Any thrown thing as a fault; what has no code of ours stays recognisable by its own code or name, without its text's newlines. */
export const asFault = (thrown: unknown): DeviceFault => {
  if (thrown instanceof DeviceFault) return thrown;
  const known = fromSystem(thrown);
  if (known) return known;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'an unknown fault';
  return new DeviceFault(
    'process-failed',
    text.split('\n')[0] ?? text,
    'Restart the device; report it if it comes back.',
    thrown,
  );
};

const SQLITE_FULL = 13;

/** Faults of the operating system and of SQLite that have a known cure. */
const fromSystem = (thrown: unknown): DeviceFault | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const code = (thrown as NodeJS.ErrnoException).code;
  const sqlite = (thrown as { errcode?: unknown }).errcode;
  if (code === 'ENOSPC' || (typeof sqlite === 'number' && (sqlite & 0xff) === SQLITE_FULL)) return diskFull(thrown);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'EISDIR' || code === 'ENOTDIR') {
    const path = (thrown as NodeJS.ErrnoException).path;
    return new DeviceFault(
      'data-unreadable',
      `The data folder cannot be read or written${path === undefined ? '' : `: ${path}`}`,
      'Give the device’s user read and write access to it, and restore what is no file there.',
      thrown,
    );
  }
  return undefined;
};

export const diskFull = (cause: unknown): DeviceFault =>
  new DeviceFault(
    'disk-full',
    'The disk is full; nothing was written and nothing was lost',
    'Free some space and start again.',
    cause,
  );
