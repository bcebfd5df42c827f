import { readRecord, type VerifiedSlot } from '@hearthward/device/updates';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults of what a product does about changes of its own software. */
export const INTEGRITY_TWINS: readonly Twin[] = [
  part(
    'starts-what-was-altered',
    'secure-boot',
    'secure-boot',
    'it starts what lies in its slot, whatever was signed',
    (good) => ({
      beginStart: (disk, folder, floor, trust) => {
        const beginning = good.beginStart(disk, folder, floor, trust);
        const held = readRecord(disk, folder)?.record.slots.a;
        return beginning.ok || !held || held.state === 'empty'
          ? beginning
          : { ok: true, slot: 'a', image: held.image, entry: 'main.js', bad: [], recordsLost: false };
      },
    }),
  ),
  part(
    'checks-nothing-while-it-runs',
    'integrity-verification',
    'integrity-verification',
    'once it runs, it finds its software whole whatever becomes of it',
    (good) => ({
      verifySteps: function* (...given) {
        const found = yield* good.verifySteps(...given);
        return found.ok ? found : ({ ok: true } as VerifiedSlot);
      },
    }),
  ),
  part(
    'tells-no-maker',
    'integrity-response',
    'integrity-response',
    'that it was altered its people see, and nobody else hears',
    (good) => ({
      record: (kind, detail, now) => (kind === 'quarantine-entered' ? undefined : good.record(kind, detail, now)),
    }),
  ),
  part(
    'stays-online-when-altered',
    'integrity-response',
    'integrity-response',
    'altered, it goes on to dial whoever it dialled before',
    () => ({ mayDial: () => true }),
  ),
];
