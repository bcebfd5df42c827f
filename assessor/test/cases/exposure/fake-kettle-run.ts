import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import { loadTarget } from '../../../src/load-target.ts';
import { CASES } from '../../../src/cases/index.ts';
import type { Data, Judgement, Observation } from '../../../src/model.ts';
import { createBudget } from '../../../src/observe/budget.ts';
import { createInstruments } from '../../../src/observe/probe.ts';
import { createRedactor } from '../../../src/observe/redaction/redact.ts';
import { INITIAL, KETTLE, PASSWORD, startKettle, type Fault, type Kettle, type KettleState } from './fake-kettle.ts';

export interface Ran {
  readonly judgement: Judgement;
  readonly observations: readonly Observation[];
}
export interface Given {
  readonly fault?: Fault;
  /** another product in the kettle’s place */
  readonly start?: () => Promise<Kettle>;
  readonly declaration?: Declaration;
  readonly target?: (target: Record<string, unknown>, port: number) => void;
  /** path in the folder `given` -> content */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** the file `state` in the folder `given`, made anew of what the kettle is set to; none where undefined */
  readonly stores?: (state: KettleState) => string | Uint8Array | undefined;
  /** the same in the folder `other` */
  readonly otherFiles?: Readonly<Record<string, string | Uint8Array>>;
}
const ASSESSED = '2026-11-21T00:00:00.000Z';

/** One case with the real probes against a kettle, judged from what was recorded. */
export async function run(id: string, given: Given = {}): Promise<Ran> {
  const each = CASES.find((one) => one.id === id);
  assert.ok(each, id);
  const folder = await mkdtemp(join(tmpdir(), 'hearthward-kettle-'));
  const stores = (state: KettleState): void => {
    const kept = given.stores?.(state);
    if (kept !== undefined) writeFileSync(join(folder, 'given', 'state'), kept);
  };
  const kettle = await (given.start?.() ?? startKettle(given.fault, stores));
  const target: Record<string, unknown> = {
    schema: 'hearthward/target/1',
    declaration: 'declaration.json',
    authorisation: { by: 'its maker', statement: 'a test', until: '2999-12-31', changes: true, destructive: true },
    services: { panel: { url: `https://127.0.0.1:${kettle.port}`, trust: 'ca.pem' } },
    site: { url: `https://127.0.0.1:${kettle.sitePort}`, trust: 'ca.pem' },
    accounts: { password: { password: PASSWORD, initialPassword: INITIAL } },
    limits: { patienceSeconds: 1 },
  };
  try {
    given.target?.(target, kettle.port);
    for (const [name, files] of [
      ['given', given.files],
      ['other', given.otherFiles],
    ] as const) {
      await mkdir(join(folder, name));
      for (const [path, content] of Object.entries(files ?? {})) {
        await mkdir(dirname(join(folder, name, path)), { recursive: true });
        await writeFile(join(folder, name, path), content);
      }
    }
    await writeFile(join(folder, 'declaration.json'), JSON.stringify(given.declaration ?? KETTLE));
    await writeFile(join(folder, 'ca.pem'), kettle.certificate);
    await writeFile(join(folder, 'target.json'), JSON.stringify(target));
    const read = await loadTarget(join(folder, 'target.json'), '2026-11-21');
    assert.ok(read.ok, JSON.stringify(read));
    const redactor = createRedactor();
    const instruments = createInstruments({
      ...read.loaded,
      budget: createBudget(read.loaded.target.limits),
      redactor,
      clock: { now: () => Date.parse(ASSESSED), wait: async () => undefined },
      keep: () => 'blob',
    });
    const observations: Observation[] = [];
    const probe = instruments.probeFor((kind, subject, data, blobs = []) => {
      const safe = redactor.data(JSON.parse(JSON.stringify(data)) as Data);
      observations.push({
        id: `${id}/${observations.length + 1}`,
        case: id,
        kind,
        subject,
        at: ASSESSED,
        data: safe,
        blobs,
      });
    });
    try {
      assert.deepEqual(each.ready(probe.declaration, probe.target), { ok: true });
      await each.observe(probe);
    } finally {
      instruments.close();
    }
    return {
      judgement: each.judge({ declaration: read.loaded.declaration, observations, assessedAt: ASSESSED }),
      observations,
    };
  } finally {
    await kettle.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** By value: what a judge says of these observations. */
export function judged(
  id: string,
  told: readonly (readonly [kind: string, subject: string, data: Data])[],
  declaration: Declaration = KETTLE,
): Judgement {
  const each = CASES.find((one) => one.id === id);
  assert.ok(each, id);
  const observations = told.map(([kind, subject, data], n): Observation => ({
    id: `${id}/${n + 1}`,
    case: id,
    kind,
    subject,
    at: ASSESSED,
    data,
    blobs: [],
  }));
  return each.judge({ declaration, observations, assessedAt: ASSESSED });
}

export function is(
  ran: { readonly judgement: Judgement } | Judgement,
  verdict: Judgement['verdict'],
  word?: RegExp,
): void {
  const judgement = 'judgement' in ran ? ran.judgement : ran;
  assert.equal(judgement.verdict, verdict, JSON.stringify(judgement, null, 1));
  if (word !== undefined) assert.match(judgement.because, word);
}
