import { randomBytes } from 'node:crypto';
import hub from '@hearthward/example-hub';
import type { PersonalData } from '../../services/src/privacy/kept/kept.ts';
import { openVaultFile } from '../../services/src/privacy/vault/file.ts';
import { sortMessage } from '../../services/src/privacy/kept/sort.ts';
import type { Measured } from '../measured.ts';
import { declaredWith, ITEM, openKeeping } from './keeping.ts';

/**
 * How long until one person among many is unreadable, in the vault and a replica of it, with 90 days of telemetry in the
 * store: milliseconds, beside the same with the fewest others.
 */
const OTHERS = [1000, 10_000, 100_000, 1_000_000];
const PERSONS = 7;
const DAYS = 90;
const A_DAY = 24;
const DAY = 24 * 3_600_000;

export const erasingOne = async (): Promise<readonly Measured[]> => {
  const times: number[] = [];
  for (const others of OTHERS) times.push(await among(others));
  return times.map((value, n) => ({
    what: `one among ${OTHERS[n]} unreadable in`,
    value,
    unit: 'ms',
    yardstick: `among ${OTHERS[0]}`,
    yardstickValue: times[0] ?? 0,
  }));
};

const among = async (others: number): Promise<number> => {
  const declaration = declaredWith(hub, 'contract');
  const keeping = await openKeeping(declaration, (folder) => fill(folder, others));
  const { vault, ingest, data, ids } = keeping;
  try {
    const [deviceId = ''] = ids;
    const took: number[] = [];
    for (let person = 0; person < PERSONS; person++) {
      // no key: a pseudonym
      const subject = randomBytes(16).toString('base64url');
      await vault.begin(subject, { deviceId, epoch: 0, items: [ITEM] });
      const messages = Array.from({ length: DAYS * A_DAY }, (_, n) => {
        const seq = person * DAYS * A_DAY + n;
        const message = { v: 1, seq, at: '', fields: { temperature: 21.5 }, of: { [ITEM]: subject } } as const;
        return ingest.telemetry(deviceId, sortMessage(message, declaration), Date.now() - Math.floor(n / A_DAY) * DAY);
      });
      await Promise.all(messages);
      if ((await countOf(data, subject)) !== messages.length) throw new Error('not all of it can be read');
      const began = performance.now();
      await vault.end([subject], 'bench');
      took.push(performance.now() - began);
      if ((await countOf(data, subject)) !== 0) throw new Error('something can be read');
    }
    return took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
  } finally {
    await keeping.close();
  }
};

const countOf = async (data: PersonalData, subject: string): Promise<number> => {
  let count = 0;
  for await (const _ of data.of([subject], { productId: hub.product.id, items: [ITEM], since: 0 })) count += 1;
  return count;
};

/** So many others, in one transaction; nobody has to open what is theirs. */
const fill = (folder: string, others: number): void => {
  const file = openVaultFile(folder);
  file.write('1.bench', (run) => {
    for (let n = 1; n <= others; n++) {
      // no key: stands for a sealed one
      run('insert into keys (slot, wrapped) values (?, ?)', n, randomBytes(61));
      run(
        "insert into subjects (subject, slot, device_id, epoch, items, state, changed) values (?, ?, ?, 1, '[]', 'open', 1)",
        // no key: a pseudonym
        randomBytes(16).toString('base64url'),
        n,
        `other${n}`,
      );
    }
  });
  file.scrub();
  file.close();
};
