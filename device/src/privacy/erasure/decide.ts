import { PlaceReport, RequestId, Subject, type PrivacyNews } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';

/**
 * A person's data goes: asked for here or elsewhere, held back until it cannot be taken back any more, carried out on the
 * device step by step over power cuts, and believed to be gone elsewhere only by a signed confirmation.
 *
 *   undo -> kept
 *   undo -> erasing -> scrubbing -> waiting -> erased | refused
 *
 * While `undo` or `erasing` nothing of it flows. `scrubbing`: it is gone from the records, and what lay on the disk is being
 * overwritten. `waiting`: gone here; the services have not confirmed yet.
 */
export const Erasure = Type.Object(
  {
    id: RequestId,
    /** who asked on this device; null: asked elsewhere */
    by: Type.Union([Type.Null(), Type.String()]),
    /** with what the household has, of which the asker is the resident */
    household: Type.Boolean(),
    subjects: Type.Array(Subject),
    askedAt: Type.Number(),
    undoUntil: Type.Number(),
    state: Type.Union([
      Type.Literal('undo'),
      Type.Literal('kept'),
      Type.Literal('erasing'),
      Type.Literal('scrubbing'),
      Type.Literal('waiting'),
      Type.Literal('erased'),
      Type.Literal('refused'),
    ]),
    /** when it was gone from this device */
    goneAt: Type.Optional(Type.Number()),
    /** the services know of it, and are told what becomes of it here */
    told: Type.Boolean(),
    places: Type.Array(PlaceReport),
    /** what signed confirmations were found to be */
    confirmed: Type.Optional(
      Type.Object(
        {
          what: Type.Union([Type.Literal('erased'), Type.Literal('expired'), Type.Literal('forged')]),
          /** as the statement says */
          at: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type Erasure = Static<typeof Erasure>;
export const ErasuresState = Type.Array(Erasure);
export type ErasuresState = Static<typeof ErasuresState>;

type Told = Extract<PrivacyNews['news'], { kind: 'erasure' }>;

export type ErasureEvent =
  | {
      readonly kind: 'asked';
      readonly id: string;
      readonly by: string;
      readonly household: boolean;
      readonly subjects: readonly Subject[];
      /** milliseconds; 0: at once, and for good */
      readonly undo: number;
      /** there are services that have data of these too */
      readonly told: boolean;
    }
  | { readonly kind: 'keep'; readonly id: string; readonly by: string; readonly resident: string | undefined }
  /** the services have it on somebody's word elsewhere; `told`: they want to hear when it is gone here */
  | { readonly kind: 'elsewhere'; readonly id: string; readonly subjects: readonly Subject[]; readonly told: boolean }
  /** what was heard of it, and what its confirmations were found to be */
  | { readonly kind: 'progress'; readonly news: Told; readonly confirmed: Erasure['confirmed'] }
  /** from the records; only the overwriting is left */
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'scrubbed'; readonly id: string }
  | { readonly kind: 'account-removed'; readonly account: string }
  | { readonly kind: 'look' };

export type ErasureEffect =
  | { readonly kind: 'refused'; readonly code: ErasureRefusal }
  /** the services are asked too, where they were told of the person */
  | { readonly kind: 'ask'; readonly erasure: Erasure }
  | { readonly kind: 'keep'; readonly id: string }
  | { readonly kind: 'remove'; readonly erasure: Erasure }
  | { readonly kind: 'scrub'; readonly id: string }
  | { readonly kind: 'gone'; readonly erasure: Erasure }
  | { readonly kind: 'confirmed'; readonly erasure: Erasure };
export type ErasureRefusal = 'under-way' | 'asked-too-often' | 'no-such-erasure' | 'too-late' | 'not-yours';

type Next = Decision<ErasuresState, ErasureEffect>;
type Of<Kind extends ErasureEvent['kind']> = Extract<ErasureEvent, { kind: Kind }>;

const DAY = 86_400_000;
/** Of one person; each asks for the password again as well. */
export const ASKED_A_DAY = 3;
/** What became of one can be read for so long after it ended, and of so many. */
const KEPT_DAYS = 90;
const KEPT = 32;

export function decideErasures(state: ErasuresState, event: ErasureEvent, now: Millis): Next {
  switch (event.kind) {
    case 'asked':
      return ask(state, event, now);
    case 'keep':
      return keep(state, event, now);
    case 'elsewhere':
      return elsewhere(state, event, now);
    case 'progress':
      return progress(state, event);
    case 'removed':
      return change(
        state,
        event.id,
        'erasing',
        (each) => ({ ...each, state: 'scrubbing' }),
        () => [{ kind: 'scrub', id: event.id }],
      );
    case 'scrubbed':
      return change(
        state,
        event.id,
        'scrubbing',
        // EN 303 645 5.11-4, G044 6.11.4: where nobody else has anything of it, what the device did is all of it
        (each) => ({ ...each, goneAt: now, state: each.told ? 'waiting' : 'erased' }),
        (each) => [{ kind: 'gone', erasure: each }],
      );
    case 'account-removed':
      // it goes on, and nobody here is asked about it any more
      return { state: state.map((each) => (each.by === event.account ? { ...each, by: null } : each)), effects: [] };
    case 'look':
      return look(state, now);
  }
}

/** Data under these pseudonyms neither leaves nor is shown. */
export const heldBack = (state: ErasuresState): ReadonlySet<Subject> =>
  new Set(state.filter(isOpen).flatMap(({ subjects }) => subjects));

/** Not carried out on this device yet. */
const isOpen = (each: Erasure): boolean => each.state === 'undo' || each.state === 'erasing';

function ask(state: ErasuresState, event: Of<'asked'>, now: Millis): Next {
  // a second one of the same data would only make it harder to see which can still be taken back
  if (state.some((each) => isOpen(each) && (each.by === event.by || overlaps(each, event.subjects)))) {
    return refused(state, 'under-way');
  }
  // EN 303 645 5.11-2: a button that erases is not to be pressed on somebody's behalf again and again
  const lately = state.filter((each) => each.by === event.by && now - each.askedAt < DAY && each.askedAt <= now);
  if (lately.length >= ASKED_A_DAY) return refused(state, 'asked-too-often');
  const { id, by, household, subjects, told } = event;
  const erasure: Erasure = {
    id,
    by,
    household,
    subjects: [...subjects],
    askedAt: now,
    undoUntil: now + event.undo,
    state: 'undo',
    told,
    places: [],
  };
  const next = [...state, erasure];
  const effects = [{ kind: 'ask', erasure } as const];
  if (event.undo > 0) return { state: next, effects };
  const begun = look(next, now);
  return { state: begun.state, effects: [...effects, ...begun.effects] };
}

function keep(state: ErasuresState, { id, by, resident }: Of<'keep'>, now: Millis): Next {
  const erasure = state.find((each) => each.id === id);
  if (!erasure) return refused(state, 'no-such-erasure');
  // the person who asked, and who lives here: it is their data, whoever was at their screen
  if (erasure.by !== by && !(erasure.household && resident === by)) return refused(state, 'not-yours');
  if (erasure.state !== 'undo' || now >= erasure.undoUntil) return refused(state, 'too-late');
  return {
    state: state.map((each) => (each === erasure ? { ...each, state: 'kept' } : each)),
    effects: erasure.told ? [{ kind: 'keep', id }] : [],
  };
}

function elsewhere(state: ErasuresState, { id, subjects, told }: Of<'elsewhere'>, now: Millis): Next {
  const known = state.find((each) => each.id === id);
  if (known) {
    // asked again: it was not heard that it is gone
    if (known.goneAt !== undefined && told) return { state, effects: [{ kind: 'gone', erasure: known }] };
    if (known.state !== 'undo' && known.state !== 'kept') return { state, effects: [] };
  }
  const erasure: Erasure = {
    ...(known ?? { id, by: null, household: false, askedAt: now, undoUntil: now, places: [] }),
    subjects: [...subjects],
    told,
    state: 'erasing',
  };
  return { state: [...state.filter((each) => each !== known), erasure], effects: [{ kind: 'remove', erasure }] };
}

/** What the services say changes what is shown; what is gone here is for the device alone to say. */
function progress(state: ErasuresState, { news, confirmed }: Of<'progress'>): Next {
  const before = state.find(({ id }) => id === news.id);
  if (!before) return { state, effects: [] };
  const kept = confirmed?.what === 'forged' && before.confirmed && before.confirmed.what !== 'forged';
  const found = kept ? before.confirmed : (confirmed ?? before.confirmed);
  const after: Erasure = {
    ...before,
    places: [...news.places],
    ...(found ? { confirmed: found } : {}),
    state: stateAfter(before, news.state, found),
  };
  const isNew = found !== undefined && found.what !== before.confirmed?.what;
  return {
    state: state.map((each) => (each === before ? after : each)),
    effects: isNew ? [{ kind: 'confirmed', erasure: after }] : [],
  };
}

function stateAfter(before: Erasure, told: Told['state'], found: Erasure['confirmed']): Erasure['state'] {
  // EN 303 645 5.11-4, G044 6.11.4: no word makes it confirmed, only a signature does
  if (before.state === 'waiting' && (found?.what === 'erased' || found?.what === 'expired')) return 'erased';
  if (told === 'refused' && (before.state === 'undo' || before.state === 'waiting')) return 'refused';
  // taken back elsewhere, while it still could be
  return told === 'kept' && before.state === 'undo' ? 'kept' : before.state;
}

/** What is due, and after a start what was under way. */
function look(state: ErasuresState, now: Millis): Next {
  const due = state.map((each): Erasure =>
    each.state === 'undo' && now >= each.undoUntil ? { ...each, state: 'erasing' } : each,
  );
  const kept = due.filter((each) => !isOver(each) || (now - each.askedAt < KEPT_DAYS * DAY && each.askedAt <= now));
  const over = kept.filter(isOver).slice(0, Math.max(0, kept.length - KEPT));
  const next = kept.filter((each) => !over.includes(each));
  const isSame = next.length === state.length && next.every((each, at) => each === state[at]);
  return {
    state: isSame ? state : next,
    effects: next.flatMap((each): ErasureEffect[] => {
      if (each.state === 'erasing') return [{ kind: 'remove', erasure: each }];
      return each.state === 'scrubbing' ? [{ kind: 'scrub', id: each.id }] : [];
    }),
  };
}

const isOver = ({ state }: Erasure): boolean => state === 'kept' || state === 'erased' || state === 'refused';

const overlaps = ({ subjects }: Erasure, others: readonly Subject[]): boolean =>
  subjects.some((subject) => others.includes(subject));

function change(
  state: ErasuresState,
  id: string,
  from: Erasure['state'],
  to: (each: Erasure) => Erasure,
  effects: (each: Erasure) => readonly ErasureEffect[],
): Next {
  const before = state.find((each) => each.id === id && each.state === from);
  if (!before) return { state, effects: [] };
  const after = to(before);
  return { state: state.map((each) => (each === before ? after : each)), effects: effects(after) };
}

const refused = (state: ErasuresState, code: ErasureRefusal): Next => ({ state, effects: [{ kind: 'refused', code }] });
