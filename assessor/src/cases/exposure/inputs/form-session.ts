import type { HttpAnswer, LoginSession, Probe, Reached } from '../../../model.ts';
import { withCookies } from '../../../observe/login/cookies.ts';
import { hiddenInputs } from '../../../observe/login/forms.ts';
import { answered, sessionWorks, valueAt } from '../../access/answers.ts';
import { guardOf, overHttp, type HttpFunction } from '../../access/subjects.ts';
import { urlOf } from '../endpoints.ts';
import { COMPUTED, MARKUP, POLLUTED, type HostileInput } from './hostile-inputs.ts';

/** A function as a client with a session sees it between two requests: its form, its values, whether it lives. */
export interface Look {
  readonly alive: boolean;
  readonly session: LoginSession | undefined;
  readonly hidden: Readonly<Record<string, string>>;
  /** what the read-back, or else the form itself, shows of the fields */
  readonly values: Readonly<Record<string, string>>;
  readonly reflected: boolean;
  readonly computed: boolean;
  readonly polluted: boolean;
}

export async function lookAt(probe: Probe, each: HttpFunction, session: LoginSession | undefined): Promise<Look> {
  const bodies: HttpAnswer[] = [];
  const values: Record<string, string> = {};
  let hidden: Readonly<Record<string, string>> = {};
  let cookies = session?.cookies ?? {};
  let alive = true;
  const { page, path, fields } = each.request;
  if (page !== undefined) {
    const reached = await probe.http.request(each.service, {
      method: 'GET',
      path: page,
      headers: { ...session?.headers, accept: 'text/html' },
      cookies,
    });
    alive = reached.ok && reached.answer.status < 300;
    if (reached.ok) {
      bodies.push(reached.answer);
      cookies = withCookies(cookies, reached.answer.setCookie, probe.clock.now());
      // what the declaration calls a field is filled, or left out, by the input alone, hidden or not
      const declared = new Set(fields.map((field) => field.name));
      hidden = Object.fromEntries(
        Object.entries(hiddenInputs(reached.answer.body, page, path)).filter(([name]) => !declared.has(name)),
      );
      for (const field of each.readBack === undefined ? fields : []) {
        const shown = valueAt(reached.answer.body, field.name);
        if (shown !== undefined) values[field.name] = shown;
      }
    }
  }
  const reader = readerOf(probe, each);
  if (reader !== undefined && each.readBack !== undefined) {
    const reached = await probe.login.call(reader.id, session);
    alive = alive && answered(reader, reached).success;
    const shown = reached.ok ? valueAt(reached.answer.body, each.readBack.field) : undefined;
    if (reached.ok) bodies.push(reached.answer);
    if (shown !== undefined) values[each.readBack.field] = shown;
  } else if (page === undefined) {
    const guard = guardOf(probe.declaration, each);
    const works = guard === undefined ? undefined : await sessionWorks(probe, guard, session);
    alive = works?.answer.success ?? false;
  }
  return {
    alive,
    session: session === undefined ? undefined : { ...session, cookies },
    hidden,
    values,
    reflected: bodies.some(reflects),
    computed: bodies.some((answer) => answer.body.includes(COMPUTED)),
    polluted: bodies.some((answer) => answer.body.includes(POLLUTED)),
  };
}

const readerOf = (probe: Probe, each: HttpFunction): HttpFunction | undefined =>
  probe.declaration.externalFunctions.filter(overHttp).find((one) => one.id === each.readBack?.function);

export function send(probe: Probe, each: HttpFunction, input: HostileInput, look: Look): Promise<Reached<HttpAnswer>> {
  const { method, path } = each.request;
  const origin = urlOf(probe.target, each.service)?.origin;
  const head = {
    ...look.session?.headers,
    accept: 'text/html, application/json;q=0.9',
    ...(origin === undefined || origin === 'null' ? {} : { origin }),
  };
  const cookies = look.session?.cookies ?? {};
  if (method === 'GET') {
    const query = typeof input.body === 'string' && input.body.length < LONGEST_QUERY ? input.body : 'q=unsendable';
    return probe.http.request(each.service, { method, path: `${path}?${encodeURI(query)}`, headers: head, cookies });
  }
  return probe.http.request(each.service, {
    method,
    path,
    headers: { ...head, 'content-type': input.contentType },
    cookies,
    body: input.body,
  });
}
/** What servers read of a request line at least (RFC 9112, 3). */
const LONGEST_QUERY = 8000;

/** The markup as it was sent, in an answer that a browser would take for a page. */
export function reflects(answer: HttpAnswer): boolean {
  const type = answer.headers['content-type'] ?? 'text/html';
  return /html|xml/i.test(type) && answer.body.includes(MARKUP.slice(2));
}
