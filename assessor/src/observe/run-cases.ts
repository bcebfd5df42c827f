import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Code } from '@hearthward/standards';
import { refuse, type Assessed, type AssessOptions } from '../assessment.ts';
import { createBlobs } from '../evidence/blobs.ts';
import { createLog } from '../evidence/observations.ts';
import { RUN, type RunNote } from '../judge/findings.ts';
import type { LoadedTarget } from '../load-target.ts';
import type { Case, Data } from '../model.ts';
import { createBudget, DEFAULT_PATIENCE_SECONDS } from './budget.ts';
import { hideWhatWasGiven, noteRecords, withoutSecrets } from './given.ts';
import { afterCheck, createDoctor, explainIll, WELL, type Doctor, type Health } from './harm.ts';
import { createInstruments } from './probe.ts';
import { createRedactor } from './redaction/redact.ts';
import { mostFor, runCase } from './run-case.ts';

/** Carries out the chosen cases one after the other and writes down what they saw, and how each ended. */
export interface ObserveOptions extends AssessOptions {
  readonly clock: NonNullable<AssessOptions['clock']>;
  readonly work: string;
  readonly codes: readonly Code[];
  readonly startedAt: string;
}

type Observed = { readonly ok: true } | Extract<Assessed, { ok: false }>;

export async function observe(
  loaded: LoadedTarget,
  chosen: readonly Case[],
  options: ObserveOptions,
): Promise<Observed> {
  const { target, declaration } = loaded;
  const { clock } = options;
  const redactor = createRedactor();
  hideWhatWasGiven(loaded, redactor);
  const blob = createBlobs(join(options.work, 'blobs'));
  const budget = createBudget(target.limits);
  const instruments = createInstruments({
    ...loaded,
    budget,
    redactor,
    clock,
    ...(options.waits === undefined ? {} : { waits: options.waits }),
    keep: (bytes) => blob(redactor.bytes(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)),
  });
  const doctor = createDoctor(instruments.hand);
  const log = createLog(join(options.work, 'observations.jsonl'));
  const note = (kind: RunNote, subject: string, data: Data): void => {
    log.append({ case: RUN, kind, subject, at: new Date(clock.now()).toISOString(), data, blobs: [] });
  };
  let underWay: Case | undefined;
  const interrupt = (): void => {
    if (underWay?.putsBack !== true) budget.stop('run-stopped', 'the assessment was interrupted');
  };
  options.signal?.addEventListener('abort', interrupt);
  try {
    const health = await doctor.check([...loaded.endpoints.values()]);
    if (!health.alive) return refuseIll(options.targetFile, health);
    writeFileSync(join(options.work, 'declaration.json'), `${JSON.stringify(declaration, null, 2)}\n`);
    writeFileSync(join(options.work, 'target.json'), `${JSON.stringify(withoutSecrets(target), null, 2)}\n`);
    note('begun', 'product', {
      assessedAt: options.startedAt,
      codes: options.codes,
      cases: chosen.map((one) => one.id),
    });
    noteRecords(target, log.append, options.startedAt);
    for (const one of options.cases) {
      if (!chosen.includes(one)) note('not-chosen', one.id, { because: 'this case was not chosen for this run' });
    }
    const ordered = inOrder(chosen);
    const services = Object.keys(target.services).flatMap((id) => loaded.endpoints.get(id) ?? []);
    let harmed: string | undefined;
    for (const [at, one] of ordered.entries()) {
      options.onProgress?.({ done: at, of: ordered.length, case: one.id, title: one.title });
      if (harmed !== undefined) {
        note('stopped', one.id, { because: harmed });
        continue;
      }
      const withheld = notAllowed(one, target.authorisation);
      if (withheld !== undefined) {
        note('not-ready', one.id, { because: withheld });
        continue;
      }
      underWay = one;
      const ending = await runCase(one, {
        probeFor: instruments.probeFor,
        append: log.append,
        redactor,
        budget,
        now: clock.now,
        most: mostFor(target.limits?.patienceSeconds ?? DEFAULT_PATIENCE_SECONDS),
        ...(options.signal === undefined || one.putsBack === true ? {} : { signal: options.signal }),
      });
      underWay = undefined;
      if (options.signal?.aborted === true) return refuse('interrupted', 'the assessment was interrupted');
      note(ending.note, one.id, { because: ending.because });
      if (ending.note !== 'not-ready') harmed = await harmOf(doctor, services, clock);
    }
    note('ended', 'product', { requests: budget.requestsSpent() });
    return { ok: true };
  } finally {
    options.signal?.removeEventListener('abort', interrupt);
    log.close();
    doctor.close();
    instruments.close();
  }
}

/** Reading first, then what disturbs, then what cannot be put back. */
const ORDER = ['reading', 'disturbing', 'destructive'] as const;

function inOrder(cases: readonly Case[]): readonly Case[] {
  return ORDER.flatMap((effect) => cases.filter((one) => one.effect === effect));
}

function notAllowed(one: Case, allowed: LoadedTarget['target']['authorisation']): string | undefined {
  if (one.effect === 'disturbing' && !allowed.changes) return 'the authorisation does not allow changes to the target';
  if (one.effect === 'destructive' && !allowed.destructive)
    return 'the authorisation does not allow what cannot be put back';
  return undefined;
}

const BETWEEN_CHECKS_MS = 1500;

async function harmOf(
  doctor: Doctor,
  services: Parameters<Doctor['check']>[0],
  clock: ObserveOptions['clock'],
): Promise<string | undefined> {
  let state = WELL;
  for (;;) {
    const health = await doctor.check(services);
    const after = afterCheck(state, health);
    if (after.next === 'go-on') return undefined;
    if (after.next === 'stop') return 'stopped because the target no longer answers';
    state = after.state;
    await clock.wait(BETWEEN_CHECKS_MS);
  }
}

function refuseIll(file: string, health: Extract<Health, { alive: false }>): Extract<Assessed, { ok: false }> {
  const said = explainIll(health.endpoint, health.ill);
  return refuse('target-down', `${file}: ${said.message}; ${said.cure}`);
}
