import type { Declaration, TelemetryData } from '@hearthward/product';
import { EventMessage, MAX_MESSAGE_BYTES, PrivacyMessage, SealMessage, TelemetryMessage } from '@hearthward/protocol';
import { Compile } from 'typebox/compile';

/** Reads a device's hostile bytes: what is not declared is refused whole, so that nothing undeclared is ever stored. */
export type Read<Message> = { readonly ok: true; readonly message: Message; readonly at: number } | Refused;
interface Refused {
  readonly ok: false;
  readonly code: MessageRefusal;
  readonly because: string;
}
export type MessageRefusal =
  | 'message-too-long'
  | 'message-unreadable'
  | 'message-invalid'
  | 'time-invalid'
  | 'field-undeclared'
  | 'value-undeclared'
  | 'value-not-sealed'
  | 'sealed-undeclared';

const telemetrySchema = Compile(TelemetryMessage);
const eventSchema = Compile(EventMessage);
const sealSchema = Compile(SealMessage);
const privacySchema = Compile(PrivacyMessage);

// EN 303 645 5.13-1, G044 6.13.1: schema first, then the declaration's fields, types and ranges
export function readTelemetry(payload: Uint8Array, declaration: Declaration): Read<TelemetryMessage> {
  const parsed = parse(payload);
  if (!parsed.ok) return parsed;
  if (!telemetrySchema.Check(parsed.value)) return refuse('message-invalid', 'the message does not hold its schema');
  const message = parsed.value;
  const at = Date.parse(message.at);
  if (!Number.isFinite(at)) return refuse('time-invalid', 'the time cannot be read');
  for (const [id, value] of Object.entries(message.fields)) {
    const field = declaration.telemetryData.find((declared) => declared.id === id);
    // EN 303 645 6-4, G044 7-d: data that no row declares is not collected
    if (!field) return refuse('field-undeclared', `no field ${id} is declared`);
    const mistake = mistakeOf(field, value);
    if (mistake) return refuse('value-undeclared', `${id} ${mistake}`);
    // EN 303 645 5.8-2, G044 6.8.2: what only a party is to read is not kept where it came in the clear
    if (itemOf(declaration, field.personalData)?.sealedTo !== undefined)
      return refuse('value-not-sealed', `${id} is declared as sealed, and came readable`);
  }
  for (const [id, parcel] of Object.entries(message.sealed ?? {})) {
    const item = itemOf(declaration, id);
    if (item?.sealedTo === undefined || item.sealedTo !== parcel.to)
      return refuse('sealed-undeclared', `no item ${id} is declared as sealed to ${parcel.to}`);
    if (!Object.hasOwn(message.of ?? {}, id)) return refuse('sealed-undeclared', `whose ${id} is was not said`);
  }
  return { ok: true, message, at };
}

export function readEvent(payload: Uint8Array): Read<EventMessage> {
  const parsed = parse(payload);
  if (!parsed.ok) return parsed;
  if (!eventSchema.Check(parsed.value) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(parsed.value.kind))
    return refuse('message-invalid', 'the message does not hold its schema');
  const at = Date.parse(parsed.value.at);
  if (!Number.isFinite(at)) return refuse('time-invalid', 'the time cannot be read');
  return { ok: true, message: parsed.value, at };
}

export function readSeal(payload: Uint8Array): { readonly ok: true; readonly message: SealMessage } | Refused {
  const parsed = parse(payload);
  if (!parsed.ok) return parsed;
  if (!sealSchema.Check(parsed.value)) return refuse('message-invalid', 'the message does not hold its schema');
  return { ok: true, message: parsed.value };
}

/** What a device says of the people whose data it keeps. */
export function readPrivacy(payload: Uint8Array): Read<PrivacyMessage> {
  // boundary privacy-word: a device, or who has its keys -> PrivacyMessage, at most MAX_MESSAGE_BYTES, else refused with its reason, and noted;
  // services/test/privacy/words.test.ts
  const parsed = parse(payload);
  if (!parsed.ok) return parsed;
  if (!privacySchema.Check(parsed.value)) return refuse('message-invalid', 'the message does not hold its schema');
  const at = Date.parse(parsed.value.at);
  if (!Number.isFinite(at)) return refuse('time-invalid', 'the time cannot be read');
  return { ok: true, message: parsed.value, at };
}

function parse(payload: Uint8Array) {
  if (payload.length > MAX_MESSAGE_BYTES)
    return refuse('message-too-long', `a message has at most ${MAX_MESSAGE_BYTES} bytes`);
  try {
    // boundary device-message: a device, or who has its keys -> TelemetryMessage, at most MAX_MESSAGE_BYTES, else refused with its reason, and noted;
    // services/test/messages.test.ts
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    return { ok: true, value } as const;
  } catch {
    return refuse('message-unreadable', 'the message is not JSON in UTF-8');
  }
}

const itemOf = ({ personalData }: Declaration, item: string | false) => personalData.find(({ id }) => id === item);

/** Undefined where the value is as declared. */
function mistakeOf(field: TelemetryData, value: number | boolean | string): string | undefined {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is not a boolean';
    case 'choice':
      return typeof value === 'string' && field.choices?.includes(value) ? undefined : 'is not one of its choices';
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'is not a number';
      if (field.type === 'integer' && !Number.isInteger(value)) return 'is not an integer';
      if (field.minimum !== undefined && value < field.minimum) return 'is below its declared range';
      if (field.maximum !== undefined && value > field.maximum) return 'is above its declared range';
    }
  }
}

const refuse = (code: MessageRefusal, because: string) => ({ ok: false, code, because }) as const;
