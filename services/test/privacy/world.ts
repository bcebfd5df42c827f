import { mkdtemp, rm } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Declaration } from '@hearthward/product';
import type { PlaceReport, Subject } from '@hearthward/protocol';
import type { Said } from '../../src/privacy/erasure/decide.ts';
import { type AllErasures, openErasures } from '../../src/privacy/erasure/driver.ts';
import { openNews } from '../../src/privacy/erasure/news.ts';
import type { Asking } from '../../src/privacy/erasure/places.ts';
import type { ErasureOrder, NewsBody, SubjectOrigin, SubjectState } from '../../src/privacy/seams.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { declarationOf } from '../declaration.ts';
import { type Lies, ON_SQLITE } from '../store/everywhere.ts';
import { addDevice } from './kept-bench.ts';

/** Erasures on a real store, with a vault in memory and places that do as they are told. */
export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const ALICE = 'alice'.padEnd(22, 'A');
export const BOB = 'bob'.padEnd(22, 'B');
export const DEVICE = 'hub0000001';

export const DECLARED: Declaration = declarationOf('hub', {
  dataParties: [
    {
      id: 'cloud',
      name: 'Cloud Ltd',
      role: 'processor',
      where: ['MY'],
      purpose: { en: 'Keeps it' },
      items: ['climate'],
      erases: { how: 'on-call', withinDays: 3 },
    },
    {
      id: 'unconcerned',
      name: 'Other Ltd',
      role: 'third-party',
      where: ['MY'],
      purpose: { en: 'Has something else' },
      items: ['video'],
      erases: { how: 'by-request', withinDays: 3 },
    },
  ],
  deletionFunctions: [
    {
      id: 'own-data',
      description: { en: 'Erases your data' },
      deletes: ['climate'],
      where: ['device', 'services'],
      confirmation: 'signed',
      scope: 'own-data',
      undoHours: 24,
    },
  ],
});

export interface World {
  now: number;
  store: Store;
  readonly vault: FakeVault;
  /** what each place says when it is asked; `erased` where nothing else is set */
  readonly answers: Map<string, Asking>;
  /** places that were really erased */
  readonly erased: Set<string>;
  readonly told: { readonly deviceId: string; readonly news: NewsBody }[];
  erasures: AllErasures;
  certificates: readonly string[];
  /** as after a crash: another process on the same disk */
  readonly again: (through?: (store: Store) => Store) => void;
  readonly end: () => Promise<void>;
}

export class FakeVault {
  readonly people = new Map<Subject, SubjectOrigin & { state: SubjectState }>();
  stateOf = (subject: Subject) => this.people.get(subject)?.state;
  originOf = (subject: Subject) => {
    const known = this.people.get(subject);
    return known && known.state !== 'ended' ? known : undefined;
  };
  subjectsOf = (account: string) =>
    [...this.people].filter(([, origin]) => origin.account?.account === account).map(([subject]) => subject);
  block = async (subjects: readonly Subject[], on: boolean) => {
    for (const subject of subjects) this.put(subject, on ? 'blocked' : 'open');
  };
  end = async (subjects: readonly Subject[]) => {
    for (const subject of subjects) this.put(subject, 'ended');
  };
  private put(subject: Subject, state: SubjectState): void {
    const known = this.people.get(subject);
    if (known && known.state !== 'ended') this.people.set(subject, { ...known, state });
  }
}

export async function world(lies: Lies = ON_SQLITE): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'erasure-'));
  const began = Date.UTC(2026, 10, 1);
  let made: World | undefined;
  const clock = { now: () => made?.now ?? began };
  const store = await openStore(folder, clock, await lies.address());
  // a crash here is one that a test makes: the disk itself does not fail
  if (lies.on === 'SQLite') await sql`pragma synchronous = off`.execute(store.db);
  await addDevice(store, DEVICE, 1);
  const vault = new FakeVault();
  for (const subject of [ALICE, BOB])
    vault.people.set(subject, { deviceId: DEVICE, epoch: 1, items: ['climate'], state: 'open' });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const w: World = {
    now: began,
    store,
    vault,
    answers: new Map(),
    erased: new Set(),
    told: [],
    certificates: ['pem'],
    erasures: undefined as unknown as AllErasures,
    again(through = (same) => same) {
      const news = openNews({ store: through(store), send: () => false });
      w.erasures = openErasures({
        store: through(store),
        clock,
        log: () => undefined,
        vault,
        news: {
          async tell(deviceId, body) {
            w.told.push({ deviceId, news: body });
            await news.tell(deviceId, body);
          },
        },
        declarations: [DECLARED],
        askingOf: (place) => asking(place),
        confirming: async () => ({ key: privateKey, certificates: w.certificates }),
      });
    },
    async end() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const asking =
    (place: PlaceReport['place']): Asking =>
    async (asked) => {
      const said: Said = (await w.answers.get(place)?.(asked)) ?? { state: 'erased', at: asked.now };
      if (place === 'keys' && said.state === 'erased') await vault.end(asked.order.subjects);
      if (said.state === 'erased') w.erased.add(`${asked.order.id} ${place}`);
      return said;
    };
  made = w;
  w.again();
  return w;
}

export const orderOf = (w: World, id: string, change: Partial<ErasureOrder> = {}): ErasureOrder => ({
  id: id.padEnd(22, '0'),
  subjects: [ALICE],
  askedBy: { who: 'device', deviceId: DEVICE },
  askedAt: w.now,
  undoUntil: w.now,
  ...change,
});

/** What lies in a partition of this person, as it lies there. */
export async function sealedOf({ db }: Store, subject: Subject): Promise<string> {
  const tables = (await db.introspection.getTables()).filter(({ columns }) =>
    columns.some((each) => each.name === 'sealed'),
  );
  for (const { name } of tables) {
    const { rows } = await sql<{ sealed: string }>`select sealed from ${sql.table(name)}
      where subject = ${subject}`.execute(db);
    if (rows[0]) return rows[0].sealed;
  }
  throw new Error('there is no row of this person');
}
