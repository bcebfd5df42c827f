import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { makeCertificate } from '../src/certificate.ts';
import { campaign } from '../src/hostile/campaign.ts';
import type { HostileRequest } from '../src/hostile/requests.ts';

/** A campaign that could not complain would prove nothing: here are servers of which it must. */

const MARKUP = '<script>alert(1)</script>';
const INPUT: HostileRequest = {
  kind: 'body',
  bytes: Buffer.from(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${MARKUP.length}\r\n\r\n${MARKUP}`),
};

const SERVERS: Readonly<
  Record<string, readonly [(request: IncomingMessage, response: ServerResponse) => void, RegExp]>
> = {
  'falls over': [(_request, response) => void response.writeHead(500).end('no'), /status 500/],
  'says nothing and hangs up': [(request) => void request.socket.destroy(), /no answer \(closed\)/],
  'gives the input back as markup': [
    (request, response) => void request.on('data', (bytes: Buffer) => response.end(bytes)),
    /unescaped/,
  ],
  'gives the input back as JSON that a browser may sniff': [
    (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: MARKUP })),
    /unescaped/,
  ],
  'lets the input write headers': [
    (_request, response) => void response.writeHead(400, { 'set-cookie': 'a=b' }).end('no'),
    /came back as a header/,
  ],
  'shows where it failed': [
    (_request, response) => void response.writeHead(400).end('Error: x\n    at serve (/opt/a/server.js:10:3)'),
    /tells of the program/,
  ],
};

for (const [name, [answer, complaint]] of Object.entries(SERVERS)) {
  test(`complains of a server that ${name}`, async (t) => {
    const { sent, complaints } = await against(t, answer);
    assert.ok(sent > 0);
    assert.match(complaints.join(' '), complaint);
  });
}

test('has no complaint of a server that refuses, and asks it whether it serves others', async (t) => {
  const { sent, complaints, asked } = await against(t, (_request, response) => void response.writeHead(400).end('no'));
  assert.deepEqual(complaints, []);
  assert.equal(sent, 20);
  assert.equal(asked, 2);
});

test('has no complaint of a name in JSON that no browser takes for a page', async (t) => {
  const { sent, complaints } = await against(
    t,
    (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' })
        .end(JSON.stringify({ name: MARKUP })),
  );
  assert.deepEqual(complaints, []);
  assert.equal(sent, 20);
});

async function against(
  t: { readonly after: (work: () => Promise<void>) => void },
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const { key, cert } = await makeCertificate();
  const server = createServer({ key, cert }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  let asked = 0;
  const { answers, complaints } = await campaign({
    inputs: Array.from({ length: 20 }, () => INPUT),
    connection: () => ({ host: '127.0.0.1', port, ca: cert, checkServerIdentity: () => undefined }),
    lanes: 1,
    healthy: async () => void (asked += 1),
    healthyEvery: 10,
  });
  return { sent: Object.values(answers).reduce((sum, n) => sum + n, 0), complaints, asked };
}
