import { randomBytes } from 'node:crypto';
import hub from '@hearthward/example-hub';
import { sortMessage } from '../../services/src/privacy/kept/sort.ts';
import { readTelemetry } from '../../services/src/telemetry/validate.ts';
import type { Measured } from '../measured.ts';
import { declaredWith, DEVICES, ITEM, openKeeping } from './keeping.ts';

/**
 * Messages that the services take in a second, from their bytes to the disk: with consent asked for each, beside the same of
 * which nothing is asked; that beside messages that name no pseudonym; and those beside rows that are nobody's.
 */
const ROUNDS = 8;
const MESSAGES = 2000;

export const ingestOfPeople = async (): Promise<readonly Measured[]> => {
  const ways = {
    asked: await way('consent', true),
    named: await way('contract', true),
    unnamed: await way('contract', false),
    plain: await way(undefined, false),
  };
  const rates = { asked: [] as number[], named: [] as number[], unnamed: [] as number[], plain: [] as number[] };
  try {
    for (let round = 0; round < ROUNDS; round++)
      // each first in its turn, so that a slow moment of the machine is nobody's alone
      for (const name of turned(round)) rates[name].push(await ways[name].run(round));
  } finally {
    for (const each of Object.values(ways)) await each.close();
  }
  const beside = (name: Way, what: string, other: Way, yardstick: string): Measured => {
    const [value, yardstickValue] = [median(rates[name]), median(rates[other])];
    return { what, value, unit: 'messages/s', yardstick, yardstickValue };
  };
  return [
    beside('asked', 'consent asked', 'named', 'nothing asked'),
    beside('named', 'pseudonym named', 'unnamed', 'one for the enrolment'),
    beside('asked', 'asked, named and sealed', 'plain', 'plain rows of nobody'),
  ];
};

const NAMES = ['asked', 'named', 'unnamed', 'plain'] as const;
type Way = (typeof NAMES)[number];
const turned = (round: number) => NAMES.map((_, n) => NAMES[(n + round) % NAMES.length] ?? 'plain');

const way = async (basis: 'consent' | 'contract' | undefined, isNamed: boolean) => {
  const declaration = declaredWith(hub, basis);
  const keeping = await openKeeping(declaration);
  const subjects = new Map<string, string>();
  for (const id of keeping.ids) {
    // no key: a pseudonym
    const subject = randomBytes(16).toString('base64url');
    if (isNamed) await keeping.vault.begin(subject, { deviceId: id, epoch: 0, items: [ITEM] });
    const consent = { kind: 'consent', subject, item: ITEM, given: true, by: 'self', how: 'set-up' } as const;
    if (basis === 'consent')
      await keeping.consents.decide(id, { ...consent, notice: '0123456789abcdef', language: 'en', n: 1 }, Date.now());
    subjects.set(id, subject);
  }
  const fields = { temperature: 21.5, humidity: 40, 'target-temperature': 20, lamp: true };
  const at = Date.now();
  return {
    close: () => keeping.close(),
    async run(round: number): Promise<number> {
      const payloads = Array.from({ length: MESSAGES }, (_, n) => {
        const id = keeping.ids[n % DEVICES] ?? '';
        const of = isNamed ? { of: { [ITEM]: subjects.get(id) } } : {};
        return [
          id,
          Buffer.from(
            JSON.stringify({ v: 1, seq: round * MESSAGES + n, at: new Date(at).toISOString(), fields, ...of }),
          ),
        ] as const;
      });
      const began = performance.now();
      const stored = payloads.map(([id, payload]) => {
        const read = readTelemetry(payload, declaration);
        if (!read.ok) throw new Error(read.because);
        return keeping.ingest.telemetry(id, sortMessage(read.message, declaration), read.at);
      });
      if ((await Promise.all(stored)).some((each) => each !== 'stored')) throw new Error('not stored');
      return (MESSAGES * 1000) / (performance.now() - began);
    },
  };
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
