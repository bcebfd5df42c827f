import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Data, Observation } from '../model.ts';

/** `observations.jsonl`: one observation per line, written as it is seen, so that an interrupted run loses nothing. */
export interface ObservationLog {
  readonly append: (entry: Omit<Observation, 'id'>) => Observation;
  readonly close: () => void;
}

export function createLog(path: string): ObservationLog {
  const file = openSync(path, 'wx');
  const counts = new Map<string, number>();
  return {
    append: (entry) => {
      const count = (counts.get(entry.case) ?? 0) + 1;
      counts.set(entry.case, count);
      const observation: Observation = { id: `${entry.case}/${count}`, ...entry };
      writeSync(file, `${JSON.stringify(observation)}\n`);
      return observation;
    },
    close: () => {
      fsyncSync(file);
      closeSync(file);
    },
  };
}

const Line = Compile(
  Type.Object(
    {
      id: Type.String(),
      case: Type.String(),
      kind: Type.String(),
      subject: Type.String(),
      at: Type.String(),
      data: Type.Unknown(),
      blobs: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    },
    { additionalProperties: false },
  ),
);

export type ObservationsRead =
  | { readonly ok: true; readonly observations: readonly Observation[] }
  | { readonly ok: false; readonly because: string };

/** Hostile input: the file of a folder that somebody hands over. */
export function readObservations(text: string): ObservationsRead {
  const observations: Observation[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const value = parse(line);
    if (!Line.Check(value)) return { ok: false, because: `line ${index + 1} is not an observation` };
    if (seen.has(value.id)) return { ok: false, because: `line ${index + 1} repeats the id ${value.id}` };
    seen.add(value.id);
    observations.push({ ...value, data: value.data as Data });
  }
  return { ok: true, observations };
}

function parse(line: string): unknown {
  try {
    // boundary evidence-line: a folder that somebody hands over -> Line, at most nothing: a folder that somebody hands over is read by who asked for it, else says which line is wrong;
    // assessor/test/evidence.test.ts
    return JSON.parse(line);
  } catch {
    // what is no JSON is no observation: the caller names the line
    return undefined;
  }
}
