import type { LaboratoryProbe } from '../laboratory.ts';
import type { Target } from '../target.ts';
import type { Budget } from './budget.ts';
import { started } from './manufacturer.ts';

/** What the target file says of how somebody with the unit in hand is asked. `resolve` turns a path of it into one of this machine. */
export function createLaboratory(target: Target, resolve: (path: string) => string, budget: Budget): LaboratoryProbe {
  const { powerCycle, failPart } = target.handling ?? {};
  const run = async ([program, ...args]: readonly string[] = []): ReturnType<LaboratoryProbe['powerCycle']> => {
    if (program === undefined) return { ok: false, because: 'the target file does not say how' };
    budget.spendRequest();
    return started(program, args, resolve('.'));
  };
  return {
    powerCycle: () => run(powerCycle),
    failPart: (test, which) => run(failPart?.[test]?.[which]),
  };
}
