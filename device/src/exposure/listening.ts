import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Sockets on which this process listens, from the kernel's tables (Linux); undefined where there are none to read. */
export const listeningSockets = (): readonly { readonly address: string; readonly port: number }[] | undefined => {
  if (process.platform !== 'linux') return undefined;
  const own = ownSockets();
  return ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((path) =>
    parseTable(tableAt(path)).filter(({ inode }) => own.has(inode)),
  );
};

/** TCP state LISTEN in the kernel's tables (include/net/tcp_states.h). */
const LISTEN = '0A';

/** Rows of /proc/net/tcp or tcp6 that listen. */
export const parseTable = (
  table: string,
): readonly { readonly address: string; readonly port: number; readonly inode: string }[] =>
  table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === LISTEN)
    .flatMap((columns) => {
      const [address, port] = (columns[1] ?? '').split(':');
      const inode = columns[9];
      if (address === undefined || port === undefined || inode === undefined) return [];
      return [{ address: readAddress(address), port: Number.parseInt(port, 16), inode }];
    });

/** The kernel writes addresses as 32-bit words in host order, hexadecimal. */
const readAddress = (hex: string): string => {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return bytes.every((byte) => byte === 0) ? '::' : groups.join(':');
};

const ownSockets = (): ReadonlySet<string> =>
  new Set(
    readdirSync('/proc/self/fd').flatMap((descriptor) => {
      const target = linkOf(`/proc/self/fd/${descriptor}`);
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      return inode === undefined ? [] : [inode];
    }),
  );

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch (cause) {
    // A descriptor may close between listing and reading.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw cause;
  }
};

/** A kernel without IPv6 has no tcp6 table. */
const tableAt = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw cause;
  }
};
