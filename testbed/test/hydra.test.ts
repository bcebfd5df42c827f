import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, type Unit } from '../src/index.ts';

/** A guesser that others made, against the panel of the hub: the right password is on its list, and it does not find it. */

const isThere = spawnSync('hydra', ['-h']).error === undefined;
const WRONG = Array.from({ length: 24 }, (_, at) => `guess-number-${at}`);

test('hydra-does-not-find-a-password-that-is-on-its-list', { skip: !isThere && 'needs hydra' }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-hydra-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  // The device's time stands while it is guessed at, however long a guess takes here: how many it looks at as time goes on
  // is counted by device/test/access/guessing.test.ts.
  let standing: number | undefined;
  const clock = { now: () => standing ?? Date.now() };
  const line = await startLine({ dir, declaration, product: hub, clock });
  t.after(line.stop);
  const right = line.ownerPassword;

  const open = await line.startUnit('open');
  const found = await hydra(open, join(dir, 'first.txt'), [right, ...WRONG.slice(0, 2)]);
  await open.stop();
  assert.match(found, /1 valid password found/, 'it can find one that is tried before any delay');

  const unit = await line.startUnit('guessed');
  t.after(unit.stop);
  const browser = await formOf(unit);
  const known = await signIn(unit, browser, right);
  assert.equal(known.status, 303);
  standing = Date.now();
  const said = await hydra(unit, join(dir, 'late.txt'), [...WRONG, right, right]);
  assert.match(said, /0 valid password/);
  assert.doesNotMatch(said, new RegExp(right));
  const again = await signIn(unit, { ...browser, cookies: [browser.cookies, ...known.kept].join('; ') }, right);
  assert.equal(again.status, 303, 'the owner comes in from the same address, with the browser that is known');
});

/** What hydra says at the end. It cannot read a token from a page, so it gets one that is valid, and its cookie. */
async function hydra(unit: Unit, list: string, passwords: readonly string[]): Promise<string> {
  writeFileSync(list, `${passwords.join('\n')}\n`);
  const { cookies, token } = await formOf(unit);
  const form = `/login:user=^USER^&password=^PASS^&_csrf=${token}:H=Cookie\\: ${cookies}:S=location\\: /`;
  const { hostname } = new URL(unit.url);
  const args = ['-l', 'owner', '-P', list, '-s', String(unit.port), '-t', '1', '-I', hostname, 'https-post-form', form];
  const ran = spawn('hydra', args, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [ran.stdout, ran.stderr]) stream.on('data', (data: Buffer) => (said += data.toString('utf8')));
  await new Promise((resolve) => ran.once('close', resolve));
  return said;
}

interface Form {
  readonly cookies: string;
  readonly token: string;
}
const nameAndValue = (cookie: string): string => cookie.split(';')[0] ?? '';

async function formOf(unit: Unit): Promise<Form> {
  const { body, cookies } = await call(unit, 'GET', '');
  return { cookies: cookies.map(nameAndValue).join('; '), token: /name="_csrf" value="([^"]*)"/.exec(body)?.[1] ?? '' };
}

async function signIn(unit: Unit, { cookies, token }: Form, password: string) {
  const fields = new URLSearchParams({ _csrf: token, user: 'owner', password });
  const answer = await call(unit, 'POST', cookies, fields.toString());
  return { status: answer.status, kept: answer.cookies.filter((each) => /Max-Age=\d{3}/.test(each)).map(nameAndValue) };
}

function call(unit: Unit, method: string, cookie: string, body?: string) {
  return new Promise<{ status: number | undefined; body: string; cookies: readonly string[] }>((resolve, reject) => {
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
    const { hostname } = new URL(unit.url);
    // who answers is not what this test looks at
    const options = { host: hostname, port: unit.port, path: '/login', method, headers, rejectUnauthorized: false };
    const made = request(options, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += String(data)));
      answer.on('end', () =>
        resolve({ status: answer.statusCode, body: text, cookies: answer.headers['set-cookie'] ?? [] }),
      );
    });
    made.on('error', reject);
    made.end(body);
  });
}
