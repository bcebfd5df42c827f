import type { DeviceParts } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';

/** What lies on a laboratory's table: a unit whose parts can be made to fail, and whose power can be switched. */
export interface Table {
  /** `ID-ask` breaks the part that the self-test of this name tries, `ID-takeBack` mends it, `power-cycle`; false: nobody knows it */
  readonly handle: (asked: string) => Promise<boolean>;
  /** of the unit on the table */
  readonly breaking: NonNullable<DeviceParts['hardware']>;
  readonly put: (unit: { readonly powerCycle: () => Promise<void> }) => void;
}
export const POWER_CYCLE = 'power-cycle';

export const layTable = ({ selfTests = [] }: Declaration): Table => {
  const broken = new Set<string>();
  let unit: { readonly powerCycle: () => Promise<void> } | undefined;
  return {
    handle: async (asked) => {
      if (asked === POWER_CYCLE) {
        await unit?.powerCycle();
        return unit !== undefined;
      }
      const test = selfTests.find(({ id }) => asked === `${id}-ask` || asked === `${id}-takeBack`);
      if (test === undefined) return false;
      if (asked.endsWith('-ask')) broken.add(test.id);
      else broken.delete(test.id);
      return true;
    },
    breaking: (whole) => {
      const has = (part: string): boolean => selfTests.some((each) => each.part === part && broken.has(each.id));
      const those = (part: string): readonly string[] =>
        selfTests.flatMap(({ id, part: its, of }) => (its === part && of !== undefined && broken.has(id) ? [of] : []));
      const { storage, memory, clock, board } = whole;
      const stands = clock.now();
      return {
        ...whole,
        // writes are swallowed
        ...(has('storage') ? { storage: { ...storage, write: () => undefined } } : {}),
        // a bit is stuck
        ...(has('memory')
          ? {
              memory: (bytes: number) => {
                const block = memory(bytes);
                const read = (at: number, length: number) => block.read(at, length).map((byte) => byte & ~1);
                return { write: block.write, read };
              },
            }
          : {}),
        ...(has('clock') ? { clock: { now: () => stands } } : {}),
        ...(has('random') ? { random: (bytes: number) => new Uint8Array(bytes) } : {}),
        ...(has('keystore') ? { signs: async () => false } : {}),
        board: {
          sensors: { ...board.sensors, ...every(those('sensor'), { read: () => undefined }) },
          actuators: {
            ...board.actuators,
            ...every(those('actuator'), { works: () => false, safe: () => undefined }),
          },
        },
      };
    },
    put: (next) => {
      broken.clear();
      unit = next;
    },
  };
};

const every = <T>(names: readonly string[], value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, value]));
