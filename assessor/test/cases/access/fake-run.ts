import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { loadTarget } from '../../../src/load-target.ts';
import type { Case, Judgement, LoginOutcome, Observation } from '../../../src/model.ts';
import { createBudget } from '../../../src/observe/budget.ts';
import { createInstruments } from '../../../src/observe/probe.ts';
import { createRedactor } from '../../../src/observe/redaction/redact.ts';
import type { Declaration } from '@hearthward/product';
import { LAMP } from './fake-declaration.ts';
import { DELIVERED_LAMP, startDelivered, type DeliveredFault, type DeliveredLamp } from './fake-delivered.ts';
import { INITIAL, startLamp, USER, type Fault, type Lamp } from './fake-lamp.ts';

/** Runs one case with the real probes against the lamp, and judges what was recorded. */
export interface Ran {
  readonly judgement: Judgement;
  readonly observations: readonly Observation[];
  readonly lamp: Pick<Lamp, 'password' | 'brightness'>;
  readonly passwordBefore: string;
}

interface Given {
  readonly batch?: string;
  readonly initial?: boolean;
  /** a unit in factory default: the account has no password */
  readonly delivered?: boolean;
  readonly destructive?: boolean;
  readonly declaration?: Declaration;
}

export async function run(each: Case, fault?: Fault, more: Given = {}): Promise<Ran> {
  const [ran] = await runAll([each], fault, more);
  assert.ok(ran);
  return ran;
}

/** The same on a lamp that nobody has set up yet; it may be altered for good unless `destructive` is false. */
export async function runDelivered(
  each: Case,
  fault?: DeliveredFault,
  more: Given = {},
): Promise<Ran & { readonly delivered: DeliveredLamp; readonly kept: readonly string[] }> {
  const delivered = await startDelivered(fault);
  const folder = await mkdtemp(join(tmpdir(), 'hearthward-access-'));
  const kept: string[] = [];
  try {
    const given = { delivered: true, destructive: true, declaration: DELIVERED_LAMP, ...more };
    const [ran] = await runOn(delivered, folder, [each], given, kept);
    assert.ok(ran);
    return { ...ran, delivered, kept };
  } finally {
    await delivered.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One after the other against one lamp, with one budget. */
export async function runAll(cases: readonly Case[], fault?: Fault, more: Given = {}): Promise<readonly Ran[]> {
  const lamp = await startLamp(fault);
  const folder = await mkdtemp(join(tmpdir(), 'hearthward-access-'));
  try {
    return await runOn(lamp, folder, cases, more);
  } finally {
    await lamp.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOn(
  lamp: Lamp,
  folder: string,
  cases: readonly Case[],
  more: Given,
  kept: string[] = [],
): Promise<readonly Ran[]> {
  const passwordBefore = lamp.password();
  const target = {
    schema: 'hearthward/target/1',
    declaration: 'declaration.json',
    authorisation: {
      by: 'its maker',
      statement: 'a test',
      until: '2999-12-31',
      changes: true,
      destructive: more.destructive ?? false,
    },
    services: { panel: { url: `https://127.0.0.1:${lamp.port}`, trust: 'ca.pem' } },
    accounts: {
      'panel-password': {
        user: USER,
        ...(more.delivered === true ? {} : { password: passwordBefore }),
        ...(more.initial === false ? {} : { initialPassword: INITIAL }),
      },
    },
    ...(more.batch === undefined ? {} : { artefacts: { initialPasswords: 'batch.csv' } }),
  };
  await Promise.all([
    writeFile(join(folder, 'declaration.json'), JSON.stringify(more.declaration ?? LAMP)),
    writeFile(join(folder, 'ca.pem'), lamp.certificate),
    writeFile(join(folder, 'target.json'), JSON.stringify(target)),
    writeFile(join(folder, 'batch.csv'), more.batch ?? ''),
  ]);
  const read = await loadTarget(join(folder, 'target.json'), '2026-11-21');
  assert.ok(read.ok, JSON.stringify(read));
  const redactor = createRedactor();
  const instruments = createInstruments({
    ...read.loaded,
    budget: createBudget(read.loaded.target.limits),
    redactor,
    clock: lamp.clock,
    keep: (bytes) => {
      kept.push(redactor.text(Buffer.from(bytes).toString('utf8')));
      return 'blob';
    },
  });
  const ran: Ran[] = [];
  try {
    for (const each of cases) {
      const observations: Observation[] = [];
      const probe = instruments.probeFor((kind, subject, data, blobs = []) => {
        const id = `${each.id}/${observations.length + 1}`;
        const at = new Date(lamp.clock.now()).toISOString();
        observations.push({
          id,
          case: each.id,
          kind,
          subject,
          at,
          data: redactor.data(JSON.parse(JSON.stringify(data))),
          blobs,
        });
      });
      assert.deepEqual(each.ready(probe.declaration, probe.target), { ok: true });
      await each.observe({
        ...probe,
        login: { ...probe.login, attempt: async (...asked) => timed(await probe.login.attempt(...asked)) },
      });
      const seen = { declaration: read.loaded.declaration, observations, assessedAt: '2026-11-21T00:00:00.000Z' };
      ran.push({ judgement: each.judge(seen), observations, lamp, passwordBefore });
    }
  } finally {
    instruments.close();
  }
  return ran;
}

/** The time that the lamp says instead of the one that this machine took. */
function timed(outcome: LoginOutcome): LoginOutcome {
  if (outcome.kind === 'unreachable') return outcome;
  const said = /dur=(\d+)/.exec(outcome.answer.headers['server-timing'] ?? '')?.[1];
  return { ...outcome, answer: { ...outcome.answer, ms: Number(said ?? 0) } };
}
