import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { ServicesFault } from '../../faults.ts';
import { describeAddress, type PostgresAddress } from './address.ts';
import { isLost, mayPass, postgresFault } from './faults.ts';
import { passwordFor } from './password.ts';

/**
 * One connection, which whoever asks takes in turn. So a transaction sees what the one before it left, as on SQLite, and
 * whoever writes is whoever holds the store: a connection that was lost took its locks with it, and the next one is greeted
 * before anything is said on it.
 */
export interface OneConnection {
  readonly pool: PostgresPool;
  /** a statement outside of what the pool hands out, in its turn */
  readonly ask: Ask;
}
export type Ask = (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
/** what is said on a new connection first; `isFirst`: there was none before */
export type Greet = (ask: Ask, isFirst: boolean) => Promise<void>;

export function oneConnection(address: PostgresAddress, greet: Greet): OneConnection {
  const where = describeAddress(address);
  let client: pg.Client | undefined;
  let isFirst = true;
  let isEnded = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function connected(): Promise<pg.Client> {
    if (client) return client;
    const fresh = new pg.Client({ ...SETTINGS, ...address, types: TYPES, password: () => passwordFor(address) });
    const gone = () => {
      if (client === fresh) client = undefined;
    };
    // without a listener a lost connection would end the process; whoever uses it hears of it by what they asked
    fresh.on('error', gone);
    fresh.on('end', gone);
    try {
      await fresh.connect();
      await greet(async (text, values = []) => (await fresh.query(text, [...values])).rows, isFirst);
    } catch (error) {
      fresh.end().catch(() => undefined);
      throw error;
    }
    client = fresh;
    isFirst = false;
    return fresh;
  }

  /** Nothing was said yet that could be done twice: a server that restarts is waited for. */
  async function reconnected(): Promise<pg.Client> {
    const until = performance.now() + (isFirst ? 0 : RECONNECT_MOST);
    for (let wait = 50; ; wait = Math.min(wait * 2, 1000))
      try {
        return await connected();
      } catch (error) {
        if (!mayPass(error) || performance.now() > until) throw postgresFault(error, where, 'connecting');
        await pause(wait);
      }
  }

  async function take(): Promise<PostgresPoolClient> {
    const before = turn;
    let done = (): void => undefined;
    turn = new Promise<void>((resolve) => (done = resolve));
    await before;
    if (isEnded) {
      done();
      throw new ServicesFault('store-lost', `${where} is closed`);
    }
    try {
      return handed(await reconnected(), done);
    } catch (error) {
      done();
      throw error;
    }
  }

  function handed(first: pg.Client, done: () => void): PostgresPoolClient {
    let mine = first;
    let isBegun = false;
    const drop = () => {
      if (client === mine) client = undefined;
      mine.end().catch(() => undefined);
    };
    const query = async (text: string, values: readonly unknown[] = []) => {
      // a connection that is gone has rolled back: the fault behind it is the one to tell
      if (text === 'rollback' && client !== mine) return NOTHING;
      const isSafe = !isBegun && /^(?:begin$|select\b)/.test(text);
      try {
        return await asked(text, values);
      } catch (error) {
        if (!isSafe || !(error instanceof ServicesFault) || error.code !== 'store-lost') throw error;
        // it changes nothing, so that it can be asked again; what may have been done is never said twice
        mine = await reconnected();
        return await asked(text, values);
      } finally {
        isBegun ||= text === 'begin';
      }
    };
    const asked = async (text: string, values: readonly unknown[]) => {
      try {
        return await mine.query(text, values.map(storable));
      } catch (error) {
        if (isLost(error)) drop();
        throw postgresFault(error, where, 'working');
      }
    };
    return {
      query: query as unknown as PostgresPoolClient['query'],
      release(destroy) {
        if (destroy === true) drop();
        done();
      },
    };
  }

  return {
    pool: {
      options: {},
      connect: take,
      async end() {
        await turn;
        isEnded = true;
        await client?.end();
      },
    },
    async ask(text, values = []) {
      const taken = await take();
      try {
        return (await taken.query<Record<string, unknown>>(text, values)).rows;
      } finally {
        taken.release();
      }
    },
  };
}

/** PostgreSQL keeps no NUL in a text: the sign for what could not be shown stands for it. */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;

const NOTHING: PostgresQueryResult<never> = { command: 'ROLLBACK', rowCount: 0, rows: [] };

/** how long a server may take to come back, in milliseconds, before what was asked fails */
const RECONNECT_MOST = 5000;
const SETTINGS = { connectionTimeoutMillis: 10_000, keepAlive: true, application_name: 'hearthward' } as const;

const WHOLE: ReadonlySet<number> = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);

/** Whole numbers of 64 bits and sums come as numbers, as they do from SQLite; ours are times and counters, far below 2^53. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    WHOLE.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};
