import { elementUnreachable } from '../../secrets/guards/guard.ts';
import { runTool } from '../../secrets/guards/tool.ts';
import type { FloorCounter } from '../backend.ts';
import { installerFault } from './installer.ts';

/**
 * The floor in a counter of a TPM 2.0 (part 1, 37.2.4), through tpm2-tools. It rises and never falls, and one that was
 * removed and made anew goes on above the highest that the TPM has ever counted: it never begins at zero. So where it
 * began is kept beside it, in an index that is locked once it is written, and the floor is how far it has come since.
 *
 * A counter that is not there reads as zero, which the other places of the floor contradict (`slots/floors.ts`). Whoever
 * may use the TPM can raise it, and so keep the device from starting; nobody can lower it unseen.
 */
export interface TpmCounterOptions {
  /** of tpm2-tss, as in `device:/dev/tpmrm0` */
  readonly tcti: string;
  /** handle of the counter; the next one holds where it began */
  readonly index?: number;
}

/** In the range that the owner hierarchy gives out (TCG registry of reserved handles). */
const INDEX = 0x0180_4877;
const BYTES = 8;
/** A security version rises by one or a few; each step wears the TPM's memory. */
const MOST_STEPS = 1000;
/** Read and raised without a password; a wrong one would not lock anything. */
const OPEN = 'ownerread|ownerwrite|authread|authwrite|no_da';

// EN 303 645 5.3-2, G044 6.3.2, G045 PL-2-3: an old copy of the whole disk does not bring the old floor back
export const tpmCounter = ({ tcti, index = INDEX }: TpmCounterOptions): FloorCounter => {
  const counter = `0x${index.toString(16)}`;
  const start = `0x${(index + 1).toString(16)}`;

  const tool = (name: string, args: readonly string[], input?: Uint8Array): Buffer | 'absent' | 'empty' => {
    const environment = { TPM2TOOLS_TCTI: tcti, TSS2_LOG: 'all+NONE' };
    const { ok, output, said } = runTool(name, args, { environment, ...(input ? { input } : {}) });
    if (ok) return output;
    const code = Number.parseInt(/\(0x([0-9A-F]+)\)/i.exec(said)?.[1] ?? '', 16);
    if (code === NO_INDEX) return 'absent';
    if (code === NOTHING_IN_IT) return 'empty';
    throw elementUnreachable(
      Number.isNaN(code) ? 'The TPM cannot be reached' : `The TPM answers with error 0x${code.toString(16)}`,
      'Check that it is switched on and that the device’s user may use it, then start again.',
    );
  };
  const look = (handle: string): bigint | 'absent' | 'empty' => {
    const bytes = tool('tpm2_nvread', ['-C', handle, '-s', String(BYTES), handle]);
    return typeof bytes === 'string' ? bytes : bytes.readBigUInt64BE();
  };
  const define = (handle: string, attributes: string): void => {
    tool('tpm2_nvdefine', ['-C', 'o', '-s', String(BYTES), '-a', `${OPEN}|${attributes}`, handle]);
  };

  const read = (): number => {
    const began = look(start);
    const now = look(counter);
    return typeof began === 'bigint' && typeof now === 'bigint' && now > began ? Number(now - began) : 0;
  };
  const step = (): void => {
    tool('tpm2_nvincrement', ['-C', counter, counter]);
  };
  /** Both parts, as far as they are missing; a power cut in between leaves a floor of zero. */
  const begin = (): void => {
    if (look(counter) === 'absent') define(counter, 'nt=counter');
    if (look(counter) === 'empty') step();
    const now = look(counter);
    const began = look(start);
    if (typeof now !== 'bigint' || (typeof began === 'bigint' && began <= now)) return;
    // it began above where it stands: no start of this counter
    if (typeof began === 'bigint') tool('tpm2_nvundefine', ['-C', 'o', start]);
    if (began !== 'empty') define(start, 'writedefine');
    const bytes = Buffer.alloc(BYTES);
    bytes.writeBigUInt64BE(now);
    tool('tpm2_nvwrite', ['-C', start, '-i', '-', start], bytes);
    tool('tpm2_nvwritelock', ['-C', start, start]);
  };

  return {
    read: async () => read(),
    raise: async (to) => {
      begin();
      const steps = to - read();
      if (steps > MOST_STEPS) {
        throw installerFault(
          `The floor would rise by ${steps} at once`,
          `Let security versions rise in steps of at most ${MOST_STEPS}.`,
        );
      }
      for (let done = 0; done < steps; done += 1) step();
    },
  };
};

/** TPM_RC_HANDLE of the first handle, and TPM_RC_NV_UNINITIALIZED (TPM 2.0 part 2, 6.6). */
const NO_INDEX = 0x18b;
const NOTHING_IN_IT = 0x14a;
