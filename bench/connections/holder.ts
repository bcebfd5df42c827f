import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { FromHolder, Identity } from './hold.ts';

/** The process at the other end (`hold.ts`), as its parent has it. */
export interface Holder {
  readonly port: number;
  readonly anchors: string;
  readonly identities: readonly Identity[];
  /** after collecting garbage, in bytes */
  readonly memory: () => Promise<Told<'memory'>>;
  /** what it has worked since it began */
  readonly cpu: () => Promise<Told<'cpu'>>;
  readonly stop: () => Promise<void>;
}

export const startHolder = async (kind: 'ours' | 'bare', count: number): Promise<Holder> => {
  const child = fork(new URL('hold.ts', import.meta.url), [kind, String(count)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { port, anchors, identities } = await told(child, 'ready');
  const ask = <Type extends 'memory' | 'cpu'>(what: Type): Promise<Told<Type>> => {
    const answer = told(child, what);
    child.send(what);
    return answer;
  };
  return {
    port,
    anchors,
    identities,
    memory: () => ask('memory'),
    cpu: () => ask('cpu'),
    stop: async () => {
      child.removeAllListeners('exit');
      child.send('stop');
      await once(child, 'exit');
    },
  };
};

type Told<Type extends FromHolder['type']> = Extract<FromHolder, { readonly type: Type }>;

const told = <Type extends FromHolder['type']>(child: ChildProcess, type: Type): Promise<Told<Type>> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the holder ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message: FromHolder) => {
      child.removeListener('exit', ended);
      if (message.type === type) resolve(message as Told<Type>);
      else reject(new Error(`the holder said ${message.type}`));
    });
  });
