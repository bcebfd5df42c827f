import { argon2, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startLine, type Unit } from '@hearthward/testbed';
import type { Measured } from './measured.ts';

/**
 * Signing in takes 50 to 500 ms, so that guesses are dear and people do not wait; and it holds up nobody: a plain page
 * beside running logins, against the same page of the idle device.
 */
export const login = async (): Promise<readonly Measured[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-bench-'));
  const line = await startLine({ dir, declaration, product: hub });
  try {
    const unit = await line.startUnit('login');
    const signIn = await browserOf(unit, line.ownerPassword);
    const cost = tunedCost(unit);
    const yardstickValue = await median(15, () => argon2Alone(cost));
    const alone = await median(15, signIn);
    const idle = await median(60, () => page(unit));
    const until = new AbortController();
    const others = [0, 1].map(async () => {
      while (!until.signal.aborted) await signIn();
    });
    const beside = await median(60, () => page(unit));
    until.abort();
    await Promise.all(others);
    await unit.stop();
    const unitOfTime = 'ms';
    const yardstick = `argon2id as the factory tuned it (${cost.memoryKib >> 10} MiB, t=${cost.passes})`;
    return [
      { what: 'a login', value: alone, unit: unitOfTime, yardstick, yardstickValue },
      { what: 'a page beside two logins', value: beside, unit: unitOfTime, yardstick: 'idle', yardstickValue: idle },
    ];
  } finally {
    await line.stop();
    rmSync(dir, { recursive: true, force: true });
  }
};

async function median(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return took.sort((a, b) => a - b)[times >> 1] ?? 0;
}

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}
/** What a password costs on this unit since it was made. */
const tunedCost = ({ dataDir }: Unit): Cost => {
  const { hashing } = JSON.parse(readFileSync(join(dataDir, 'bundle.json'), 'utf8')) as { readonly hashing: Cost };
  return hashing;
};

const derive = promisify(argon2);
const argon2Alone = ({ memoryKib, passes, parallelism }: Cost) =>
  derive('argon2id', {
    message: 'a password',
    nonce: randomBytes(16),
    parallelism,
    tagLength: 32,
    memory: memoryKib,
    passes,
  });

const page = (unit: Unit) => call(unit, 'GET', '');

/** A browser that has the form already: what is timed is the answer to it. */
async function browserOf(unit: Unit, password: string): Promise<() => Promise<unknown>> {
  const { body, cookies } = await page(unit);
  const token = /name="_csrf" value="([^"]*)"/.exec(body)?.[1] ?? '';
  const form = new URLSearchParams({ _csrf: token, user: 'owner', password }).toString();
  return async () => {
    const { status } = await call(unit, 'POST', cookies, form);
    if (status !== 303) throw new Error(`the login was answered with ${status}`);
  };
}

function call(unit: Unit, method: string, cookie: string, sent?: string) {
  return new Promise<{ status: number | undefined; body: string; cookies: string }>((resolve, reject) => {
    const { hostname } = new URL(unit.url);
    const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
    const options = { host: hostname, port: unit.port, path: '/login', method, headers, rejectUnauthorized: false };
    const made = request(options, (answer) => {
      let body = '';
      answer.on('data', (data) => (body += String(data)));
      answer.on('end', () => {
        const set = answer.headers['set-cookie'] ?? [];
        resolve({ status: answer.statusCode, body, cookies: set.map((each) => each.split(';')[0]).join('; ') });
      });
    });
    made.on('error', reject);
    made.end(sent);
  });
}
