import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Measured } from '../measured.ts';
import { startHolder, type Holder } from './holder.ts';

/**
 * Handshakes a second against the services' front-end, from the first byte to the ticket for the next time: resumed, and
 * the yardstick is full ones. The promise is at least twice as many.
 */
export const handshakes = async (): Promise<readonly Measured[]> => {
  const holder = await startHolder('ours', 1);
  try {
    const [identity] = holder.identities;
    if (!identity) throw new Error('the holder made no identity');
    // A device makes its context once for many connections; its cost is no part of a handshake.
    const client = createSecureContext({ ...identity, ca: holder.anchors, minVersion: 'TLSv1.3' });
    await rate(holder, client, 'full', WARM);
    const yardstickValue = await rate(holder, client, 'full', COUNT);
    const value = await rate(holder, client, 'resumed', COUNT);
    return [{ what: 'resumed handshakes', value, unit: '/s', yardstick: 'full ones', yardstickValue }];
  } finally {
    await holder.stop();
  }
};

const COUNT = 400;
const WARM = 50;
const AT_ONCE = 4;

const rate = async (holder: Holder, client: SecureContext, how: 'full' | 'resumed', count: number): Promise<number> => {
  // Each of those that come at once has a session of its own, as devices have.
  const sessions = await Promise.all(Array.from({ length: AT_ONCE }, () => shake(holder, client)));
  const began = performance.now();
  const lanes = sessions.map(async (first) => {
    let session = first;
    for (let done = 0; done < count / AT_ONCE; done++) {
      session = await shake(holder, client, how === 'resumed' ? session : undefined);
    }
  });
  await Promise.all(lanes);
  return count / ((performance.now() - began) / 1000);
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
