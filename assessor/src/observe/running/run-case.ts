import type { Case, Data, Observation, Probe } from '../../model.ts';
import { ProbeStopped, type Budget } from '../budget.ts';
import type { Redactor } from '../redaction/redact.ts';
import { oneLine } from '../wire/hand.ts';
import type { RunNote } from '../../judge/findings.ts';

/** How one case ended; the runner notes it among the observations, and the judge reads it there. */
export interface Ending {
  readonly note: Extract<RunNote, 'not-ready' | 'stopped' | 'fault' | 'done'>;
  readonly because: string;
}

export interface CaseRoom {
  readonly probeFor: (record: Probe['record']) => Probe;
  readonly append: (entry: Omit<Observation, 'id'>) => void;
  readonly redactor: Redactor;
  readonly budget: Budget;
  readonly now: () => number;
  /** milliseconds that the case may take in all */
  readonly most: number;
  readonly signal?: AbortSignal;
}

/** A case may take its patience several times over, and some seconds for its requests. */
export const mostFor = (patienceSeconds: number): number => (60 + 6 * patienceSeconds) * 1000;

/** Runs `observe` to its end, its exception, its time limit or its budget; afterwards nothing of it sends any more. */
export async function runCase(one: Case, room: CaseRoom): Promise<Ending> {
  room.budget.begin();
  let over = false;
  let declared: ReadonlySet<string> = new Set();
  const probe = room.probeFor((kind, subject, data, blobs = []) => {
    if (over) return;
    const at = new Date(room.now()).toISOString();
    // what names a row of the declaration is published: a password of the same letters must not hide what was seen of it
    room.append({ case: one.id, kind, subject, at, data: room.redactor.data(plain(data), declared), blobs });
  });
  declared = idsIn(probe.declaration);
  const ready = one.ready(probe.declaration, probe.target);
  if (!ready.ok) return { note: 'not-ready', because: ready.because };

  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), room.most);
  });
  const aborted = new Promise<'aborted'>((resolve) => {
    if (room.signal?.aborted === true) resolve('aborted');
    room.signal?.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  const work = one.observe(probe).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const ended = await Promise.race([work, late, aborted]);
  clearTimeout(timer);
  over = true;
  if (ended === 'aborted') return { note: 'stopped', because: 'the assessment was interrupted' };
  if (ended === 'late') {
    room.budget.stop('case-timeout', `the case took more than ${Math.round(room.most / 1000)} s`);
    return { note: 'stopped', because: `the case took more than ${Math.round(room.most / 1000)} s and was ended` };
  }
  // also where the case caught the exception: what it did not send, it did not see
  const stopped = room.budget.stopped() ?? (ended?.error instanceof ProbeStopped ? ended.error : undefined);
  if (stopped !== undefined) return { note: 'stopped', because: stopped.message };
  if (ended !== undefined) return { note: 'fault', because: room.redactor.text(oneLine(messageOf(ended.error))) };
  return { note: 'done', because: '' };
}

/** Every id that the declaration gives, and the word for the product as a whole. */
function idsIn(value: unknown, found: Set<string> = new Set(['product'])): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  if ('id' in value && typeof value.id === 'string') found.add(value.id);
  for (const item of Object.values(value)) idsIn(item, found);
  return found;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a case records is plain data; what is not (a date, `undefined`) becomes what it will be when it is read back. */
// no boundary: a copy of our own
const plain = (data: Data): Data => JSON.parse(JSON.stringify(data ?? null)) as Data;
