import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostileRepository, newSigner, signed, TOP_LEVEL, written } from '@hearthward/testbed/updates';
import { rigOf } from './rig.ts';
import { NOW } from './walk.ts';

const DAY = 86_400_000;
const ALL = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;

describe('a cycle', () => {
  it('asks for roots until there is none, then timestamp, snapshot and targets by the versions named', async () => {
    const repository = new HostileRepository(NOW);
    const rig = rigOf(repository);
    assert.equal(await rig.refresh(), 'believed');
    assert.deepEqual(rig.asked, ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']);
    assert.deepEqual(rig.onDisk(), { root: 1, snapshot: 1, targets: 1, timestamp: 1 });
  });

  it('keeps every file byte for byte as it was served', async () => {
    const repository = new HostileRepository(NOW);
    for (const role of ['targets', 'snapshot', 'timestamp', 'root']) {
      repository.publish(role);
      repository.replaceLast(role, (bytes) => Buffer.concat([bytes, Buffer.from(' \n ')]));
    }
    const rig = rigOf(repository);
    assert.equal(await rig.refresh(), 'believed');
    for (const role of TOP_LEVEL) assert.deepEqual(rig.store.read(`${role}.json`), Buffer.from(repository.last(role)));
  });

  it('writes floors before each file that raises them, and each file once', async () => {
    const repository = new HostileRepository(NOW);
    const begun = rigOf(repository);
    await begun.refresh();
    repository.publish(...ALL);
    const effects: string[] = [];
    const rig = rigOf(repository, { found: begun.durable(), after: (effect) => effects.push(effect) });
    assert.equal(await rig.refresh(), 'believed');
    const renamed = effects.flatMap((effect) => effect.match(/^rename \/metadata\/(.*)\.new$/)?.[1] ?? []);
    const files = ['root.json', 'timestamp.json', 'snapshot.json'].flatMap((name) => ['floors', name]);
    // the root besides as a step on the way from the factory's
    assert.deepEqual(renamed, ['root-2', ...files, 'targets.json']);
  });

  it('does not fetch again what it has', async () => {
    const repository = new HostileRepository(NOW);
    const rig = rigOf(repository);
    await rig.refresh();
    rig.asked.length = 0;
    assert.equal(await rig.refresh(), 'believed');
    assert.deepEqual(rig.asked, ['2.root.json', 'timestamp.json']);
    const later = rigOf(repository, { found: rig.durable() });
    assert.equal(await later.refresh(), 'believed');
    assert.deepEqual(later.asked, ['2.root.json', 'timestamp.json'], 'after a restart as well');
  });

  it('asks without versions where the repository has no consistent snapshots', async () => {
    const repository = new HostileRepository(NOW);
    delete repository.root.consistent_snapshot;
    repository.addTarget('targets', 'folder/a b', Buffer.from('x'));
    repository.publish(...ALL);
    const rig = rigOf(repository);
    assert.equal(await rig.find('folder/a b'), 'targets folder/a%20b');
    assert.deepEqual(rig.asked, ['2.root.json', '3.root.json', 'timestamp.json', 'snapshot.json', 'targets.json']);
  });

  it('runs after the one before, also where both were asked for at once', async () => {
    const repository = new HostileRepository(NOW);
    const rig = rigOf(repository);
    assert.deepEqual(await Promise.all([rig.refresh(), rig.refresh()]), ['believed', 'believed']);
    assert.equal(rig.asked.filter((name) => name === '1.snapshot.json').length, 1);
  });

  it('follows a hundred roots, and more than its limit in several cycles', async () => {
    const repository = new HostileRepository(NOW);
    repository.publish(...Array.from({ length: 100 }, () => 'root'));
    const rig = rigOf(repository);
    assert.equal(await rig.refresh(), 'believed');
    assert.equal(rig.onDisk()['root'], 101);
    const slow = rigOf(repository, { limits: { rootRotations: 40 } });
    for (const root of [41, 81, 101]) {
      await slow.refresh();
      assert.equal(slow.onDisk()['root'], root);
    }
  });
});

describe('what is refused changes nothing but what was believed before it', () => {
  it('a first root that is none: nobody is asked, nothing is written', async () => {
    const repository = new HostileRepository(NOW);
    const { version: _version, ...without } = repository.root;
    for (const [root, code] of [
      [signed(without, repository.signers.get('root') ?? []), 'root malformed'],
      [signed(repository.root, [newSigner()]), 'root unsigned'],
      [Buffer.alloc(0), 'root malformed'],
    ] as const) {
      const rig = rigOf(repository, { factoryRoot: root });
      assert.equal(await rig.refresh(), code);
      assert.deepEqual([rig.asked, rig.store.list()], [[], []]);
    }
  });

  const BEFORE = { root: 1, snapshot: 1, targets: 1, timestamp: 1 };
  for (const [role, after] of [
    ['root', BEFORE],
    ['timestamp', { ...BEFORE, root: 2 }],
    ['snapshot', { ...BEFORE, root: 2, timestamp: 2 }],
    ['targets', { ...BEFORE, root: 2, timestamp: 2, snapshot: 2 }],
  ] as const) {
    const faults: Readonly<Record<string, (repository: HostileRepository) => void>> = {
      unsigned: (repository) => repository.signers.set(role, []),
      malformed: () => undefined,
      ...(role === 'timestamp' || role === 'root' ? {} : { 'mix-and-match': () => undefined }),
      ...(role === 'root' ? {} : { absent: () => undefined, expired: (repository) => expire(repository, role) }),
      unreachable: () => undefined,
      'too-slow': () => undefined,
    };
    for (const [fault, inject] of Object.entries(faults)) {
      it(`${role} ${fault}`, async () => {
        const repository = new HostileRepository(NOW);
        const rig = rigOf(repository);
        assert.equal(await rig.refresh(), 'believed');
        const signers = repository.signers.get(role) ?? [];
        inject(repository);
        repository.publish(...ALL);
        const name = role === 'timestamp' ? 'timestamp.json' : `2.${role}.json`;
        if (fault === 'malformed') repository.replaceLast(role, () => Buffer.from('<html>Log in, please</html>'));
        if (fault === 'mix-and-match') repository.replaceLast(role, () => repository.last(role, 1));
        if (fault === 'absent' || fault === 'unreachable' || fault === 'too-slow') {
          rig.answers.set(name, { ok: false, code: fault, because: 'injected' });
        }
        const floors = rig.floors();
        assert.equal(await rig.refresh(), `${role} ${fault}`);
        assert.deepEqual(rig.onDisk(), after);
        assert.equal(rig.asked.at(-1), name);
        if (role === 'root') assert.deepEqual(rig.floors(), floors);

        // and it is no state that the device stays in
        rig.answers.clear();
        expire(repository, role, NOW + 30 * DAY);
        repository.signers.set(role, signers);
        if (role === 'root') {
          repository.published.set('root', [repository.last('root', 1)]);
          repository.root.version = 1;
        }
        repository.publish(...ALL);
        assert.equal(await rig.refresh(), 'believed');
      });
    }
  }

  it('a root that has ended is kept, and nothing below it is asked for', async () => {
    const repository = new HostileRepository(NOW);
    const rig = rigOf(repository);
    await rig.refresh();
    expire(repository, 'root');
    repository.publish(...ALL);
    rig.asked.length = 0;
    assert.equal(await rig.refresh(), 'root expired');
    assert.deepEqual(rig.onDisk(), { ...BEFORE, root: 2 });
    assert.deepEqual(rig.asked, ['2.root.json', '3.root.json']);
    expire(repository, 'root', NOW + DAY);
    repository.publish('root');
    assert.equal(await rig.refresh(), 'believed');
  });

  it('metadata on disk that has ended does not keep newer metadata out', async () => {
    for (const role of TOP_LEVEL) {
      const repository = new HostileRepository(NOW);
      expire(repository, role, NOW + 7 * DAY);
      repository.publish(...ALL);
      const rig = rigOf(repository);
      assert.equal(await rig.refresh(), 'believed');
      rig.now += 8 * DAY;
      assert.equal(await rig.refresh(), `${role} expired`);
      expire(repository, role, NOW + 21 * DAY);
      repository.publish(...ALL);
      assert.equal(await rig.refresh(), 'believed');
      assert.deepEqual(rig.onDisk(), { root: 3, snapshot: 3, targets: 3, timestamp: 3 });
    }
  });

  it('a timestamp of the same version and other content is not looked at', async () => {
    const repository = new HostileRepository(NOW);
    const rig = rigOf(repository);
    await rig.refresh();
    const kept = rig.store.read('timestamp.json');
    repository.forget('timestamp');
    repository.timestamp.meta['snapshot.json'] = { version: 100 };
    repository.publish('timestamp');
    rig.asked.length = 0;
    assert.equal(await rig.refresh(), 'believed');
    assert.deepEqual(rig.asked, ['2.root.json', 'timestamp.json']);
    assert.deepEqual(rig.store.read('timestamp.json'), kept);
  });
});

describe('going back', () => {
  for (const withHashes of [false, true]) {
    const hashes = withHashes ? ' that has digests' : '';
    it(`is refused for timestamp, snapshot and targets of a repository${hashes}`, async () => {
      for (const role of ONLINE) {
        const repository = new HostileRepository(NOW);
        repository.withHashes = withHashes;
        repository.publish(...ONLINE);
        const rig = rigOf(repository);
        assert.equal(await rig.refresh(), 'believed');
        repository.forget(role);
        (role === 'targets' ? repository.targets : repository[role]).version = 1;
        repository.publish(...ONLINE.slice(ONLINE.indexOf(role)));
        const refusedAt = role === 'targets' ? 'snapshot' : 'timestamp';
        assert.equal(await rig.refresh(), `${refusedAt} rollback`);
        assert.deepEqual(rig.onDisk(), { root: 1, snapshot: 2, targets: 2, timestamp: role === 'targets' ? 3 : 2 });
      }
    });
  }

  it('is what a root may order, by taking the key away: nothing of it stays on disk', async () => {
    for (const roles of [['timestamp'], ['snapshot'], ['timestamp', 'snapshot']] as const) {
      const repository = new HostileRepository(NOW);
      repository.delegate('targets', { name: 'evil', paths: ['*'] });
      repository.publish('evil', ...Array.from({ length: 99 }, () => 'targets'), 'snapshot');
      repository.publish(...Array.from({ length: 99 }, () => 'timestamp'));
      const rig = rigOf(repository);
      assert.match(await rig.find('nowhere'), /no-such-target$/);
      assert.equal(rig.onDisk()['evil'], 1);
      for (const role of roles) repository.rotateKeys(role);
      const isOfSnapshot = roles.some((role) => role === 'snapshot');
      if (isOfSnapshot) delete repository.snapshot.meta['evil.json'];
      for (const role of isOfSnapshot ? (['targets'] as const) : (['timestamp'] as const)) {
        repository.forget(role);
        (role === 'targets' ? repository.targets : repository.timestamp).version = 1;
      }
      repository.publish(...ALL);
      assert.equal(await rig.refresh(), 'believed');
      const { timestamp, targets, evil } = rig.onDisk();
      assert.deepEqual([timestamp, targets, evil], isOfSnapshot ? [101, 1, undefined] : [1, 101, 1]);
    }
  });

  it('is so ordered also where a key that stays had signed what was run up', async () => {
    for (const role of ['timestamp', 'snapshot'] as const) {
      const repository = new HostileRepository(NOW);
      const [stolen] = repository.root.roles[role].keyids;
      repository.addKey(role);
      repository.publish('root', ...Array.from({ length: 9 }, () => 'targets'), 'snapshot');
      repository.publish(...Array.from({ length: 9 }, () => 'timestamp'));
      const rig = rigOf(repository);
      assert.equal(await rig.refresh(), 'believed');
      repository.root.roles[role].keyids = repository.root.roles[role].keyids.filter((id) => id !== stolen);
      const back = role === 'timestamp' ? 'timestamp' : 'targets';
      repository.forget(back);
      (back === 'timestamp' ? repository.timestamp : repository.targets).version = 1;
      repository.publish('root', ...(back === 'timestamp' ? (['timestamp'] as const) : ONLINE));
      assert.equal(await rig.refresh(), 'believed');
      assert.equal(rig.onDisk()[back], 1);
    }
  });
});

function expire(repository: HostileRepository, role: (typeof TOP_LEVEL)[number], at = NOW - DAY): void {
  (role === 'targets' ? repository.targets : repository[role]).expires = written(at);
}
