import { randomBytes } from 'node:crypto';
import type { ExternalFunction } from '@hearthward/product';
import type { HttpAnswer, LoginSession, Probe, Reached } from '../../../model.ts';
import { answered, blobsOf, refusedAgainst, sessionWorks, valueAt, type Answered } from '../answers.ts';
import { guardOf, overHttp, overMqtt, type HttpFunction } from '../subjects.ts';
import { tryAnonymously } from './anonymous-mqtt.ts';

/** Calls one changing function in every way that must not work, then in the one that must; puts the value back. */
type With = 'nothing' | 'made-up-session' | 'session-without-form' | 'session';
type Values = Readonly<Record<string, string | number | boolean>>;

/** What is never called with a valid session. */
export const isIrreversible = (each: ExternalFunction): boolean =>
  each.purpose === 'factory-reset' || each.purpose === 'erase-own-data' || each.purpose === 'set-up';

/**
 * What decides who signs in and how, or asks for the current password, which its declared example is not: never called in
 * earnest by chance, so its control is another function of the session.
 */
export const changesSignIn = (each: ExternalFunction): boolean =>
  each.purpose === 'change-password' ||
  each.purpose === 'change-second-factor' ||
  (overHttp(each) && each.request.fields.some((field) => field.role === 'current-password'));

export async function observeChange(probe: Probe, each: ExternalFunction): Promise<void> {
  if (overMqtt(each)) {
    probe.record('anonymous', each.id, { ...(await tryAnonymously(probe, each)) });
    return;
  }
  if (!overHttp(each)) return;
  const guard = guardOf(probe.declaration, each);
  const session = guard === undefined ? undefined : await probe.login.shared(guard.id);
  const reader = readBackOf(probe, each, session);
  const before = await reader?.();
  const values = before === undefined ? {} : otherValue(each, before);
  const withheld = isIrreversible(each) && !probe.target.authorisation.destructive;
  if (withheld && each.request.fields.length === 0) {
    probe.record('blocked', each.id, {
      because: 'it takes no input and could not be put back; the authorisation does not allow that',
    });
    return;
  }
  let control: Answered | undefined;
  let over = false;
  const attempt = async (kind: With, send: () => Promise<Reached<HttpAnswer>>): Promise<void> => {
    // what was taken once and cannot be read back cannot be put back either: it is not done a second time
    if (over) return;
    const reached = await send();
    const after = await reader?.();
    const effect = reader === undefined ? undefined : effectOf(before, after, values);
    const answer = answered(each, reached);
    const tried = { with: kind, withheld, answer, ...(effect === undefined ? {} : { effect }) };
    probe.record('tried', each.id, tried, blobsOf(reached));
    if (reader === undefined && !withheld) {
      const verdict =
        kind === 'session' || control === undefined ? takenAlone(kind, answer) : refusedAgainst(control, answer);
      over = kind !== 'session' && verdict !== 'refused';
      if (kind === 'session' && answer.success) control = answer;
      if (verdict === 'accepted' && each.purpose !== 'end-sessions')
        probe.record('left', each.id, { with: kind, sent: told(each, values) }, blobsOf(reached));
    }
    if (effect === 'changed' && session !== undefined && before !== undefined) {
      await probe.login.call(each.id, session, backTo(each, before));
      if (kind === 'session') probe.record('restored', each.id, { restored: (await reader?.()) === before });
    }
  };
  const call = (held: LoginSession | undefined): Promise<Reached<HttpAnswer>> =>
    withheld ? bareCall(probe, each, held, {}, ownOrigin(probe, each)) : probe.login.call(each.id, held, values);

  // With the declared examples a password would be changed only by chance; its own case changes it in earnest.
  const controlled = session !== undefined && !isIrreversible(each) && !changesSignIn(each);
  const right = (): Promise<void> => attempt('session', () => probe.login.call(each.id, session, values));
  // Where nothing can be read back the answer to the right call alone tells what the others have done.
  if (controlled && reader === undefined) await right();
  await attempt('nothing', () => call(undefined));
  await attempt('made-up-session', () => call(madeUpSession(probe, session)));
  if (session === undefined || guard === undefined) return;
  const sibling = await sessionWorks(probe, guard, session);
  if (sibling !== undefined)
    probe.record('sibling', each.id, { function: sibling.function, answer: sibling.answer }, sibling.blobs);
  if (isIrreversible(each)) return;
  if (each.request.encoding === 'form' && each.request.page !== undefined) {
    await attempt('session-without-form', () =>
      bareCall(probe, each, session, { ...examples(each), ...values }, 'https://foreign.invalid'),
    );
  }
  if (controlled && reader !== undefined) await right();
}

/** Without a login a redirect may be the way to the login page: only another answer shows that it was taken. */
const takenAlone = (kind: With, answer: Answered): 'accepted' | 'refused' =>
  answer.success && (kind === 'session' || answer.status < 300) ? 'accepted' : 'refused';

const ownOrigin = (probe: Probe, each: HttpFunction): string =>
  new URL(probe.target.services[each.service]?.url ?? 'https://foreign.invalid').origin;

