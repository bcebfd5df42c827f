import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HostileRepository, newSigner } from '@hearthward/testbed/updates';
import { continueSearch, matchesPattern, startSearch, type Step } from '../../../src/updates/tuf/search.ts';
import { checkTargets, type Trusted } from '../../../src/updates/tuf/trusted.ts';
import { believed, codeOf, follow, NOW } from './walk.ts';

/** The search over what a repository has published last: which roles it visited below the top, and how it ended. */
const search = (repository: HostileRepository, set: Trusted, path: string, mostRoles = 32) => {
  const visited: string[] = [];
  let step: Step = startSearch(path, mostRoles);
  while (step.kind === 'visit') {
    const { role, delegator } = step.visit;
    if (delegator) visited.push(role);
    const answer = checkTargets(set, role, delegator, repository.last(role), NOW);
    if (!answer.ok) return { visited, ended: codeOf(answer) };
    step = continueSearch(step.search, answer);
  }
  return { visited, ended: step.kind === 'found' ? `found in ${step.role}` : codeOf(step.refusal) };
};

/** DELEGATOR>ROLE[!][:PATTERN,…] each; `!` ends the search below it. */
const withDelegations = (delegations: string): HostileRepository => {
  const repository = new HostileRepository(NOW);
  for (const each of delegations.split(' ')) {
    const [, above = '', name = '', end, paths] = each.match(/^(\w+)>(\w+)(!)?(?::(.+))?$/) ?? [];
    repository.delegate(above, { name, terminating: end !== undefined, paths: paths?.split(',') ?? ['*'] });
  }
  return repository;
};
const publishAll = (repository: HostileRepository): Trusted => {
  repository.publish(...[...repository.delegated.keys()].filter((each) => each !== 'targets'));
  repository.publish('targets', 'snapshot', 'timestamp');
  return believed(follow(repository));
};

describe('delegations are searched in the order of their list, depth first', () => {
  const GRAPHS: readonly (readonly [string, string, string])[] = [
    ['one', 'targets>A', 'A'],
    ['two beside each other', 'targets>A targets>B', 'A B'],
    ['two levels', 'targets>A targets>B B>C', 'A B C'],
    ['below the first before the second', 'targets>A targets>B A>C A>D', 'A C D B'],
    ['three levels', 'targets>A targets>B A>C C>D', 'A C D B'],
    ['one that ends it', 'targets>A targets>B A>C! A>D', 'A C'],
    ['one that ends it, with roles below', 'targets>A targets>B A>C! C>D', 'A C D'],
    ['not where the path is not covered', 'targets>A:*.py targets>B A>C', 'B'],
    ['not below where it is not covered', 'targets>A targets>B A>C:*.py C>D', 'A B'],
    ['one that would end it and does not cover the path', 'targets>A!:*.py targets>B', 'B'],
    ['a circle', 'targets>A targets>B B>C C>D D>B', 'A B C D'],
    ['a circle of one', 'targets>A A>A', 'A'],
    ['two ways to one role', 'targets>A targets>B B>C A>C', 'A C B'],
    ['two ways, one of which does not cover the path', 'targets>A targets>B B>C A>C:*.py', 'A B C'],
  ];
  for (const [name, delegations, order] of GRAPHS) {
    it(name, () => {
      const repository = withDelegations(delegations);
      const { visited, ended } = search(repository, publishAll(repository), 'nowhere');
      assert.equal(visited.join(' '), order);
      assert.match(ended, /no-such-target$/);
    });
  }
});

