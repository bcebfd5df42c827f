import type { DatabaseSync } from 'node:sqlite';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { DeviceFault } from '../../driver/faults.ts';
import { keyUnusable, RECOVER, type KeyGuard, type Sealed } from './guard.ts';

/** Who guards the keystore key, as it lies beside the sealed keystore: hostile until the keystore opens with it. */
const Guarding = Type.Object(
  {
    v: Type.Literal(1),
    kind: Type.String(),
    owner: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    /** as the device is measured when it was made or settled, and as an approved update will measure it */
    sealed: Type.Array(Type.Record(Type.String(), Type.String()), { minItems: 1, maxItems: 2 }),
  },
  { additionalProperties: false },
);
export type Guarding = Static<typeof Guarding>;

/** What stands there once every key was destroyed; the owner, so that the guard can be told to keep nothing. */
const Zeroised = Type.Object(
  { v: Type.Literal(1), kind: Type.Literal('zeroised'), owner: Type.String({ pattern: '^[0-9a-f]{16}$' }) },
  { additionalProperties: false },
);
export const ZEROISED = { v: 1, kind: 'zeroised' } as const;

/** Undefined where the keys were not destroyed. */
export const zeroisedOwner = (database: DatabaseSync): string | undefined => {
  const body = database.prepare('SELECT body FROM guard WHERE id = 1').get()?.['body'];
  const left = body === undefined ? undefined : parsed(String(body));
  return Value.Check(Zeroised, left) ? left.owner : undefined;
};

/** Undefined where the keystore was never finished. Fault: key-unusable. */
export const readGuarding = (database: DatabaseSync): Guarding | undefined => {
  const body = database.prepare('SELECT body FROM guard WHERE id = 1').get()?.['body'];
  if (body === undefined) return undefined;
  const guarding = parsed(String(body));
  if (!Value.Check(Guarding, guarding)) {
    throw keyUnusable('What says who guards the keystore was altered', `Restore the keys folder, ${RECOVER}`);
  }
  return guarding;
};

/** By the way that fits today's measurement; with the fault of the first where none does. */
export const openAny = (guard: KeyGuard, ways: readonly Sealed[]): Buffer => {
  let first: unknown;
  for (const way of ways) {
    try {
      return guard.open(way);
    } catch (thrown) {
      if (!(thrown instanceof DeviceFault)) throw thrown;
      first ??= thrown;
    }
  }
  throw first;
};

const parsed = (text: string): unknown => {
  try {
    // boundary guard-row: the disk -> Guarding, at most nothing: the folder of the device itself, else key-unusable;
    // device/test/processes/guarded.test.ts
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};
