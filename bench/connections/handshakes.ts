import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Measured } from '../measured.ts';
import { startHolder, type Holder } from './holder.ts';

/**
 * Handshakes against the services' front-end, from the first byte to the ticket for the next time: resumed, and the
 * yardstick is full ones. The promise is at least twice as many of one core of the front-end, since that is what a fleet
 * that comes back costs; a second of the clock says less, because the clients here work as hard on the same cores.
 */
export const handshakes = async (): Promise<readonly Measured[]> => {
  const holder = await startHolder('ours', 1);
  try {
    const [identity] = holder.identities;
    if (!identity) throw new Error('the holder made no identity');
    // A device makes its context once for many connections; its cost is no part of a handshake.
    const client = createSecureContext({ ...identity, ca: holder.anchors, minVersion: 'TLSv1.3' });
    await rate(holder, client, 'full', WARM);
    const full = await rate(holder, client, 'full', COUNT);
    const resumed = await rate(holder, client, 'resumed', COUNT);
    const beside = { yardstick: 'full ones', unit: '/s' };
    return [
      { what: 'resumed handshakes of one core', value: resumed.ofCore, ...beside, yardstickValue: full.ofCore },
      { what: 'resumed handshakes by the clock', value: resumed.byClock, ...beside, yardstickValue: full.byClock },
    ];
  } finally {
    await holder.stop();
  }
};

const COUNT = 400;
const WARM = 50;
const AT_ONCE = 4;

interface Rate {
  readonly byClock: number;
  /** a second of the front-end's own work */
  readonly ofCore: number;
}

const rate = async (holder: Holder, client: SecureContext, how: 'full' | 'resumed', count: number): Promise<Rate> => {
  // Each of those that come at once has a session of its own, as devices have.
  const sessions = await Promise.all(Array.from({ length: AT_ONCE }, () => shake(holder, client)));
  const { seconds } = await holder.cpu();
  const began = performance.now();
  const lanes = sessions.map(async (first) => {
    let session = first;
    for (let done = 0; done < count / AT_ONCE; done++) {
      session = await shake(holder, client, how === 'resumed' ? session : undefined);
    }
  });
  await Promise.all(lanes);
  const byClock = count / ((performance.now() - began) / 1000);
  return { byClock, ofCore: count / ((await holder.cpu()).seconds - seconds) };
};

const shake = ({ port }: Holder, client: SecureContext, session?: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port,
      secureContext: client,
      ...(session ? { session } : {}),
    });
    socket.once('session', (next: Buffer) => {
      if (socket.isSessionReused() !== (session !== undefined)) reject(new Error('not resumed as asked'));
      socket.destroy();
      resolve(next);
    });
    socket.once('error', reject);
  });
