import type { Declaration } from '../../src/index.ts';

/** Mistakes that a manufacturer makes, one for each rule at least; each leaves the schema whole. */
export interface Mistake {
  readonly rule: string;
  readonly name: string;
  /** the example that is spoilt; the hub where absent */
  readonly product?: 'hub' | 'window-sensor';
  readonly spoil: (it: Declaration) => void;
  readonly path: string;
}

/** A part that the example has; where it no longer has it, the mistake must be written anew. */
export const part = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the example no longer has this part');
  return value;
};

export const form = (it: Declaration, id: string) => {
  const { request } = part(it.externalFunctions.find((row) => row.id === id));
  if (request.transport !== 'http') throw new Error(`${id} is no longer a form`);
  return request;
};
