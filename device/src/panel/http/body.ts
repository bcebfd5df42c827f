import { wiping } from '../../secrets/wiping.ts';
import { readMultipart } from './multipart.ts';

/** Hostile bytes of a request to named values, each still `unknown` until `validate` has read it. The bytes are zero afterwards. */

export type Fields = ReadonlyMap<string, unknown>;
export type BodyOutcome =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly code: 'wrong-media-type' | 'malformed'; readonly because: string };

/** More fields than any declared function has. */
const MAX_FIELDS = 64;

// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1: only the declared encoding, each name once, valid UTF-8
export function readBody(
  bytes: unknown,
  mediaType: string | undefined,
  encoding: 'form' | 'multipart' | 'json',
): BodyOutcome {
  const [type = ''] = (mediaType ?? '').toLowerCase().split(';');
  const expected = MEDIA_TYPES[encoding];
  if (type.trim() !== expected) return { ok: false, code: 'wrong-media-type', because: `not ${expected}` };
  if (encoding === 'multipart')
    return bytes instanceof Uint8Array
      ? wiping(bytes, (whole) => readMultipart(whole, mediaType ?? ''))
      : malformed('no body');
  // a password may stand in them; what comes of it is text, since a form has nothing else
  const text = bytes instanceof Uint8Array ? wiping(bytes, utf8) : '';
  if (text === undefined) return malformed('not UTF-8');
  return encoding === 'form' ? readForm(text) : readJson(text);
}

const MEDIA_TYPES = {
  form: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
  json: 'application/json',
} as const;

/** Query strings and form bodies alike. */
// boundary panel-form: anyone on the home network -> validate, at most MAX_FORM_BYTES, else 400, 413 or 422, and the page again;
// testbed/test/hostile-inputs.test.ts, device/test/panel/requests.test.ts
export function readForm(text: string): BodyOutcome {
  const fields = new Map<string, unknown>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = decode(at < 0 ? '' : pair.slice(at + 1));
    if (name === undefined || value === undefined) return malformed('wrong percent encoding');
    if (fields.has(name)) return malformed('a field comes twice');
    if (fields.size >= MAX_FIELDS) return malformed('too many fields');
    fields.set(name, value);
  }
  return { ok: true, fields };
}

function readJson(text: string): BodyOutcome {
  let value: unknown;
  try {
    // boundary panel-json: anyone on the home network -> validate, at most MAX_FORM_BYTES, else 400 or 422;
    // testbed/test/hostile-inputs.test.ts, device/test/panel/requests.test.ts
    value = JSON.parse(text);
  } catch (cause) {
    return malformed(cause instanceof SyntaxError ? 'not JSON' : 'unreadable');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('not an object');
  const entries = Object.entries(value);
  if (entries.length > MAX_FIELDS) return malformed('too many fields');
  if (entries.some(([, each]) => typeof each === 'object' && each !== null)) return malformed('nested');
  if (keysIn(text) !== entries.length) return malformed('a field comes twice');
  return { ok: true, fields: new Map(entries) };
}

/** String tokens followed by a colon: the keys of a flat object, doubles included, which `JSON.parse` hides. */
const keysIn = (text: string): number =>
  [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;

const malformed = (because: string): BodyOutcome => ({ ok: false, code: 'malformed', because });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
