import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FactoryBundle, IdentityRequest, Label } from '@hearthward/protocol';

/** Services and a device as they run for real: processes of their own, whose end and whose memory can be seen. */
export interface Running {
  readonly pid: number;
  readonly ready: Readonly<Record<string, unknown>>;
  readonly ask: (message: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;
  readonly alive: () => boolean;
  /** what it wrote to its standard error */
  readonly said: () => string;
  readonly stop: () => Promise<void>;
}

export const startServicesProcess = (dataDir: string, declaration: string): Promise<Running> =>
  started(fileURLToPath(import.meta.resolve('@hearthward/services/main')), [
    '--data',
    dataDir,
    '--declaration',
    declaration,
    ...['https', 'enrolment', 'mqtts'].flatMap((name) => [`--${name}`, '127.0.0.1:0']),
  ]);

/** @param product module of the product, as its manufacturer starts it */
export const startDeviceProcess = (dataDir: string, product: string): Promise<Running> =>
  started(product, ['--data', dataDir]);

/** A unit from the factory of running services. */
export const askFactory = async (services: Running, request: IdentityRequest, batch: string) => {
  const made = await services.ask({ type: 'make-device', request, operator: 'testbed', batch });
  if (made['type'] !== 'device-made') throw new Error(`the factory refused: ${String(made['because'])}`);
  return made as unknown as { readonly bundle: FactoryBundle; readonly label: Label };
};

/** MiB: with little room the engine collects early, so that what is resident is what is held. */
const HEAP = ['--max-old-space-size=256', '--max-semi-space-size=8'];

const started = async (module: string, args: readonly string[]): Promise<Running> => {
  const child = spawn(process.execPath, [...HEAP, module, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // as the device's own processes have it: an arena for each thread would keep what was freed
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-20_000)));
  const ready = await message(child, (each) => each['type'] === 'ready' || each['type'] === 'fault');
  if (ready['type'] !== 'ready') throw new Error(`${module}: ${JSON.stringify(ready)} ${said}`);
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    ready,
    ask: (what) => {
      const id = asked++;
      const answer = message(child, (each) => each['id'] === id);
      child.send({ ...what, id });
      return answer;
    },
    alive: () => child.exitCode === null && child.signalCode === null,
    said: () => said,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
};

type Said = Record<string, unknown>;
const message = (child: ChildProcess, isIt: (said: Said) => boolean): Promise<Said> =>
  new Promise((resolve, reject) => {
    const hear = (said: Said): void => {
      if (!isIt(said)) return;
      child.off('message', hear);
      resolve(said);
    };
    child.on('message', hear);
    child.once('exit', (code, signal) => reject(new Error(`the process ended (${signal ?? code})`)));
  });

/** The process and all below it (Linux). */
export const familyOf = (pid: number): readonly number[] => {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  return [pid, ...children.flatMap(familyOf)];
};

/** Resident bytes of a process and all below it (proc(5), VmRSS). */
export const residentBytes = (pid: number): number =>
  familyOf(pid)
    .map((each) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0) * 1024)
    .reduce((sum, each) => sum + each, 0);