/** The request without the page’s hidden inputs, as a browser sends it for a page of this origin. */
function bareCall(
  probe: Probe,
  each: HttpFunction,
  session: LoginSession | undefined,
  values: Values,
  origin: string,
): Promise<Reached<HttpAnswer>> {
  const { method, path, encoding } = each.request;
  const text = Object.entries(values).map(([name, value]) => [name, String(value)]);
  const body = encoding === 'json' ? JSON.stringify(values) : new URLSearchParams(text).toString();
  const type = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  return probe.http.request(each.service, {
    method,
    path,
    headers: { ...session?.headers, ...(method === 'GET' ? {} : { 'content-type': type, origin }) },
    cookies: session?.cookies ?? {},
    ...(method === 'GET' ? {} : { body }),
  });
}

const examples = (each: HttpFunction): Values =>
  Object.fromEntries(each.request.fields.map((field) => [field.name, field.example]));

/** What was sent, as an owner would look for it; passwords are named alone. */
function told(each: HttpFunction, values: Values): string {
  const sent: Values = { ...examples(each), ...values };
  return each.request.fields
    .map((field) =>
      field.secret === true || field.role !== undefined || field.type === 'file'
        ? field.name
        : `${field.name}=${String(sent[field.name])}`,
    )
    .join(', ');
}

/** A value other than the one that is set, so that a change can be seen; of the field that is read back. */
function otherValue(each: HttpFunction, now: string): Values {
  const field = fieldOf(each);
  if (field === undefined || !same(String(field.example), now)) return {};
  switch (field.type) {
    case 'choice': {
      const other = field.choices?.find((choice) => !same(choice, now));
      return other === undefined ? {} : { [field.name]: other };
    }
    case 'boolean':
      return { [field.name]: !(now === 'true' || now === 'on' || now === '1') };
    case 'integer':
    case 'number': {
      const least = field.minimum ?? 0;
      const other = same(String(least), now) ? (field.maximum ?? least + 1) : least;
      return { [field.name]: other };
    }
    case 'file':
      return {};
    case 'string':
      return { [field.name]: `${field.example} 2`.slice(0, field.maximum ?? 200) };
  }
}
function backTo(each: HttpFunction, value: string): Values {
  const field = fieldOf(each);
  if (field === undefined) return {};
  if (field.type === 'integer' || field.type === 'number') return { [field.name]: Number(value) };
  if (field.type === 'boolean') return { [field.name]: value === 'true' };
  return { [field.name]: field.choices?.find((choice) => same(choice, value)) ?? value };
}

/** The field of the request that the declared reading shows: of the same name, else the only one. */
function fieldOf(each: HttpFunction): HttpFunction['request']['fields'][number] | undefined {
  const shown = each.readBack?.field.split('/').at(-1);
  return (
    each.request.fields.find((field) => field.name === shown) ??
    (each.request.fields.length === 1 ? each.request.fields[0] : undefined)
  );
}

function readBackOf(
  probe: Probe,
  each: HttpFunction,
  session: LoginSession | undefined,
): (() => Promise<string | undefined>) | undefined {
  const { readBack } = each;
  if (readBack === undefined || session === undefined) return undefined;
  return async () => {
    const reached = await probe.login.call(readBack.function, session);
    return reached.ok ? valueAt(reached.answer.body, readBack.field) : undefined;
  };
}

function effectOf(
  before: string | undefined,
  after: string | undefined,
  values: Values,
): 'changed' | 'unchanged' | 'unreadable' {
  if (before === undefined || after === undefined) return 'unreadable';
  if (after !== before) return 'changed';
  // What was asked for is what was there: nothing can be told.
  return Object.values(values).some((value) => same(String(value), before)) ? 'unreadable' : 'unchanged';
}

/** `on`/`true`/`1` and `off`/`false`/`0` are one setting in different dress. */
const same = (a: string, b: string): boolean => plain(a) === plain(b);
const plain = (value: string): string => {
  const text = value.trim().toLowerCase();
  if (text === 'on' || text === '1') return 'true';
  return text === 'off' || text === '0'
    ? 'false'
    : Number.isNaN(Number(text)) || text === ''
      ? text
      : String(Number(text));
};

/** Of the same names and lengths as a real one, so that only its value is wrong. */
function madeUpSession(probe: Probe, like: LoginSession | undefined): LoginSession {
  const value = (length: number): string => {
    const made = randomBytes(Math.max(8, length)).toString('base64url').slice(0, Math.max(8, length));
    probe.secret(made);
    return made;
  };
  const cookies = Object.fromEntries(
    Object.entries(like?.cookies ?? { session: '' }).map(([name, text]) => [name, value(text.length || 43)]),
  );
  const header = like?.headers['authorization'];
  // A made-up HTTP basic value would be a failed login of its own; a bearer token is not.
  if (header === undefined || !/^bearer /i.test(header)) return { cookies, headers: {} };
  return { cookies, headers: { authorization: `Bearer ${value(header.length - 7)}` } };
}
