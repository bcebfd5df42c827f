import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostileRepository, newSigner, TOP_LEVEL, written } from '@hearthward/testbed/updates';
import { rigOf } from './rig.ts';
import { NOW } from './walk.ts';

/** The attacks that the TUF specification names (1.0.34, 1.5.2), each carried out, and what is on disk afterwards. */

const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;
const ALL = ['root', ...ONLINE] as const;
const DAY = 86_400_000;
const GOOD = Buffer.from('the image of the hub');

/** A repository of two products, each with its own role, and a device that has believed its first state. */
const begin = async () => {
  const repository = new HostileRepository(NOW);
  for (const product of ['hub', 'camera']) {
    repository.delegate('targets', { name: product, paths: [`${product}/releases/*/*`] });
    repository.addTarget(product, `${product}/releases/1/image.json`, Buffer.concat([GOOD, Buffer.from(product)]));
  }
  repository.publish('hub', 'camera', ...ALL);
  const rig = rigOf(repository);
  assert.match(await rig.find('hub/releases/1/image.json'), /^hub hub\/releases\/1\/[0-9a-f]{64}\.image\.json$/);
  return { repository, rig, before: rig.onDisk(), files: filesOf(rig) };
};
const filesOf = (rig: ReturnType<typeof rigOf>): Record<string, string> =>
  Object.fromEntries(rig.store.list().map((name) => [name, Buffer.from(rig.store.read(name) ?? []).toString()]));

describe('arbitrary installation', () => {
  it('whoever has none of the keys is refused at the first metadata, and nothing on disk changes', async () => {
    const { repository, rig, files } = await begin();
    const attacker = new HostileRepository(NOW);
    attacker.addTarget('targets', 'hub/releases/2/image.json', Buffer.from('evil'));
    attacker.publish('root', ...ALL, ...ALL);
    for (const [role, versions] of attacker.published) repository.published.set(role, versions);
    assert.equal(await rig.refresh(), 'root unsigned');
    repository.published.delete('root');
    assert.equal(await rig.refresh(), 'timestamp unsigned');
    assert.deepEqual(filesOf(rig), files);
  });

  it('whoever has the online keys alone makes no release', async () => {
    const { repository, rig, before } = await begin();
    repository.signers.set('targets', [newSigner()]);
    repository.signers.set('hub', [newSigner()]);
    repository.addTarget('hub', 'hub/releases/2/image.json', Buffer.from('evil'));
    repository.publish('hub', 'snapshot', 'timestamp');
    assert.equal(await rig.find('hub/releases/2/image.json'), 'hub unsigned');
    assert.deepEqual(rig.onDisk(), { ...before, snapshot: 3, timestamp: 3 });
    repository.addTarget('targets', 'hub/releases/2/image.json', Buffer.from('evil'));
    repository.publish(...ONLINE);
    assert.equal(await rig.refresh(), 'targets unsigned');
    assert.deepEqual(rig.onDisk(), { ...before, snapshot: 4, timestamp: 4 });
  });
});

describe('wrong software', () => {
  it('the signers of one product cannot speak of another', async () => {
    const { repository, rig } = await begin();
    repository.addTarget('camera', 'hub/releases/2/image.json', Buffer.from('for the camera'));
    repository.publish('camera', ...ONLINE);
    assert.equal(await rig.find('hub/releases/2/image.json'), 'hub no-such-target');
  });

  it("one role's file in the place of another's", async () => {
    const { repository, rig, before } = await begin();
    repository.publish('hub', 'camera', ...ONLINE);
    repository.replaceLast('hub', () => repository.last('camera'));
    assert.equal(await rig.find('hub/releases/1/image.json'), 'hub unsigned');
    assert.equal(rig.onDisk()['hub'], before['hub']);
  });
});

describe('extraneous dependencies', () => {
  it('what a signer has not said cannot be added to what they have', async () => {
    const { repository, rig, before } = await begin();
    repository.publish('hub', ...ONLINE);
    repository.replaceLast('hub', (bytes) => {
      const envelope = JSON.parse(bytes.toString());
      envelope.signed.targets['hub/releases/1/image.json'].custom = { needs: ['hub/releases/evil/image.json'] };
      return Buffer.from(JSON.stringify(envelope));
    });
    assert.equal(await rig.find('hub/releases/1/image.json'), 'hub unsigned');
    assert.equal(rig.onDisk()['hub'], before['hub']);
  });
});

