import assert from 'node:assert/strict';
import type { HostileRepository } from '@hearthward/testbed/updates';
import type { Refusal } from '../../../src/updates/tuf/metadata.ts';
import {
  checkTargets,
  closeRoots,
  trustRoot,
  updateRoot,
  updateSnapshot,
  updateTimestamp,
  type Trusted,
  type Update,
} from '../../../src/updates/tuf/trusted.ts';

/** The pure rules in their order, over what a repository has published last: no disk, no network. */

export const NOW = Date.parse('2026-11-26T12:00:00Z');

export const believed = (update: Update): Trusted => {
  assert.ok(update.ok, update.ok ? '' : `${update.role}: ${update.code}: ${update.because}`);
  return update.set;
};

export const codeOf = (answer: { readonly ok: true } | Refusal): string =>
  answer.ok ? 'believed' : `${answer.role} ${answer.code}`;

/** From `set`, or from the first root, as far as the repository leads; the first refusal ends it. */
export const follow = (repository: HostileRepository, from?: Trusted, now = NOW): Update => {
  let update: Update = from ? { ok: true, set: from } : trustRoot(repository.last('root', 1));
  const steps: ((set: Trusted) => Update)[] = [
    ...(repository.published.get('root') ?? [])
      .slice(from?.root.signed.version ?? 1)
      .map((bytes) => (set: Trusted) => updateRoot(set, bytes)),
    (set) => closeRoots(set, now),
    (set) => updateTimestamp(set, repository.last('timestamp'), now),
    (set) => updateSnapshot(set, repository.last('snapshot'), now),
    (set) => {
      const targets = checkTargets(set, 'targets', undefined, repository.last('targets'), now);
      return targets.ok ? { ok: true, set: { ...set, targets: targets.read } } : targets;
    },
  ];
  for (const step of steps) if (update.ok) update = step(update.set);
  return update;
};
