import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { observeRunning, Running, systemIsGiven } from './running.ts';

/** Hardware and kernel keep data from being executed, and code from being where it is expected. */
export const memoryProtection: Case = {
  id: 'memory-protection',
  topic: 'memory-protection',
  title: 'Reads from the running system how its processor and its kernel protect memory, and what each process maps.',
  ready: systemIsGiven,
  effect: 'reading',
  observe: async (probe) => {
    await observeMachine(probe);
    await observeRunning(probe);
  },
  judge,
};

const Machine = Type.Object(
  { noExecute: Type.Boolean(), processor: Type.Boolean(), randomised: Type.Integer() },
  { additionalProperties: false },
);
const KINDS = { machine: Machine, process: Running };

async function observeMachine(probe: Probe): Promise<void> {
  const processor = (await probe.system.text('proc/cpuinfo')) ?? '';
  const randomised = (await probe.system.text('proc/sys/kernel/randomize_va_space'))?.trim();
  probe.record('machine', 'product', {
    processor: processor !== '',
    noExecute: ALWAYS.test(processor) || /^flags\s*:.*\bnx\b/m.test(processor),
    randomised: /^[0-2]$/.test(randomised ?? '') ? Number(randomised) : -1,
  });
}
/** Every processor of Armv8 and of RISC-V with pages has the bit (DDI 0487: UXN; Privileged ISA: X of a page). */
const ALWAYS = /^(CPU architecture\s*:\s*(8|AArch64)|isa\s*:\s*rv)/m;

/** include/uapi/linux/personality.h */
const PERSONALITY = { addressesFixed: 0x004_0000, readImpliesExecute: 0x040_0000 } as const;

// EN 303 645 5.6-8, G044 6.6.8: the hardware says who may read, write or execute memory, and is let say it
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const [machine] = rows.machine;
  if (!machine || rows.process.length === 0) return weigh(parts, 'neither machine nor processes were seen');
  return weigh(
    [
      ...parts,
      ...ofMachine(machine),
      ...rows.process.flatMap((each) => ofProcess(each, seen)),
      pass(
        `processor and kernel protect the memory of ${rows.process.length} processes: no data is executed, and addresses are drawn at random`,
        idsOf([...rows.machine, ...rows.process]),
      ),
    ],
    'neither machine nor processes were seen',
  );
}

const ofMachine = ({
  id,
  data,
}: Reading<{ noExecute: boolean; processor: boolean; randomised: number }>): readonly Part[] => {
  const found: Part[] = [];
  if (!data.processor) found.push(open('what processor the product has could not be read', [id]));
  else if (!data.noExecute) found.push(fail('the processor cannot keep data from being executed', [id]));
  if (data.randomised === 0) found.push(fail('the kernel puts everything where it is expected', [id]));
  if (data.randomised === 1) found.push(open('whether heaps lie at random places', [id]));
  if (data.randomised < 0) found.push(open('whether the kernel puts things at random places', [id]));
  return found;
};

const ofProcess = ({ id, subject, data }: Reading<Running>, { declaration }: Seen): readonly Part[] => {
  const row = declaration.privilegeControls.find((each) => each.id === subject);
  const name = row?.id ?? `process ${data.pid}`;
  const found: Part[] = [];
  const has = (flag: number): boolean => (data.personality & flag) !== 0;
  if (has(PERSONALITY.addressesFixed)) found.push(fail(`${name} runs with addresses that are always the same`, [id]));
  if (has(PERSONALITY.readImpliesExecute)) found.push(fail(`${name} may execute whatever it may read`, [id]));
  if (data.executableData > 0) found.push(fail(`${name} has a stack or heap that can be executed`, [id]));
  if (data.writableCode > 0 && row?.writableCodeBecause === undefined)
    found.push(fail(`${name} has memory that is both written and executed, for which no reason is declared`, [id]));
  if (data.unread.includes('maps')) found.push(open(`the memory of ${name} could not be read`, [id]));
  if (!data.ownPages) found.push(open(`whether a memory management unit keeps ${name} to its own pages`, [id]));
  return found;
};
