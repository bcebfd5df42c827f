/**
 * Linux answers on all of 127/8: the hub of each port base gets an address of its own, so that what listens there is
 * that hub's, and a control address beside it that nobody has. Elsewhere there is only one loopback address.
 */
export const hubAddress = (portBase: number): string =>
  process.platform === 'linux' ? `127.0.${portBase >> 8}.${portBase & 255}` : '127.0.0.1';
/** Of the spare unit beside it. */
export const spareAddress = (portBase: number): string =>
  process.platform === 'linux' ? `127.2.${portBase >> 8}.${portBase & 255}` : '127.0.0.1';
/** Undefined where there is none. */
export const controlAddress = (portBase: number): string | undefined =>
  process.platform === 'linux' ? `127.1.${portBase >> 8}.${portBase & 255}` : undefined;
