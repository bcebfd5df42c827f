import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostileRepository, signed } from '@hearthward/testbed/updates';
import {
  closeRoots,
  recallSnapshot,
  recallTimestamp,
  updateRoot,
  updateTimestamp,
} from '../../../src/updates/tuf/trusted.ts';
import { believed, codeOf, follow, NOW } from './walk.ts';

const DAY = 86_400_000;
const ALL = ['root', 'targets', 'snapshot', 'timestamp'] as const;
const ONLINE = ['targets', 'snapshot', 'timestamp'] as const;

describe('refuses to go back', () => {
  const seen = () => {
    const repository = new HostileRepository(NOW);
    repository.delegate('targets', { name: 'app', paths: ['app/*'] });
    repository.publish('app', ...ALL);
    return { repository, set: believed(follow(repository)) };
  };

  it('a root that is not exactly the next', () => {
    const { repository, set } = seen();
    for (const version of [1, 2, 4]) {
      const bytes = signed({ ...repository.root, version }, repository.signers.get('root') ?? []);
      assert.equal(codeOf(updateRoot(set, bytes)), 'root rollback');
    }
  });

  it('a timestamp, the snapshot that it names, a role of the snapshot', () => {
    const { repository, set } = seen();
    assert.equal(codeOf(updateTimestamp(set, repository.last('timestamp', 1), NOW)), 'timestamp rollback');

    repository.timestamp.meta['snapshot.json'] = { version: 1 };
    repository.publish('timestamp');
    assert.equal(codeOf(follow(repository, set)), 'timestamp rollback');

    repository.snapshot.meta['app.json'] = { version: 1 };
    repository.snapshot.meta['targets.json'] = { version: 1 };
    repository.publish('snapshot', 'timestamp');
    assert.equal(codeOf(follow(repository, set)), 'snapshot rollback');
  });

  it('a role that vanishes from the snapshot', () => {
    const { repository, set } = seen();
    delete repository.snapshot.meta['app.json'];
    repository.publish('snapshot', 'timestamp');
    assert.equal(codeOf(follow(repository, set)), 'snapshot rollback');
  });

  it('what was only recalled from disk counts, even long after its end', () => {
    const { repository, set } = seen();
    const fresh = believed(closeRoots({ ...set, floors: { v: 1, root: 2 } }, NOW));
    const recalled = believed(recallTimestamp(fresh, repository.last('timestamp')));
    assert.equal(codeOf(updateTimestamp(recalled, repository.last('timestamp', 1), NOW)), 'timestamp rollback');
    assert.equal(codeOf(updateTimestamp(recalled, repository.last('timestamp'), NOW + 40 * DAY)), 'timestamp expired');
    const both = believed(recallSnapshot(recalled, repository.last('snapshot')));
    assert.deepEqual(both.floors.snapshot?.versions, { 'app.json': 1, 'targets.json': 2 });
    assert.equal(both.snapshot, undefined, 'it is not in force before the timestamp has named it again');
  });

  it('a timestamp of the same version and other content: the one that was believed stays', () => {
    const { repository, set } = seen();
    const before = repository.last('timestamp');
    repository.forget('timestamp');
    repository.timestamp.meta['snapshot.json'] = { version: 100 };
    repository.publish('timestamp');
    const after = believed(updateTimestamp(set, repository.last('timestamp'), NOW));
    assert.equal(after.timestamp?.bytes, before);
    assert.equal(after.floors.timestamp?.snapshot, 2);
  });
});

describe('a fast-forward is recovered from by taking the key away', () => {
  const forwarded = () => {
    const repository = new HostileRepository(NOW);
    repository.delegate('targets', { name: 'evil', paths: ['*'] });
    for (const name of ONLINE) repository.publish('evil', ...Array.from({ length: 99 }, () => name));
    repository.publish('snapshot', 'timestamp');
    return { repository, set: believed(follow(repository)) };
  };
  const back = (repository: HostileRepository, role: 'targets' | 'snapshot' | 'timestamp') => {
    repository.forget(role);
    const value = role === 'targets' ? repository.targets : repository[role];
    value.version = 1;
  };

  it('of the snapshot: targets start again, and a role may go', () => {
    const { repository, set } = forwarded();
    repository.rotateKeys('snapshot');
    back(repository, 'targets');
    delete repository.snapshot.meta['evil.json'];
    repository.publish(...ALL);
    const after = believed(follow(repository, set));
    assert.equal(after.targets?.signed.version, 1);
    assert.deepEqual(after.floors.snapshot?.versions, { 'targets.json': 1 });
  });

  it('of the timestamp: timestamps start again, targets do not', () => {
    const { repository, set } = forwarded();
    repository.rotateKeys('timestamp');
    back(repository, 'timestamp');
    repository.publish('root', 'timestamp');
    assert.equal(believed(follow(repository, set)).timestamp?.signed.version, 1);

    back(repository, 'targets');
    repository.publish('targets', 'snapshot', 'timestamp');
    assert.equal(codeOf(follow(repository, set)), 'snapshot rollback');
  });

  it('of both: the snapshot starts again', () => {
    const { repository, set } = forwarded();
    repository.rotateKeys('timestamp');
    repository.rotateKeys('snapshot');
    back(repository, 'snapshot');
    repository.publish(...ALL);
    assert.equal(believed(follow(repository, set)).snapshot?.signed.version, 1);
  });

  it('not by a key that comes to those that were there', () => {
    const { repository, set } = forwarded();
    repository.addKey('timestamp');
    repository.addKey('snapshot');
    back(repository, 'timestamp');
    repository.publish('root', 'timestamp');
    assert.equal(codeOf(follow(repository, set)), 'timestamp rollback');
  });
});
