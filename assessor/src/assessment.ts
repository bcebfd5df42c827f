import type { Case, Finding, Statement } from './model.ts';
import type { Waits } from './observe/wire/hand.ts';

/** What an assessment is asked for, and what it answers. */
export interface AssessOptions {
  readonly targetFile: string;
  /** evidence folder; must not exist yet, or be empty */
  readonly out: string;
  readonly codes?: readonly string[];
  /** rows (`5.1-1`, `CODE/REF`), topics or cases; all where absent */
  readonly only?: readonly string[];
  readonly cases: readonly Case[];
  /** PEM file of the signing key, made where it does not exist; `assessor-key.pem` beside the folder where absent */
  readonly key?: string;
  readonly clock?: { readonly now: () => number; readonly wait: (ms: number) => Promise<void> };
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** how long the target may take to accept a connection and to answer */
  readonly waits?: Waits;
}
export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly case: string;
  readonly title: string;
  /** absent: the unit that the target file is about */
  readonly unit?: 'spare';
}
export type RefusalCode = 'bad-target' | 'unknown-code' | 'unknown-row' | 'bad-output' | 'target-down' | 'interrupted';
export type Assessed =
  | {
      readonly ok: true;
      readonly dir: string;
      readonly statements: readonly Statement[];
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly code: RefusalCode; readonly because: readonly string[] };

export const refuse = (code: RefusalCode, because: string): Extract<Assessed, { ok: false }> => ({
  ok: false,
  code,
  because: [because],
});
