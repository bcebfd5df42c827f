import { test } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { decideThrottle } from '../../src/access/throttle/decide.ts';
import { PARAMETERS } from '../../src/access/passwords/record.ts';
import type { DeviceParts } from '../../src/parts.ts';
import { selfSignedCertificate } from '../../src/secrets/certificates.ts';
import { median, rankTest } from '../stand-in/rank-test.ts';
import { bench, Browser, OWN, setUp } from './bench.ts';

/**
 * Real answers over HTTPS: unknown user, wrong password, and the right password of an account that others hold back.
 * The classes of one run are compared with each other, in turns, so that neither the machine's speed nor its drift counts.
 */

const CLASSES = ['unknown user', 'wrong password', 'held account'] as const;
type Class = (typeof CLASSES)[number];
const ROUNDS = 20;
/** A chance of one in a thousand, three times over: below it the classes differ. */
const CHANCE = 0.001;
const RUNS = 3;

interface Answer {
  readonly status: number | undefined;
  readonly headers: readonly string[];
  readonly body: string;
  readonly ms: number;
}

test('the-answer-and-its-time-do-not-tell-why-a-sign-in-was-refused', async (t) => {
  const compared = await measure({}, t);
  t.diagnostic(compared.figures);
  assert.equal(compared.looks.length, 1, 'one status, one set of headers, one page');
  assert.equal(compared.differs, false, compared.figures);
});

test('the-comparison-sees-a-device-that-does-not-spend-the-work-on-held-accounts', async (t) => {
  let skips = false;
  const parts: Partial<DeviceParts> = {
    throttle: (state, event, now) => {
      const decided = decideThrottle(state, event, now);
      if (event.kind === 'attempt') skips = decided.effects[0]?.kind === 'refuse';
      return decided;
    },
    checkCredential: async (records, password, decoy, verify) => {
      if (skips) return false;
      return (await Promise.all((records.length ? records : [decoy]).map((each) => verify(each, password)))).includes(
        true,
      );
    },
  };
  assert.equal((await measure({ parts }, t)).differs, true);
});

async function measure(given: { parts?: Partial<DeviceParts> }, t: { after: (end: () => Promise<void>) => void }) {
  const device = await bench({ ...given, hashing: PARAMETERS, https: certificate() });
  t.after(async () => device.app.close());
  await setUp(device.app);
  await device.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = device.app.server.address() as AddressInfo;
  let figures = '';
  let looks: readonly string[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const answers = await interleaved(device, port, run);
    const all = CLASSES.flatMap((each) => answers[each]);
    looks = [...new Set(all.map(({ status, headers, body }) => JSON.stringify([status, headers, body])))];
    const pairs = [
      ['unknown user', 'wrong password'],
      ['wrong password', 'held account'],
      ['unknown user', 'held account'],
    ] as const;
    const tests = pairs.map(([a, b]) => rankTest(times(answers[a]), times(answers[b])));
    figures = CLASSES.map((each) => `${each} ${median(times(answers[each])).toFixed(1)} ms`).join(', ');
    figures += `; p = ${tests.map(({ p }) => p.toFixed(3)).join(', ')}`;
    if (tests.every(({ p }) => p >= CHANCE)) return { differs: false, figures, looks };
  }
  return { differs: true, figures, looks };
}

const times = (answers: readonly Answer[]): readonly number[] => answers.map(({ ms }) => ms);

/** Every attempt comes from a source of its own, so that none is told of a delay of its own. */
async function interleaved(device: Awaited<ReturnType<typeof bench>>, port: number, run: number) {
  const answers: Record<Class, Answer[]> = { 'unknown user': [], 'wrong password': [], 'held account': [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const turn = CLASSES.map((_, at) => CLASSES[(at + round) % CLASSES.length] as Class);
    for (const [at, each] of turn.entries()) {
      // others guess until the account is held, or the delay is over
      if (each === 'held account')
        for (let other = 0; other < 5; other += 1) await new Browser(device.app, `198.51.100.${other}`).logIn('wrong');
      else device.wait(1_000);
      const source = `127.${run + 1}.${round + 1}.${at + 1}`;
      const [user, password] =
        each === 'unknown user' ? ['stranger', OWN] : ['owner', each === 'held account' ? OWN : 'wrong'];
      answers[each].push(await attempt(port, source, user, password));
    }
  }
  return answers;
}

async function attempt(port: number, source: string, user: string, password: string): Promise<Answer> {
  const page = await call(port, source, 'GET');
  const token = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
  const answer = await call(port, source, 'POST', {
    cookie: page.cookie,
    body: new URLSearchParams({ _csrf: token, user, password }).toString(),
  });
  return { ...answer, body: answer.body.replace(/name="_csrf" value="[^"]*"/g, '') };
}

function call(port: number, localAddress: string, method: 'GET' | 'POST', sent?: { cookie: string; body: string }) {
  return new Promise<Answer & { cookie: string }>((resolve, reject) => {
    const headers = sent ? { cookie: sent.cookie, 'content-type': 'application/x-www-form-urlencoded' } : {};
    // the certificate is made by this test; who answers is not what it looks at
    const options = { host: '127.0.0.1', port, path: '/login', method, localAddress, headers, agent: false };
    let from = 0;
    const made = request({ ...options, rejectUnauthorized: false }, (answer) => {
      const ms = performance.now() - from;
      let body = '';
      answer.on('data', (data) => (body += String(data)));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode,
          headers: Object.keys(answer.headers).sort(),
          body,
          ms,
          cookie: (answer.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]).join('; '),
        }),
      );
    });
    made.on('error', reject);
    made.on('socket', (socket) => socket.once('secureConnect', () => (from = performance.now())));
    made.end(sent?.body);
  });
}

function certificate(): { key: string; cert: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [from, until] = [new Date(Date.UTC(2026, 0, 1)), new Date(Date.UTC(2046, 0, 1))];
  const cert = selfSignedCertificate(privateKey, { subject: { CN: 'panel' }, names: ['localhost'], from, until });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}
