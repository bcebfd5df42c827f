import type { DataParty, PersonalData, TelemetryData } from '@hearthward/product';
import type { TelemetryMessage } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Message } from '../../channel/decide.ts';
import type { Millis } from '../../seams.ts';

/**
 * What has really left the home, counted: a line per day, field and recipient, without the values again. Bounded by the days
 * that it goes back and by what is declared, whatever a product says.
 */
const Line = Type.Object(
  {
    /** UTC */
    day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    /** a declared field; an item that went sealed, by `sealedLine`; reports of what happened, seals of the log and decisions of people by their topic */
    field: Type.String(),
    recipient: Type.String(),
    count: Type.Integer({ minimum: 1 }),
    bytes: Type.Integer({ minimum: 0 }),
    /** of the last one */
    at: Type.Number(),
  },
  { additionalProperties: false },
);
export const LedgerState = Type.Array(Line);
export type LedgerState = Static<typeof LedgerState>;
export const LEDGER_DAYS = 14;
const DAY = 86_400_000;

/** `personalData` and `declared` are the declaration's; `maker` is who runs the services. */
export interface Recipients {
  readonly declared: readonly TelemetryData[];
  readonly personalData: readonly PersonalData[];
  readonly parties: readonly DataParty[];
  readonly maker: string;
}

/** The line of an item whose fields left as one sealed value: which of them were in it nobody can tell from outside. */
export const sealedLine = (item: string): string => `sealed ${item}`;

export type LedgerEvent =
  | { readonly kind: 'left'; readonly message: Message }
  /** erased, or of another household */
  | { readonly kind: 'forgotten'; readonly fields: readonly string[] };

// EN 303 645 6-1, 6-5, G044 7-a, 7-e: people can read what was sent, to whom, and how often
export function decideLedger(state: LedgerState, event: LedgerEvent, to: Recipients, now: Millis): LedgerState {
  if (event.kind === 'forgotten') return state.filter(({ field }) => !event.fields.includes(field));
  const day = dayOf(now);
  const lines = new Map(
    state.filter((line) => isShown(line.day, now)).map((line) => [`${line.day} ${line.field} ${line.recipient}`, line]),
  );
  for (const { field, recipient, bytes } of countedIn(event.message, to)) {
    const key = `${day} ${field} ${recipient}`;
    const line = lines.get(key);
    lines.set(key, {
      day,
      field,
      recipient,
      count: (line?.count ?? 0) + 1,
      bytes: (line?.bytes ?? 0) + bytes,
      at: now,
    });
  }
  return Array.from(lines.values());
}

/** Not older than people were told, and not of a day that has not been: a clock may have been wrong. */
const isShown = (day: string, now: Millis): boolean => day > dayOf(now - LEDGER_DAYS * DAY) && day <= dayOf(now + DAY);

export const shownOf = (state: LedgerState, now: Millis): LedgerState => state.filter(({ day }) => isShown(day, now));

const dayOf = (at: Millis): string => new Date(at).toISOString().slice(0, 10);

function countedIn(
  { topic, payload }: Message,
  { declared, personalData, parties, maker }: Recipients,
): readonly { readonly field: string; readonly recipient: string; readonly bytes: number }[] {
  if (topic !== 'telemetry') return [{ field: topic, recipient: maker, bytes: Buffer.byteLength(payload) }];
  // no boundary: the device's own message
  const { fields, sealed = {} } = JSON.parse(payload) as Pick<TelemetryMessage, 'fields' | 'sealed'>;
  const parcels = Object.entries(sealed).map(([item, parcel]) => ({
    field: sealedLine(item),
    // who carries it cannot read it
    recipient: parties.find(({ id }) => id === parcel.to)?.name ?? parcel.to,
    bytes: Buffer.byteLength(JSON.stringify({ [item]: parcel })),
  }));
  const plain = Object.entries(fields).flatMap(([id, value]) => {
    const field = declared.find((each) => each.id === id);
    const item = personalData.find((each) => each.id === field?.personalData);
    const bytes = Buffer.byteLength(JSON.stringify({ [id]: value }));
    const recipients = new Set([...(field?.usedBy ?? [maker]), ...(item?.recipients ?? [])]);
    return Array.from(recipients, (recipient) => ({ field: id, recipient, bytes }));
  });
  return [...plain, ...parcels];
}
