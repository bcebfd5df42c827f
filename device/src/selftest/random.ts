/**
 * The startup health tests of NIST SP 800-90B, 4.3 and 4.4, on samples of one byte. They see a generator that stands
 * still or has lost most of its entropy, and are not meant to see more.
 */

/** as the standard asks of a test at the start (4.3, requirement 4) */
export const STARTUP_SAMPLES = 1_024;
/** false alarms: one in 2^30 starts at most, within the range that the standard recommends (4.4: 2^-20 to 2^-40) */
const ALARM_BITS = 30;
/** bits of entropy that each byte is held to; the kernel's generator gives 8 */
const ENTROPY = 7;
/** for samples that are not binary (4.4.2) */
const WINDOW = 512;

/** 4.4.1: C = 1 + ceil(-log2 alpha / H) */
const REPEATS = 1 + Math.ceil(ALARM_BITS / ENTROPY);

// G045 CR-1-1, EN 303 645 5.4-4: keys come from a generator that was seen to vary
export const startupHealth = (samples: Uint8Array): 'well' | 'repeats' | 'uneven' => {
  let run = 0;
  let before = -1;
  for (const sample of samples) {
    run = sample === before ? run + 1 : 1;
    before = sample;
    if (run >= REPEATS) return 'repeats';
  }
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    const [first] = samples.subarray(at, at + 1);
    const same = samples.subarray(at, at + WINDOW).filter((sample) => sample === first).length;
    if (same >= PROPORTION) return 'uneven';
  }
  return 'well';
};

/** 4.4.2: C = 1 + critbinom(W, 2^-H, 1 - alpha), the least count whose lower tail reaches 1 - alpha. */
const criticalCount = (window: number, chance: number, alarm: number): number => {
  let term = (1 - chance) ** window;
  let upper = 1 - term;
  let count = 0;
  while (upper > alarm && count < window) {
    term *= ((window - count) / (count + 1)) * (chance / (1 - chance));
    upper -= term;
    count += 1;
  }
  return count;
};
export const PROPORTION = 1 + criticalCount(WINDOW, 2 ** -ENTROPY, 2 ** -ALARM_BITS);
