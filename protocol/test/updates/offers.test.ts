import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKETS, bucketOf, isOffered, memberOf, pathsOf, releasePaths, rolesOf, type Offer } from '../../src/index.ts';

const SALT = '00112233445566778899aabbccddeeff';
const offer = (changes: Partial<Offer>): Offer => ({
  version: '1.1.0',
  number: 2,
  image: 'hub/releases/1.1.0/image.json',
  state: 'offered',
  salt: SALT,
  below: 0,
  members: [],
  jitterSeconds: 0,
  ...changes,
});
const FLEET = Array.from({ length: 100_000 }, (_, at) => `device${at}`);

test('a-share-of-the-fleet-is-that-share', () => {
  for (const below of [100, 500, 2500, 9000]) {
    const expected = (FLEET.length * below) / BUCKETS;
    const offered = FLEET.filter((id) => isOffered(offer({ below }), id)).length;
    // five standard deviations of a binomial: a fair hash is outside it once in 1.7 million
    const bound = 5 * Math.sqrt(expected * (1 - below / BUCKETS));
    assert.ok(Math.abs(offered - expected) < bound, `${offered} of ${expected}`);
  }
  assert.equal(
    FLEET.every((id) => isOffered(offer({ below: BUCKETS }), id)),
    true,
  );
  assert.equal(
    FLEET.some((id) => isOffered(offer({ below: 0 }), id)),
    false,
  );
});

test('a-larger-share-holds-every-device-of-the-smaller', () => {
  for (const id of FLEET.slice(0, 2000)) {
    if (isOffered(offer({ below: 500 }), id)) assert.ok(isOffered(offer({ below: 1000 }), id));
  }
});

test('another-salt-makes-other-devices-the-first', () => {
  const other = 'ffeeddccbbaa99887766554433221100';
  const both = FLEET.filter((id) => bucketOf(SALT, id) < 1000 && bucketOf(other, id) < 1000).length;
  assert.ok(Math.abs(both - 1000) < 5 * Math.sqrt(990), `${both} of 1000 by chance`);
});

test('a-member-is-offered-the-release-and-a-halted-one-is-offered-to-nobody', () => {
  const members = [memberOf(SALT, 'device7')];
  assert.equal(isOffered(offer({ members }), 'device7'), true);
  assert.equal(isOffered(offer({ members }), 'device8'), false);
  assert.equal(isOffered(offer({ members, below: BUCKETS, state: 'halted' }), 'device7'), false);
});

test('each-role-speaks-of-its-own-paths-alone', () => {
  const matches = (pattern: string, path: string): boolean =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path);
  const { image, pack, delta, sbom, provenance } = releasePaths('hub', 'releases', '1.1.0');
  for (const path of [image, pack, delta('1.0.0'), sbom, provenance]) {
    assert.equal(matches(pathsOf('hub').releases, path), true);
    assert.equal(matches(pathsOf('hub').security, path), false);
    assert.equal(matches(pathsOf('hub').rollout, path), false);
    assert.equal(matches(pathsOf('hub-two').releases, path), false);
  }
  assert.deepEqual(rolesOf('hub'), { releases: 'hub', security: 'hub-security', rollout: 'hub-rollout' });
});
