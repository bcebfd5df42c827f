import { createHash, randomBytes } from 'node:crypto';
import { PasswordRecord } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Clock } from '../clock.ts';
import { makePassword, matches, OPERATOR_COST, recordOf } from '../factory/passwords.ts';
import { ServicesFault } from '../faults.ts';
import type { Query, Store } from '../store/open.ts';
import { audit } from './audit.ts';
import {
  decide,
  FORGIVEN_AFTER,
  RULES,
  type Throttle,
  type ThrottleEvent,
  untouched,
  waitSeconds,
} from './throttle.ts';

/** The manufacturer's people who use the console: each has an account of their own. */
export interface Accounts {
  /**
   * Makes an account, or gives an existing one a new password and ends its sessions; answers the password, once.
   * The name holds `^[a-z0-9][a-z0-9._-]{0,31}$`; another one is a fault of usage.
   */
  readonly createOperator: (name: string) => Promise<string>;
  readonly check: (name: string, password: string, source: string) => Promise<Checked>;
}
export type Checked =
  | { readonly ok: true; readonly operator: string }
  | { readonly ok: false; readonly code: 'refused' }
  | { readonly ok: false; readonly code: 'throttled'; readonly waitSeconds: number };

export async function openAccounts(store: Store, clock: Clock): Promise<Accounts> {
  // takes as long to refuse an unknown name as a wrong password
  const decoy = await recordOf(randomBytes(16).toString('hex'), OPERATOR_COST);
  const queue = new Map<string, Promise<unknown>>();

  return {
    createOperator: (name) => createOperator(store, clock, name),
    // one attempt at a time for each source, so that attempts at once do not all see the delay before their failures
    check(name, password, source) {
      const before = queue.get(source) ?? Promise.resolve();
      const attempt = before.then(() => check(store, clock, decoy, name.slice(0, 64), password.slice(0, 256), source));
      const settled = attempt.then(
        () => undefined,
        () => undefined,
      );
      queue.set(source, settled);
      void settled.then(() => queue.get(source) === settled && queue.delete(source));
      return attempt;
    },
  };
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/;

async function createOperator(store: Store, clock: Clock, name: string): Promise<string> {
  if (!NAME.test(name))
    throw new ServicesFault('usage', 'an operator’s name is 1 to 32 of a-z, 0-9, dot, dash, underscore');
  const password = makePassword({ serial: name, mac: '' });
  const record = JSON.stringify(await recordOf(password, OPERATOR_COST));
  const now = clock.now();
  await store.transaction(async (tx) => {
    const known = await tx.selectFrom('operators').select('name').where('name', '=', name).executeTakeFirst();
    if (known) {
      await tx.updateTable('operators').set({ password: record }).where('name', '=', name).execute();
      await tx.deleteFrom('operator_sessions').where('operator', '=', name).execute();
    } else await tx.insertInto('operators').values({ name, password: record, created_at: now }).execute();
    const action = known ? 'operator-password-reset' : 'operator-created';
    await audit(tx, now, { actor: 'station', action, subject: name });
  });
  return password;
}

async function check(
  store: Store,
  clock: Clock,
  decoy: PasswordRecord,
  name: string,
  password: string,
  source: string,
): Promise<Checked> {
  const now = clock.now();
  const keys = keysOf(name, source);
  const wait = Math.max(...(await states(store.db, keys)).map((state) => waitSeconds(state, now)));
  if (wait > 0) {
    await audit(store.db, now, { actor: 'console', action: 'login-throttled', subject: subjectOf(name) });
    return { ok: false, code: 'throttled', waitSeconds: wait };
  }
  const row = await store.db.selectFrom('operators').select('password').where('name', '=', name).executeTakeFirst();
  // G045 AU-2-3: unknown name and wrong password cost the same and look the same
  const good = (await matches(password, row ? recordIn(row.password) : decoy)) && row !== undefined;
  await store.transaction(async (tx) => {
    await note(tx, keys, { kind: good ? 'succeeded' : 'failed' }, now);
    const action = good ? 'login-succeeded' : 'login-failed';
    await audit(tx, now, { actor: 'console', action, subject: subjectOf(name) });
  });
  return good ? { ok: true, operator: name } : { ok: false, code: 'refused' };
}

interface Key {
  readonly rule: keyof typeof RULES;
  readonly key: string;
}
/** Hashed: what people type into a name field by mistake is often their password. */
const keysOf = (name: string, source: string): readonly Key[] => [
  { rule: 'pair', key: hash(`pair\0${name}\0${source}`) },
  { rule: 'source', key: hash(`source\0${source}`) },
  { rule: 'account', key: hash(`account\0${name}`) },
];
const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
const subjectOf = (name: string) => (NAME.test(name) ? hash(`account\0${name}`).slice(0, 16) : 'malformed');

async function states(query: Query, keys: readonly Key[]): Promise<readonly Throttle[]> {
  const rows = await query
    .selectFrom('throttles')
    .selectAll()
    .where(
      'key',
      'in',
      keys.map(({ key }) => key),
    )
    .execute();
  return keys.map(({ key }) => {
    const row = rows.find((r) => r.key === key);
    return row ? { failures: row.failures, lastFailure: row.last_failure, until: row.until } : untouched;
  });
}

/** A success forgives the pair alone: it says nothing of what the source did to other accounts. */
async function note(query: Query, keys: readonly Key[], event: ThrottleEvent, now: number): Promise<void> {
  const before = await states(query, keys);
  for (const [index, { rule, key }] of keys.entries()) {
    if (event.kind === 'succeeded' && rule !== 'pair') continue;
    const { failures, lastFailure, until } = decide(RULES[rule], before[index] ?? untouched, event, now);
    const row = { failures, last_failure: lastFailure, until };
    await query
      .insertInto('throttles')
      .values({ key, ...row })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
      .execute();
  }
  await query
    .deleteFrom('throttles')
    .where('last_failure', '<', now - FORGIVEN_AFTER)
    .execute();
}

function recordIn(json: string): PasswordRecord {
  const record: unknown = JSON.parse(json);
  if (!Value.Check(PasswordRecord, record)) throw new ServicesFault('data-damaged', 'an operator’s password record');
  return record;
}
