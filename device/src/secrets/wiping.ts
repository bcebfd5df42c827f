/**
 * Secret bytes for as long as `use` runs; zero afterwards, whatever `use` does. What `use` gives back must not be a view
 * of them.
 */
// EN 303 645 5.4-1, G045 CR-1-2: bytes of a secret live no longer than the work that needs them
export const wiping = <Bytes extends Uint8Array, Result>(bytes: Bytes, use: (bytes: Bytes) => Result): Result => {
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
};

/** The same bytes, not a copy that nobody would wipe. */
export const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
