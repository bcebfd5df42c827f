import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Namespace, Network } from '../namespaces.ts';

/**
 * A product between somebody honest and somebody who floods it, each in a network namespace of their own that is a network
 * of its home; so whatever the product says to one of them by its packet filter it says to their address.
 */
export interface Besieged {
  readonly product: Namespace;
  /** milliseconds that each visit of the honest one took, Infinity where it was not served */
  readonly visits: (times: number) => Promise<readonly number[]>;
  /** stands when it resolves */
  readonly besiege: (siege: Siege) => Promise<{ readonly end: () => Promise<void> }>;
}
export type Siege = 'syns' | 'made-up-syns' | 'connections' | 'bodies';

/** The one port that is flooded, and the addresses of the product on both networks. */
export const BESIEGED_PORT = 443;
export const PRODUCT = '192.168.78.2';
export const BESIEGER = '192.168.79.1';
const [HOME, BESIDE] = ['192.168.78.1', '192.168.79.2'];

/** Why it cannot be had here; undefined where it can. `hping3` sends what no program without it can: SYNs alone. */
export const withoutFlood = (): string | undefined =>
  spawnSync('hping3', ['--version'], { env: SYSTEM }).error ? 'needs hping3' : undefined;

/** `pinned`: both others run on the second core alone; the product is the caller’s to start. */
export const layBesieged = async (network: Network, pinned = false): Promise<Besieged> => {
  const [product, home, enemy] = await Promise.all([
    network.namespace('product'),
    network.namespace('home'),
    network.namespace('enemy'),
  ]);
  network.join(
    { in: product, device: 'lan0', addresses: [`${PRODUCT}/24`] },
    { in: home, device: 'eth0', addresses: [`${HOME}/24`] },
  );
  network.join(
    { in: product, device: 'lan1', addresses: [`${BESIDE}/24`] },
    { in: enemy, device: 'eth0', addresses: [`${BESIEGER}/24`] },
  );
  enemy.run(['ip', 'route', 'add', `${PRODUCT}/32`, 'via', BESIDE]);
  // answers to addresses that are made up have somewhere to go
  product.run(['ip', 'route', 'add', 'default', 'via', BESIEGER]);
  return {
    product,
    visits: async (times) => {
      const visitor = runIn(home, pinned, [process.execPath, VISITOR, PRODUCT, String(BESIEGED_PORT), String(times)]);
      let said = '';
      visitor.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
      await once(visitor, 'close');
      return (JSON.parse(said) as readonly number[]).map((millis) => (millis < 0 ? Infinity : millis));
    },
    besiege: async (siege) => {
      // who measures is not to wait for who floods
      const besieger = runIn(enemy, pinned, ['nice', '-n', '19', ...COMMANDS[siege]]);
      const gone = once(besieger, 'exit');
      await Promise.race([siege === 'connections' || siege === 'bodies' ? begun(besieger) : pause(BEGINS), gone]);
      if (besieger.exitCode !== null) throw new Error(`The siege of ${siege} has ended by itself.`);
      return {
        end: async () => {
          besieger.kill('SIGKILL');
          await gone;
        },
      };
    },
  };
};

const VISITOR = fileURLToPath(new URL('visitor.ts', import.meta.url));
const CLIENT = fileURLToPath(new URL('besieger.ts', import.meta.url));
const SYSTEM = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
const SYNS = ['hping3', '--flood', '--quiet', '--syn', '--destport', String(BESIEGED_PORT)];
const COMMANDS: Readonly<Record<Siege, readonly string[]>> = {
  syns: [...SYNS, PRODUCT],
  'made-up-syns': [...SYNS, '--rand-source', PRODUCT],
  connections: [process.execPath, CLIENT, 'connections', PRODUCT, String(BESIEGED_PORT)],
  bodies: [process.execPath, CLIENT, 'bodies', PRODUCT, String(BESIEGED_PORT)],
};

/** The core that is not the product’s: it is started on the first. */
const OTHER_CORE = '1';
const runIn = ({ name }: Namespace, pinned: boolean, command: readonly string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', name, ...(pinned ? ['taskset', '-c', OTHER_CORE] : []), ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: SYSTEM,
  });

/** ms */
const BEGINS = 700;
const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const begun = ({ stdout }: ChildProcess): Promise<unknown> => (stdout ? once(stdout, 'data') : pause(BEGINS));
