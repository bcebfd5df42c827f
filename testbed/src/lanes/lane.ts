import { fork } from 'node:child_process';
import type { Verdict } from '@hearthward/assessor';
import { TWINS } from '../twins/index.ts';
import { openBench, type Made } from './judging.ts';
import type { Run } from './plan.ts';

/** What a case said, as one lane tells it to the process that wants to know. */
export interface Said {
  readonly verdict: Verdict;
  readonly because: string;
}

/** A process with a line of its own: addresses, services, a unit. It runs one case at a time. */
export interface Lane {
  /** undefined: the case found nothing. @throws Error with what went wrong in it */
  readonly judge: (run: Run) => Promise<Said | undefined>;
  readonly stop: () => Promise<void>;
}

type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'said'; readonly said?: Said }
  | { readonly type: 'fault'; readonly because: string };

/**
 * @param module calls `serveLane` with the product
 * @param dir where the lane writes; it is the caller's to remove
 */
export const startLane = async (module: URL, dir: string): Promise<Lane> => {
  const child = fork(module, [dir], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // `close` does not come where this side disconnected
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const answer = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as Answer));
      void ended.then((how) => reject(new Error(`a lane ended by itself: ${how}`)));
    });
  const next = async (): Promise<Answer> => {
    const got = await answer();
    if (got.type === 'fault') throw new Error(got.because);
    return got;
  };
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
  };
  try {
    await next();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    judge: async (run) => {
      const answered = next();
      child.send(run);
      const got = await answered;
      return got.type === 'said' ? got.said : undefined;
    },
    stop,
  };
};

/** The other side: what a lane's own module does. It ends when whoever asks is gone. */
export const serveLane = async (made: Made): Promise<void> => {
  const [, , dir = ''] = process.argv;
  const tell = (answer: Answer): void => void process.send?.(answer);
  const fault = (error: unknown): void =>
    tell({ type: 'fault', because: error instanceof Error ? error.message : String(error) });
  const gone = new Promise<void>((resolve) => {
    process.once('disconnect', resolve);
  });
  try {
    const bench = await openBench(dir, made);
    const judge = async (run: Run): Promise<void> => {
      const twin = run.of === 'twin' ? TWINS.find((each) => each.name === run.twin) : undefined;
      const finding = await (twin ? bench.twin(twin) : bench.good(run.case, run.of === 'good' ? run.state : undefined));
      tell({ type: 'said', ...(finding ? { said: { verdict: finding.verdict, because: finding.because } } : {}) });
    };
    process.on('message', (run) => void judge(run as Run).catch(fault));
    tell({ type: 'ready' });
    await gone;
    await bench.stop();
  } catch (error) {
    fault(error);
    process.exitCode = 1;
  }
  process.exit();
};