describe('a target is found where every delegation on the way covers it', () => {
  const repository = withDelegations(
    'targets>A:*.doc,*.md,foo-?.tgz targets>B:releases/*/* B>C:releases/x/* B>D:releases/y/*.zip',
  );
  for (const [role, path] of [
    ['targets', 'plain'],
    ['A', 'README.md'],
    ['A', 'releases/README.md'],
    ['A', 'foo-1.tgz'],
    ['A', 'foo-alpha.tgz'],
    ['C', 'releases/x/x_v1'],
    ['D', 'releases/y/y_v1.zip'],
    ['D', 'releases/z/z_v1.zip'],
  ] as const) {
    repository.addTarget(role, path, Buffer.from(path));
  }
  const set = publishAll(repository);
  for (const [path, ended, visited] of [
    ['plain', 'found in targets', ''],
    ['README.md', 'found in A', 'A'],
    ['releases/x/x_v1', 'found in C', 'B C'],
    ['releases/y/y_v1.zip', 'found in D', 'B D'],
    ['releases/z/z_v1.zip', 'B no-such-target', 'B'],
    ['releases/README.md', 'targets no-such-target', ''],
    ['foo-1.tgz', 'found in A', 'A'],
    ['foo-alpha.tgz', 'targets no-such-target', ''],
    ['README.MD', 'targets no-such-target', ''],
    ['constructor', 'targets no-such-target', ''],
  ] as const) {
    it(`${path}: ${ended}`, () => {
      assert.deepEqual(search(repository, set, path), { ended, visited: visited === '' ? [] : visited.split(' ') });
    });
  }
});

describe('what an attacker makes of delegations', () => {
  it('more roles than the limit are not visited', () => {
    const repository = withDelegations(Array.from({ length: 40 }, (_, at) => `targets>R${at}`).join(' '));
    const set = publishAll(repository);
    const { visited, ended } = search(repository, set, 'nowhere', 8);
    assert.equal(visited.length, 8);
    assert.match(ended, /too-many-roles$/);
    assert.match(search(repository, set, 'nowhere', 40).ended, /no-such-target$/);
  });

  it('a role believed through one delegator is not believed through another', () => {
    const repository = withDelegations('targets>a:a/* targets>b:b/* a>shared:a/*');
    const mine = repository.signers.get('shared');
    repository.delegate('b', { name: 'shared', paths: ['b/*'] });
    repository.signers.set('shared', mine ?? []);
    repository.addTarget('shared', 'a/app', Buffer.from('by a'));
    repository.addTarget('shared', 'b/app', Buffer.from('by a, for b'));
    const set = publishAll(repository);
    assert.equal(search(repository, set, 'a/app').ended, 'found in shared');
    assert.equal(search(repository, set, 'b/app').ended, 'shared unsigned');
  });

  it('a role that takes the place of a top-level one, has two delegations, or a name that no file can have', () => {
    for (const names of [['root'], ['timestamp'], ['snapshot'], ['targets'], ['twice', 'twice'], ['x'.repeat(250)]]) {
      const repository = new HostileRepository(NOW);
      const { id, key } = newSigner();
      const roles = names.map((name) => ({ name, keyids: [id], threshold: 1, terminating: false, paths: ['*'] }));
      repository.targets.delegations = { keys: { [id]: key }, roles };
      repository.publish('targets', 'snapshot', 'timestamp');
      assert.equal(codeOf(follow(repository)), 'targets malformed');
    }
  });

  it('by digests of paths, exactly the paths under the prefix are covered', () => {
    const digest = createHash('sha256').update('a/b').digest('hex');
    for (const [prefix, ended] of [
      [digest.slice(0, 1), 'found in bin'],
      [digest, 'found in bin'],
      [`${digest.slice(0, 3)}${digest[3] === '0' ? '1' : '0'}`, 'targets no-such-target'],
    ] as const) {
      const repository = new HostileRepository(NOW);
      repository.delegate('targets', { name: 'bin', path_hash_prefixes: [prefix] });
      repository.addTarget('bin', 'a/b', Buffer.from('x'));
      assert.equal(search(repository, publishAll(repository), 'a/b').ended, ended);
    }
  });
});

describe('patterns of paths', () => {
  it('mean what their characters say, within one segment', () => {
    const letter = fc.constantFrom('a', 'b', '*', '?', '/', '.', '[', '(');
    const text = fc.array(letter, { maxLength: 12 }).map((each) => each.join(''));
    fc.assert(
      fc.property(text, text, (pattern, path) => {
        const escaped = pattern.replaceAll(/[.[(\\]/g, String.raw`\$&`);
        const model = new RegExp(`^${escaped.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`);
        assert.equal(matchesPattern(pattern, path), model.test(path));
      }),
      { numRuns: 5_000 },
    );
  });

  it('take no time that grows beyond both lengths multiplied', () => {
    const pattern = `${'*a'.repeat(500)}b`;
    assert.equal(matchesPattern(pattern, 'a'.repeat(5_000)), false);
  });
});
