import { randomBytes } from 'node:crypto';
import hub from '@hearthward/example-hub';
import { sortMessage } from '../../services/src/privacy/kept/sort.ts';
import { readTelemetry } from '../../services/src/telemetry/validate.ts';
import type { Measured } from '../measured.ts';
import { declaredTwice, declaredWith, DEVICES, ITEM, openKeeping, TWICE } from './keeping.ts';

/**
 * Messages that the services take in a second, from their bytes to the disk: with consent asked for each, beside the same of
 * which nothing is asked, in one store and by turns; those that name a pseudonym beside those that name none; and those
 * beside rows that are nobody's.
 */
export const ingestOfPeople = async (): Promise<readonly Measured[]> => [
  await askedBesideNot(),
  ...(await besidePlain()),
];

/** Short, and many: what the machine does besides falls on both alike. */
const TURNS = 60;
const MESSAGES_A_TURN = 250;

const askedBesideNot = async (): Promise<Measured> => {
  const declaration = declaredTwice(hub);
  const keeping = await openKeeping(declaration);
  try {
    const subjects = new Map<string, string>();
    for (const id of keeping.ids) {
      // no key: a pseudonym
      const subject = randomBytes(16).toString('base64url');
      const items = [TWICE.consent.item, TWICE.contract.item];
      await keeping.vault.begin(subject, { deviceId: id, epoch: 0, items });
      await keeping.consents.decide(
        id,
        {
          kind: 'consent',
          subject,
          item: TWICE.consent.item,
          given: true,
          by: 'self',
          how: 'set-up',
          notice: '0123456789abcdef',
          language: 'en',
          n: 1,
        },
        Date.now(),
      );
      subjects.set(id, subject);
    }
    const took = { consent: [] as number[], contract: [] as number[] };
    for (let turn = 0; turn < TURNS; turn++)
      for (const basis of turn % 2 === 0 ? BASES : BASES.toReversed()) {
        const { item, suffix } = TWICE[basis];
        const fields = Object.fromEntries(Object.entries(FIELDS).map(([id, value]) => [`${id}${suffix}`, value]));
        const seq = (turn * 2 + BASES.indexOf(basis)) * MESSAGES_A_TURN;
        const of = (id: string) => ({ of: { [item]: subjects.get(id) } });
        took[basis].push(await millisOf(keeping, declaration, { fields, from: seq, count: MESSAGES_A_TURN, of }));
      }
    const rate = (millis: readonly number[]) => (MESSAGES_A_TURN * 1000) / median(millis.slice(WARM));
    return {
      what: 'consent asked',
      value: rate(took.consent),
      unit: 'messages/s',
      yardstick: 'nothing asked',
      yardstickValue: rate(took.contract),
    };
  } finally {
    await keeping.close();
  }
};
const BASES = ['consent', 'contract'] as const;
/** turns in which the engine still compiles */
const WARM = 10;

const ROUNDS = 8;
const MESSAGES = 2000;

const besidePlain = async (): Promise<readonly Measured[]> => {
  const ways = {
    named: await way('contract', true),
    unnamed: await way('contract', false),
    plain: await way(undefined, false),
  };
  const rates = { named: [] as number[], unnamed: [] as number[], plain: [] as number[] };
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
    beside('named', 'pseudonym named', 'unnamed', 'one for the enrolment'),
    beside('named', 'named and sealed', 'plain', 'plain rows of nobody'),
  ];
};

const NAMES = ['named', 'unnamed', 'plain'] as const;
type Way = (typeof NAMES)[number];
const turned = (round: number) => NAMES.map((_, n) => NAMES[(n + round) % NAMES.length] ?? 'plain');

const way = async (basis: 'contract' | undefined, isNamed: boolean) => {
  const declaration = declaredWith(hub, basis);
  const keeping = await openKeeping(declaration);
  const subjects = new Map<string, string>();
  for (const id of keeping.ids) {
    // no key: a pseudonym
    const subject = randomBytes(16).toString('base64url');
    if (isNamed) await keeping.vault.begin(subject, { deviceId: id, epoch: 0, items: [ITEM] });
    subjects.set(id, subject);
  }
  const of = (id: string) => (isNamed ? { of: { [ITEM]: subjects.get(id) } } : {});
  return {
    close: () => keeping.close(),
    async run(round: number): Promise<number> {
      const asked = { fields: FIELDS, from: round * MESSAGES, count: MESSAGES, of };
      return (MESSAGES * 1000) / (await millisOf(keeping, declaration, asked));
    },
  };
};

const FIELDS = { temperature: 21.5, humidity: 40, 'target-temperature': 20, lamp: true };

/** From bytes to the disk. */
const millisOf = async (
  { ids, ingest }: Awaited<ReturnType<typeof openKeeping>>,
  declaration: typeof hub,
  asked: {
    readonly fields: Readonly<Record<string, number | boolean>>;
    readonly from: number;
    readonly count: number;
    readonly of: (id: string) => object;
  },
): Promise<number> => {
  const at = new Date().toISOString();
  const payloads = Array.from({ length: asked.count }, (_, n) => {
    const id = ids[n % DEVICES] ?? '';
    const message = { v: 1, seq: asked.from + n, at, fields: asked.fields, ...asked.of(id) };
    return [id, Buffer.from(JSON.stringify(message))] as const;
  });
  const began = performance.now();
  const stored = payloads.map(([id, payload]) => {
    const read = readTelemetry(payload, declaration);
    if (!read.ok) throw new Error(read.because);
    return ingest.telemetry(id, sortMessage(read.message, declaration), read.at);
  });
  if ((await Promise.all(stored)).some((each) => each !== 'stored')) throw new Error('not stored');
  return performance.now() - began;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
