import { DeviceFault } from '../../driver/faults.ts';
import type { Plain } from '../../seams.ts';

/** A document of a room as one format has it; undefined where the room has none. */
export type Document = Plain | undefined;

/** From the format before to `to`, room by room; rooms that are not named are the same in both. Pure functions. */
export interface Migration {
  readonly to: number;
  readonly rooms: Readonly<Record<string, RoomMigration>>;
}
export interface RoomMigration {
  readonly up: (document: Document) => Document;
  /**
   * What the format before makes of it, so that a change during the trial is there after a rollback. Where it is absent,
   * the room takes no change before the release is confirmed: rooms that the device itself writes need one.
   */
  readonly down?: (document: Document) => Document;
}

/** The format that this runtime reads and writes, and how it comes there from the ones before. */
export interface StateFormat {
  readonly format: number;
  readonly migrations: readonly Migration[];
}
export const STATE: StateFormat = {
  format: 3,
  migrations: [
    // The event log became a chain (`store/events`): it takes over what it finds; no document changed.
    { to: 2, rooms: {} },
    // The channel carries words about people's data; the one before would not know its own queue again. What was in it is
    // told anew at the next start of a version that knows of it.
    { to: 3, rooms: { channel: { up: (document) => document, down: withoutWords } } },
  ],
};

/** The queue as a version reads it that has no topic for them. */
function withoutWords(document: Document): Document {
  if (typeof document !== 'object' || document === null || !('queue' in document)) return document;
  const { queue } = document;
  if (!Array.isArray(queue)) return document;
  const isWord = (message: Plain): boolean =>
    typeof message === 'object' && message !== null && 'topic' in message && message['topic'] === 'privacy';
  return { ...document, queue: queue.filter((message) => !isWord(message)) };
}

/** Formats from which there is a way, migration by migration. */
export const waysTo = ({ format, migrations }: StateFormat): readonly number[] => {
  const found: number[] = [];
  for (let to = format; migrations.some((each) => each.to === to); to -= 1) found.push(to - 1);
  return found;
};

const steps = ({ format, migrations }: StateFormat, from: number): readonly Migration[] =>
  migrations.filter(({ to }) => to > from && to <= format).sort((one, other) => one.to - other.to);

/** Rooms that differ between the formats. */
export const roomsChanged = (state: StateFormat, from: number): readonly string[] => [
  ...new Set(steps(state, from).flatMap(({ rooms }) => Object.keys(rooms))),
];

export const upFrom = (state: StateFormat, from: number, room: string, document: Document): Document =>
  steps(state, from).reduce<Document>((at, { rooms }) => {
    const step = rooms[room];
    return step ? step.up(at) : at;
  }, document);

/** What the fallback reads; a fault where there is no way down: nobody's change may be lost without a word. */
export const downTo = (state: StateFormat, to: number, room: string, document: Document): Document =>
  steps(state, to).reduceRight<Document>((at, { rooms }) => {
    const step = rooms[room];
    if (step && !step.down) throw onTrial(room);
    return step?.down ? step.down(at) : at;
  }, document);

const onTrial = (room: string): DeviceFault =>
  new DeviceFault(
    'on-trial',
    `${room} cannot be changed while new software is on trial: the software before it could not read it`,
    'Try again in a few minutes, when the update has been confirmed.',
  );