describe('endless data', () => {
  it('more bytes than a limit, or than the metadata above it names, are not taken', async () => {
    for (const [role, limit] of [
      ['root', 'rootBytes'],
      ['timestamp', 'timestampBytes'],
      ['snapshot', 'snapshotBytes'],
      ['targets', 'targetsBytes'],
    ] as const) {
      const { repository, rig, before } = await begin();
      repository.publish(...ALL);
      const long = repository.last(role).length + 1;
      repository.replaceLast(role, (bytes) => Buffer.concat([bytes, Buffer.alloc(2, ' ')]));
      const limited = rigOf(repository, { found: rig.durable(), limits: { [limit]: long } });
      assert.equal(await limited.refresh(), `${role} too-long`);
      assert.equal(limited.onDisk()[role], before[role]);
      assert.equal(
        await rigOf(repository, { found: rig.durable(), limits: { [limit]: long + 1 } }).refresh(),
        'believed',
      );
    }
    const { repository, rig } = await begin();
    repository.withHashes = true;
    repository.publish(...ONLINE);
    repository.replaceLast('targets', (bytes) => Buffer.concat([bytes, Buffer.from(' ')]));
    assert.equal(await rig.refresh(), 'targets too-long');
  });

  it('delegations without end are left after the limit', async () => {
    const { repository, rig } = await begin();
    for (let depth = 0; depth < 40; depth += 1) {
      repository.delegate(depth === 0 ? 'targets' : `deep${depth - 1}`, { name: `deep${depth}`, paths: ['*'] });
    }
    repository.publish(...Array.from({ length: 40 }, (_, depth) => `deep${depth}`), ...ONLINE);
    rig.asked.length = 0;
    assert.match(await rig.find('nowhere'), /too-many-roles$/);
    assert.equal(rig.asked.filter((name) => name.includes('deep')).length, rig.limits.delegatedRoles);
  });

  it('roles that come and go do not fill the disk', async () => {
    const { repository, rig } = await begin();
    for (let more = 0; more < 5; more += 1) {
      repository.delegate('targets', { name: `tmp${more}`, paths: ['*'] });
      repository.publish(`tmp${more}`, ...ONLINE);
      assert.match(await rig.find('nowhere'), /no-such-target$/);
      delete repository.snapshot.meta[`tmp${more}.json`];
      repository.targets.delegations?.roles.pop();
      repository.rotateKeys('snapshot');
      repository.publish(...ALL);
      assert.equal(await rig.refresh(), 'believed');
    }
    assert.deepEqual(Object.keys(rig.onDisk()), ['hub', 'root', 'snapshot', 'targets', 'timestamp']);
  });
});

describe('freeze', () => {
  it('a state that is served for ever is no longer believed once it has ended, and says so', async () => {
    const { repository, rig, files } = await begin();
    repository.timestamp.expires = written(NOW + DAY);
    repository.publish('timestamp');
    assert.equal(await rig.refresh(), 'believed');
    rig.now = NOW + DAY;
    assert.equal(await rig.refresh(), 'timestamp expired');
    assert.equal(await rig.find('hub/releases/1/image.json'), 'timestamp expired');
    assert.equal(filesOf(rig)['root.json'], files['root.json']);
    repository.timestamp.expires = written(NOW + 2 * DAY);
    repository.publish('timestamp');
    assert.equal(await rig.refresh(), 'believed');
  });
});

describe('a mirror that lies', () => {
  it('it serves an older state as a whole, or in any part', async () => {
    const { repository, rig } = await begin();
    const old = new Map(repository.published);
    repository.publish('hub', 'camera', ...ALL);
    assert.match(await rig.find('hub/releases/1/image.json'), /^hub /);
    const files = filesOf(rig);
    const fresh = new Map(repository.published);
    const roles = ['timestamp', 'snapshot', 'targets', 'hub'];
    for (let bits = 1; bits < 2 ** roles.length; bits += 1) {
      for (const [at, role] of roles.entries()) {
        const from = bits & (1 << at) ? old : fresh;
        // a version that it keeps back is not there; in the place of one that it does not, the old bytes
        const bytes = from.get(role)?.at(-1);
        assert.ok(bytes);
        repository.published.set(role, [...(fresh.get(role) ?? []).slice(0, -1), bytes]);
      }
      const disk = rigOf(repository, { found: rig.durable() });
      const outcome = await disk.find('hub/releases/1/image.json');
      assert.match(
        outcome,
        bits & 1 ? /^timestamp rollback$/ : /^hub hub/,
        'what is on disk already does not come from it',
      );
      assert.deepEqual(filesOf(disk), files);
      const lost = rigOf(repository, { found: rig.durable() });
      for (const name of ['snapshot.json', 'targets.json', 'hub.json']) lost.store.remove(name);
      assert.match(await lost.find('hub/releases/1/image.json'), /rollback|mix-and-match/);
    }
  });

  it('a root that it keeps back is missed: what only the new keys have signed is refused', async () => {
    const { repository, rig, before } = await begin();
    repository.rotateKeys('timestamp');
    repository.publish(...ALL);
    repository.published.set('root', repository.published.get('root')?.slice(0, -1) ?? []);
    assert.equal(await rig.refresh(), 'timestamp unsigned');
    assert.deepEqual(rig.onDisk(), before);
  });
});

