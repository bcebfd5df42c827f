import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DeviceFault } from '@hearthward/device';
import type { Asked, Place, Question } from './hand.ts';

export type { Place };

/**
 * Small networks of this machine alone: each namespace has its own interfaces, addresses, packet filter and processes,
 * joined by pairs of virtual Ethernet (ip-netns(8), veth(4)). Linux and the superuser; what is made is removed again.
 */
export interface Namespace {
  readonly name: string;
  /** runs a program in it to its end; throws what it said where it fails */
  readonly run: (command: readonly string[], input?: string) => string;
  /** what its hands answer */
  readonly ask: (asked: Asked) => Promise<boolean>;
  readonly listen: (...places: readonly Place[]) => Promise<void>;
}
export interface Network {
  readonly namespace: (name: string) => Promise<Namespace>;
  /** joins two by a cable: name of the interface in each, and its addresses there */
  readonly join: (one: End, other: End) => void;
  readonly remove: () => Promise<void>;
}
export interface End {
  readonly in: Namespace;
  readonly device: string;
  /** with prefix length, as 192.168.7.1/24 */
  readonly addresses: readonly string[];
}

/** The system's own programs: npm puts before them what packages bring, one of which is another `nft`. */
const SYSTEM = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const HAND = fileURLToPath(new URL('hand.ts', import.meta.url));

/** Why no namespaces can be had here; undefined where they can. */
export const withoutNamespaces = (): string | undefined => {
  if (process.platform !== 'linux') return 'needs network namespaces (Linux)';
  for (const [program, ...tried] of [
    ['ip', 'netns', 'list'],
    ['nft', '--version'],
  ] as const) {
    if (spawnSync(program, tried, { env: SYSTEM }).status !== 0) return `needs ${program}`;
  }
  return spawnSync('unshare', ['--net', 'true'], { env: SYSTEM }).status === 0
    ? undefined
    : 'needs the right to make network namespaces';
};

/** @param prefix of the names, so that what runs beside it has others */
export const openNetwork = (prefix: string): Network => {
  const made: { readonly name: string; readonly hand: ChildProcess }[] = [];
  const full = (name: string): string => `${prefix}-${process.pid}-${name}`;

  return {
    namespace: async (name) => {
      const named = full(name);
      carriedOut(['ip', 'netns', 'add', named]);
      const hand = spawn('ip', ['netns', 'exec', named, process.execPath, HAND], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      made.push({ name: named, hand });
      const run: Namespace['run'] = (command, input) => carriedOut(['ip', 'netns', 'exec', named, ...command], input);
      run(['ip', 'link', 'set', 'lo', 'up']);
      const ask = asking(hand);
      await ask.ready;
      return {
        name: named,
        run,
        ask: ask.ask,
        listen: async (...places) => {
          for (const place of places) await ask.ask({ listen: place });
        },
      };
    },
    join: (one, other) => {
      const place = `${one.device} netns ${one.in.name} type veth peer name ${other.device} netns ${other.in.name}`;
      carriedOut(['ip', 'link', 'add', ...place.split(' ')]);
      for (const { in: where, device, addresses } of [one, other]) {
        for (const address of addresses) {
          // no other can have it: nothing to wait for
          const certain = address.includes(':') ? ['nodad'] : [];
          where.run(['ip', 'address', 'add', address, 'dev', device, ...certain]);
        }
        where.run(['ip', 'link', 'set', device, 'up']);
      }
    },
    remove: async () => {
      for (const { name, hand } of made.splice(0)) {
        const gone = hand.exitCode === null ? new Promise((resolve) => hand.once('exit', resolve)) : undefined;
        if (hand.connected) hand.disconnect();
        await gone;
        carriedOut(['ip', 'netns', 'delete', name]);
      }
    },
  };
};

const asking = (hand: ChildProcess): { readonly ready: Promise<boolean>; readonly ask: Namespace['ask'] } => {
  const waiting = new Map<number, PromiseWithResolvers<boolean>>();
  const expect = (number: number): Promise<boolean> => {
    const answer = Promise.withResolvers<boolean>();
    waiting.set(number, answer);
    return answer.promise;
  };
  const ready = expect(0);
  let last = 0;
  hand.on('message', (message: { readonly number: number; readonly ok?: boolean; readonly because?: string }) => {
    const answer = waiting.get(message.number);
    waiting.delete(message.number);
    if (message.because === undefined) answer?.resolve(message.ok === true);
    else answer?.reject(failed(`A hand in a namespace: ${message.because}`));
  });
  hand.once('exit', () => {
    for (const { reject } of waiting.values()) reject(failed('A hand in a namespace has ended'));
  });
  return {
    ready,
    ask: (asked) => {
      const question: Question = { number: ++last, asked };
      const answer = expect(question.number);
      hand.send(question);
      return answer;
    },
  };
};

const carriedOut = (command: readonly string[], input?: string): string => {
  const [program = '', ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    input: input ?? '',
    env: SYSTEM,
  });
  if (status === 0) return stdout;
  throw failed(`${command.join(' ')}: ${error?.message ?? stderr.trim()}`);
};

const failed = (message: string): DeviceFault =>
  new DeviceFault('not-running', message, 'It takes the superuser, iproute2 and nftables.');
