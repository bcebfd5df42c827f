import { Type, type Static } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { HttpAnswer, LoginSession, Probe, Reached } from '../../model.ts';
import { readersBehind, type HttpFunction } from './subjects.ts';

/** What the answer to a declared function shows, without its content. `location` has neither query nor host. */
export const Answered = Type.Object(
  {
    reached: Type.Boolean(),
    status: Type.Integer(),
    /** the declared status and, where one is declared, the text that only a successful answer carries */
    success: Type.Boolean(),
    /** the declared text stands in the body; absent where none is declared */
    contains: Type.Optional(Type.Boolean()),
    location: Type.Optional(Type.String()),
    bytes: Type.Integer(),
  },
  { additionalProperties: false },
);
export type Answered = Static<typeof Answered>;

export function answered(each: HttpFunction, reached: Reached<HttpAnswer>): Answered {
  if (!reached.ok) return { reached: false, status: 0, success: false, bytes: 0 };
  const { status, headers, body } = reached.answer;
  const statusFits = each.success.status?.includes(status) ?? (status >= 200 && status < 300);
  const text = each.success.contains;
  const contains = text === undefined ? undefined : body.includes(text);
  const location = pathOf(headers['location']);
  return {
    reached: true,
    status,
    success: statusFits && contains !== false,
    ...(contains === undefined ? {} : { contains }),
    ...(location === undefined ? {} : { location }),
    bytes: body.length,
  };
}

export const blobsOf = (reached: Reached<HttpAnswer>): readonly string[] => (reached.ok ? [reached.answer.blob] : []);

/**
 * Does an answer without authentication differ from the one with it? A redirect to a login page may carry the very
 * status that a success has; where it leads tells them apart.
 */
export function refusedAgainst(control: Answered, tried: Answered): 'refused' | 'accepted' | 'alike' {
  if (!tried.reached) return 'alike';
  if (tried.contains === true) return 'accepted';
  if (!tried.success) return 'refused';
  if (tried.status >= 300 && tried.status < 400) {
    return tried.location !== undefined && tried.location !== control.location ? 'refused' : 'alike';
  }
  return 'accepted';
}

/** Is this session alive? Asked of the first declared read function behind the mechanism. */
export async function sessionWorks(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  session: LoginSession | undefined,
): Promise<{ readonly function: string; readonly answer: Answered; readonly blobs: readonly string[] } | undefined> {
  const each = readersBehind(probe.declaration, mechanism)[0];
  if (each === undefined) return undefined;
  const reached = await probe.login.call(each.id, session);
  return { function: each.id, answer: answered(each, reached), blobs: blobsOf(reached) };
}

/** The value that a JSON or HTML answer shows for a field: a JSON pointer, a key, or the name of an input. */
export function valueAt(body: string, field: string): string | undefined {
  const parsed = jsonOf(body);
  if (parsed !== undefined) {
    const found = field.startsWith('/') ? pointed(parsed, field) : keyed(parsed, field);
    return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : undefined;
  }
  const name = field.replace(/^\//, '');
  const input = inputsOf(body).find((each) => each['name'] === name && each['type'] !== 'radio');
  if (input !== undefined) return input['type'] === 'checkbox' ? String('checked' in input) : (input['value'] ?? '');
  const radio = inputsOf(body).find((each) => each['name'] === name && 'checked' in each);
  return radio?.['value'];
}

/** What stands at a JSON pointer of an answer; undefined where nothing does, or where it is no JSON. */
export const jsonAt = (body: string, pointer: string): unknown => pointed(jsonOf(body), pointer);

/** Attributes of every `input` of a page, names in lower case. */
export function inputsOf(html: string): readonly Readonly<Record<string, string>>[] {
  return [...html.slice(0, LARGEST_PAGE).matchAll(/<input\b([^>]*)>/gi)].map((found) => attributes(found[1] ?? ''));
}

export function attributes(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [, name, double, single, bare] of text.matchAll(
    /([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    if (name !== undefined) found[name.toLowerCase()] = double ?? single ?? bare ?? '';
  }
  return found;
}

export function pathOf(location: string | undefined): string | undefined {
  return location?.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
}

const LARGEST_PAGE = 512 * 1024;
function jsonOf(body: string): unknown {
  const start = body.trimStart()[0];
  if (start !== '{' && start !== '[') return undefined;
  try {
    // boundary seen-json: the product that is tried -> jsonOf, at most LARGEST_PAGE, else seen as no JSON;
    // assessor/test/cases/access/never-passes-on-rubbish.test.ts
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
function pointed(value: unknown, pointer: string): unknown {
  let at = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}
function keyed(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, key)) return (value as Readonly<Record<string, unknown>>)[key];
  for (const inner of Object.values(value)) {
    const found = keyed(inner, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
