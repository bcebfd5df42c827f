import * as fc from 'fast-check';
import type { Declaration } from '@hearthward/product';
import { encoded, hostileForm, hostileJson, hostileText } from './values.ts';

/** Requests as bytes on a connection, from what a server is declared to answer and from nothing at all. */
export interface HostileRequest {
  readonly bytes: Buffer;
  /** what is wrong with it; the connection is given up after one that is broken below HTTP */
  readonly kind: 'body' | 'path' | 'header' | 'broken';
}
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly encoding: 'none' | 'form' | 'json' | 'other';
  readonly fields: readonly string[];
}
/** What a person's browser would send along, so that the input gets past the door. */
export interface Credentials {
  readonly cookie: string;
  readonly csrf: string;
}

/** Every function over HTTP, and the entrances that a declaration names. */
export const declaredRoutes = (declaration: Declaration): readonly Route[] => [
  ...declaration.externalFunctions.flatMap(({ request }): readonly Route[] =>
    request.transport === 'http'
      ? [
          {
            method: request.method,
            path: request.path,
            encoding: request.encoding === 'multipart' ? 'other' : request.encoding,
            fields: request.fields.map(({ name }) => name),
          },
        ]
      : [],
  ),
  ...declaration.authenticationMechanisms.flatMap(({ login, session, setUp }): readonly Route[] => [
    ...(login?.kind === 'form'
      ? [
          { method: 'GET', path: login.page, encoding: 'none', fields: [] } as const,
          {
            method: 'POST',
            path: login.path,
            encoding: 'form',
            fields: Object.values(login.fields).filter((name) => name !== undefined),
          } as const,
        ]
      : []),
    ...(session?.logout ? [{ ...session.logout, encoding: 'form', fields: [] } as const] : []),
    ...(setUp
      ? [{ method: 'POST', path: setUp.page, encoding: 'form', fields: Object.values(setUp.fields) } as const]
      : []),
  ]),
];

export const hostileRequests = (
  routes: readonly Route[],
  host: string,
  credentials: Credentials | undefined,
): fc.Arbitrary<HostileRequest> => {
  const route = fc.constantFrom(...routes);
  return fc.oneof(
    { weight: 60, arbitrary: route.chain((each) => withBody(each, host, credentials)) },
    { weight: 20, arbitrary: withPath(host, credentials) },
    { weight: 17, arbitrary: route.chain((each) => withHeaders(each, host, credentials)) },
    { weight: 3, arbitrary: route.chain((each) => broken(each, host)) },
  );
};

const TYPES = {
  form: 'application/x-www-form-urlencoded',
  json: 'application/json',
  none: 'text/plain',
  other: 'application/pkcs10',
} as const;
const OTHER_TYPES = [
  ...Object.values(TYPES),
  'multipart/form-data; boundary=x',
  'text/xml',
  'application/json; charset=utf-7',
  '',
];

const withBody = (route: Route, host: string, credentials: Credentials | undefined): fc.Arbitrary<HostileRequest> => {
  const names = route.fields.length > 0 ? route.fields : ['field'];
  const form = hostileForm(names, credentials ? { _csrf: credentials.csrf } : {});
  const json = hostileJson(names);
  const right = route.encoding === 'json' ? json : form;
  const body = fc.oneof(
    { weight: 4, arbitrary: right },
    { weight: 1, arbitrary: json },
    { weight: 1, arbitrary: form },
  );
  const type = fc.oneof(
    { weight: 5, arbitrary: fc.constant<string>(TYPES[route.encoding === 'none' ? 'form' : route.encoding]) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHER_TYPES) },
  );
  const method = fc.oneof(
    { weight: 6, arbitrary: fc.constant(route.method) },
    { weight: 1, arbitrary: fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD') },
  );
  return fc
    .record({ body, type, method, stay: fc.boolean() })
    .map(({ body: bytes, type: media, method: verb, stay }) => ({
      kind: 'body',
      bytes: request(verb, route.path, host, bytes, {
        ...(media === '' ? {} : { 'content-type': media }),
        ...(credentials && stay ? { cookie: credentials.cookie } : {}),
      }),
    }));
};

