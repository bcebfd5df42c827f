import type { HttpAnswer, LoginOutcome } from '../../model.ts';
import { withCookies } from './cookies.ts';
import { hiddenInputs } from './forms.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { followOffer, type Offer } from './offer.ts';
import { originOf, pathOf, type Account, type Login, type LoginRoom } from './room.ts';

/** One login by each kind of mechanism that a declaration can name. What a server answers is hostile input. */
export async function byForm(
  room: LoginRoom,
  login: Extract<Login, { kind: 'form' }>,
  service: string,
  account: Account,
  offer: Offer,
): Promise<LoginOutcome> {
  const page = await room.http.request(service, { method: 'GET', path: login.page, headers: { accept: 'text/html' } });
  if (!page.ok) return { kind: 'unreachable', because: page };
  const before = withCookies({}, page.answer.setCookie, room.clock.now());
  const fields = new URLSearchParams(hiddenInputs(page.answer.body, login.page, login.path));
  if (login.fields.user !== undefined && account.user !== undefined) fields.set(login.fields.user, account.user);
  fields.set(login.fields.password, account.password);
  const posted = await room.http.request(service, {
    method: 'POST',
    path: login.path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', ...originOf(room, service) },
    cookies: before,
    body: fields.toString(),
  });
  if (!posted.ok) return { kind: 'unreachable', because: posted };
  const first = {
    answer: posted.answer,
    cookies: withCookies(before, posted.answer.setCookie, room.clock.now()),
    path: login.path,
  };
  const followed = await followOffer(room, service, offer, first);
  if (followed.ended) return followed.ended;
  const { answer, cookies: after } = followed.after;
  const wanted = login.success.location;
  const there = wanted === undefined || pathOf(answer.headers['location'], login.path) === pathOf(wanted, login.path);
  // Products that answer success and failure with one status differ in the session that they give.
  const ambiguous = wanted === undefined && login.failure.status.includes(answer.status);
  const fresh = Object.keys(after).some((name) => after[name] !== before[name]);
  if (login.success.status.includes(answer.status) && there && (!ambiguous || fresh)) {
    return { kind: 'in', session: { cookies: after, headers: {} }, answer };
  }
  return refusal(login, answer, room.clock.now());
}

export async function byJson(
  room: LoginRoom,
  login: Extract<Login, { kind: 'json' }>,
  service: string,
  account: Account,
): Promise<LoginOutcome> {
  const body: Record<string, string> = { ...login.constants };
  if (login.fields.user !== undefined && account.user !== undefined) body[login.fields.user] = account.user;
  body[login.fields.password] = account.password;
  const posted = await room.http.request(service, {
    method: 'POST',
    path: login.path,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (!posted.ok) return { kind: 'unreachable', because: posted };
  const answer = posted.answer;
  if (!login.success.status.includes(answer.status)) return refusal(login, answer, room.clock.now());
  const token = valueAt(answer.body, login.token);
  if (token === undefined)
    return login.failure.status.includes(answer.status) ? { kind: 'refused', answer } : { kind: 'unexpected', answer };
  room.hand.redactor.secret(token);
  const cookies = withCookies({}, answer.setCookie, room.clock.now());
  return { kind: 'in', session: { cookies, headers: { authorization: `Bearer ${token}` } }, answer };
}

/** RFC 7617. A page that anybody may read proves no login, so it is asked for without the password too. */
export async function byBasic(room: LoginRoom, service: string, account: Account): Promise<LoginOutcome> {
  const guarded = room.declaration.externalFunctions.find(
    (candidate) => candidate.service === service && candidate.kind === 'read' && candidate.publicBecause === undefined,
  );
  const path = guarded?.request.transport === 'http' ? guarded.request.path : '/';
  const credentials = Buffer.from(`${account.user ?? ''}:${account.password}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}` };
  const reached = await room.http.request(service, { method: 'GET', path, headers });
  if (!reached.ok) return { kind: 'unreachable', because: reached };
  const answer = reached.answer;
  if (answer.status === 429) return throttled(answer, room.clock.now());
  if (answer.status === 401 || answer.status === 403) return { kind: 'refused', answer };
  if (answer.status >= 400) return { kind: 'unexpected', answer };
  const open = await room.http.request(service, { method: 'GET', path });
  if (open.ok && open.answer.status !== 401 && open.answer.status !== 403) return { kind: 'unexpected', answer };
  return { kind: 'in', session: { cookies: {}, headers }, answer };
}

export async function byMqtt(room: LoginRoom, service: string, account: Account): Promise<LoginOutcome> {
  const connected = await room.mqtt.connect(service, account);
  if (!connected.ok) return { kind: 'unreachable', because: connected };
  const code = connected.answer.returnCode;
  await connected.answer.close();
  const answer: HttpAnswer = {
    status: code,
    headers: {},
    setCookie: [],
    body: '',
    ms: 0,
    blob: room.hand.keep(`# ${service}\nCONNECT answered with return code ${code}\n`),
  };
  if (code === 0) return { kind: 'in', session: { cookies: {}, headers: {} }, answer };
  // 4 bad user name or password, 5 not authorised (MQTT 3.1.1, table 3.1)
  return code === 4 || code === 5 ? { kind: 'refused', answer } : { kind: 'unexpected', answer };
}

function refusal(login: Extract<Login, { kind: 'form' | 'json' }>, answer: HttpAnswer, now: number): LoginOutcome {
  if (login.throttled?.status.includes(answer.status) === true) return throttled(answer, now);
  if (login.failure.status.includes(answer.status)) return { kind: 'refused', answer };
  return answer.status === 429 ? throttled(answer, now) : { kind: 'unexpected', answer };
}

function throttled(answer: HttpAnswer, now: number): LoginOutcome {
  const wait = retryAfterSeconds(answer, now);
  return { kind: 'throttled', answer, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
}

/** RFC 6901. */
function valueAt(text: string, pointer: string): string | undefined {
  let value: unknown;
  try {
    // boundary seen-login: the product that is tried -> valueAt, at most LARGEST_ANSWER, else seen as absent;
    // assessor/test/login.test.ts
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const part of pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}
