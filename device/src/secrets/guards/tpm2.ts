import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { DeviceFault } from '../../driver/faults.ts';
import {
  elementUnreachable,
  keyUnusable,
  readSealed,
  RECOVER,
  type KeyGuard,
  type Measurements,
  type Sealed,
  type SettingsOf,
} from './guard.ts';
import { runTool } from './tool.ts';

/** Objects of a TPM as text: public and private part of the sealed key, name of its parent, registers it hangs on. */
const Blob = Type.Object(
  { parent: Type.String(), public: Type.String(), private: Type.String(), pcrs: Type.String() },
  { additionalProperties: false },
);
const isBlob = (sealed: Sealed) => Value.Check(Blob, sealed);

const DIGEST_BYTES = 32;
/** Never without the policy (no userwithauth), never on another TPM or under another parent, and no guess to throttle. */
const ATTRIBUTES = 'fixedtpm|fixedparent|adminwithpolicy|noda';
/** Memory, where the system has such a folder; contexts are sealed by the TPM wherever they lie. */
const SHARED_MEMORY = '/dev/shm';
const FOLDER_PREFIX = 'hearthward-guard-';

/** Where the guard's contexts lie while it works; the signer may write there. */
export const contextFolders = (folder: string): string =>
  join(process.platform === 'linux' ? SHARED_MEMORY : folder, FOLDER_PREFIX);

/**
 * The keystore key sealed by a TPM 2.0 under its storage hierarchy, to a policy of platform configuration registers
 * (TPM 2.0 Part 1, 19.7), through tpm2-tools. It travels in their pipes and, between them and the TPM, in a salted
 * session that encrypts it, so that who listens on the bus hears nothing.
 */
