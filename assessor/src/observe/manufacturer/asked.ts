import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { ReleaseKind, Told } from '../../model.ts';
import type { Target } from '../../target.ts';
import type { Budget } from '../budget.ts';
import { copiesIn, type Copies } from './copies.ts';
import { confirmationIn, type ReadConfirmation } from './confirmation.ts';
import { heldIn, type Held } from './held.ts';
import { printedBy, type Printed } from './printing.ts';

/** A person of the manufacturer would do it within this time, or not while the assessor waits. */
const WITHIN_MS = 60_000;

export interface ManufacturerProbe {
  /** runs what the target file says for this security parameter; nothing of what it prints is kept */
  readonly algorithm: (parameter: string, which: 'ask' | 'takeBack') => Promise<Told>;
  /** the same for a release that the bench offers to this unit, or withdraws */
  readonly release: (release: ReleaseKind, which: 'ask' | 'takeBack') => Promise<Told>;
  /** the same for certificates that end soon */
  readonly shortLife: ManufacturerProbe['algorithm'];
  /** whether this unit has told it of a change of itself since it was last asked */
  readonly alerted: () => Promise<Told>;
  /** what the services hold of this unit; nothing of it may be recorded as it is */
  readonly held: () => Promise<Held>;
  /** a copy of what the services hold, made now; which there are; and what a system has that was restored from the newest */
  readonly backups: {
    readonly make: () => Promise<Told>;
    readonly copies: () => Promise<Copies>;
    readonly restored: () => Promise<Held>;
  };
  /** the newest confirmation that data of this unit is gone */
  readonly confirmed: () => Promise<ReadConfirmation>;
}

/** What the target file says of how the manufacturer is asked. `resolve` turns a path of it into one of this machine. */
export function createManufacturer(
  target: Target,
  resolve: (path: string) => string,
  budget: Budget,
): ManufacturerProbe {
  const run: (command?: readonly string[]) => ReturnType<ManufacturerProbe['algorithm']> = async ([
    program,
    ...args
  ] = []) => {
    if (program === undefined) return { ok: false, because: 'the target file does not say how' };
    budget.spendRequest();
    return started(program, args, resolve('.'));
  };
  const print = async ([program, ...args]: readonly string[] = []): Promise<Printed> => {
    if (program === undefined) return { ok: false, because: 'the target file does not say how' };
    budget.spendRequest();
    return printedBy(program, args, resolve('.'));
  };
  return {
    algorithm: (parameter, which) => run(target.otherAlgorithms?.[parameter]?.[which]),
    release: (release, which) => run(target.releases?.[release]?.[which]),
    shortLife: (parameter, which) => run(target.shortLives?.[parameter]?.[which]),
    alerted: () => run(target.alerted),
    held: async () => heldIn(await print(target.held)),
    backups: {
      make: () => run(target.backups?.make),
      copies: async () => copiesIn(await print(target.backups?.copies)),
      restored: async () => heldIn(await print(target.backups?.restored)),
    },
    confirmed: async () => {
      const { ask, roots } = target.confirmed ?? {};
      const printed = await print(ask);
      return confirmationIn(printed, roots === undefined ? '' : await readFile(resolve(roots), 'utf8'), Date.now());
    },
  };
}

/** What somebody with the unit in hand is asked to do; `test`: id of the declared self-test whose part is made to fail. */
export interface LaboratoryProbe {
  readonly powerCycle: () => Promise<Told>;
  /** it is in factory default, and comes up soon after */
  readonly factoryReset: () => Promise<Told>;
  /** done where the target file does not say how: its folders show the storage as it is */
  readonly readOut: () => Promise<Told>;
  readonly failPart: (test: string, which: 'ask' | 'takeBack') => Promise<Told>;
  /** one byte at this place of the target file is changed, or put back */
  readonly alter: (what: Alterable, place: string, which: 'ask' | 'takeBack') => Promise<Told>;
  /** `input`: id of the declared tamper input */
  readonly openCase: (input: string, which: 'open' | 'close' | 'whileOff') => Promise<Told>;
}
export type Alterable = 'software' | 'configuration';

/** What the target file says of how somebody with the unit in hand is asked. `resolve` turns a path of it into one of this machine. */
export function createLaboratory(target: Target, resolve: (path: string) => string, budget: Budget): LaboratoryProbe {
  const { powerCycle, factoryReset, readOut, failPart, alterSoftware, alterConfiguration, openCase } =
    target.handling ?? {};
  const run = async ([program, ...args]: readonly string[] = []): ReturnType<LaboratoryProbe['powerCycle']> => {
    if (program === undefined) return { ok: false, because: 'the target file does not say how' };
    budget.spendRequest();
    return started(program, args, resolve('.'));
  };
  return {
    powerCycle: () => run(powerCycle),
    factoryReset: () => run(factoryReset),
    readOut: async () => (readOut === undefined ? { ok: true } : run(readOut)),
    failPart: (test, which) => run(failPart?.[test]?.[which]),
    alter: (what, place, which) => run((what === 'software' ? alterSoftware : alterConfiguration)?.[place]?.[which]),
    openCase: (input, which) => run(openCase?.[input]?.[which]),
  };
}

/** Started without a shell; nothing of what it prints is kept. */
function started(program: string, args: readonly string[], cwd: string): ReturnType<ManufacturerProbe['algorithm']> {
  return new Promise((done) => {
    // what it prints may name what nobody asked about
    const child = spawn(program, args, { cwd, stdio: 'ignore', shell: false, timeout: WITHIN_MS });
    child.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : 'unknown';
      done({ ok: false, because: `the command of the target file could not be started (${code})` });
    });
    child.once('exit', (code, signal) =>
      done(
        code === 0
          ? { ok: true }
          : { ok: false, because: `the command of the target file ended with ${signal ?? code}` },
      ),
    );
  });
}
