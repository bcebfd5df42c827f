import { fork, type ChildProcess } from 'node:child_process';
import { Refusal, EXIT, badInput } from '../exit.ts';
import { createTail, oneFault, type Tail } from './last-words.ts';

/** Children of this process: each says when it is ready, is asked over IPC, and ends when its line to us closes. */
export interface Part {
  readonly name: string;
  readonly pid: number;
  /** what it said when it was ready */
  readonly ready: Readonly<Record<string, unknown>>;
  /** sends a message, and resolves with the answer to it */
  readonly ask: (message: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;
  /** ends it and all that it has started, as a power cut does; that is no fall. Nothing of it runs when it resolves */
  readonly cut: () => Promise<void>;
}

export interface Parts {
  /**
   * @param more `cure`: what to do where the module itself fails, if it is the person's own; `cached`: it may read what Node
   *   has compiled before, which nobody signs
   * @throws Refusal with the child's own one-line error; the abort's reason
   */
  readonly start: (
    name: string,
    module: string,
    args: readonly string[],
    more?: { readonly cure?: string | undefined; readonly cached?: true },
  ) => Promise<Part>;
  /**
   * Every process that was started has ended when it resolves; last started, first stopped. Resolves with the end of
   * a part that ended by itself: what failed because of it may have been noticed first.
   */
  readonly stop: () => Promise<Refusal | undefined>;
}

const READY_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 8_000;

/** A child that ends by itself aborts `stopping` with what it said last. */
export const openParts = (stopping: AbortController, onLine: (line: string) => void): Parts => {
  const children: Child[] = [];
  let stopped = false;
  return {
    start: async (name, module, args, more = {}) => {
      stopping.signal.throwIfAborted();
      if (stopped) throw new Refusal(EXIT.interrupted, 'everything is being stopped');
      const child = spawnChild({ name, module, args, ...more, onLine });
      children.push(child);
      const ready = await child.message((said) => said['type'] === 'ready', READY_WITHIN_MS, stopping.signal);
      void child.ended.then((how) => {
        if (!stopped && children.includes(child)) stopping.abort(fellBy(name, how, child.tail));
      });
      let asked = 0;
      const ask: Part['ask'] = async (message) => {
        stopping.signal.throwIfAborted();
        if (stopped) throw new Refusal(EXIT.interrupted, 'everything is being stopped');
        const id = asked++;
        const answer = child.message((said) => said['id'] === id, ANSWER_WITHIN_MS, stopping.signal);
        child.process.send({ ...message, id });
        const said = await answer;
        if (said['type'] === 'refused') throw badInput(`${name}: ${String(said['because'])}`);
        return said;
      };
      const cut = async (): Promise<void> => {
        const at = children.indexOf(child);
        if (at < 0) return;
        children.splice(at, 1);
        kill(child.process);
        await child.ended;
      };
      return { name, pid: child.process.pid ?? 0, ready, ask, cut };
    },
    stop: async () => {
      stopped = true;
      let fell: Refusal | undefined;
      for (const child of children.splice(0).reverse()) {
        const how = await stopChild(child);
        if (!ASKED_TO_END.has(how) && child.wasReady()) fell = fellBy(child.name, how, child.tail);
      }
      return fell;
    },
  };
};

type Said = Record<string, unknown>;
interface Child {
  readonly name: string;
  readonly wasReady: () => boolean;
  readonly process: ChildProcess;
  readonly tail: Tail;
  /** resolves with exit code or signal when it has ended and everything that it said has been read */
  readonly ended: Promise<string>;
  readonly message: (isIt: (said: Said) => boolean, withinMs: number, signal: AbortSignal) => Promise<Said>;
}

const spawnChild = (given: {
  readonly name: string;
  readonly module: string;
  readonly args: readonly string[];
  readonly cure?: string | undefined;
  readonly cached?: true;
  readonly onLine: (line: string) => void;
}): Child => {
  const { name, module, args, cure, cached, onLine } = given;
  const child = fork(module, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: cleanEnvironment(cached === true ? ['NODE_COMPILE_CACHE'] : []),
    // A group of its own: Ctrl-C reaches this process alone, which then stops the others in order.
    detached: GROUPS,
  });
  const tail = createTail(onLine);
  let wasReady = false;
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', tail.hear);
  // no boundary: a process that this command has started
  child.on('message', (said: Said) => {
    if (said['type'] === 'ready') wasReady = true;
    if (said['type'] === 'fault') tail.fault = oneFault(said);
  });
  const ended = new Promise<string>((resolve) => {
    // what is said to one that has just ended fails too, and is not how it ended
    child.once('error', (error) => child.pid === undefined && resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  // A child that has just ended refuses what is sent to it; `ended` says so.
  child.on('error', () => undefined);
  return {
    name,
    wasReady: () => wasReady,
    process: child,
    tail,
    ended,
    message: (isIt, withinMs, signal) =>
      new Promise((resolve, reject) => {
        const onMessage = (said: Said) => {
          if (isIt(said)) finish(() => resolve(said));
        };
        const onAbort = () => finish(() => reject(signal.reason as Error));
        const timer = setTimeout(() => {
          const text = `${name} did not answer within ${withinMs / 1000} s; close other programs and start again`;
          finish(() => reject(badInput(text)));
        }, withinMs);
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          child.off('message', onMessage);
          signal.removeEventListener('abort', onAbort);
          settle();
        };
        // no boundary: a process that this command has started
        child.on('message', onMessage);
        signal.addEventListener('abort', onAbort, { once: true });
        void ended.then((how) => finish(() => reject(notStarted(name, how, tail, cure))));
      }),
  };
};

/** What the child said last is its own one-line error, with its cure. */
const notStarted = (name: string, how: string, tail: Tail, cure?: string): Refusal => {
  const { fault } = tail;
  const crashed = fault === undefined && !/ (64|65)$/.test(how);
  const isBadInput = crashed ? cure !== undefined : (fault?.isBadInput ?? true);
  const said = fault?.text ?? tail.lastWords() ?? `it ended with ${how}`;
  return new Refusal(
    isBadInput ? EXIT.input : EXIT.fault,
    `${name} did not start: ${said}${crashed && cure !== undefined ? `; ${cure}` : ''}`,
  );
};

const fellBy = (name: string, how: string, tail: Tail): Refusal => {
  const said = tail.fault?.text ?? tail.lastWords();
  const last = said === undefined ? '' : `; it said last: ${said}`;
  return new Refusal(
    tail.fault?.isBadInput ? EXIT.input : EXIT.fault,
    `${name} ended by itself (${how})${last}; start again, nothing is lost`,
  );
};

/** The whole group that it leads, where there are groups. */
const kill = (child: ChildProcess): void => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  else child.kill('SIGKILL');
};
const GROUPS = process.platform !== 'win32';

/** How a child ends that does as it is told, or that had no time to learn how. */
const KILLED_BY_US = 'killed, for it did not end';
const ASKED_TO_END: ReadonlySet<string> = new Set(['exit code 0', 'SIGTERM', KILLED_BY_US]);

const stopChild = async ({ process: child, ended }: Child): Promise<string> => {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  let wasKilled = false;
  const timer = setTimeout(() => (wasKilled = child.kill('SIGKILL')), STOP_WITHIN_MS);
  const how = await ended;
  clearTimeout(timer);
  return wasKilled ? KILLED_BY_US : how;
};

/** Children get what they need to run and nothing of the shell that started them. */
const cleanEnvironment = (more: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(
    [...KEPT, ...more].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
const KEPT = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'HEARTHWARD_DEBUG', 'NODE_EXTRA_CA_CERTS'];
