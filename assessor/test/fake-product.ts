import { createServer as createHttps, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { selfSigned } from './certificate.ts';
import { DECLARATION } from './fake/declaration.ts';

export { DECLARATION };

/** A lamp that nobody makes: one HTTPS service with a form login, one read and one change, and a declaration of it. */
export const PASSWORD = 'correct horse & "battery" staple';

/** Tests read evidence after the product is gone, so its folder goes with the process. */
const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export interface FakeProduct {
  readonly port: number;
  readonly folder: string;
  readonly targetFile: string;
  readonly certificate: string;
  readonly sessions: ReadonlySet<string>;
  readonly brightness: () => string;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

export async function startFakeProduct(
  options: { readonly requestCert?: boolean; readonly maxVersion?: 'TLSv1.2' } = {},
): Promise<FakeProduct> {
  const identity = selfSigned();
  const sessions = new Set<string>();
  const forms = new Set<string>();
  let brightness = '1';
  let requests = 0;
  const server = createHttps(
    {
      cert: identity.certificate,
      key: identity.key,
      ...(options.requestCert === true ? { requestCert: true, rejectUnauthorized: false } : {}),
      ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    },
    (request, response) => {
      requests += 1;
      void answer(request, response).catch((error: unknown) =>
        response.destroy(error instanceof Error ? error : undefined),
      );
    },
  );
  const form = (action: string): string => {
    const token = randomBytes(16).toString('base64url');
    forms.add(token);
    return `<form method="post" action="${action}"><input type="hidden" name="csrf" value="${token}"><input name="value"></form>`;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fields = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '');
    const session = /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const formed = forms.delete(fields.get('csrf') ?? '');
    switch (`${request.method} ${request.url}`) {
      case 'GET /login':
        return void response.setHeader('set-cookie', 'visit=1; Path=/').end(`<p>${form('/login')}</p>`);
      case 'POST /login':
        if (!formed) return void response.writeHead(400).end('form');
        if (fields.get('password') !== PASSWORD) return void response.writeHead(401).end('no');
        const fresh = randomBytes(24).toString('base64url');
        sessions.add(fresh);
        return void response.writeHead(303, { location: '/', 'set-cookie': `sid=${fresh}; HttpOnly; Secure` }).end();
      case 'GET /':
        if (!sessions.has(session)) return void response.writeHead(303, { location: '/login' }).end();
        return void response.end(`<h1>Lamp</h1>${form('/logout')}${form('/brightness')}`);
      case 'GET /brightness':
        if (!sessions.has(session)) return void response.writeHead(401).end();
        return void response.end(JSON.stringify({ brightness }));
      case 'POST /brightness':
        if (!sessions.has(session) || !formed) return void response.writeHead(403).end();
        brightness = fields.get('value') ?? '';
        return void response.writeHead(303, { location: '/' }).end();
      case 'POST /logout':
        if (!formed) return void response.writeHead(403).end();
        sessions.delete(session);
        return void response.writeHead(303, { location: '/login', 'set-cookie': 'sid=; Max-Age=0' }).end();
      case 'GET /huge':
        return void response.end(Buffer.alloc(3_000_000, 97));
      case 'GET /hostile':
        return void response.end('<script>alert(1)</script>\u0000\u202e');
      default:
        response.writeHead(404).end();
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-fake-'));
  folders.push(folder);
  const targetFile = writeTarget(folder, port, identity.certificate);
  return {
    port,
    folder,
    targetFile,
    certificate: identity.certificate,
    sessions,
    brightness: () => brightness,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `change` edits the target before it is written. */
export function writeTarget(
  folder: string,
  port: number,
  certificate: string,
  change: (target: Record<string, unknown>) => void = () => undefined,
): string {
  writeFileSync(join(folder, 'declaration.json'), JSON.stringify(DECLARATION));
  writeFileSync(join(folder, 'ca.pem'), certificate);
  const target: Record<string, unknown> = {
    schema: 'hearthward/target/1',
    declaration: 'declaration.json',
    authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: true, destructive: false },
    services: { panel: { url: `https://127.0.0.1:${port}`, trust: 'ca.pem' } },
    accounts: { password: { password: PASSWORD } },
    limits: { failedLogins: 3, requests: 200, patienceSeconds: 1 },
  };
  change(target);
  const file = join(folder, `target-${randomBytes(4).toString('hex')}.json`);
  writeFileSync(file, JSON.stringify(target));
  return file;
}

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
