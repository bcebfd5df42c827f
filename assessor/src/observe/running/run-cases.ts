import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Code } from '@hearthward/standards';
import { refuse, type Assessed, type AssessOptions } from '../../assessment.ts';
import { createBlobs } from '../../evidence/blobs.ts';
import { createLog } from '../../evidence/observations.ts';
import { RUN, type RunNote } from '../../judge/findings.ts';
import type { LoadedTarget } from '../../load-target.ts';
import type { Case, Data } from '../../model.ts';
import { createBudget, type Budget } from '../budget.ts';
import { hideWhatWasGiven, noteRecords, withoutSecrets } from '../given.ts';
import { createInstruments, type Instruments } from '../probe.ts';
import { createRedactor } from '../redaction/redact.ts';
import { afterCheck, createDoctor, explainIll, WELL, type Doctor, type Health } from './harm.ts';
import { inOrder, notAllowed, runLane, type Lane } from './lane.ts';
import { createSpareUnit, stateFor, type SpareUnit } from './spare.ts';
import { createTurns } from './turns.ts';

/** Carries out the chosen cases, those of each unit one after the other, and writes down what they saw and how each ended. */
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
  const instrumentsFor = (unit: LoadedTarget, budget: Budget): Instruments =>
    createInstruments({
      ...unit,
      budget,
      redactor,
      clock,
      ...(options.waits === undefined ? {} : { waits: options.waits }),
      keep: (bytes) => blob(redactor.bytes(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)),
    });
  const log = createLog(join(options.work, 'observations.jsonl'));
  const note = (kind: RunNote, subject: string, data: Data): void => {
    log.append({ case: RUN, kind, subject, at: new Date(clock.now()).toISOString(), data, blobs: [] });
  };
  const unit = openUnit(loaded, instrumentsFor, clock);
  const spare = loaded.spare && openSpare(loaded.spare, instrumentsFor);
  try {
    for (const each of [unit, ...(spare ? [spare] : [])]) {
      const health = await each.check();
      if (!health.alive) return refuseIll(options.targetFile, health);
    }
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
    const { onUnit, onSpare } = allot(inOrder(chosen), loaded, spare?.kept);
    const lanes: Lane[] = [{ ...unit.lane, cases: onUnit }, ...(spare ? [{ ...spare.lane, cases: onSpare }] : [])];
    await sideBySide(lanes, chosen.length, { ...options, append: log.append, note, redactor });
    if (options.signal?.aborted === true) return refuse('interrupted', 'the assessment was interrupted');
    note('ended', 'product', { requests: lanes.reduce((sum, { budget }) => sum + budget.requestsSpent(), 0) });
    return { ok: true };
  } finally {
    log.close();
    unit.close();
    spare?.close();
  }
}

type MakeInstruments = (unit: LoadedTarget, budget: Budget) => Instruments;
interface Opened {
  readonly lane: Omit<Lane, 'cases'>;
  readonly check: () => Promise<Health>;
  readonly close: () => void;
}

function openUnit(loaded: LoadedTarget, make: MakeInstruments, clock: ObserveOptions['clock']): Opened {
  const { target, endpoints } = loaded;
  const budget = createBudget(target.limits);
  const instruments = make(loaded, budget);
  const doctor = createDoctor(instruments.hand);
  const services = Object.keys(target.services).flatMap((id) => endpoints.get(id) ?? []);
  return {
    lane: {
      target,
      budget,
      prepared: async () => ({ ok: true, probeFor: instruments.probeFor }),
      harm: () => harmOf(doctor, services, clock),
    },
    check: () => doctor.check([...endpoints.values()]),
    close: () => {
      doctor.close();
      instruments.close();
    },
  };
}

function openSpare(loaded: LoadedTarget, make: MakeInstruments): Opened & { readonly kept: SpareUnit } {
  const { target, endpoints } = loaded;
  const budget = createBudget(target.limits);
  const kept = createSpareUnit(loaded, budget, (read) => make({ ...loaded, target: read }, budget));
  const instruments = make(loaded, budget);
  const doctor = createDoctor(instruments.hand);
  return {
    kept,
    lane: { unit: 'spare', target, budget, prepared: kept.prepared, harm: kept.harm },
    check: () => doctor.check(Object.keys(target.services).flatMap((id) => endpoints.get(id) ?? [])),
    close: () => {
      doctor.close();
      instruments.close();
    },
  };
}

/** What wants a spare unit runs there, unless it can be tried on the unit alone. */
function allot(
  cases: readonly Case[],
  { target, declaration }: LoadedTarget,
  spare: SpareUnit | undefined,
): { readonly onUnit: readonly Case[]; readonly onSpare: readonly Case[] } {
  const onSpare = cases.filter((one) => {
    if (spare === undefined || (one.spare === undefined && one.effect !== 'destructive')) return false;
    if (one.ready(declaration, spare.targetIn(stateFor(one))).ok) return true;
    return notAllowed(one, target.authorisation) !== undefined || !one.ready(declaration, target).ok;
  });
  return { onUnit: cases.filter((one) => !onSpare.includes(one)), onSpare };
}

/** What breaks one of them ends the others, and is thrown when they have. */
async function sideBySide(
  lanes: readonly Lane[],
  of: number,
  room: Omit<Parameters<typeof runLane>[1], 'turns' | 'begins' | 'now'> & ObserveOptions,
): Promise<void> {
  let done = 0;
  const shared = {
    ...room,
    now: room.clock.now,
    turns: createTurns(),
    begins: (one: Case, unit: Lane['unit']): void =>
      room.onProgress?.({ done: done++, of, case: one.id, title: one.title, ...(unit === undefined ? {} : { unit }) }),
  };
  const ended = await Promise.allSettled(
    lanes.map((lane) =>
      runLane(lane, shared).catch((error: unknown) => {
        for (const { budget } of lanes) budget.stop('run-stopped', 'the assessment broke off');
        throw error;
      }),
    ),
  );
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
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
