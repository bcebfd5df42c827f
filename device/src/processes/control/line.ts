import { Value } from 'typebox/value';
import type { Control, ControlLink, ControlReading, Millis } from '../../seams.ts';
import { HEALTH_HOLDS_MILLIS } from '../../updates/running/link.ts';
import { LONGEST_COMMAND, OfControl, type ToControl } from './messages.ts';

/** Core's end of the line to the loop. */
export interface ControlLine {
  /** what the product gets */
  readonly link: ControlLink;
  /** whether the loop has ticked lately */
  readonly ticks: () => boolean;
  /** readings of sensors that the loop was not given, since this began */
  readonly discarded: () => number;
  /** the loop goes back to what it held at first */
  readonly forget: () => void;
  readonly heard: (message: unknown) => void;
}

/** `now` runs evenly, whatever happens to the clock. */
export const controlLine = (
  { everyMillis }: Control,
  tell: (message: ToControl) => void,
  now: () => Millis,
): ControlLine => {
  let latest: ControlReading | undefined;
  let heardAt = -Infinity;
  let discarded = 0;
  let saidLast = 0;
  const missedAfter = Math.max(3 * everyMillis, HEALTH_HOLDS_MILLIS);
  return {
    link: {
      latest: () => latest,
      send: (command) => {
        if (JSON.stringify(command).length > LONGEST_COMMAND)
          throw new RangeError(`A command is at most ${LONGEST_COMMAND} characters of JSON.`);
        tell({ to: 'control', command });
      },
    },
    ticks: () => now() - heardAt < missedAfter,
    discarded: () => discarded,
    forget: () => tell({ to: 'control' }),
    heard: (message) => {
      if (!Value.Check(OfControl, message)) return;
      const { tick, reading, discarded: said = saidLast } = message;
      latest = { tick, reading };
      // the count of a loop that began again starts anew
      discarded += said < saidLast ? said : said - saidLast;
      saidLast = said;
      heardAt = now();
    },
  };
};
