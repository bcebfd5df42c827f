import { digestOf } from './digest.ts';
import { PasswordRecord } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Clock } from '../clock.ts';
import { decoyRecord, makePassword, matches, OPERATOR_COST, recordOf } from '../factory/passwords.ts';
import { ServicesFault } from '../faults.ts';
import type { Store } from '../store/open.ts';
import { audit, type AuditEntry } from './audit.ts';
import { countAttempt, takeBack, type Tried } from './guesses.ts';

/** The manufacturer's people who use the console: each has an account of their own. */
export interface Accounts {
  /**
   * Makes an account, or gives an existing one a new password and ends its sessions; answers the password, once.
   * The name holds `^[a-z0-9][a-z0-9._-]{0,31}$`; another one is a fault of usage.
   */
  readonly createOperator: (name: string) => Promise<string>;
  /** @param from the address, and what the browser keeps since somebody came in with it */
  readonly check: (
    name: string,
    password: string,
    from: { readonly source: string; readonly device: string | undefined },
  ) => Promise<Checked>;
}
export type Checked =
  /** `device` is for the browser to keep; absent where it has it */
  | { readonly ok: true; readonly operator: string; readonly device?: string }
  | { readonly ok: false; readonly code: 'refused' }
  | { readonly ok: false; readonly code: 'throttled'; readonly waitSeconds: number };

export function openAccounts(store: Store, clock: Clock): Accounts {
  const decoy = decoyRecord(OPERATOR_COST);
  // one decision at a time, so that attempts at once do not all see the counters before each other
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <Result>(task: () => Promise<Result>): Promise<Result> => {
    const done = last.then(task);
    last = done.catch(() => undefined);
    return done;
  };

  return {
    createOperator: (name) => createOperator(store, clock, name),
    check: (name, password, from) =>
      check({ store, clock, decoy, oneByOne }, name.slice(0, 64), password.slice(0, 256), from),
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

interface Checking {
  readonly store: Store;
  readonly clock: Clock;
  readonly decoy: PasswordRecord;
  readonly oneByOne: <Result>(task: () => Promise<Result>) => Promise<Result>;
}

async function check(
  { store, clock, decoy, oneByOne }: Checking,
  name: string,
  password: string,
  from: { readonly source: string; readonly device: string | undefined },
): Promise<Checked> {
  const now = clock.now();
  const row = await store.db.selectFrom('operators').select('password').where('name', '=', name).executeTakeFirst();
  const operator = row && { name, record: recordIn(row.password) };
  const tried: Tried = { operator, ...from };
  // EN 303 645 5.1-5, G045 AU-1-3: the attempt is durable before the password is looked at
  const verdict = await oneByOne(() => countAttempt(store, tried, now));
  const noted = (action: AuditEntry['action']) => ({ actor: 'console', action, subject: subjectOf(name) });
  if (verdict.kind === 'wait') {
    await audit(store.db, now, noted('login-throttled'));
    return { ok: false, code: 'throttled', waitSeconds: verdict.waitSeconds };
  }
  // G045 AU-2-3: unknown name, wrong password and an account that others guess at cost the same and look the same
  const good = await matches(password, operator?.record ?? decoy);
  if (!good || !operator || verdict.kind === 'refuse') {
    await audit(store.db, now, noted(verdict.kind === 'refuse' ? 'login-throttled' : 'login-failed'));
    return { ok: false, code: 'refused' };
  }
  const device = await oneByOne(() =>
    store.transaction(async (tx) => {
      await audit(tx, now, noted('login-succeeded'));
      return takeBack(tx, tried, now);
    }),
  );
  return { ok: true, operator: name, ...(device === undefined ? {} : { device }) };
}

const subjectOf = (name: string) => (NAME.test(name) ? digestOf(`account\0${name}`).slice(0, 16) : 'malformed');

function recordIn(json: string): PasswordRecord {
  // no boundary: a row of our own store, and read by its schema all the same
  const record: unknown = JSON.parse(json);
  if (!Value.Check(PasswordRecord, record)) throw new ServicesFault('data-damaged', 'an operator’s password record');
  return record;
}
