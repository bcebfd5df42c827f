/**
 * The three functions of the reflection-metadata proposal that the certificate library's container asks for when it is
 * loaded. It stores nothing through them that our code reads; where a full implementation is present it is left alone.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

const partial = {
  getMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
  getOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
  defineMetadata: (key: unknown, value: unknown, target: object) => {
    const known = metadata.get(target) ?? new Map<unknown, unknown>();
    known.set(key, value);
    metadata.set(target, known);
  },
};

if (!('getMetadata' in Reflect)) Object.assign(Reflect, partial);
