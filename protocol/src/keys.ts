import type { AlgorithmId, AlgorithmUse } from './algorithms.ts';

/** One key of a register: it has one purpose and is never used for another's. Device and services have a register each. */
// EN 303 645 5.4-1, 5.5-8, TS 103 645 4.5-2, G044 6.5.8, G045 CR-1-3: one purpose for each key, and what becomes of it
export interface KeyEntry<Id extends string = string, Owner extends string = string> {
  readonly id: Id;
  /** use in the registry of algorithms, which says which algorithm that is now */
  readonly use: AlgorithmUse;
  /** where it is always this one, whatever is preferred */
  readonly algorithm?: AlgorithmId;
  readonly purpose: string;
  /** labels of the keys derived from it, or of what is sealed or signed under it; `*` stands for a name */
  readonly labels: readonly string[];
  /** who makes it and answers for it */
  readonly owner: Owner;
  /** to whom it leaves its owner */
  readonly releasedTo: string;
  /** where it lies */
  readonly kept: string;
  readonly made: string;
  readonly rotation: Rotation;
  readonly destroyed: string;
}

/** `asked`: who can have it replaced before its time. */
export type Rotation =
  | { readonly how: string; readonly everyDays: number; readonly asked: Asked }
  | { readonly how: string; readonly asked: Asked }
  | { readonly never: string };
type Asked =
  | 'by the owner too'
  | 'by the owner alone'
  | 'by its person alone'
  | 'by an operator too'
  | 'by an operator alone'
  | 'in a ceremony'
  | 'at each start'
  | 'by nobody';
