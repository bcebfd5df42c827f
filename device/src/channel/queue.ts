import type { Message } from './decide.ts';

/** What waits for the manufacturer's services: bounded, and without what a person has taken back. */

const QUEUE_LENGTH = 256;

/** What makes way first where there is no room: measured values, then reports; what people decided goes last. */
// G045 PL-4-2: measured values make way for what happened; only then the oldest event goes, and the services see the gap
// EN 303 645 6-3, 5.11-2: a withdrawal or an erasure does not make way for anything that is not one itself
const WAYS: readonly (readonly Message['topic'][])[] = [
  ['telemetry'],
  ['telemetry', 'events', 'seals'],
  ['telemetry', 'events', 'seals', 'privacy'],
];

export const withinBound = (queue: readonly Message[]): readonly Message[] =>
  WAYS.reduce<readonly Message[]>((kept, topics) => {
    let over = kept.length - QUEUE_LENGTH;
    return over <= 0 ? kept : kept.filter(({ topic }) => !topics.includes(topic) || over-- <= 0);
  }, queue);

/** Fields of telemetry that are not to leave any more; of these pseudonyms alone, where some are named. */
export interface TakenBack {
  readonly item: string;
  readonly fields: readonly string[];
  readonly subjects?: readonly string[];
}

/** The queue without it, and what was cut off each message, in the form of a message of its own. */
export const without = (
  queue: readonly Message[],
  taken: readonly TakenBack[],
): { readonly queue: readonly Message[]; readonly cut: readonly Message[] } => {
  const cut: Message[] = [];
  const left = queue.flatMap((message) => {
    if (message.topic !== 'telemetry') return [message];
    const { kept, gone } = split(message, taken);
    if (gone === undefined) return [message];
    cut.push(gone);
    return kept === undefined ? [] : [kept];
  });
  return { queue: left, cut };
};

interface Body {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly of?: Readonly<Record<string, string>>;
  readonly sealed?: Readonly<Record<string, unknown>>;
}

const split = (message: Message, taken: readonly TakenBack[]): { readonly kept?: Message; readonly gone?: Message } => {
  // no boundary: the device's own message
  const body = JSON.parse(message.payload) as Body;
  const hit = taken.filter(({ item, subjects }) => {
    const subject = body.of?.[item];
    return subjects === undefined || (subject !== undefined && subjects.includes(subject));
  });
  const fields = new Set(hit.flatMap((each) => each.fields));
  const entries = Object.entries(body.fields);
  const items = new Set(hit.map(({ item }) => item));
  const parcels = Object.entries(body.sealed ?? {});
  const going = { values: entries.filter(([id]) => fields.has(id)), parcels: parcels.filter(([id]) => items.has(id)) };
  if (going.values.length + going.parcels.length === 0) return {};
  const staying = {
    values: entries.filter(([id]) => !fields.has(id)),
    parcels: parcels.filter(([id]) => !items.has(id)),
  };
  const of = Object.entries(body.of ?? {}).filter(([item]) => !items.has(item));
  const { of: _whose, sealed: _sealed, ...rest } = body;
  const written = (part: typeof going, whose: typeof of): Message => ({
    ...message,
    payload: JSON.stringify({
      ...rest,
      fields: Object.fromEntries(part.values),
      ...(whose.length > 0 ? { of: Object.fromEntries(whose) } : {}),
      ...(part.parcels.length > 0 ? { sealed: Object.fromEntries(part.parcels) } : {}),
    }),
  });
  const isLeft = staying.values.length + staying.parcels.length > 0;
  return { ...(isLeft ? { kept: written(staying, of) } : {}), gone: written(going, []) };
};
