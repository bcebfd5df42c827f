import { existsSync, readFileSync } from 'node:fs';

/**
 * TCP ports on which this machine listens at all addresses, as the kernel tells (Linux; elsewhere it tells nothing).
 * Asked before a product is started, they are the ports that answer at its address and are not its own.
 */
export const takenPorts = (): readonly number[] => {
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        const [address = '', port = ''] = local.split(':');
        return state === LISTEN && /^0+$/.test(address) ? [Number.parseInt(port, 16)] : [];
      }),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
};

/** TCP_LISTEN of the kernel's include/net/tcp_states.h */
const LISTEN = '0A';