describe('key compromise below the threshold', () => {
  for (const role of TOP_LEVEL) {
    it(`one of two keys of ${role} signs alone`, async () => {
      const { repository, rig } = await begin();
      repository.root.roles[role].threshold = 2;
      repository.addKey(role);
      repository.publish(...ALL);
      assert.equal(await rig.refresh(), 'believed');
      const before = rig.onDisk();
      const [stolen] = repository.signers.get(role) ?? [];
      repository.signers.set(role, stolen ? [stolen, newSigner()] : []);
      repository.publish(...ALL);
      assert.equal(await rig.refresh(), `${role} unsigned`);
      assert.equal(rig.onDisk()[role], before[role]);
    });
  }

  it('a delegated role with one of its two keys', async () => {
    const { repository, rig, before } = await begin();
    const hub = repository.targets.delegations?.roles.find(({ name }) => name === 'hub');
    assert.ok(hub);
    hub.threshold = 2;
    const [stolen] = repository.signers.get('hub') ?? [];
    repository.addKey('hub', newSigner(), 'targets');
    repository.publish('hub', ...ONLINE);
    assert.match(await rig.find('hub/releases/1/image.json'), /^hub hub/);
    repository.signers.set('hub', stolen ? [stolen] : []);
    repository.publish('hub', ...ONLINE);
    assert.equal(await rig.find('hub/releases/1/image.json'), 'hub unsigned');
    assert.equal(rig.onDisk()['hub'], (before['hub'] ?? 0) + 1);
  });
});

describe('names that lead elsewhere', () => {
  for (const name of ['?', '#', '/delegated', '../delegated', '..', '%2e%2e', 'a b', 'ü', "it's(!)*"]) {
    it(`a role called ${name} is asked for, and lies, under one name in one folder`, async () => {
      const { repository, rig } = await begin();
      repository.delegate('targets', { name, paths: ['*'] });
      repository.publish(name, ...ONLINE);
      assert.match(await rig.find('nowhere'), /no-such-target$/);
      const url = new URL(rig.asked.at(-1) ?? '', 'https://updates.example/metadata/');
      assert.equal(url.pathname.split('/').length, 3);
      assert.equal(decodeURIComponent(url.pathname.slice('/metadata/'.length)), `1.${name}.json`);
      assert.equal(url.search + url.hash, '');
      assert.equal(rig.onDisk()[name], 1);
    });
  }

  it('a target above its folder is none', async () => {
    const { repository, rig } = await begin();
    for (const path of ['../up', 'a/../../up', './here']) {
      repository.addTarget('targets', path, GOOD);
      repository.publish(...ONLINE);
      assert.equal(await rig.find(path), 'targets malformed');
    }
  });

  it('a target by digests that nobody believes is none', async () => {
    const { repository, rig } = await begin();
    repository.addTarget('targets', 'odd', GOOD);
    const value = repository.targets.targets['odd'];
    assert.ok(value);
    value.hashes = { 'unknown-hash': '0'.repeat(64), md5: '0'.repeat(32) };
    repository.publish(...ONLINE);
    assert.equal(await rig.find('odd'), 'targets malformed');
  });
});

it('a role that is believed through one delegator is verified again for another, from disk and from the repository', async () => {
  const repository = new HostileRepository(NOW);
  for (const team of ['a', 'b']) repository.delegate('targets', { name: team, paths: [`${team}/*`] });
  repository.delegate('a', { name: 'shared', paths: ['a/*'] });
  const byA = repository.signers.get('shared') ?? [];
  repository.delegate('b', { name: 'shared', paths: ['b/*'] });
  repository.signers.set('shared', byA);
  for (const path of ['a/app', 'b/app']) repository.addTarget('shared', path, GOOD);
  repository.publish('shared', 'a', 'b', ...ONLINE);
  const rig = rigOf(repository);
  const state = await rig.client.refresh();
  assert.ok(state.ok);
  assert.ok((await state.target('a/app')).ok);
  const other = await state.target('b/app');
  assert.equal(other.ok ? 'found' : `${other.role} ${other.code}`, 'shared unsigned');
  assert.ok((await state.target('a/app')).ok);
});
