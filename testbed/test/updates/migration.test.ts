import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plain } from '@hearthward/device';
import type { OpenedState, StateFormat } from '@hearthward/device/state';
import { keyOf, memoryDisk, type Durable } from '../../src/updates/crashes/disk.ts';
import { beginOn, STATE_FOLDER } from '../../src/updates/crashes/state-on-disk.ts';

/**
 * G045 PL-2-2: a migration, its trial and its end, with the power cut before and after every effect, twice. Wherever it
 * goes, the newer software or the older one starts next, as the slots say, and finds every setting and every entry of the
 * log that was acknowledged.
 */
const OLD: StateFormat = { format: 1, migrations: [] };
const NEW: StateFormat = {
  format: 2,
  migrations: [
    {
      to: 2,
      rooms: {
        settings: { up: (document) => ({ at: document ?? null }), down: (document) => (document as { at: Plain }).at },
        names: { up: () => ['somebody'] },
      },
    },
  ],
};

/** What the slots say; `gone-back` once the older software has begun. */
type Phase = 'trial' | 'confirmed' | 'gone-back';
interface Remains {
  readonly disk: Durable;
  readonly phase: Phase;
  /** the last change and log entry that was acknowledged; both are numbered alike */
  readonly acknowledged: number;
}

const settingIn = ({ store }: OpenedState): number => {
  const document = store.read('settings');
  return Number(typeof document === 'object' && document !== null && 'at' in document ? document['at'] : document);
};
/** A change that was under way may be there or not; nothing before it is missing. */
const holdsEverything = (opened: OpenedState, acknowledged: number, how: string): void => {
  const setting = settingIn(opened);
  assert.ok(
    setting === acknowledged || setting === acknowledged + 1,
    `setting ${setting}, ${acknowledged} promised: ${how}`,
  );
  const logged = new Set(opened.store.events(1000).map(({ detail }) => detail?.['index']));
  for (let each = 1; each <= acknowledged; each += 1) assert.ok(logged.has(each), `log entry ${each} is lost: ${how}`);
};

/** From a start through a few changes; a trial is confirmed in between. `cut` hears of everything that a cut leaves. */
const live = (
  from: Remains,
  starts: 'new' | 'old',
  how: string,
  which: 'news' | 'latest',
  cut?: (left: Remains, after: string) => void,
): Remains => {
  let { phase, acknowledged } = from;
  const cuts = (after: string): void => {
    if (cut) for (const disk of memory.crashes(which)) cut({ disk, phase, acknowledged }, after);
  };
  const memory = memoryDisk(from.disk, cuts);
  if (starts === 'old') phase = 'gone-back';
  const opened = beginOn(memory.disk, starts === 'old' ? OLD : NEW, phase === 'trial');
  holdsEverything(opened, acknowledged, how);
  const use = (times: number): void => {
    for (let time = 0; time < times; time += 1) {
      const next = acknowledged + 1;
      opened.store.write('settings', starts === 'old' ? next : { at: next });
      opened.store.appendEvent({ at: '', kind: 'logout', detail: { index: next } });
      acknowledged = next;
      cuts('acknowledged');
    }
  };
  use(3);
  if (phase === 'trial') {
    assert.throws(() => opened.store.write('names', []), { code: 'on-trial' }, how);
    phase = 'confirmed';
    cuts('confirmed');
    use(2);
    opened.confirmed();
    use(2);
  }
  if (starts === 'new') opened.store.write('names', ['chosen']);
  const left = { disk: memory.synced(), phase, acknowledged };
  const again = beginOn(memoryDisk(left.disk).disk, starts === 'old' ? OLD : NEW, false);
  holdsEverything(again, acknowledged, `${how}, and a start after it`);
  // a later release is tried from there
  if (starts === 'old')
    holdsEverything(beginOn(memoryDisk(left.disk).disk, NEW, true), acknowledged, `${how}, tried anew`);
  const files = memoryDisk(left.disk).disk.list(STATE_FOLDER);
  assert.deepEqual(
    files.filter((name) => name.endsWith('sqlite')),
    [starts === 'old' ? 'state.sqlite' : 'state.2.sqlite'],
    how,
  );
  assert.deepEqual(again.store.read('names'), [starts === 'old' ? 'ann' : 'chosen'], how);
  return left;
};

test('a migration that the power is cut off from twice, anywhere, loses no setting and no entry of the log, whichever software starts', () => {
  const first = memoryDisk();
  first.disk.makeFolder(STATE_FOLDER);
  const { store } = beginOn(first.disk, OLD, false);
  store.writeAll({ settings: 1, names: ['ann'], other: 'same' });
  store.appendEvent({ at: '', kind: 'logout', detail: { index: 1 } });
  const seen = new Set<string>();
  const counted = { once: 0, twice: 0, cuts: 0 };
  const cutEverywhere = (from: Remains, how: string, which: 'news' | 'latest'): (readonly [string, Remains])[] => {
    const found: (readonly [string, Remains])[] = [];
    for (const starts of startsAfter(from)) {
      live(from, starts, `${how}, then the ${starts} one`, which, (left, after) => {
        counted.cuts += 1;
        const key = `${keyOf(left.disk)} ${left.phase} ${left.acknowledged}`;
        if (seen.has(key)) return;
        seen.add(key);
        found.push([`${how}, then the ${starts} one cut after ${after}`, left]);
      });
    }
    return found;
  };
  const once = cutEverywhere({ disk: first.synced(), phase: 'trial', acknowledged: 1 }, 'whole', 'news');
  const twice = once.flatMap(([how, left]) => cutEverywhere(left, how, 'latest'));
  for (const [how, left] of twice) for (const starts of startsAfter(left)) live(left, starts, how, 'latest');
  Object.assign(counted, { once: once.length, twice: twice.length });
  console.log(
    `migration: ${counted.once} remains of one power cut, ${counted.twice} more of two, of ${counted.cuts} cuts`,
  );
  assert.ok(counted.once + counted.twice > 2000);
});

/** On trial the slots may try again, or have given up; once the older one has begun, nothing else starts. */
const startsAfter = ({ phase }: Remains): readonly ('new' | 'old')[] =>
  phase === 'trial' ? ['new', 'old'] : phase === 'confirmed' ? ['new'] : ['old'];

test('a disk that is full at any write of a migration leaves what the older software goes on with', () => {
  const first = memoryDisk();
  first.disk.makeFolder(STATE_FOLDER);
  beginOn(first.disk, OLD, false).store.writeAll({ settings: 1, names: ['ann'] });
  let at = 1;
  for (let met = true; met; at += 1) {
    let writes = 0;
    const lacking = memoryDisk(first.synced(), undefined, () => (writes += 1) >= at);
    try {
      beginOn(lacking.disk, NEW, true);
      met = false;
    } catch (thrown) {
      assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC');
    }
    assert.equal(settingIn(beginOn(memoryDisk(lacking.synced()).disk, OLD, false)), 1);
    assert.equal(settingIn(beginOn(memoryDisk(lacking.synced()).disk, NEW, true)), 1);
    assert.ok(at < 60);
  }
  assert.ok(at > 4);
});
