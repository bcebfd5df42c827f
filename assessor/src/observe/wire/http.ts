import { textOf } from '../login/forms.ts';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { HttpAnswer, HttpProbe, HttpRequest, Reached } from '../../model.ts';
import { LARGEST_ANSWER, unreachable, unreachableFrom, type Hand, type ResolvedEndpoint } from './hand.ts';
import { identityOf, shownBy, trustOf, WIDEST } from './trust.ts';

/**
 * HTTP as it is on the wire: no redirect is followed, no cookie is kept, nothing is retried but a request on a kept
 * connection that the server had closed meanwhile. Answers are hostile input: capped in size and time.
 */
export interface HttpRoom extends HttpProbe {
  readonly close: () => void;
}

export function createHttp(hand: Hand): HttpRoom {
  const agents = new Map<string, https.Agent | http.Agent>();
  const pinned = new Map<string, string>();

  const request = async (service: string, wanted: HttpRequest): Promise<Reached<HttpAnswer>> => {
    hand.budget.spendRequest();
    const endpoint = hand.endpoint(service);
    if (endpoint === undefined) return unreachable('protocol', `the target file gives no address for ${service}`);
    if (endpoint.scheme === 'http') return exchange(hand, endpoint, wanted, plainAgent(agents, service), false);
    if (endpoint.scheme !== 'https') return unreachable('protocol', `${service} speaks ${endpoint.scheme}, not HTTP`);
    // who shows another certificate is another client, on connections of its own
    const client = wanted.client ?? 'none';
    const kept = `${service} ${shownBy(hand, client)?.certificate ?? ''}`;
    let agent = agents.get(kept);
    if (agent === undefined) {
      const trust = await trustOf(endpoint, pinned);
      if (!trust.ok) return unreachableFrom(Object.assign(new Error(trust.detail), { code: trust.code }));
      agent = new https.Agent({
        ...WIDEST,
        ...trust.options,
        ...identityOf(hand, client),
        keepAlive: true,
        maxSockets: 64,
      });
      agents.set(kept, agent);
    }
    return exchange(hand, endpoint, wanted, agent, true);
  };
  const plain = async (service: string, wanted: HttpRequest): Promise<Reached<HttpAnswer>> => {
    hand.budget.spendRequest();
    const endpoint = hand.endpoint(service);
    if (endpoint === undefined) return unreachable('protocol', `the target file gives no address for ${service}`);
    return exchange(hand, endpoint, wanted, false, false);
  };
  const close = (): void => {
    for (const agent of agents.values()) agent.destroy();
    agents.clear();
  };
  return { request, plain, close };
}

function plainAgent(agents: Map<string, https.Agent | http.Agent>, service: string): http.Agent {
  const agent = agents.get(service) ?? new http.Agent({ keepAlive: true, maxSockets: 64 });
  agents.set(service, agent);
  return agent;
}

async function exchange(
  hand: Hand,
  endpoint: ResolvedEndpoint,
  wanted: HttpRequest,
  agent: https.Agent | http.Agent | false,
  secure: boolean,
): Promise<Reached<HttpAnswer>> {
  const first = await once(hand, endpoint, wanted, agent, secure);
  if (first !== 'stale') return first;
  const second = await once(hand, endpoint, wanted, false, secure, agent);
  return second === 'stale' ? unreachable('reset', 'the connection was closed before an answer') : second;
}

