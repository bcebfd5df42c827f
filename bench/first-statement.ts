import { spawn } from 'node:child_process';
import { argon2, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured } from './measured.ts';

/** From an installed clone to the first statement; the promise is 60 s on two cores. The yardstick is the work of a hundred logins. */
export const firstStatement = async (): Promise<readonly Measured[]> => {
  const yardstickValue = await hundredLogins();
  const data = mkdtempSync(join(tmpdir(), 'hearthward-bench-'));
  try {
    const began = performance.now();
    const main = new URL('../cli/src/main.ts', import.meta.url).pathname;
    await new Promise((resolve) => {
      spawn(process.execPath, [main, 'start', '--once', '--data', join(data, 'd'), '--port-base', '28440'], {
        stdio: 'ignore',
      }).once('exit', resolve);
    });
    return [
      {
        what: 'start --once to the statement',
        value: (performance.now() - began) / 1000,
        unit: 's',
        yardstick: '100 argon2id (19 MiB, t=2)',
        yardstickValue,
      },
    ];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};

const hundredLogins = async (): Promise<number> => {
  const derive = promisify(argon2);
  const began = performance.now();
  for (let login = 0; login < 100; login++) {
    await derive('argon2id', {
      message: 'a password',
      nonce: randomBytes(16),
      parallelism: 1,
      tagLength: 32,
      memory: 19_456,
      passes: 2,
    });
  }
  return (performance.now() - began) / 1000;
};