// EN 303 645 5.4-2, G044 6.4.2, G045 CR-1-2: the keys open on this device alone, and as it was measured
export const tpm2Guard = (settings: SettingsOf<'tpm2'>, folder: string): KeyGuard => {
  const pcrs = [...settings.pcrs].sort((one, other) => one - other);
  const selection = `sha256:${pcrs.join(',')}`;

  /** One piece of work with a folder of its own; nothing of it stays in the folder or in the TPM. */
  const working = <T>(work: (tpm: Tpm) => T): T => {
    const dir = mkdtempSync(contextFolders(folder));
    const tpm = tpmAt(settings.tcti, dir);
    try {
      return work(tpm);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };

  const sealUnder = (key: Uint8Array, expected: Measurements): Sealed =>
    working((tpm) => {
      const parent = tpm.primary();
      tpm.run('tpm2_pcrread', ['-o', 'values', selection]);
      writeFileSync(join(tpm.dir, 'values'), expectedValues(tpm.file('values'), pcrs, expected));
      // Not tpm2_createpolicy: it leaves its session in the TPM (seen with 5.4), and there is room for three.
      tpm.inSession(TRIAL, (session) => {
        tpm.run('tpm2_policypcr', ['-S', session, '-l', selection, '-f', 'values', '-L', 'policy']);
      });
      tpm.inSession(ENCRYPTING, (session) => {
        const sealing = [
          '-C',
          'primary',
          '-g',
          'sha256',
          '-L',
          'policy',
          '-a',
          ATTRIBUTES,
          '-u',
          'public',
          '-r',
          'private',
        ];
        tpm.run('tpm2_create', [...sealing, '-S', session, '-i', '-'], key);
      });
      const text = (name: string): string => tpm.file(name).toString('base64');
      return { parent, public: text('public'), private: text('private'), pcrs: selection };
    });

  return {
    kind: 'tpm2',
    seal: (key) => sealUnder(key, {}),
    sealFor: sealUnder,
    open: (sealed) => {
      const blob = readSealed(sealed, isBlob);
      // The policy inside the blob decides; this only tells a changed product from a changed measurement.
      if (blob.pcrs !== selection) {
        throw keyUnusable(
          `The keys hang on the registers ${blob.pcrs}, this software names ${selection}`,
          `Start the software that the device was made with, ${RECOVER}`,
        );
      }
      return working((tpm) => {
        // A TPM in between could offer a parent of its own and read along.
        if (tpm.primary() !== blob.parent) throw otherTpm();
        writeFileSync(join(tpm.dir, 'public'), Buffer.from(blob.public, 'base64'));
        writeFileSync(join(tpm.dir, 'private'), Buffer.from(blob.private, 'base64'));
        tpm.run('tpm2_load', ['-C', 'primary', '-u', 'public', '-r', 'private', '-c', 'object']);
        return tpm.inSession(PROVING, (session) => {
          tpm.run('tpm2_policypcr', ['-S', session, '-l', selection]);
          return tpm.run('tpm2_unseal', ['-c', 'object', '-p', `session:${session}`]);
        });
      });
    },
    // A blob is all there is of a sealed key: it goes with the row that holds it.
    keepOnly: () => undefined,
  };
};

interface Tpm {
  readonly dir: string;
  readonly file: (name: string) => Buffer;
  readonly run: (tool: string, args: readonly string[], input?: Uint8Array) => Buffer;
  /** storage root key of the owner hierarchy as context `primary`; its name (TPM 2.0 Part 1, 16) in hexadecimal */
  readonly primary: () => string;
  /** flushed when the work is done */
  readonly inSession: <T>(kind: SessionKind, work: (session: string) => T) => T;
}

/** How a session is opened; salted with the primary key, it encrypts the parameters of what runs in it. */
interface SessionKind {
  readonly open: readonly string[];
  readonly encrypts: boolean;
}
const SALTED = ['--tpmkey-context', 'primary'];
const ENCRYPTING: SessionKind = { open: ['--hmac-session', ...SALTED], encrypts: true };
const PROVING: SessionKind = { open: ['--policy-session', ...SALTED], encrypts: true };
const TRIAL: SessionKind = { open: [], encrypts: false };

const tpmAt = (tcti: string, dir: string): Tpm => {
  const tool = (name: string, args: readonly string[], input?: Uint8Array) =>
    runTool(name, args, {
      cwd: dir,
      environment: { TPM2TOOLS_TCTI: tcti, TSS2_LOG: 'all+NONE' },
      ...(input === undefined ? {} : { input }),
    });
  const run: Tpm['run'] = (name, args, input) => {
    const { ok, output, said } = tool(name, ['-Q', ...args], input);
    // Without a resource manager what a tool loads stays in the TPM.
    if (!ok || FILLING.has(name)) tool('tpm2_flushcontext', ['-t']);
    if (!ok) throw tpmFault(said);
    return output;
  };
  return {
    dir,
    file: (name) => readFileSync(join(dir, name)),
    run,
    primary: () => {
      run('tpm2_createprimary', ['-C', 'o', '-g', 'sha256', '-G', 'ecc', '-c', 'primary']);
      run('tpm2_readpublic', ['-c', 'primary', '-n', 'name']);
      return readFileSync(join(dir, 'name')).toString('hex');
    },
    inSession: (kind, work) => {
      const session = 'session';
      run('tpm2_startauthsession', [...kind.open, '-S', session]);
      try {
        if (kind.encrypts) run('tpm2_sessionconfig', [session, '--enable-encrypt', '--enable-decrypt']);
        return work(session);
      } finally {
        tool('tpm2_flushcontext', [session]);
      }
    },
  };
};

/** A TPM has room for three objects: one of these and the key before it take two. */
const FILLING = new Set(['tpm2_readpublic', 'tpm2_create', 'tpm2_load', 'tpm2_unseal']);

/** Values of the registers in order, as they are now or as they will be. */
const expectedValues = (now: Buffer, pcrs: readonly number[], expected: Measurements): Buffer =>
  Buffer.concat(
    pcrs.map((pcr, at) => {
      const value = expected[pcr];
      return value === undefined
        ? now.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES)
        : Buffer.from(value, 'hex').subarray(0, DIGEST_BYTES);
    }),
  );

/** Response codes of format one carry the number of a handle, parameter or session beside the error (TPM 2.0 Part 2, 6.6). */
const FORMAT_ONE_MASK = 0xbf;
const POLICY_FAIL = 0x9d;
const INTEGRITY = 0x9f;
const PCR_CHANGED = 0x128;

export const tpmFault = (said: string): DeviceFault => {
  const code = Number.parseInt(/\(0x([0-9A-F]+)\)/i.exec(said)?.[1] ?? '', 16);
  if ((code & FORMAT_ONE_MASK) === POLICY_FAIL || code === PCR_CHANGED) {
    return keyUnusable(
      'The device is not measured as it was when its keys were sealed',
      `Start the software that it was sealed for, ${RECOVER}`,
    );
  }
  if ((code & FORMAT_ONE_MASK) === INTEGRITY) return otherTpm();
  return elementUnreachable(
    Number.isNaN(code) ? 'The TPM cannot be reached' : `The TPM answers with error 0x${code.toString(16)}`,
    'Check that it is switched on and that the device’s user may use it, then start again.',
  );
};

const otherTpm = (): DeviceFault =>
  keyUnusable(
    'The TPM was reset, or it is another one: the keys are lost',
    `Put the TPM back that it was made with, ${RECOVER}`,
  );
