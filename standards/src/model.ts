import type { Topic } from './topics.ts';

/** A code by its short name and edition. */
export const CODES = ['etsi-ts-103-645@1.1.1', 'etsi-en-303-645@2.1.1', 'mcmc-g044@2023', 'mcmc-g045@2024'] as const;
export type Code = (typeof CODES)[number];

/** Binding force: M a requirement (`shall`), R a recommendation (`should`). */
export type Status = 'M' | 'R';

/** How a row stands to the topic that it rests on; `differs` in the crosswalk says in words what is different. */
export type Relation = 'equal' | 'stricter' | 'weaker' | 'part';

/**
 * Facts of a product that conditions of the codes ask for. A product's declaration gives each as true, false or
 * unknown; the names read as the condition (`not constrained`, `automatic-updates or update-notifications`).
 */
export const FACTS = [
  'passwords-used',
  'pre-installed-passwords-used',
  'user-authentication',
  'constrained',
  'software-updateable',
  'update-mechanism',
  'automatic-updates',
  'update-notifications',
  'updates-over-network',
  'hard-coded-identity',
  'debug-interface-accessible',
  'telemetry-collected',
  'personal-data-processed',
  'consent-based-processing',
  'backups-kept',
  'gateway',
] as const;
export type Fact = (typeof FACTS)[number];

/** Kleene's strong three-valued logic: `undefined` is unknown. */
export type Truth = boolean | undefined;
export type Facts = Readonly<Partial<Record<Fact, Truth>>>;

/** One row of a code: a provision (ETSI), a requirement (G044) or a control (G045). */
export interface Row {
  readonly code: Code;
  /** as the code's text prints it: `5.1-1`, `4-1`, `6-1`; `4.1-1`; `6.1-a`, `6.2.1`, `7-g`; `AU-1-1` */
  readonly ref: string;
  readonly status: Status;
  /** expressions over FACTS; the row applies where all hold */
  readonly conditions: readonly string[];
  /** in our own words, in the language asked for */
  readonly title: string;
  readonly topics: readonly Topic[];
  /** only G045: the threats that its Annex A prints for the control */
  readonly threats?: readonly string[];
  /** the form in the printed text, where it differs from what is carried or decides the status */
  readonly printed?: Printed;
  /** the corrections that touched this row; absent where none did */
  readonly corrections?: readonly Correction[];
}

/** The strongest modal word of a G045 control's title or description. */
export type Modal = 'shall' | 'should' | 'required' | 'none';

export interface Printed {
  /** the reference as Table B.1 of EN 303 645 misprints it */
  readonly ref?: string;
  /** the status cell as EN 303 645 misprints it */
  readonly status?: string;
  /** G045: modal word of the control's title and of its description; `shall` in either makes the row M */
  readonly title?: Modal;
  readonly description?: Modal;
}

/** A place where the carried row departs from the printed text, or needed a reading of it. */
export interface Correction {
  readonly code: Code;
  readonly ref: string;
  readonly field: 'ref' | 'status' | 'conditions' | 'threats' | 'presence' | 'wording';
  readonly printed: string;
  readonly carried: string;
  readonly reason: string;
}

/** What a code is called, in our own words. */
export interface CodeLabel {
  readonly code: Code;
  readonly name: string;
  readonly designation: string;
  readonly edition: string;
  readonly publisher: string;
}

export interface Threat {
  readonly ref: string;
  readonly title: string;
}

/** A crosswalk entry: this row rests on this topic. `covers` lists nothing: the judge reads `relation`. */
export interface Tie {
  readonly code: Code;
  readonly ref: string;
  readonly topic: Topic;
  /** the row is equal to, asks more than (`stricter`), asks less than (`weaker`) the topic, or the topic is a `part` of it */
  readonly relation: Relation;
  /** what differs; empty only where relation is `equal` */
  readonly differs: string;
}

export type Language = 'en' | 'ms';

/** Two rows that rest on one topic; relation and difference are said from the side of `a`. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly topic: Topic;
  readonly relation: Relation;
  readonly differs: string;
}
