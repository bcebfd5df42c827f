import { startRedirects, type Redirects } from '@hearthward/testbed/relay';
import { badInput } from '../exit.ts';

/**
 * What the hub dials goes over two relays of this process, as over a laboratory's redirect: to the services, unless the
 * assessor stands in for one. They are the fifth and sixth port; where it would listen, the seventh and eighth.
 */
export const openRedirects = async (
  portBase: number,
  services: Parameters<typeof startRedirects>[0],
): Promise<Redirects> => {
  const place = (nth: number) => ({ address: '127.0.0.1', port: portBase + 4 + nth });
  try {
    return await startRedirects(services, async (nth) => ({ dialled: place(nth), here: place(nth + 2) }));
  } catch (error) {
    const { code, port } = error as { readonly code?: unknown; readonly port?: unknown };
    if (code !== 'EADDRINUSE') throw error;
    throw badInput(
      `127.0.0.1:${String(port)} is occupied: stop the program that listens there, or give another --port-base`,
    );
  }
};
