import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EMPTY_DISK, HostileRepository, keyOf, written, type Durable } from '@hearthward/testbed/updates';
import { rigOf } from './rig.ts';
import { NOW } from './walk.ts';

const ALL = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const DAY = 86_400_000;
/** Once the keys have changed, what is older is no longer signed either. */
const REFUSED = /(?:rollback|unsigned)$/;

/** The same repository as it once was: what whoever recorded it can serve for ever. */
const recorded = (repository: HostileRepository): HostileRepository => {
  const copy = new HostileRepository(NOW);
  copy.published.clear();
  for (const [role, versions] of repository.published) copy.published.set(role, [...versions]);
  return copy;
};

/** A repository with delegations, in four states, the last after its keys of the timestamp were replaced. */
const history = () => {
  const repository = new HostileRepository(NOW);
  repository.delegate('targets', { name: 'app', paths: ['app/*'] });
  repository.addTarget('app', 'app/image', Buffer.from('image'));
  repository.publish('app', ...ALL);
  const first = recorded(repository);
  repository.publish('app', ...ALL, 'root');
  const second = recorded(repository);
  repository.publish('app', ...ALL);
  const third = recorded(repository);
  repository.rotateKeys('timestamp');
  repository.publish(...ALL);
  return { first, second, third, fourth: recorded(repository) };
};

/** Disks that differ only in how much of an unfinished file is there are one: nothing reads it. */
const stateOf = (disk: Durable): string => {
  const [name, folder] = disk.kind === 'folder' ? ([...disk.entries][0] ?? []) : [];
  if (name === undefined || folder?.kind !== 'folder') return keyOf(disk);
  const entries = [...folder.entries].map(([file, each]) => [file, file.endsWith('.new') ? EMPTY_DISK : each] as const);
  return keyOf({ kind: 'folder', entries: new Map([[name, { kind: 'folder', entries: new Map(entries) }]]) });
};

/** Runs cycles from every disk that a crash may leave, and from what crashes in those leave, until there is no new one. */
const explore = async (from: readonly Durable[], serve: HostileRepository, then: (left: Durable) => Promise<void>) => {
  const seen = new Map(from.map((disk) => [stateOf(disk), disk]));
  let effects = 0;
  for (const disk of seen.values()) {
    const left: Durable[] = [];
    let running: ReturnType<typeof rigOf> | undefined;
    const rig = rigOf(serve, {
      found: disk,
      after: () => {
        effects += 1;
        left.push(...(running?.crashes() ?? []));
      },
    });
    running = rig;
    await rig.find('app/image');
    for (const each of left) if (!seen.has(stateOf(each))) seen.set(stateOf(each), each);
    await then(disk);
  }
  return { states: seen.size, effects };
};

