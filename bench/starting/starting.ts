import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeCertificate } from '../../testbed/src/certificate.ts';
import { familyOf } from '../../testbed/src/hostile/processes.ts';
import type { Measured } from '../measured.ts';
import { factoryNew } from './unit.ts';

/**
 * How long a hub takes from the start of its first stage until its panel listens, and what all its processes hold when they have
 * nothing to do. Beside it a server of Node that serves one page over TLS: what the engine costs by itself, once for the
 * start, and once for each process. The goals are 1.5 s and 220 MiB. Linux alone says what processes hold.
 */
export const starting = async (): Promise<readonly Measured[]> => {
  if (process.platform !== 'linux') return [];
  const unit = await factoryNew();
  const certificate = await makeCertificate();
  try {
    const device: Run[] = [];
    const bare: Run[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      bare.push(await bareServer(certificate));
      device.push(await wholeDevice(unit.dataDir));
    }
    const processes = median(device.map((each) => each.processes));
    return [
      {
        what: `start to panel ready, median of ${RUNS}`,
        value: median(device.map((each) => each.seconds)),
        unit: 's',
        yardstick: 'a bare server of Node',
        yardstickValue: median(bare.map((each) => each.seconds)),
      },
      {
        what: `memory of ${processes} processes at rest`,
        value: median(device.map((each) => each.mebibytes)),
        unit: 'MiB',
        yardstick: `${processes} bare servers of Node`,
        yardstickValue: median(bare.map((each) => each.mebibytes)) * processes,
      },
    ];
  } finally {
    unit.remove();
  }
};
const RUNS = 5;
const REST_MILLIS = 5_000;

interface Run {
  readonly seconds: number;
  /** proportional set size, proc_pid_smaps(5): what is shared counts once */
  readonly mebibytes: number;
  readonly processes: number;
}

const wholeDevice = async (dataDir: string): Promise<Run> => {
  const loader = join(dataDir, 'slots/a/files/node_modules/@hearthward/device/src/processes/loader.js');
  const begun = performance.now();
  const child = spawn(process.execPath, [loader, '--data', dataDir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return measured(child, begun);
};

const bareServer = async (certificate: { readonly key: string; readonly cert: string }): Promise<Run> => {
  const begun = performance.now();
  const child = fork(new URL('bare.ts', import.meta.url));
  child.send(certificate);
  return measured(child, begun);
};

const measured = async (child: ReturnType<typeof spawn>, begun: number): Promise<Run> => {
  const ended = once(child, 'exit');
  try {
    for (;;) {
      const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ readonly type?: string } | null];
      if (typeof message !== 'object' || message?.type === 'fault')
        throw new Error(`it did not start: ${JSON.stringify(message)}`);
      if (message?.type === 'ready') break;
    }
    const seconds = (performance.now() - begun) / 1_000;
    await wait(REST_MILLIS);
    const family = familyOf(child.pid ?? 0);
    const mebibytes = family.reduce((sum, pid) => sum + proportional(pid), 0);
    return { seconds, mebibytes, processes: family.length };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
};

const proportional = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
