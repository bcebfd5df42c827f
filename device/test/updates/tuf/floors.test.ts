import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HostileRepository } from '@hearthward/testbed/updates';
import { readFloors, writtenFloors, type Floors } from '../../../src/updates/tuf/floors.ts';
import type { Trusted } from '../../../src/updates/tuf/trusted.ts';
import { believed, follow, NOW } from './walk.ts';

const FLOORS: Floors = {
  v: 1,
  root: 3,
  timestamp: { version: 7, snapshot: 5, keys: ['a'] },
  snapshot: { versions: { 'targets.json': 2, 'späť.json': 1 }, keys: ['b', 'c'] },
};

describe('floors on disk', () => {
  it('come back as they were', () => {
    assert.deepEqual(readFloors(writtenFloors(FLOORS)), FLOORS);
  });

  it('with any bit flipped or any tail missing are none, rather than others', () => {
    const bytes = writtenFloors(FLOORS);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(readFloors(flipped), undefined);
    }
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(readFloors(bytes.subarray(0, length)), undefined);
    }
  });
});

/** Every version that floors hold. */
const heights = ({ root, timestamp, snapshot }: Floors): Record<string, number> => ({
  root,
  ...(timestamp ? { timestamp: timestamp.version, snapshot: timestamp.snapshot } : {}),
  ...Object.fromEntries(Object.entries(snapshot?.versions ?? {}).map(([name, version]) => [`of ${name}`, version])),
});

it('while no key is taken away no floor falls, whatever a holder of every key publishes', () => {
  const change = fc.record({
    role: fc.constantFrom('targets', 'snapshot', 'timestamp', 'app'),
    version: fc.integer({ min: 1, max: 6 }),
    vanish: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const repository = new HostileRepository(NOW);
      repository.delegate('targets', { name: 'app', paths: ['*'] });
      repository.publish('app', 'targets', 'snapshot', 'timestamp');
      let set: Trusted = believed(follow(repository));
      for (const { role, version, vanish } of changes) {
        const value = role === 'timestamp' || role === 'snapshot' ? repository[role] : repository.role(role);
        value.version = version;
        repository.publishAs(role, value);
        if (vanish) delete repository.snapshot.meta['app.json'];
        repository.publishAs('snapshot', repository.snapshot);
        repository.publishAs('timestamp', repository.timestamp);
        const before = heights(set.floors);
        const update = follow(repository, set);
        if (update.ok) set = update.set;
        const after = heights(set.floors);
        for (const [name, version] of Object.entries(before)) assert.ok((after[name] ?? 0) >= version, name);
      }
    }),
    { numRuns: 60 },
  );
});
