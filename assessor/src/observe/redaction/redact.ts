import { createHmac, randomBytes } from 'node:crypto';
import type { Data } from '../../model.ts';
import { replaceMany, SHORTEST } from './replace-many.ts';

/**
 * Keeps secrets out of evidence. A secret is replaced by a tag that is the same wherever the same value stood, so
 * that equality can still be judged; the key of the tags is never written, so that a tag cannot be guessed back.
 */
export interface Redactor {
  /** a value that must never reach evidence, in any of the forms that a protocol gives it */
  readonly secret: (value: string) => void;
  /**
   * one of thousands that the assessor was given and never sends: searched for as it is written and in an address, not
   * in forms that only a protocol would give it
   */
  readonly listed: (value: string) => void;
  /** a session identifier: there may be thousands, so they are looked up word by word, not searched for in every form */
  readonly session: (value: string) => void;
  readonly text: (text: string) => string;
  readonly bytes: (bytes: Uint8Array) => Uint8Array;
  /** `published`: words that are left as they are where they stand alone, since everybody may know them */
  readonly data: (data: Data, published?: ReadonlySet<string>) => Data;
  /** the tag of a value: equal for equal values within a run */
  readonly tag: (value: string) => string;
}

/** Below this a value is too common to be searched for; it is still removed where its place shows that it is secret. */
const SHORTEST_SECRET = SHORTEST;
/** Below this a base64 form has too few stable characters to be searched for. */
const SHORTEST_ENCODED = 6;
/** What a session identifier is made of; shorter runs are separators and counters. */
const WORD = /[A-Za-z0-9_-]{16,}/g;

export function createRedactor(key: Uint8Array = randomBytes(32)): Redactor {
  const forms = replaceMany();
  const words = new Map<string, string>();
  const tag = (value: string): string =>
    `[redacted:${createHmac('sha256', key).update(value).digest('hex').slice(0, 12)}]`;

  const latin1 = (given: string): string => {
    const value = words.size === 0 ? given : given.replace(WORD, (word) => words.get(word) ?? word);
    return forms.in(value);
  };
  const text = (value: string): string => fromLatin1(latin1(byPlace(toLatin1(value), tag)));
  const bytes = (value: Uint8Array): Uint8Array =>
    Buffer.from(latin1(byPlace(Buffer.from(value).toString('latin1'), tag)), 'latin1');
  const data = (value: Data, published?: ReadonlySet<string>): Data => {
    if (typeof value === 'string') return published?.has(value) === true ? value : text(value);
    if (value === null || typeof value !== 'object') return value;
    if (isList(value)) return value.map((item) => data(item, published));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [text(name), data(item, published)]));
  };
  const whole = new Set<string>();
  const hide = (value: string, into: ReadonlySet<string>): void => {
    if (value.length < SHORTEST_SECRET) return;
    for (const form of into) {
      const bytes = toLatin1(form);
      if (bytes.length >= SHORTEST) forms.set(bytes, tag(value));
    }
  };
  const secret = (value: string): void => {
    if (whole.has(value)) return;
    whole.add(value);
    hide(value, formsOf(value));
  };
  const listed = (value: string): void => {
    if (!whole.has(value)) hide(value, new Set([value, percentOf(value)]));
  };
  const session = (value: string): void => {
    const long = value.match(WORD) ?? [];
    for (const word of long) words.set(word, tag(value));
    if (long.length === 0) secret(value);
  };
  return { secret, listed, session, text, bytes, data, tag };
}

/** Every way in which a value may stand in recorded bytes. */
function formsOf(value: string): ReadonlySet<string> {
  const raw = Buffer.from(value);
  const percent = percentOf(value);
  const forms = new Set([
    value,
    percent,
    percent.replaceAll('%20', '+'),
    new URLSearchParams([['v', value]]).toString().slice(2),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    value.replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('"', '&#34;'),
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
  ]);
  if (value.length >= SHORTEST_ENCODED) {
    // base64 of a longer text that has the value inside: three alignments, without the characters its neighbours share
    for (const lead of [0, 1, 2]) {
      const encoded = Buffer.concat([Buffer.alloc(lead), raw]).toString('base64');
      const first = lead === 0 ? 0 : lead + 1;
      const whole = Math.floor(((lead + raw.length) * 8) / 6);
      const inner = encoded.slice(first, whole);
      forms.add(inner).add(inner.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return forms;
}

/** Half of a surrogate pair has no percent form; what is sent for it is the replacement character (Encoding Standard, 4.2). */
const percentOf = (value: string): string => encodeURIComponent(value.toWellFormed());

/** Names whose values are secret wherever they stand in a form, a JSON text or a query. */
const SECRET_NAME = String.raw`[\w.\-]*(?:passw|passphrase|passcode|pwd|secret|token|csrf|api[_-]?key|private[_-]?key)[\w.\-]*`;
const HEADER = /^((?:proxy-)?authorization|x-api-key|x-auth-token):[ \t]*([^\r\n]+)/gim;
const COOKIE = /^cookie:[ \t]*([^\r\n]+)/gim;
const SET_COOKIE = /^(set-cookie:[ \t]*[^=;\r\n]+=)([^;\r\n]*)/gim;
const JSON_FIELD = new RegExp(String.raw`("${SECRET_NAME}"\s*:\s*")((?:[^"\\]|\\.)+)(")`, 'gi');
/** before each tag */
const INPUT_TAG = /(?=<input\b)/gi;
const FORM_FIELD = new RegExp(String.raw`((?:^|[?&\n])${SECRET_NAME}=)([^&\s"'<>]+)`, 'gi');

function byPlace(text: string, tag: (value: string) => string): string {
  const keep = (value: string): string => (value.includes('[redacted') ? value : tag(fromLatin1(value)));
  return text
    .replace(HEADER, (_all, name: string, value: string) => {
      const [scheme, ...rest] = value.trim().split(' ');
      return rest.length > 0 ? `${name}: ${scheme ?? ''} ${keep(rest.join(' '))}` : `${name}: ${keep(value.trim())}`;
    })
    .replace(COOKIE, (_all, value: string) => {
      const pairs = value.split(';').map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? pair : `${pair.slice(0, at)}=${keep(pair.slice(at + 1))}`;
      });
      return `cookie: ${pairs.join(';').trim()}`;
    })
    .replace(SET_COOKIE, (_all, head: string, value: string) => (value === '' ? head : head + keep(value)))
    .replace(JSON_FIELD, (_all, head: string, value: string, end: string) => head + keep(value) + end)
    .replace(FORM_FIELD, (_all, head: string, value: string) => head + keep(value))
    .split(INPUT_TAG)
    .map((part) => (/^<input\b/i.test(part) ? withoutValue(part, keep) : part))
    .join('');
}

/** What begins with an input's tag; a page of nothing but beginnings is hostile, and costs no more than its length. */
function withoutValue(part: string, keep: (value: string) => string): string {
  const end = part.indexOf('>');
  const tagText = part.slice(0, end < 0 ? undefined : end);
  if (!/type\s*=\s*["']?(?:hidden|password)/i.test(tagText)) return part;
  const without = tagText.replace(
    /(\bvalue\s*=\s*)("[^"]+"|'[^']+')/i,
    (_all, head: string, value: string) => `${head}"${keep(value.slice(1, -1))}"`,
  );
  return without + part.slice(tagText.length);
}

const isList = (value: Data): value is readonly Data[] => Array.isArray(value);
const toLatin1 = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');
const fromLatin1 = (value: string): string => Buffer.from(value, 'latin1').toString('utf8');