const withPath = (host: string, credentials: Credentials | undefined): fc.Arbitrary<HostileRequest> => {
  const segment = fc.oneof(
    hostileText.map(encoded),
    fc.constantFrom('..', '.', '%2e%2e', '%c0%ae', 'api', 'console', '.well-known', '%'),
  );
  return fc
    .record({
      path: fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`.slice(0, 6_000)),
      query: fc.option(
        hostileText.map((text) => encoded(text).slice(0, 4_000)),
        { nil: undefined },
      ),
      method: fc.constantFrom('GET', 'GET', 'POST', 'DELETE'),
      stay: fc.boolean(),
    })
    .map(({ path, query, method, stay }) => ({
      kind: 'path',
      bytes: request(
        method,
        query === undefined ? path : `${path}?${query}`,
        host,
        Buffer.alloc(0),
        credentials && stay ? { cookie: credentials.cookie } : {},
      ),
    }));
};

const HEADER_NAMES = [
  'cookie',
  'accept-language',
  'origin',
  'referer',
  'x-forwarded-for',
  'x-forwarded-host',
  'authorization',
  'if-none-match',
  'sec-fetch-site',
  'accept',
  'range',
  'expect',
  'upgrade',
  'transfer-encoding',
  'host',
];

const withHeaders = (route: Route, host: string, credentials: Credentials | undefined): fc.Arbitrary<HostileRequest> =>
  fc
    .array(fc.tuple(fc.constantFrom(...HEADER_NAMES), hostileText.map(headerText)), { minLength: 1, maxLength: 40 })
    .map((headers) => ({
      kind: headers.some(([name]) => ENDS_CONNECTION.has(name)) ? 'broken' : 'header',
      bytes: Buffer.concat([
        Buffer.from(
          `GET ${route.path} HTTP/1.1\r\nhost: ${host}\r\n${credentials ? `cookie: ${credentials.cookie}\r\n` : ''}${headers
            .map(([name, value]) => `${name}: ${value}\r\n`)
            .join('')}\r\n`,
          'latin1',
        ),
      ]),
    }));
/** After these the server may read what follows as a body, or another protocol. */
const ENDS_CONNECTION: ReadonlySet<string> = new Set(['transfer-encoding', 'upgrade', 'expect']);
/** One line, since another would be another header: that is for `broken`. */
const headerText = (text: string): string =>
  text
    .split(/\r|\n|\0/)
    .join(' ')
    .slice(0, 9_000);

const broken = (route: Route, host: string): fc.Arbitrary<HostileRequest> => {
  const right = request(route.method, route.path, host, Buffer.from('a=b'), { 'content-type': TYPES.form });
  return fc
    .oneof(
      fc.uint8Array({ minLength: 1, maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.nat({ max: right.length - 1 }).map((at) => right.subarray(0, at)),
      fc
        .tuple(fc.nat({ max: right.length - 1 }), fc.nat({ max: 255 }))
        .map(([at, byte]) => Buffer.concat([right.subarray(0, at), Buffer.of(byte), right.subarray(at + 1)])),
      fc
        .constantFrom(
          `GET ${route.path} HTTP/9.9\r\nhost: ${host}\r\n\r\n`,
          `GET ${route.path}\r\n\r\n`,
          `POST ${route.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: -1\r\n\r\n`,
          `POST ${route.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 99999999999999999999\r\n\r\n`,
          `POST ${route.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n`,
          `POST ${route.path} HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n`,
          `POST ${route.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
          `GET ${route.path} HTTP/1.1\r\nhost: ${host}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
          `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
          `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
          `CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
        )
        .map((text) => Buffer.from(text, 'latin1')),
    )
    .map((bytes) => ({ kind: 'broken', bytes }));
};

const request = (
  method: string,
  path: string,
  host: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Buffer => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === 'GET' || method === 'HEAD' ? '' : `content-length: ${body.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n`;
  return length === '' ? Buffer.from(head, 'latin1') : Buffer.concat([Buffer.from(head, 'latin1'), body]);
};
