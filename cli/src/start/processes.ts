import { fork, type ChildProcess } from 'node:child_process';
import { Refusal, EXIT } from '../exit.ts';

/** Children of `start`: each says when it is ready, is asked over IPC, and ends with its parent. */

export interface Part {
  readonly name: string;
  readonly pid: number;
  readonly ready: Record<string, unknown>;
  /** sends a message and waits for the one whose `type` is given */
  readonly ask: (message: Record<string, unknown>, answerType: string) => Promise<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
  /** resolves when the process has ended, for whatever reason */
  readonly ended: Promise<number | null>;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 8_000;

export const startPart = async (
  name: string,
  module: string,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<Part> => {
  const child = fork(module, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: cleanEnvironment() });
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        lastLines.splice(0, Math.max(0, lastLines.length - 4));
        lastLines.push(line);
        onLine(line);
      }
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const ready = await Promise.race([
    messageOf(child, 'ready', READY_WITHIN_MS, `${name} did not become ready within ${READY_WITHIN_MS / 1000} s`),
    ended.then((code) => {
      // What the child said last is its own one-line error, with its cure.
      const said = lastLines.at(-1)?.replace(/^[\w-]+: /, '') ?? `it ended with code ${code}`;
      throw new Refusal(
        code === EXIT.input || code === EXIT.usage ? EXIT.input : EXIT.fault,
        `${name} did not start: ${said}`,
      );
    }),
  ]);
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    ended,
    ask: async (message, answerType) => {
      const answer = messageOf(child, answerType, READY_WITHIN_MS, `${name} did not answer ${String(message['type'])}`);
      child.send(message);
      return answer;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(timer);
    },
  };
};

const messageOf = (
  child: ChildProcess,
  type: string,
  withinMs: number,
  otherwise: string,
): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Refusal(EXIT.fault, otherwise))), withinMs);
    const onMessage = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('type' in message)) return;
      const said = message as Record<string, unknown>;
      if (said['type'] === type) finish(() => resolve(said));
      if (said['type'] === 'refused') finish(() => reject(new Refusal(EXIT.input, String(said['because']))));
    };
    const onExit = () => finish(() => reject(new Refusal(EXIT.fault, otherwise)));
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });

/** Children get what they need to run and nothing of the shell that started them. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'HEARTHWARD_DEBUG', 'NODE_EXTRA_CA_CERTS'].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  );
