import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { digestOf } from './digest.ts';
import { MAC } from '@hearthward/protocol';
import {
  decideGuess,
  decideRight,
  forgetAfter,
  NEVER_FAILED,
  type GuessCounter,
  type GuessCounters,
  type GuessLimits,
  type GuessVerdict,
  type PasswordRecord,
} from '@hearthward/protocol';
import type { Selectable } from 'kysely';
import type { Query, Store } from '../store/open.ts';
import type { ThrottleTable } from '../store/tables.ts';

/** Guesses at the passwords of operators, by the decision that devices hold as well: `protocol/src/guesses`. */
// EN 303 645 5.1-5, G045 AU-1-3: growing delay per account and per source
export const LIMITS: GuessLimits = { freeAttempts: 3, firstDelaySeconds: 1, longestDelaySeconds: 15 * 60 };

/** Who tries: `device` is what a browser keeps since somebody came in with it. */
export interface Tried {
  /** undefined where there is no such operator: all such names share one counter */
  readonly operator: { readonly name: string; readonly record: PasswordRecord } | undefined;
  readonly source: string;
  readonly device: string | undefined;
}

/** Counts the attempt durably, before the password is looked at. */
export const countAttempt = (store: Store, tried: Tried, now: number): Promise<GuessVerdict> =>
  store.transaction(async (tx) => {
    await tx
      .deleteFrom('throttles')
      .where('last_failure', '<', now - forgetAfter(LIMITS))
      .execute();
    const keys = keysOf(tried);
    const { counters, verdict } = decideGuess(await read(tx, keys), LIMITS, now);
    await write(tx, keys, counters);
    return verdict;
  });

/** Takes the attempt back; answers what the browser is to keep, where it has nothing yet. */
export async function takeBack(query: Query, tried: Tried, now: number): Promise<string | undefined> {
  const keys = keysOf(tried);
  await write(query, keys, decideRight(await read(query, keys), now));
  if (keys.device !== undefined || !tried.operator) return undefined;
  // no key: names a browser
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  return `${nonce}.${proofOf(tried.operator, nonce)}`;
}

const NONCE_BYTES = 32;

/** Keyed with the password record, so that a new password makes every browser unknown. */
const proofOf = ({ name, record }: NonNullable<Tried['operator']>, nonce: string): string =>
  // key operator-browser
  createHmac(MAC['hmac-sha256'].digest, record.tag).update(`known device 1\0${name}\0${nonce}`).digest('base64url');

interface Keys {
  readonly account: string;
  readonly source: string;
  readonly device: string | undefined;
}
/** Hashed: what people type into a name field by mistake is often their password. */
function keysOf({ operator, source, device }: Tried): Keys {
  const [nonce = '', proof = ''] = (device ?? '').split('.');
  const known = operator !== undefined && same(proof, proofOf(operator, nonce));
  return {
    account: digestOf(operator ? `account\0${operator.name}` : 'nobody'),
    source: digestOf(`source\0${source}`),
    device: known ? digestOf(`device\0${operator.name}\0${nonce}`) : undefined,
  };
}
const same = (one: string, other: string) => timingSafeEqual(Buffer.from(digestOf(one)), Buffer.from(digestOf(other)));

async function read(query: Query, { account, source, device }: Keys): Promise<GuessCounters> {
  const keys = [account, source, ...(device === undefined ? [] : [device])];
  const rows = await query.selectFrom('throttles').selectAll().where('key', 'in', keys).execute();
  const counter = (key: string): GuessCounter => counterIn(rows.find((each) => each.key === key));
  return {
    account: counter(account),
    source: counter(source),
    device: device === undefined ? undefined : counter(device),
  };
}

const counterIn = (row: Selectable<ThrottleTable> | undefined): GuessCounter =>
  row ? { failures: row.failures, until: row.until, at: row.last_failure } : NEVER_FAILED;

/** One counter by its key, for others who count guesses. */
export const counterOf = async (query: Query, key: string): Promise<GuessCounter> =>
  counterIn(await query.selectFrom('throttles').selectAll().where('key', '=', key).executeTakeFirst());

async function write(query: Query, keys: Keys, counters: GuessCounters): Promise<void> {
  for (const each of ['account', 'source', 'device'] as const) {
    const [key, counter] = [keys[each], counters[each]];
    if (key !== undefined && counter !== undefined) await keepCounter(query, key, counter);
  }
}

export async function keepCounter(query: Query, key: string, counter: GuessCounter): Promise<void> {
  const row = { failures: counter.failures, last_failure: counter.at, until: counter.until };
  await query
    .insertInto('throttles')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}
