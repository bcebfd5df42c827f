import { setTimeout as wait } from 'node:timers/promises';
import type { ExternalSensor, SelfTest } from '@hearthward/product';
import type { FailureWord } from './decide.ts';
import type { TestedHardware } from './bench.ts';
import { STARTUP_SAMPLES, startupHealth } from './random.ts';

export type Verdict = 'well' | FailureWord;

/** Tries one part; what throws has not answered. */
// G045 PL-3-4: storage, memory, clock, random generator, keystore, sensors and actuators
export const tryPart = (
  { part, of = '' }: SelfTest,
  hardware: TestedHardware,
  sensors: readonly ExternalSensor[],
): Verdict | Promise<Verdict> => {
  switch (part) {
    case 'storage':
      return tryStorage(hardware);
    case 'memory':
      return tryMemory(hardware);
    case 'clock':
      return tryClock(hardware);
    case 'random':
      return tryRandom(hardware);
    case 'keystore':
      return tryKeystore(hardware);
    case 'sensor':
      return trySensor(hardware, of, sensors.find(({ id }) => id === of)?.range);
    case 'actuator':
      return tryActuator(hardware, of);
  }
};

const STORED_BYTES = 64 * 1024;
const PAGE = 4096;
const MEMORY_BYTES = 1024 * 1024;

/** Words that all differ (odd multipliers mix all bits: Knuth, TAOCP 3, 6.4), differently with each `turn`. */
const wordsOf = (turn: number): Uint8Array => {
  const words = Uint32Array.from({ length: PAGE / 4 }, (_, at) => Math.imul(at + 1, 0x9e3779b1) ^ turn);
  return new Uint8Array(words.buffer);
};
/** Bears its own number, so that a page that is read in another's place is seen. */
const numbered = (words: Uint8Array, page: number, turn: number): Buffer => {
  const bytes = Buffer.from(words);
  bytes.writeInt32LE(page ^ turn);
  return bytes;
};

function tryStorage({ storage, clock }: TestedHardware): Verdict {
  const turn = clock.now() | 0;
  const words = wordsOf(turn);
  const bytes = Buffer.concat(Array.from({ length: STORED_BYTES / PAGE }, (_, page) => numbered(words, page, turn)));
  storage.write(bytes);
  const back = storage.read();
  return back !== undefined && bytes.equals(back) ? 'well' : 'wrong-answer';
}

/** Each bit holds both values, and no address answers for another. */
function tryMemory({ memory, memoryErrors }: TestedHardware): Verdict {
  const block = memory(MEMORY_BYTES);
  for (const turn of [0, -1]) {
    const words = wordsOf(turn);
    for (let at = 0; at < MEMORY_BYTES; at += PAGE) block.write(at, numbered(words, at / PAGE, turn));
    for (let at = 0; at < MEMORY_BYTES; at += PAGE)
      if (!numbered(words, at / PAGE, turn).equals(block.read(at, PAGE))) return 'wrong-answer';
  }
  return (memoryErrors() ?? 0) > 0 ? 'hardware-errors' : 'well';
}

const CLOCK_MILLIS = 25;
/** of what a timer and the scheduler may be off */
const CLOCK_SLACK = 5;

async function tryClock(hardware: TestedHardware): Promise<Verdict> {
  // once more where it is off: it may just have been set right
  if (!(await advances(hardware)) && !(await advances(hardware))) return 'stands';
  return hardware.clock.now() < hardware.knownTime() ? 'before-known-time' : 'well';
}

async function advances({ clock, running }: TestedHardware): Promise<boolean> {
  const first = { clock: clock.now(), running: running() };
  await wait(CLOCK_MILLIS);
  const ran = running() - first.running;
  return Math.abs(clock.now() - first.clock - ran) <= CLOCK_SLACK + ran / 2;
}

/** What the kernel's generator holds once it is seeded (random(4), since Linux 5.18). */
const SEEDED_BITS = 256;

function tryRandom({ random, entropy }: TestedHardware): Verdict {
  if ((entropy() ?? SEEDED_BITS) < SEEDED_BITS) return 'not-seeded';
  return startupHealth(random(STARTUP_SAMPLES));
}

async function tryKeystore({ signs, opens }: TestedHardware): Promise<Verdict> {
  return (await signs()) && opens() ? 'well' : 'wrong-answer';
}

function trySensor({ board }: TestedHardware, id: string, range: ExternalSensor['range']): Verdict {
  const sensor = board.sensors?.[id];
  if (!sensor) return 'no-driver';
  if (sensor.works?.() === false) return 'wrong-answer';
  const value = sensor.read();
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'no-answer';
  return range && (value < range.minimum || value > range.maximum) ? 'out-of-range' : 'well';
}

async function tryActuator({ board }: TestedHardware, id: string): Promise<Verdict> {
  const actuator = board.actuators?.[id];
  if (!actuator) return 'no-driver';
  return (await actuator.works()) ? 'well' : 'wrong-answer';
}

/** Verdict within the time that is declared for it. */
export const tryInTime = async (
  test: SelfTest,
  hardware: TestedHardware,
  sensors: readonly ExternalSensor[],
): Promise<Verdict> => {
  const over = new AbortController();
  const late = wait(test.withinMillis, undefined, { signal: over.signal, ref: false }).then(
    () => 'too-slow' as const,
    () => 'too-slow' as const,
  );
  try {
    const tried = Promise.resolve().then(() => tryPart(test, hardware, sensors));
    return await Promise.race([tried, late]);
  } catch {
    // whatever it was that broke, this part did not do what was asked of it
    return 'no-answer';
  } finally {
    over.abort();
  }
};
