import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../testbed/src/certificate.ts';
import type { Measured } from '../measured.ts';
import type { Asked } from './answering.ts';

/**
 * What a device asks first, answered over HTTPS: whether anything is new since the last time (`timestamp.json`, which the
 * services have in memory). Against Node's bare HTTPS that answers with the same bytes. Both take turns, since machines
 * are noisy; a second of the server's own core is what a fleet costs.
 */
export const check = async (): Promise<readonly Measured[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-check-'));
  const bytes = JSON.stringify({
    signatures: [{ keyid: 'a'.repeat(64), sig: 'b'.repeat(128) }],
    signed: { version: 7 },
  });
  mkdirSync(join(dir, 'metadata'));
  writeFileSync(join(dir, 'metadata', 'timestamp.json'), bytes);
  const { key, cert } = await makeCertificate();
  const about = { folder: dir, key, cert, bytes };
  const [ours, bare] = await Promise.all([
    answering({ kind: 'ours', ...about }),
    answering({ kind: 'bare', ...about }),
  ]);
  try {
    await Promise.all([ours.rate(WARM), bare.rate(WARM)]);
    const rates: { ours: Rate; bare: Rate }[] = [];
    for (let turn = 0; turn < TURNS; turn++) rates.push({ ours: await ours.rate(COUNT), bare: await bare.rate(COUNT) });
    const middle = (of: (each: { ours: Rate; bare: Rate }) => number): number =>
      rates.map(of).sort((a, b) => a - b)[TURNS >> 1] ?? 0;
    const beside = { unit: '/s', yardstick: 'bare HTTPS' };
    return [
      {
        what: 'checks answered by one core',
        value: middle((each) => each.ours.ofCore),
        ...beside,
        yardstickValue: middle((each) => each.bare.ofCore),
      },
      {
        what: 'checks answered by the clock',
        value: middle((each) => each.ours.byClock),
        ...beside,
        yardstickValue: middle((each) => each.bare.byClock),
      },
    ];
  } finally {
    await Promise.all([ours.stop(), bare.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }
};

const WARM = 1000;
const COUNT = 4000;
const TURNS = 5;
const AT_ONCE = 16;

interface Rate {
  readonly byClock: number;
  readonly ofCore: number;
}

const answering = async (asked: Asked) => {
  const child = fork(new URL('answering.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(asked);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, rejectUnauthorized: false });
  const cpu = async (): Promise<number> => {
    child.send('cpu');
    return ((await once(child, 'message')) as [{ seconds: number }])[0].seconds;
  };
  const get = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/updates/metadata/timestamp.json', agent };
      request(options, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`answered with ${answer.statusCode}`));
        answer.resume().once('end', resolve);
      })
        .once('error', reject)
        .end();
    });
  return {
    rate: async (count: number): Promise<Rate> => {
      const before = await cpu();
      const began = performance.now();
      const lanes = Array.from({ length: AT_ONCE }, async () => {
        for (let done = 0; done < count / AT_ONCE; done++) await get();
      });
      await Promise.all(lanes);
      const byClock = count / ((performance.now() - began) / 1000);
      return { byClock, ofCore: count / ((await cpu()) - before) };
    },
    stop: async () => {
      agent.destroy();
      child.disconnect();
      await once(child, 'exit');
    },
  };
};
