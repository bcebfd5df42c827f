import { describe } from 'node:test';
import { NO_POSTGRES, sharedPostgres } from '@hearthward/testbed/postgres';

/** What a store may lie in. What holds on one has to hold on the other: a test that is told of each says so. */
export interface Lies {
  readonly on: 'SQLite' | 'PostgreSQL';
  readonly skip: string | false;
  /** an empty one, as `openStore` takes it */
  readonly address: () => Promise<string | undefined>;
  /** where its files are beside the data folder, for whoever looks for bytes in them */
  readonly folder: () => Promise<string | undefined>;
}

export const ON_SQLITE: Lies = {
  on: 'SQLite',
  skip: false,
  address: async () => undefined,
  folder: async () => undefined,
};
const made: string[] = [];
const nameIn = (address: string) => new URL(address).pathname.slice(1);

const STORES: readonly Lies[] = [
  ON_SQLITE,
  {
    on: 'PostgreSQL',
    skip: NO_POSTGRES,
    async address() {
      const server = await sharedPostgres();
      const [before] = made.splice(0, 1, server.database());
      // who looks for bytes looks at one database; where somebody is connected it stays
      if (before !== undefined) server.run(`\\set ON_ERROR_STOP 0\ndrop database ${nameIn(before)}`);
      return made[0];
    },
    folder: async () => (await sharedPostgres()).folder,
  },
];

/** Once on each. */
export function onEachStore(what: string, tests: (lies: Lies) => void): void {
  for (const lies of STORES)
    describe(`${what} on ${lies.on}`, { skip: lies.skip, timeout: 240_000 }, () => tests(lies));
}
