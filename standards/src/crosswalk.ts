/** Rows of two codes paired through the topics that they share. */
import type { Code, Pair, Relation, Status, Tie } from './model.ts';
import { row, ties } from './rows.ts';

/**
 * Pairs of rows of two codes that rest on a common topic, in the order of the first code.
 *
 * `relation` is said of `a` against `b` and concerns the duty; where the binding force differs (M against R),
 * `differs` says so besides. `part`: the two share this topic, and neither contains the other by it.
 */
export function crosswalk(codeA: Code, codeB: Code): readonly Pair[] {
  const others = ties().filter((tie) => tie.code === codeB);
  return ties()
    .filter((tie) => tie.code === codeA)
    .flatMap((a) => others.filter((b) => b.topic === a.topic).map((b) => pair(a, b)));
}

function pair(a: Tie, b: Tie): Pair {
  const relation = relate(a, b);
  const said = relation === 'equal' ? [] : [side(a), side(b)].filter((text) => text !== '');
  const force = forceDiffers(row(a.code, a.ref)?.status, row(b.code, b.ref)?.status);
  return { a: a.ref, b: b.ref, topic: a.topic, relation, differs: [...said, ...force].join('; ') };
}

/** How `a` stands to `b`, from how each stands to the topic. */
function relate(a: Tie, b: Tie): Relation {
  // the same relation with the same difference is the same duty twice
  if (a.relation === b.relation && a.differs === b.differs) return 'equal';
  if (a.relation === 'part' || b.relation === 'part') return 'part';
  const distance = RANK[a.relation] - RANK[b.relation];
  // both beyond the topic, or both short of it, each in its own way: only the topic is common
  if (distance === 0) return 'part';
  return distance > 0 ? 'stricter' : 'weaker';
}

const RANK = { weaker: -1, equal: 0, stricter: 1 } as const satisfies Record<Exclude<Relation, 'part'>, number>;

function side(tie: Tie): string {
  return tie.differs === '' ? '' : `${tie.ref}: ${tie.differs}`;
}

function forceDiffers(a: Status | undefined, b: Status | undefined): readonly string[] {
  if (a === b) return [];
  return [
    a === 'M' ? 'binding in the first, recommended in the second' : 'recommended in the first, binding in the second',
  ];
}
