import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceParts } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import { encloses, type Enclosure, type Switched } from './case.ts';

/** What lies on a laboratory's table: a unit whose parts can be made to fail, whose bytes can be changed, and whose power can be switched. */
export interface Table {
  /**
   * `ID-ask` breaks the part that the self-test of this name tries, or changes one byte at the place of this name;
   * `ID-takeBack` mends it; what is done to its case (`case.ts`); `power-cycle`; false: nobody knows it
   */
  readonly handle: (asked: string) => Promise<boolean>;
  /** of the unit on the table */
  readonly breaking: NonNullable<DeviceParts['hardware']>;
  /** around its board */
  readonly enclosure: Enclosure;
  /** before the next unit starts: what was broken, changed or opened was another's, and each reads its case as it starts */
  readonly clear: () => void;
  readonly put: (unit: LaidUnit) => void;
}
interface LaidUnit extends Switched {
  readonly dataDir: string;
}
export const POWER_CYCLE = 'power-cycle';

/** Places of a unit in this process; `at` is where in the file, so that it still is what it is. */
export const ALTERABLE: readonly Alterable[] = [
  { what: 'software', name: 'image', file: 'slots/a/files/main.js', at: (bytes) => bytes.length >> 1 },
  // a digit of the salt of the password on the label: another one, and whoever has the label cannot sign in
  {
    what: 'configuration',
    name: 'factory-bundle',
    file: 'bundle.json',
    at: (bytes) => bytes.indexOf('"salt":"') + '"salt":"'.length,
  },
];
interface Alterable {
  readonly what: 'software' | 'configuration';
  readonly name: string;
  readonly file: string;
  readonly at: (bytes: Buffer) => number;
}

export const layTable = (declaration: Declaration): Table => {
  const { selfTests = [] } = declaration;
  const enclosure = encloses(declaration);
  const broken = new Set<string>();
  let unit: LaidUnit | undefined;
  const altered = new Map<string, Uint8Array>();
  return {
    enclosure,
    handle: async (asked) => {
      const opened = await enclosure.handle(asked, unit);
      if (opened !== undefined) return opened;
      if (asked === POWER_CYCLE) {
        await unit?.powerCycle();
        return unit !== undefined;
      }
      const place = ALTERABLE.find(({ name }) => asked === `${name}-ask` || asked === `${name}-takeBack`);
      if (place && unit) return alter(join(unit.dataDir, place.file), place, asked.endsWith('-ask'), altered);
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
    clear: () => {
      broken.clear();
      altered.clear();
      enclosure.shut();
      unit = undefined;
    },
    put: (next) => void (unit = next),
  };
};

const every = <T>(names: readonly string[], value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, value]));

/** Whether it was done; what was there before is put back byte for byte. */
const alter = (file: string, { name, at }: Alterable, away: boolean, altered: Map<string, Uint8Array>): boolean => {
  const whole = altered.get(name);
  if (!away) {
    if (whole) writeFileSync(file, whole);
    return altered.delete(name);
  }
  const bytes = readFileSync(file);
  altered.set(name, Buffer.from(bytes));
  const place = at(bytes);
  // a letter or digit of base64 or of a comment, and another one
  bytes[place] = bytes[place] === 0x41 ? 0x42 : 0x41;
  writeFileSync(file, bytes);
  return true;
};
