import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostileRepository, newSigner, TOP_LEVEL, written } from '@hearthward/testbed/updates';
import { checkTargets, trustRoot, updateSnapshot } from '../../../src/updates/tuf/trusted.ts';
import { believed, codeOf, follow, NOW } from './walk.ts';

const DAY = 86_400_000;
const ALL = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;

describe('what a repository publishes is believed', () => {
  it('from the first root on, byte for byte', () => {
    const repository = new HostileRepository(NOW);
    repository.publish(...ALL);
    const set = believed(follow(repository));
    assert.deepEqual([set.root.signed.version, set.timestamp?.signed.version, set.snapshot?.signed.version], [2, 2, 2]);
    assert.equal(set.targets?.bytes, repository.last('targets'));
  });

  it('with lengths and digests in timestamp and snapshot', () => {
    const repository = new HostileRepository(NOW);
    repository.withHashes = true;
    repository.publish(...ONLINE);
    believed(follow(repository));
  });

  it('with fields that nobody knows, which the signature covers like any other', () => {
    const repository = new HostileRepository(NOW);
    repository.root['of-tomorrow'] = { also: [1, 'two', null] };
    repository.root.roles.timestamp['of-tomorrow'] = true;
    repository.addKey('timestamp', newSigner('ed25519', { 'of-tomorrow': 'x', keyid_hash_algorithms: 'md5' }));
    repository.publish('root', 'timestamp');
    believed(follow(repository));
    repository.publish('root');
    repository.replaceLast('root', (bytes) => Buffer.from(bytes.toString().replace('"two"', '"2"')));
    assert.equal(codeOf(follow(repository)), 'root unsigned');
  });

  it('when a signature that counts for nothing lies beside the good ones', () => {
    const repository = new HostileRepository(NOW);
    const [good] = repository.signers.get('timestamp') ?? [];
    repository.addKey('timestamp');
    repository.publish('root', 'timestamp');
    for (const wrong of ['', 'no hexadecimal', 'ab'.repeat(64)]) {
      repository.replaceLast('timestamp', (bytes) => {
        const envelope = JSON.parse(bytes.toString());
        for (const each of envelope.signatures) if (each.keyid === good?.id) each.sig = wrong;
        return Buffer.from(JSON.stringify(envelope));
      });
      believed(follow(repository));
    }
  });
});

describe('refuses what does not belong together', () => {
  for (const role of ['snapshot', 'targets'] as const) {
    it(`${role} of another version than the one named`, () => {
      const repository = new HostileRepository(NOW);
      (role === 'targets' ? repository.targets : repository.snapshot).version += 1;
      const value = role === 'targets' ? repository.targets : repository.snapshot;
      repository.publish(...ALL);
      const named =
        role === 'targets' ? repository.snapshot.meta['targets.json'] : repository.timestamp.meta['snapshot.json'];
      assert.ok(named);
      named.version = value.version - 1;
      repository.publish(...(role === 'targets' ? (['snapshot', 'timestamp'] as const) : (['timestamp'] as const)));
      assert.equal(codeOf(follow(repository)), `${role} mix-and-match`);
    });

    it(`${role} with other bytes than those named, though well signed`, () => {
      for (const change of [
        { hashes: { sha256: '0'.repeat(64) } },
        { length: 17 },
        { hashes: { md5: '0'.repeat(32) } },
      ]) {
        const repository = new HostileRepository(NOW);
        repository.publish(...ONLINE);
        const list = role === 'targets' ? repository.snapshot : repository.timestamp;
        Object.assign(list.meta[`${role}.json`] ?? {}, change);
        repository.publish(...(role === 'targets' ? (['snapshot'] as const) : []));
        repository.publish('timestamp');
        assert.equal(codeOf(follow(repository)), `${role} mix-and-match`);
      }
    });
  }

  it('a delegated role that the snapshot does not have', () => {
    const repository = new HostileRepository(NOW);
    repository.delegate('targets', { name: 'app', paths: ['*'] });
    repository.publish('app', 'targets');
    delete repository.snapshot.meta['app.json'];
    repository.publish('snapshot', 'timestamp');
    const set = believed(follow(repository));
    assert.ok(set.targets);
    const above = { role: 'targets', read: set.targets };
    assert.equal(codeOf(checkTargets(set, 'app', above, repository.last('app'), NOW)), 'app not-listed');
  });

  it('anything before what it stands on', () => {
    const repository = new HostileRepository(NOW);
    const set = believed(trustRoot(repository.last('root')));
    assert.equal(codeOf(updateSnapshot(set, repository.last('snapshot'), NOW)), 'snapshot not-listed');
    assert.equal(
      codeOf(checkTargets(set, 'targets', undefined, repository.last('targets'), NOW)),
      'targets not-listed',
    );
  });
});

describe('refuses what has ended', () => {
  it('at its last second, each role; a root that has ended is followed first', () => {
    for (const role of TOP_LEVEL) {
      const repository = new HostileRepository(NOW);
      const value = role === 'targets' ? repository.targets : repository[role];
      value.expires = written(NOW + DAY);
      repository.publish(...ALL);
      believed(follow(repository, undefined, NOW + DAY - 1));
      assert.equal(codeOf(follow(repository, undefined, NOW + DAY)), `${role} expired`);
    }
    const repository = new HostileRepository(NOW);
    repository.root.expires = written(NOW - DAY);
    repository.publish('root');
    repository.root.expires = written(NOW + DAY);
    repository.publish('root');
    believed(follow(repository));
  });
});
