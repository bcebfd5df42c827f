import { memoryDisk, type Durable, type HostileRepository } from '@hearthward/testbed/updates';
import { LIMITS, openMetadata, type Limits, type UpdateMetadata } from '../../../src/updates/tuf/client.ts';
import type { Fetched } from '../../../src/updates/tuf/fetch.ts';
import { readFloors, type Floors } from '../../../src/updates/tuf/floors.ts';
import { folderStore, type MetadataStore } from '../../../src/updates/tuf/store.ts';
import { NOW } from './walk.ts';

/** A client on a disk in memory, before a repository in an attacker's hands. */
export interface Rig {
  readonly client: UpdateMetadata;
  readonly store: MetadataStore;
  readonly asked: string[];
  readonly damaged: string[];
  /** what is answered under a name, instead of what the repository has */
  readonly answers: Map<string, Fetched>;
  readonly limits: Limits;
  now: number;
  readonly refresh: () => Promise<string>;
  /** where a target was found, or why not; after a cycle that was believed */
  readonly find: (path: string) => Promise<string>;
  /** versions of all metadata on disk, by role */
  readonly onDisk: () => Record<string, number>;
  readonly floors: () => Floors | undefined;
  readonly flip: (name: string, at: number, mask: number) => void;
  /** what a power cut would leave, everything being synced */
  readonly durable: () => Durable;
}
export interface RigOptions {
  readonly found?: Durable;
  readonly factoryRoot?: Uint8Array;
  readonly now?: number;
  readonly limits?: Partial<Limits>;
  readonly after?: (effect: string) => void;
  readonly full?: () => boolean;
}

const FOLDER = '/metadata';

export const rigOf = (repository: HostileRepository, options: RigOptions = {}): Rig & ReturnType<typeof memoryDisk> => {
  const memory = memoryDisk(options.found, options.after, options.full);
  const store = folderStore(memory.disk, FOLDER);
  const rig = {
    asked: [] as string[],
    damaged: [] as string[],
    answers: new Map<string, Fetched>(),
    limits: { ...LIMITS, ...options.limits },
    now: options.now ?? NOW,
  };
  const client = openMetadata({
    store,
    factoryRoot: options.factoryRoot ?? repository.last('root', 1),
    fetch: async (name, most) => {
      rig.asked.push(name);
      const answer = rig.answers.get(name);
      if (answer) return answer;
      const bytes = repository.file(name);
      if (!bytes) return { ok: false, code: 'absent', because: 'the repository has no such file' };
      if (bytes.length > most.bytes) return { ok: false, code: 'too-long', because: `more than ${most.bytes} bytes` };
      return { ok: true, bytes };
    },
    clock: { now: () => rig.now },
    notBefore: Date.parse('2026-11-01T00:00:00Z'),
    limits: rig.limits,
    damaged: (name) => rig.damaged.push(name),
  });
  const outcome = (answer: Awaited<ReturnType<UpdateMetadata['refresh']>>): string =>
    answer.ok ? 'believed' : `${answer.role} ${answer.code}`;
  return Object.assign(rig, memory, {
    client,
    store,
    refresh: async () => outcome(await client.refresh()),
    find: async (path: string) => {
      const state = await client.refresh();
      if (!state.ok) return outcome(state);
      const found = await state.target(path);
      return found.ok ? `${found.target.role} ${found.target.address}` : `${found.role} ${found.code}`;
    },
    onDisk: () =>
      Object.fromEntries(
        store
          .list()
          .filter((name) => name.endsWith('.json'))
          .map((name) => [
            decodeURIComponent(name.slice(0, -'.json'.length)),
            JSON.parse(Buffer.from(store.read(name) ?? []).toString()).signed.version as number,
          ]),
      ),
    floors: () => {
      const bytes = store.read('floors');
      return bytes && readFloors(bytes);
    },
    flip: (name: string, at: number, mask: number) => memory.flip(`${FOLDER}/${name}`, at, mask),
    durable: memory.synced,
  });
};
