import { HINT_HEARD_EVERY, UpdateHint } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../../channel/channel.ts';
import type { Millis } from '../../seams.ts';
import { FIRST_CHOICE, type Notice } from '../state.ts';
import type { Health } from '../steps/events.ts';
import type { UpdatesLink } from './link.ts';

/** What core does for updates: it writes down what happened, says how it feels, and passes on what people wish. */
export const standBeside = (
  link: UpdatesLink,
  core: {
    readonly record: RecordEvent;
    readonly anchors: () => readonly string[];
    readonly health: () => Health;
    /** hears hints of the services */
    readonly listen: (hear: (payload: Uint8Array) => void) => void;
    /** runs evenly, whatever happens to the clock */
    readonly now: () => Millis;
    /** the image is on trial no more */
    readonly confirmed: () => void;
    readonly fault: (thrown: unknown) => void;
  },
) => {
  // EN 303 645 5.3-9, G044 6.3.9: in the log that administrators read, and from there to the manufacturer
  link.hear((notice) => {
    if (notice.what === 'installed') core.confirmed();
    if (!isToldTwice(notice)) core.record(`update-${notice.what}`, detailOf(notice));
  });
  let lookedAt = -Infinity;
  // G044 6.3.8, EN 303 645 5.3-8: who made the device can hasten a check, and cannot make it check without end
  core.listen((payload) => {
    if (!isHint(payload) || core.now() - lookedAt < HINT_HEARD_EVERY) return;
    lookedAt = core.now();
    link.updates.check().catch(core.fault);
  });
  return {
    /** EN 303 645 5.3-5, G044 6.3.5: the first check follows the set-up, and each start of a device that is set up */
    initialised: (): void => void link.updates.initialised().catch(core.fault),
    /** what the next owner finds is what the first one found */
    reset: (): void => {
      link.updates.choose(FIRST_CHOICE).catch(core.fault);
      link.updates.postpone(null).catch(core.fault);
    },
    feel: (): void => {
      link.feel(core.health());
      link.trust(core.anchors());
    },
  };
};

/** Hostile bytes. */
export const isHint = (payload: Uint8Array): boolean => {
  try {
    // boundary update-hint: the services, whoever speaks in their name -> UpdateHint, at most MAX_MESSAGE_BYTES, else not heard;
    // device/test/updates/beside.test.ts
    return Value.Check(UpdateHint, JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch {
    return false;
  }
};

/** Of what both are told the manufacturer's word is written down: it is the one that is reported. */
const ALSO_TO_MANUFACTURER: ReadonlySet<Notice['what']> = new Set([
  'will-restart',
  'installed',
  'rejected',
  'rolled-back',
  'quarantined',
  'refused',
  'withdrawn',
  'floor-tampered',
]);
const isToldTwice = ({ to, what }: Notice): boolean => to === 'people' && ALSO_TO_MANUFACTURER.has(what);

const detailOf = ({ version, number, because }: Notice) => ({
  ...(version === null ? {} : { version }),
  ...(number === null ? {} : { number }),
  ...(because === null ? {} : { because }),
});