describe('the power goes at any moment', () => {
  it('no floor falls, and the next cycle ends where this one would have', async () => {
    const { first, second, third, fourth } = history();
    const begun = rigOf(first);
    assert.equal(await begun.find('app/image'), `app app/${sha(begun)}.image`);
    const followed = rigOf(third, { found: begun.durable() });
    assert.equal(await followed.refresh(), 'believed');

    let found = begun.durable();
    let states = 0;
    for (const [newer, older] of [
      [second, undefined],
      [third, first],
      [fourth, second],
    ] as const) {
      const ends = rigOf(newer, { found });
      await ends.find('app/image');
      const explored = await explore([found], newer, async (left) => {
        if (older) {
          const attacked = rigOf(older, { found: left });
          assert.match(await attacked.find('app/image'), REFUSED, 'what was believed before is not undercut');
        }
        const honest = rigOf(newer, { found: left });
        await honest.find('app/image');
        assert.deepEqual(honest.onDisk(), ends.onDisk());
        assert.deepEqual(honest.floors(), ends.floors());
      });
      states += explored.states;
      found = ends.durable();
    }

    assert.ok(states > 40, `only ${states} states were found`);
  });

  it('in the very first cycle as well', async () => {
    const { third } = history();
    await explore([EMPTY_DISK], third, async (left) => {
      const honest = rigOf(third, { found: left });
      assert.match(await honest.find('app/image'), /^app app\//);
    });
  });

  it('a disk that is full at any write is told, and nothing that was believed is lost', async () => {
    const { first, second, third } = history();
    const begun = rigOf(second);
    await begun.find('app/image');
    for (let at = 0; ; at += 1) {
      let left = at;
      const rig = rigOf(third, { found: begun.durable(), full: () => (left -= 1) < 0 });
      const outcome = await rig.find('app/image').catch((thrown: NodeJS.ErrnoException) => thrown.code);
      assert.match(await rigOf(first, { found: rig.durable() }).refresh(), /rollback$/);
      assert.match(await rigOf(third, { found: rig.durable() }).find('app/image'), /^app app\//);
      if (outcome !== 'ENOSPC') {
        assert.ok(at >= 8);
        break;
      }
    }
  });
});

describe('a file of the store is lost or damaged', () => {
  const FILES = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json', 'app.json', 'floors'];
  const harms: Readonly<Record<string, (rig: ReturnType<typeof rigOf>, name: string) => void>> = {
    'is gone': (rig, name) => rig.store.remove(name),
    'is empty': (rig, name) => rig.store.write(name, new Uint8Array()),
    'is cut': (rig, name) => rig.store.write(name, (rig.store.read(name) ?? new Uint8Array()).slice(0, 100)),
    'is noise': (rig, name) => rig.store.write(name, Buffer.alloc(3_000, 0xa5)),
  };
  for (const name of FILES) {
    for (const [harm, does] of Object.entries(harms)) {
      it(`${name} ${harm}: no floor falls, and the device comes back by itself`, async () => {
        const { first, second, third, fourth } = history();
        for (const [here, older] of [
          [second, first],
          [third, second],
          [fourth, third],
        ] as const) {
          const rig = rigOf(here);
          assert.match(await rig.find('app/image'), /^app app\//);
          const floors = rig.floors();
          const before = rig.onDisk();
          does(rig, name);
          const disk = rig.durable();
          const attacked = rigOf(older, { found: disk });
          assert.match(await attacked.refresh(), REFUSED);
          const honest = rigOf(here, { found: attacked.durable() });
          assert.match(await honest.find('app/image'), /^app app\//);
          assert.deepEqual(honest.floors(), floors);
          assert.deepEqual(honest.onDisk(), before);
          const told = rigOf(here, { found: disk });
          await told.refresh();
          const isTold = name === 'root.json' || (harm !== 'is gone' && /^(?:floors|timestamp|snapshot)/.test(name));
          assert.deepEqual(told.damaged, isTold ? [name] : []);
        }
      });
    }
  }

  it('with its root lost, whoever keeps back the newest root keeps the device from all others, and lowers nothing', async () => {
    const { third, fourth } = history();
    const rig = rigOf(fourth);
    await rig.find('app/image');
    const kept = ['timestamp.json', 'snapshot.json', 'targets.json', 'floors'];
    const files = kept.map((name) => rig.store.read(name));
    rig.store.remove('root.json');
    const attacked = rigOf(third, { found: rig.durable() });
    assert.equal(await attacked.refresh(), 'root rollback');
    assert.ok(!attacked.asked.includes('timestamp.json'), 'nobody is asked for more');
    assert.deepEqual(
      kept.map((name) => attacked.store.read(name)),
      files,
    );
    assert.equal(await rigOf(fourth, { found: attacked.durable() }).refresh(), 'believed');
  });

  it('any one bit of any file: what is older is not believed, what is newest is', async () => {
    const { second, third } = history();
    const rig = rigOf(third);
    await rig.find('app/image');
    const disk = rig.durable();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FILES), fc.nat(), fc.nat({ max: 7 }), async (name, at, bit) => {
        const attacked = rigOf(second, { found: disk });
        attacked.flip(name, at % (attacked.store.read(name)?.length ?? 1), 1 << bit);
        assert.match(await attacked.refresh(), REFUSED);
        const honest = rigOf(third, { found: attacked.durable() });
        assert.match(await honest.find('app/image'), /^app app\//);
        assert.deepEqual(honest.onDisk(), rig.onDisk());
      }),
      { numRuns: 60 },
    );
  });

  it('a root that a later release brought takes the place of an older one on disk, and floors stay', async () => {
    const { first, third } = history();
    const old = rigOf(first);
    await old.refresh();
    const updated = rigOf(first, { found: old.durable(), factoryRoot: third.last('root') });
    assert.equal(await updated.refresh(), 'believed');
    assert.equal(updated.onDisk()['root'], 5);
    const back = rigOf(first, { found: updated.durable() });
    assert.equal(await back.refresh(), 'believed', 'the former release reads what the later one wrote');
    assert.equal(back.onDisk()['root'], 5);
  });
});

describe('clocks', () => {
  it('from 1970 to 2106, or none at all: it is never before the release, and no wrong one leaves a trace', async () => {
    const { second, third } = history();
    const ends = NOW + 30 * DAY;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.integer({ min: 0, max: Date.parse('2106-02-07T06:28:15Z') }), fc.constant(Number.NaN)),
        async (clock) => {
          const begun = rigOf(second);
          await begun.refresh();
          const wrong = rigOf(third, { found: begun.durable(), now: clock });
          assert.equal(await wrong.refresh(), clock >= ends ? 'root expired' : 'believed');
          assert.match(
            await rigOf(second, { found: wrong.durable(), now: clock }).refresh(),
            clock >= ends ? /expired$/ : /rollback$/,
          );
          const right = rigOf(third, { found: wrong.durable() });
          assert.equal(await right.refresh(), 'believed');
        },
      ),
      { numRuns: 25 },
    );
  });

  it('one set back does not bring back what had ended before the release', async () => {
    const repository = new HostileRepository(NOW);
    repository.timestamp.expires = written(Date.parse('2026-10-31T00:00:00Z'));
    repository.publish('timestamp');
    assert.equal(await rigOf(repository, { now: 0 }).refresh(), 'timestamp expired');
  });

  it('is read once: what ends while a cycle runs is still believed in it', async () => {
    const { third } = history();
    const rig = rigOf(third);
    const state = await rig.client.refresh();
    rig.now += 60 * DAY;
    assert.ok(state.ok && state.endsAt === NOW + 30 * DAY);
    assert.ok((await state.target('app/image')).ok);
    assert.equal(await rig.refresh(), 'root expired');
  });
});

const sha = (rig: ReturnType<typeof rigOf>): string =>
  JSON.parse(Buffer.from(rig.store.read('app.json') ?? []).toString()).signed.targets['app/image'].hashes.sha256;
