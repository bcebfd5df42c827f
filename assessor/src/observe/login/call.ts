import type { ExternalFunction } from '@hearthward/product';
import type { LoginProbe, LoginSession } from '../../model.ts';
import { withCookies } from './cookies.ts';
import { hiddenInputs } from './forms.ts';
import { unreachable } from '../wire/hand.ts';
import { multipartOf } from './multipart.ts';
import { originOf, type LoginRoom } from './room.ts';

/**
 * Calls a function of the declaration as a client that has read it would: fetches the page that carries the form,
 * sends its hidden inputs back, fills the fields with the values given and the declared examples for the others.
 */
type Values = Readonly<Record<string, string | number | boolean>>;
type HttpCall = Extract<ExternalFunction['request'], { transport: 'http' }>;

export function createCall(room: LoginRoom): LoginProbe['call'] {
  return async (id, session, values) => {
    const wanted = room.declaration.externalFunctions.find((candidate) => candidate.id === id);
    if (wanted === undefined) return unreachable('protocol', `the declaration has no function ${id}`);
    if (wanted.request.transport !== 'http') return unreachable('protocol', `${id} is called over MQTT, not HTTP`);
    return send(
      room,
      wanted.service,
      { ...wanted, request: wanted.request },
      session ?? { cookies: {}, headers: {} },
      values ?? {},
    );
  };
}

async function send(
  room: LoginRoom,
  service: string,
  { request: call, success }: Pick<ExternalFunction, 'success'> & { readonly request: HttpCall },
  session: LoginSession,
  values: Values,
) {
  const fields: Record<string, string | number | boolean> = {};
  for (const field of call.fields) fields[field.name] = field.example;
  Object.assign(fields, values);

  let cookies = session.cookies;
  let hidden: Readonly<Record<string, string>> = {};
  if (call.page !== undefined) {
    const page = await room.http.request(service, {
      method: 'GET',
      path: call.page,
      headers: { ...session.headers, accept: 'text/html' },
      cookies,
    });
    if (!page.ok) return page;
    cookies = withCookies(cookies, page.answer.setCookie, room.clock.now());
    hidden = hiddenInputs(page.answer.body, call.page, call.path);
  }
  const { path, rest } = fillPath(call.path, fields);
  const given = { ...rest };
  // what the page itself put in is sent back as it came, unless another value was asked for
  for (const name of Object.keys(hidden)) if (!Object.hasOwn(values, name)) delete given[name];
  const inQuery = call.method === 'GET' || call.encoding === 'none';
  const query = inQuery && Object.keys(given).length > 0 ? `${path.includes('?') ? '&' : '?'}${formOf(given)}` : '';
  const body = inQuery ? undefined : bodyOf(call, { ...hidden, ...given });
  return room.http.request(service, {
    method: call.method,
    path: path + query,
    headers: {
      ...session.headers,
      ...(body === undefined ? {} : { 'content-type': body.type }),
      ...(call.encoding === 'form' || call.encoding === 'multipart' ? originOf(room, service) : {}),
    },
    cookies,
    ...(success.shows === undefined ? {} : { hides: success.shows.element }),
    ...(body === undefined ? {} : { body: body.body }),
  });
}

function bodyOf(
  { encoding, fields }: HttpCall,
  values: Values,
): { readonly type: string; readonly body: string | Uint8Array } {
  if (encoding === 'json') return { type: 'application/json', body: JSON.stringify(values) };
  if (encoding !== 'multipart') return { type: 'application/x-www-form-urlencoded', body: formOf(values) };
  return multipartOf(
    Object.entries(values).map(([name, value]) => {
      const file = fields.find((field) => field.name === name && field.type === 'file');
      // a file is given as a declaration has it: its bytes in base64
      if (file) return { name, value: Buffer.from(String(value), 'base64'), media: file.media?.[0] ?? BYTES };
      return { name, value: String(value) };
    }),
  );
}
const BYTES = 'application/octet-stream';

/** `{name}` in a path is filled by the field of that name. */
function fillPath(path: string, fields: Values): { readonly path: string; readonly rest: Values } {
  const rest: Record<string, string | number | boolean> = { ...fields };
  const filled = path.replace(/\{([^{}]+)\}/g, (all, name: string) => {
    const value = fields[name];
    if (value === undefined) return all;
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { path: filled, rest };
}

const formOf = (fields: Values): string =>
  new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();
