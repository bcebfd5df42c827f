import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CODES, rows, ties } from '@hearthward/standards';
import { refuse, type Assessed, type AssessOptions } from './assessment.ts';
import { openSigningKey } from './evidence/envelope.ts';
import { beginFolder, finishFolder } from './evidence/folder.ts';
import { judgeFolder } from './judge/folder.ts';
import { loadTarget, type LoadedTarget } from './load-target.ts';
import { problemLine } from './loading/problem.ts';
import type { Case } from './model.ts';
import { observe, type ObserveOptions } from './observe/running/run-cases.ts';
import { codeOf } from './observe/wire/hand.ts';
import { writeReports } from './report/write.ts';

/** One assessment from target file to signed folder. Nothing is sent before the target file has been accepted. */
export async function assess(options: AssessOptions): Promise<Assessed> {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const codes = CODES.filter((code) => options.codes === undefined || options.codes.includes(code));
  const unknown = (options.codes ?? []).filter((code) => !CODES.some((known) => known === code));
  if (unknown.length > 0)
    return refuse('unknown-code', `no code is called ${unknown.join(', ')}; there are ${CODES.join(', ')}`);
  const chosen = choose(options.cases, options.only);
  if (!chosen.ok) return refuse('unknown-row', chosen.because);
  const read = await loadTarget(options.targetFile, new Date(clock.now()).toISOString().slice(0, 10));
  if (!read.ok) return { ok: false, code: 'bad-target', because: read.problems.map(problemLine) };
  const out = resolve(options.out);
  try {
    return await assessLoaded(read.loaded, chosen.cases, { ...options, clock, out, codes });
  } catch (error) {
    const because = diskSays(error);
    if (because === undefined) throw error;
    return refuse('bad-output', because);
  }
}

async function assessLoaded(
  loaded: LoadedTarget,
  chosen: readonly Case[],
  options: Omit<ObserveOptions, 'work' | 'startedAt'>,
): Promise<Assessed> {
  const { clock, out, codes } = options;
  const folder = beginFolder(out);
  if (!folder.ok) return refuse('bad-output', folder.because);
  const key = openSigningKey(options.key ?? join(dirname(out), 'assessor-key.pem'));
  const startedAt = new Date(clock.now()).toISOString();
  const seen = await observe(loaded, chosen, { ...options, work: folder.work, startedAt });
  if (!seen.ok) {
    // what was seen before an interruption may still be read there; what was never begun is nobody's loss
    if (seen.code !== 'interrupted') rmSync(folder.work, { recursive: true, force: true });
    return seen.code === 'interrupted'
      ? refuse('interrupted', `interrupted; what was seen lies in ${folder.work}; run it again`)
      : seen;
  }
  const judged = judgeFolder(folder.work, options.cases, codes);
  if (!judged.ok) throw new TypeError(`${judged.file} ${judged.because}`);
  writeReports(folder.work, { ...judged, declaration: loaded.declaration, cases: options.cases });
  finishFolder(folder.work, out, key, {
    startedAt,
    finishedAt: new Date(clock.now()).toISOString(),
    product: loaded.declaration.product.id,
    codes,
    cases: chosen.map((one) => one.id),
    authorisation: loaded.target.authorisation.by,
    runtime: process.version,
  });
  return { ok: true, dir: out, statements: judged.statements, findings: judged.findings };
}

/** What the disk refused, in one line with its cure; `undefined` where it is not the disk. */
function diskSays(error: unknown): string | undefined {
  const path = error instanceof Error && 'path' in error ? ` (${String(error.path)})` : '';
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk is full${path}; make room and run it again`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `the evidence folder may not be written${path}; choose another`;
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return `the evidence folder cannot be made${path}: something of that name is in the way; choose another`;
    case 'wrong-key':
      return error instanceof Error ? error.message : undefined;
    default:
      return undefined;
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