function once(
  hand: Hand,
  endpoint: ResolvedEndpoint,
  wanted: HttpRequest,
  agent: https.Agent | http.Agent | false,
  secure: boolean,
  like?: https.Agent | http.Agent | false,
): Promise<Reached<HttpAnswer> | 'stale'> {
  return new Promise((resolve) => {
    const headers = headersOf(endpoint, wanted);
    const trusted = like instanceof https.Agent ? like.options : {};
    let outgoing: http.ClientRequest;
    try {
      outgoing = (secure ? https : http).request({
        ...trusted,
        host: endpoint.address,
        port: endpoint.port,
        method: wanted.method,
        path: wanted.path,
        headers,
        agent,
        setHost: false,
        // Lenient parsing would hide a broken server; strict parsing reports it.
        insecureHTTPParser: false,
      });
    } catch (error) {
      resolve(unreachable('protocol', `cannot be sent: ${error instanceof Error ? error.message : 'unknown'}`));
      return;
    }
    let sentAt = performance.now();
    let settled = false;
    let timer = setTimeout(() => finish(unreachable('timeout', 'no connection in time')), hand.waits.connect);
    const finish = (result: Reached<HttpAnswer> | 'stale'): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (result === 'stale' || !result.ok) outgoing.destroy();
      resolve(result);
    };
    const connected = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(unreachable('timeout', 'no complete answer in time')), hand.waits.answer);
    };
    outgoing.on('socket', (socket: Socket) => {
      if (outgoing.reusedSocket) connected();
      else socket.once(secure ? 'secureConnect' : 'connect', connected);
    });
    outgoing.on('finish', () => {
      sentAt = performance.now();
    });
    outgoing.on('error', (error: Error & { code?: string }) => {
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') finish('stale');
      else finish(unreachableFrom(error));
    });
    outgoing.on('response', (incoming) => {
      const ms = performance.now() - sentAt;
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER) finish(unreachable('too-large', `an answer of more than ${LARGEST_ANSWER} bytes`));
        else chunks.push(chunk);
      });
      incoming.on('error', (error) => finish(unreachableFrom(error)));
      incoming.on('aborted', () => finish(unreachable('reset', 'the answer broke off')));
      incoming.on('end', () =>
        finish({ ok: true, answer: answerOf(hand, endpoint, wanted, headers, incoming, Buffer.concat(chunks), ms) }),
      );
    });
    outgoing.end(wanted.body);
  });
}

function headersOf(endpoint: ResolvedEndpoint, wanted: HttpRequest): Record<string, string> {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const headers: Record<string, string> = { host: `${host}:${endpoint.port}`, 'user-agent': 'hearthward-assessor' };
  for (const [name, value] of Object.entries(wanted.headers ?? {})) headers[name.toLowerCase()] = value;
  const cookies = Object.entries(wanted.cookies ?? {}).map(([name, value]) => `${name}=${value}`);
  if (cookies.length > 0) headers['cookie'] = [headers['cookie'], ...cookies].filter(Boolean).join('; ');
  if (wanted.body !== undefined && headers['content-length'] === undefined) {
    headers['content-length'] = String(Buffer.byteLength(wanted.body));
  }
  return headers;
}

function answerOf(
  hand: Hand,
  endpoint: ResolvedEndpoint,
  wanted: HttpRequest,
  sent: Readonly<Record<string, string>>,
  incoming: http.IncomingMessage,
  body: Buffer,
  ms: number,
): HttpAnswer {
  const headers: Record<string, string> = {};
  const setCookie: string[] = [];
  const raw = incoming.rawHeaders;
  const lines: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    lines.push(`${name}: ${value}`);
    if (name === 'set-cookie') setCookie.push(value);
    else headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  for (const cookie of setCookie) hideCookie(hand, cookie);
  const hidden = wanted.hides === undefined ? undefined : textOf(body.toString('utf8'), wanted.hides);
  if (hidden !== undefined) hand.redactor.secret(hidden);
  const status = incoming.statusCode ?? 0;
  const blob = hand.keep(
    Buffer.concat([
      Buffer.from(`# ${endpoint.id} at ${endpoint.scheme}://${endpoint.host}:${endpoint.port}\n`),
      Buffer.from(`${wanted.method} ${wanted.path} HTTP/1.1\n`),
      Buffer.from(
        `${Object.entries(sent)
          .map(([name, value]) => `${name}: ${value}\n`)
          .join('')}\n`,
      ),
      Buffer.from(wanted.body ?? ''),
      Buffer.from(
        `\n\nHTTP/${incoming.httpVersion} ${status} ${incoming.statusMessage ?? ''}\n${lines.join('\n')}\n\n`,
      ),
      body,
    ]),
  );
  return { status, headers, setCookie, body: body.toString('utf8'), ms, blob };
}

/** A session identifier is long; shorter values (`theme=dark`) are removed only where they stand in a cookie header. */
const SHORTEST_SESSION = 8;
function hideCookie(hand: Hand, line: string): void {
  const value = (line.split(';')[0] ?? '').split('=').slice(1).join('=');
  if (value.length >= SHORTEST_SESSION) hand.redactor.session(value);
}
