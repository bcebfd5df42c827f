import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CODES, rows, ties, type Code } from '@hearthward/standards';
import { createBlobs } from './evidence/blobs.ts';
import { openSigningKey } from './evidence/envelope.ts';
import { beginFolder, finishFolder } from './evidence/folder.ts';
import { createLog } from './evidence/observations.ts';
import { judgeFolder } from './judge/folder.ts';
import { RECORDS, RUN, type RunNote } from './judge/findings.ts';
import { loadTarget, problemLine, type LoadedTarget } from './load-target.ts';
import type { Case, Data, Finding, Observation, Statement } from './model.ts';
import { createBudget } from './observe/budget.ts';
import { afterCheck, createDoctor, explainIll, WELL, type Doctor, type Health } from './observe/harm.ts';
import { createInstruments } from './observe/probe.ts';
import { createRedactor, type Redactor } from './observe/redact.ts';
import { writeReports } from './report/write.ts';
import { mostFor, runCase } from './run-case.ts';

/** One assessment from target file to signed folder. Nothing is sent before the target file has been accepted. */
export interface AssessOptions {
  readonly targetFile: string;
  /** evidence folder; must not exist yet, or be empty */
  readonly out: string;
  readonly codes?: readonly string[];
  /** rows (`5.1-1`, `CODE/REF`), topics or cases; all where absent */
  readonly only?: readonly string[];
  readonly cases: readonly Case[];
  /** PEM file of the signing key, made where it does not exist; `assessor-key.pem` beside the folder where absent */
  readonly key?: string;
  readonly clock?: { readonly now: () => number; readonly wait: (ms: number) => Promise<void> };
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}
export interface Progress {
  readonly done: number;
  readonly of: number;
  readonly case: string;
  readonly title: string;
}
export type RefusalCode = 'bad-target' | 'unknown-code' | 'unknown-row' | 'bad-output' | 'target-down' | 'interrupted';
export type Assessed =
  | { readonly ok: true; readonly dir: string; readonly statements: readonly Statement[]; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly code: RefusalCode; readonly because: readonly string[] };

export async function assess(options: AssessOptions): Promise<Assessed> {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const codes = CODES.filter((code) => options.codes === undefined || options.codes.includes(code));
  const unknown = (options.codes ?? []).filter((code) => !CODES.some((known) => known === code));
  if (unknown.length > 0) return refuse('unknown-code', `no code is called ${unknown.join(', ')}; there are ${CODES.join(', ')}`);
  const chosen = choose(options.cases, options.only);
  if (!chosen.ok) return refuse('unknown-row', chosen.because);
  const read = await loadTarget(options.targetFile, new Date(clock.now()).toISOString().slice(0, 10));
  if (!read.ok) return { ok: false, code: 'bad-target', because: read.problems.map(problemLine) };
  const out = resolve(options.out);
  const folder = beginFolder(out);
  if (!folder.ok) return refuse('bad-output', folder.because);
  const key = openSigningKey(options.key ?? join(dirname(out), 'assessor-key.pem'));

  const startedAt = new Date(clock.now()).toISOString();
  const seen = await observe(read.loaded, chosen.cases, { ...options, clock, work: folder.work, codes, startedAt });
  if (!seen.ok) {
    rmSync(folder.work, { recursive: true, force: true });
    return seen;
  }
  const judged = judgeFolder(folder.work, options.cases, codes);
  if (!judged.ok) throw new TypeError(`${judged.file} ${judged.because}`);
  writeReports(folder.work, { ...judged, declaration: read.loaded.declaration, cases: options.cases });
  finishFolder(folder.work, out, key, {
    startedAt,
    finishedAt: new Date(clock.now()).toISOString(),
    product: read.loaded.declaration.product.id,
    codes,
    cases: chosen.cases.map((one) => one.id),
    authorisation: read.loaded.target.authorisation.by,
    runtime: process.version,
  });
  return { ok: true, dir: out, statements: judged.statements, findings: judged.findings };
}

interface ObserveOptions extends AssessOptions {
  readonly clock: NonNullable<AssessOptions['clock']>;
  readonly work: string;
  readonly codes: readonly Code[];
  readonly startedAt: string;
}
type Observed = { readonly ok: true } | Extract<Assessed, { ok: false }>;

