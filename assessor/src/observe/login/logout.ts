import type { HttpAnswer, LoginSession, Reached } from '../../model.ts';
import { hiddenInputs } from './forms.ts';
import { originOf, type LoginRoom } from './room.ts';

/** Ends a session as the declaration says that it is ended. */
export async function endSession(
  room: LoginRoom,
  service: string,
  logout: { readonly method: 'POST' | 'GET'; readonly path: string },
  session: LoginSession,
): Promise<Reached<HttpAnswer>> {
  if (logout.method === 'GET') {
    return room.http.request(service, {
      method: 'GET',
      path: logout.path,
      headers: session.headers,
      cookies: session.cookies,
    });
  }
  const fields = await logoutFields(room, service, logout.path, session);
  return room.http.request(service, {
    method: 'POST',
    path: logout.path,
    headers: { ...session.headers, 'content-type': 'application/x-www-form-urlencoded', ...originOf(room, service) },
    cookies: session.cookies,
    body: new URLSearchParams({ ...fields, ...bearerOf(session) }).toString(),
  });
}

/** Who ends a token names it in the form (RFC 7009, 2.1), whatever header it came with. */
function bearerOf(session: LoginSession): { readonly token?: string } {
  const token = /^Bearer\s+(\S+)$/i.exec(session.headers['authorization'] ?? '')?.[1];
  return token === undefined ? {} : { token };
}

/** The log-out button stands on some page behind the login; its hidden inputs are looked for on the declared entries. */
async function logoutFields(
  room: LoginRoom,
  service: string,
  path: string,
  session: LoginSession,
): Promise<Readonly<Record<string, string>>> {
  const entries = room.declaration.userInterfaces.filter((candidate) => candidate.service === service);
  for (const page of new Set([...entries.map((entry) => entry.entry ?? '/'), '/'])) {
    const reached = await room.http.request(service, {
      method: 'GET',
      path: page,
      headers: { ...session.headers, accept: 'text/html' },
      cookies: session.cookies,
    });
    const hidden = reached.ok ? hiddenInputs(reached.answer.body, page, path) : {};
    if (Object.keys(hidden).length > 0) return hidden;
  }
  return {};
}
