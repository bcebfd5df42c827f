import type { RunNote } from '../../judge/findings.ts';
import type { Case, Data } from '../../model.ts';
import type { Target } from '../../target.ts';
import { DEFAULT_PATIENCE_SECONDS, type Budget } from '../budget.ts';
import type { Instruments } from '../probe.ts';
import { mostFor, runCase, type CaseRoom } from './run-case.ts';
import type { Turn, Turns } from './turns.ts';

/** One unit, and the cases that are carried out on it, one after the other. */
export interface Lane {
  /** absent: the unit that the target file is about */
  readonly unit?: 'spare';
  readonly target: Target;
  readonly cases: readonly Case[];
  readonly budget: Budget;
  /** the unit as the case wants it, and what it is probed with */
  readonly prepared: (one: Case) => Promise<Prepared>;
  /** after each case: why no other may follow, if so */
  readonly harm: () => Promise<string | undefined>;
}
export type Prepared =
  | { readonly ok: true; readonly probeFor: Instruments['probeFor']; readonly close?: () => void }
  | { readonly ok: false; readonly because: string };

export interface LaneRoom extends Pick<CaseRoom, 'append' | 'redactor' | 'now'> {
  readonly turns: Turns;
  readonly note: (kind: RunNote, subject: string, data: Data) => void;
  readonly begins: (one: Case, unit: Lane['unit']) => void;
  readonly signal?: AbortSignal;
}

/** Writes down how each ended. After an interruption nothing begins any more. */
export async function runLane(lane: Lane, room: LaneRoom): Promise<void> {
  const { signal } = room;
  let underWay: Case | undefined;
  const interrupt = (): void => {
    if (underWay === undefined || mayEnd(lane, underWay))
      lane.budget.stop('run-stopped', 'the assessment was interrupted');
  };
  signal?.addEventListener('abort', interrupt);
  const note: LaneRoom['note'] = (kind, subject, data) =>
    room.note(kind, subject, lane.unit === undefined ? data : { ...(data as object), unit: lane.unit });
  try {
    let harmed: string | undefined;
    for (const one of lane.cases) {
      const turn = await room.turns.take(one.timed === true);
      try {
        if (signal?.aborted === true) return;
        room.begins(one, lane.unit);
        const withheld = notAllowed(one, lane.target.authorisation);
        if (harmed !== undefined) note('stopped', one.id, { because: harmed });
        else if (withheld !== undefined) note('not-ready', one.id, { because: withheld });
        else {
          underWay = one;
          const ending = await carriedOut(lane, one, room, turn);
          underWay = undefined;
          // the signal may have come meanwhile
          if (room.signal?.aborted === true) return;
          note(ending.note, one.id, { because: ending.because });
          if (ending.note !== 'not-ready') harmed = await lane.harm();
        }
      } finally {
        turn.end();
      }
    }
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

async function carriedOut(lane: Lane, one: Case, room: LaneRoom, turn: Turn): ReturnType<typeof runCase> {
  const prepared = await lane.prepared(one);
  if (!prepared.ok) return { note: 'not-ready', because: prepared.because };
  try {
    return await runCase(one, {
      probeFor: (record) => {
        const probe = prepared.probeFor(record);
        return { ...probe, clock: { ...probe.clock, wait: (ms) => turn.while(probe.clock.wait(ms)) } };
      },
      append: room.append,
      redactor: room.redactor,
      budget: lane.budget,
      now: room.now,
      most: mostFor(lane.target.limits?.patienceSeconds ?? DEFAULT_PATIENCE_SECONDS),
      ...(room.signal !== undefined && mayEnd(lane, one) ? { signal: room.signal } : {}),
    });
  } finally {
    prepared.close?.();
  }
}

/** Whether an interruption need not wait: on a unit that nobody uses, nothing has to be put back. */
const mayEnd = ({ unit }: Lane, one: Case): boolean => one.putsBack !== true || unit === 'spare';

/** Reading first, then what disturbs, then what cannot be put back. */
const ORDER = ['reading', 'disturbing', 'destructive'] as const;
export const inOrder = (cases: readonly Case[]): readonly Case[] =>
  ORDER.flatMap((effect) => cases.filter((one) => one.effect === effect));

export function notAllowed(one: Case, allowed: Target['authorisation']): string | undefined {
  if (one.effect === 'disturbing' && !allowed.changes) return 'the authorisation does not allow changes to the target';
  if (one.effect === 'destructive' && !allowed.destructive)
    return 'the authorisation does not allow what cannot be put back';
  return undefined;
}
