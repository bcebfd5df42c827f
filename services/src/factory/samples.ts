import { type BatchRefusal, checkBatch, type Labelled } from './batch.ts';
import { makePassword } from './passwords.ts';

/** Labels that are never sold: for the statistics of an assessor, and to try the generator before it is used. */

export const SAMPLES_MOST = 1_000_000;

/** Serials and MACs as a line gives them, one after the other. */
export const drawSamples = (count: number, random?: (bytes: number) => Uint8Array): readonly Labelled[] =>
  Array.from({ length: count }, (_, index) => {
    // 02: locally administered, so that no sample bears the address of a real interface
    const mac = `02:00:00:${[index >> 16, index >> 8, index].map(hex).join(':')}`;
    const carrier = { serial: `SAMPLE${String(index + 1).padStart(7, '0')}`, mac };
    return { ...carrier, password: makePassword(carrier, random) };
  });
const hex = (value: number): string => (value & 255).toString(16).padStart(2, '0');

export const batchCsv = (batch: readonly Labelled[]): string =>
  `serial,mac,password\n${batch.map((one) => `${one.serial},${one.mac},${one.password}\n`).join('')}`;

/** So many show a counter, a digest and letters that lean by a tenth; drawn in a twentieth of a second. */
const TRIAL = 1000;

export const testGenerator = (random?: (bytes: number) => Uint8Array): BatchRefusal | undefined =>
  checkBatch(drawSamples(TRIAL, random));