async function observe(loaded: LoadedTarget, chosen: readonly Case[], options: ObserveOptions): Promise<Observed> {
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
    keep: (bytes) => blob(redactor.bytes(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)),
  });
  const doctor = createDoctor(instruments.hand);
  const log = createLog(join(options.work, 'observations.jsonl'));
  const note = (kind: RunNote, subject: string, data: Data): void => {
    log.append({ case: RUN, kind, subject, at: new Date(clock.now()).toISOString(), data, blobs: [] });
  };
  const interrupt = (): void => budget.stop('run-stopped', 'the assessment was interrupted');
  options.signal?.addEventListener('abort', interrupt);
  try {
    const health = await doctor.check([...loaded.endpoints.values()]);
    if (!health.alive) return refuseIll(options.targetFile, health);
    writeFileSync(join(options.work, 'declaration.json'), `${JSON.stringify(declaration, null, 2)}\n`);
    writeFileSync(join(options.work, 'target.json'), `${JSON.stringify(withoutSecrets(target), null, 2)}\n`);
    note('begun', 'product', { assessedAt: options.startedAt, codes: options.codes, cases: chosen.map((one) => one.id) });
    noteRecords(target, log.append, options.startedAt);
    for (const one of options.cases) {
      if (!chosen.includes(one)) note('not-chosen', one.id, { because: 'this case was not chosen for this run' });
    }
    const ordered = inOrder(chosen, target.authorisation);
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
      const ending = await runCase(one, {
        probeFor: instruments.probeFor,
        append: log.append,
        redactor,
        budget,
        now: clock.now,
        most: mostFor(target.limits?.patienceSeconds ?? 20),
      });
      if (options.signal?.aborted === true) return refuse('interrupted', 'the assessment was interrupted; run it again');
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
function inOrder(cases: readonly Case[], _allowed: LoadedTarget['target']['authorisation']): readonly Case[] {
  return ORDER.flatMap((effect) => cases.filter((one) => one.effect === effect));
}

function notAllowed(one: Case, allowed: LoadedTarget['target']['authorisation']): string | undefined {
  if (one.effect === 'disturbing' && !allowed.changes) return 'the authorisation does not allow changes to the target';
  if (one.effect === 'destructive' && !allowed.destructive) return 'the authorisation does not allow what cannot be put back';
  return undefined;
}

const BETWEEN_CHECKS_MS = 1500;
async function harmOf(doctor: Doctor, services: Parameters<Doctor['check']>[0], clock: ObserveOptions['clock']): Promise<string | undefined> {
  let state = WELL;
  for (;;) {
    const health = await doctor.check(services);
    const next = afterCheck(state, health);
    if (next.then === 'go-on') return undefined;
    if (next.then === 'stop') return 'stopped because the target no longer answers';
    state = next.state;
    await clock.wait(BETWEEN_CHECKS_MS);
  }
}

function refuseIll(file: string, health: Extract<Health, { alive: false }>): Extract<Assessed, { ok: false }> {
  const said = explainIll(health.endpoint, health.ill);
  return refuse('target-down', `${file}: ${said.message}; ${said.cure}`);
}

function hideWhatWasGiven(loaded: LoadedTarget, redactor: Redactor): void {
  for (const account of Object.values(loaded.target.accounts ?? {})) {
    for (const value of [account.password, account.initialPassword]) if (value !== undefined) redactor.secret(value);
  }
  if (loaded.clientIdentity !== undefined) redactor.secret(loaded.clientIdentity.key.trim());
  const batch = loaded.target.artefacts?.initialPasswords;
  if (batch === undefined) return;
  for (const line of readFileSync(loaded.resolve(batch), 'utf8').split(/\r?\n/).slice(1)) {
    const password = line.split(',')[2]?.trim().replace(/^"|"$/g, '');
    if (password !== undefined) redactor.secret(password);
  }
}

function withoutSecrets(target: LoadedTarget['target']): unknown {
  const hide = (value: string | undefined): string | undefined => (value === undefined ? undefined : '[redacted]');
  const accounts = Object.entries(target.accounts ?? {}).map(([id, account]) => [
    id,
    { ...account, password: hide(account.password), initialPassword: hide(account.initialPassword) },
  ]);
  return { ...target, ...(target.accounts === undefined ? {} : { accounts: Object.fromEntries(accounts) }) };
}

/** The document stays with whoever reviewed it: its hash, date and reviewer are the evidence. */
function noteRecords(target: LoadedTarget['target'], append: (entry: Omit<Observation, 'id'>) => unknown, at: string): void {
  for (const record of target.records ?? []) {
    const { topic, file: _file, ...data } = record;
    append({ case: RECORDS, kind: 'record', subject: topic, at, data: { ...data }, blobs: [] });
  }
}

type Chosen = { readonly ok: true; readonly cases: readonly Case[] } | { readonly ok: false; readonly because: string };
function choose(cases: readonly Case[], only: readonly string[] | undefined): Chosen {
  if (only === undefined) return { ok: true, cases };
  const wanted = new Set<Case>();
  for (const name of only) {
    const topics = new Set(
      ties().flatMap((tie) => (tie.ref === name || `${tie.code}/${tie.ref}` === name ? [tie.topic] : [])),
    );
    const known = CODES.some((code) => rows(code).some((row) => row.ref === name || `${code}/${row.ref}` === name));
    const found = cases.filter((one) => one.id === name || one.topic === name || topics.has(one.topic));
    if (found.length === 0 && !known) return { ok: false, because: `no row, topic or case is called ${name}` };
    for (const one of found) wanted.add(one);
  }
  return { ok: true, cases: cases.filter((one) => wanted.has(one)) };
}

const SYSTEM_CLOCK = {
  now: Date.now,
  wait: (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms)),
};

const refuse = (code: RefusalCode, because: string): Extract<Assessed, { ok: false }> => ({ ok: false, code, because: [because] });
