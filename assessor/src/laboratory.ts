import type { Told } from './model.ts';

/** What somebody with the unit in hand is asked to do to it, as the target file says how. */
export interface LaboratoryProbe {
  /** off and on again */
  readonly powerCycle: () => Promise<Told>;
  /** `test`: id of the declared self-test whose part is made to fail, and works again */
  readonly failPart: (test: string, which: 'ask' | 'takeBack') => Promise<Told>;
}
