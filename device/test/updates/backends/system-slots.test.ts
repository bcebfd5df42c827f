import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, memoryDisk, type Durable } from '@hearthward/testbed/updates';
import { labelOf, type SystemInstaller } from '../../../src/updates/backends/installer.ts';
import { beginSystemSlots, systemSlots } from '../../../src/updates/backends/system-slots.ts';
import { otherSlot, type SlotName } from '../../../src/updates/slots/records.ts';
import { imageOf } from '../../stand-in/images.ts';

/** EN 303 645 5.3-2, G045 PL-2-2: our record and the boot loader are two places, and the power goes between them. */

const one = imageOf({ number: 1, securityVersion: 3 }, { 'hub.js': 'BUNDLE one' });
const two = imageOf({ number: 2, securityVersion: 4 }, { 'hub.js': 'BUNDLE two' });
const FOLDER = '/slots';

/** What outlives a power cut beside the disk. */
interface Boot {
  readonly next: SlotName;
  /** starts that are still counted; undefined where none is */
  readonly left: number | undefined;
  /** by label; `half` while it is written */
  readonly places: Readonly<Record<SlotName, string>>;
  readonly agreed: boolean;
  /** the boot loader has left a place whose starts were used up */
  readonly fellBack: boolean;
}
interface Remains {
  readonly disk: Durable;
  readonly boot: Boot;
}
class Cut extends Error {}

/** One start: what it ran and came to, or what the cut before or after its n-th effect left. */
const live = async (
  from: Remains,
  cutAt: number,
): Promise<{ readonly left: Remains; readonly done: boolean } | readonly Remains[]> => {
  let effects = 0;
  let boot = from.boot;
  const step = (): void => {
    effects += 1;
    if (effects === cutAt) throw new Cut();
  };
  const memory = memoryDisk(from.disk, step);
  const change = (next: Partial<Boot>): void => {
    step();
    boot = { ...boot, ...next };
    step();
  };
  let booted = boot.next;
  if (boot.left === 0) {
    booted = otherSlot(booted);
    boot = { ...boot, next: booted, left: undefined, fellBack: true };
  } else if (boot.left !== undefined) boot = { ...boot, left: boot.left - 1 };
  assert.ok(booted === 'a' || boot.agreed, 'something starts that nobody has agreed to');
  assert.notEqual(boot.places[booted], 'half', 'something starts that is not whole');

  const installer: SystemInstaller = {
    look: async () => ({ booted, next: boot.next, labels: boot.places }),
    install: async (_bundle, label, running) => {
      change({ places: { ...boot.places, [otherSlot(running)]: 'half' } });
      change({ places: { ...boot.places, [otherSlot(running)]: label } });
      return { ok: true };
    },
    start: async (next, counted) => change({ next, left: counted ? 3 : undefined }),
    keep: async () => change({ left: undefined }),
    abandon: async (slot) => change({ next: otherSlot(slot), left: undefined }),
  };
  const backend = systemSlots({ installer, disk: memory.disk, folder: FOLDER, slotBytes: 10_000 });
  const { digest } = two.image;
  try {
    const { running, onTrial, floor, staged, failed } = await backend.status();
    assert.equal(floor, 3);
    assert.ok(failed === null || boot.fellBack, 'a release is blamed that never failed');
    if (running.digest === digest) {
      assert.ok(onTrial || boot.left === undefined, 'its starts are counted, and nobody knows that it is on trial');
      if (onTrial) await backend.confirm(digest);
      const { onTrial: still } = await backend.status();
      return { left: { disk: memory.synced(), boot }, done: !still && boot.left === undefined };
    }
    if (staged?.digest !== digest) assert.ok((await backend.stage(two)).ok);
    boot = { ...boot, agreed: true };
    await backend.arm(digest);
    return { left: { disk: memory.synced(), boot }, done: false };
  } catch (thrown) {
    if (!(thrown instanceof Cut)) throw thrown;
    return memory.crashes().map((disk) => ({ disk, boot }));
  }
};

test('an update by an installer that the power is cut off from anywhere, twice, ends confirmed, and nothing starts that was not agreed to', async () => {
  const made = memoryDisk();
  made.disk.makeFolder(FOLDER);
  beginSystemSlots(made.disk, FOLDER, one.image);
  const places = { a: labelOf(one.image.digest), b: 'nothing' };
  const first: Remains = {
    disk: made.synced(),
    boot: { next: 'a', left: undefined, places, agreed: false, fellBack: false },
  };
  const seen = new Set<string>();

  /** What cuts at each effect of the starts from there leave, that nobody has seen. */
  const cutEverywhere = async (from: Remains): Promise<Remains[]> => {
    const found: Remains[] = [];
    let at = from;
    for (let starts = 0; ; starts += 1) {
      assert.ok(starts < 8, 'it does not come to its end');
      for (let cutAt = 1; ; cutAt += 1) {
        const left = await live(at, cutAt);
        if (!Array.isArray(left)) break;
        for (const each of left as readonly Remains[]) {
          const key = `${keyOf(each.disk)} ${JSON.stringify(each.boot)}`;
          if (seen.has(key)) continue;
          seen.add(key);
          found.push(each);
        }
      }
      const whole = await live(at, Infinity);
      assert.ok('done' in whole);
      if (whole.done) return found;
      at = whole.left;
    }
  };
  const once = await cutEverywhere(first);
  let twice = 0;
  for (const left of once) twice += (await cutEverywhere(left)).length;
  console.log(`system installer: ${once.length} remains of one power cut, ${twice} more of two`);
  assert.ok(once.length >= 30 && twice >= 100);
});
