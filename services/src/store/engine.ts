import type { Dialect as KyselyDialect, Kysely } from 'kysely';
import type { Dialect } from './migrations.ts';
import type { Tables } from './tables.ts';

/** What a database brings to the store; everything above it is the same on each. */
export interface Engine {
  readonly name: Dialect;
  readonly dialect: KyselyDialect;
  /** what faults call it; without a secret */
  readonly where: string;
  readonly scrub: Scrub;
  /** a copy as of one moment, while others read and write; whole and on the disk when it resolves */
  readonly copyTo: (file: string) => Promise<void>;
  /** last part of a copy's name */
  readonly copies: CopyEnding;
  readonly close: () => Promise<void>;
}
export type CopyEnding = 'sqlite' | 'dump';

/**
 * What was deleted leaves the database's files too; `thorough`: whatever table it was in.
 * `later`: it is deleted, and its bytes go when this is asked another time.
 */
export type Scrub = (db: Kysely<Tables>, thorough: boolean) => Promise<'clean' | 'later'>;
