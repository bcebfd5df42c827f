import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Value } from 'typebox/value';
import type { PlainFault } from '../../driver/faults.ts';
import { readFactoryBundle } from '../../manufacture/bundle.ts';
import { markBoot, PRESS_SIGNAL } from '../../access/presence/press.ts';
import type { Listen } from '../../seams.ts';
import { SOFTWARE_GUARD, type GuardSettings } from '../../secrets/guards/guard.ts';
import { claimDataFolder } from '../../store/ownership.ts';
import { keepOwnMemory, withoutCoreFiles } from './core-files.ts';
import { FromChild, type ToCore } from '../messages.ts';
import { cleanEnvironment, coreFlags, signerFlags } from './privileges.ts';
import { decideSupervision, UNTROUBLED, type Ended, type Supervision } from './supervise.ts';

/** How long a child may take to end before it is killed. */
const STOP_WITHIN_MILLIS = 5_000;
/** TypeScript in a checkout, JavaScript in an image: its ending is this module's own. */
const SIGNER_MODULE = fileURLToPath(new URL(`../signer${extname(import.meta.filename)}`, import.meta.url));

export interface Booted {
  /** the device's processes as they are now */
  readonly pids: () => Readonly<Partial<Record<'core' | 'signer', number>>>;
  /** every process that was started has ended when it resolves */
  readonly stop: () => Promise<void>;
}

/**
 * Starts signer and core, each with least privilege and a clean environment, joined by a pair of sockets that has no
 * name; starts both again when one ends; gives up with a fault where that cannot help. Never outlived by its children:
 * their line to it closes with it.
 */
export const boot = (options: {
  readonly dataDir: string;
  readonly productModule: string;
  /** as the product's own software says; `software` where absent */
  readonly guard?: GuardSettings | undefined;
  readonly ready: (listen: Listen) => void;
  readonly gaveUp: (fault: PlainFault) => void;
}): Booted => {
  const { dataDir, productModule } = options;
  readFactoryBundle(dataDir);
  keepOwnMemory();
  const claim = claimDataFolder(dataDir);
  const pressed = (): void => pair?.tell({ type: 'pressed', press: 'short' });
  process.on(PRESS_SIGNAL, pressed);
  const mark = markBoot(dataDir);
  let supervision: Supervision = UNTROUBLED;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let pair: Pair | undefined;

  const start = (): void => {
    pair = startPair(
      { dataDir, productModule, guard: options.guard ?? SOFTWARE_GUARD },
      { ready: options.ready, ended },
    );
  };

  const ended = (how: Ended): void => {
    if (stopping) return;
    const { state, effects } = decideSupervision(supervision, how, Date.now());
    supervision = state;
    for (const effect of effects) {
      if (effect.kind === 'start') timer = setTimeout(start, effect.inMillis);
      else void stop().then(() => options.gaveUp(effect.fault));
    }
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    mark.remove();
    await pair?.stop();
    // heard to the end, since the signal would else end this process
    process.off(PRESS_SIGNAL, pressed);
    claim.release();
  };

  start();
  return { pids: () => pair?.pids() ?? {}, stop };
};

interface Pair {
  /** nothing where core has ended or has not begun */
  readonly tell: (message: ToCore) => void;
  readonly pids: () => Readonly<Partial<Record<'core' | 'signer', number>>>;
  readonly stop: () => Promise<void>;
}

/** Signer and core live and die together: each start of the pair is a new release of the keys. */
const startPair = (
  { dataDir, productModule, guard }: Readonly<{ dataDir: string; productModule: string; guard: GuardSettings }>,
  on: { readonly ready: (listen: Listen) => void; readonly ended: (how: Ended) => void },
): Pair => {
  const holder = [SIGNER_MODULE, '--data', dataDir, '--guard', JSON.stringify(guard)];
  const signer = startChild(signerFlags(dataDir, guard), holder, 'pipe');
  const end = signer.stdio[3] as Readable;
  const core = startChild(coreFlags(dataDir, productModule), [productModule, '--data', dataDir, '--role', 'core'], end);
  // Both ends are inherited; boot keeps none, so that either child hears when the other has ended.
  end.destroy();
  let first: Ended | undefined;
  const faults: Partial<Record<'core' | 'signer', PlainFault>> = {};

  const watch = (name: 'core' | 'signer', child: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      child.on('message', (message: unknown) => {
        if (!Value.Check(FromChild, message)) return;
        if (message.type === 'fault') faults[name] = message.fault as PlainFault;
        else if (message.listen) on.ready(message.listen);
      });
      child.once('error', (cause) => {
        faults[name] ??= { code: 'process-failed', message: cause.message, cure: 'Check that Node can be started.' };
        resolve();
      });
      child.once('exit', (code, signal) => {
        first ??= { process: name, how: signal ?? `exit code ${String(code)}` };
        // What it said before it ended may still be on its way.
        if (child.connected) child.once('disconnect', resolve);
        else resolve();
      });
    });

  const gone = { signer: watch('signer', signer), core: watch('core', core) };
  const stop = async (): Promise<void> => {
    await endChild(core, gone.core);
    await endChild(signer, gone.signer);
  };
  void Promise.race([gone.signer, gone.core])
    .then(stop)
    .then(() => {
      const fault = faults.signer ?? faults.core;
      on.ended({ ...(first ?? { process: 'core', how: 'not started' }), ...(fault ? { fault } : {}) });
    });
  return {
    tell: (message) => {
      if (core.connected) core.send(message, () => undefined);
    },
    pids: () => ({
      ...(core.pid === undefined ? {} : { core: core.pid }),
      ...(signer.pid === undefined ? {} : { signer: signer.pid }),
    }),
    stop,
  };
};

const startChild = (flags: readonly string[], command: readonly string[], pair: 'pipe' | Readable): ChildProcess => {
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', pair, 'ipc'];
  return spawn(...withoutCoreFiles([process.execPath, ...flags, ...command]), {
    stdio,
    env: cleanEnvironment(process.env),
    windowsHide: true,
  });
};

const endChild = async (child: ChildProcess, gone: Promise<void>): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MILLIS);
  await gone;
  clearTimeout(kill);
};
