/**
 * Which image's control loop holds what the product controls. An image on trial gets none while another one's runs; the
 * loop of a confirmed image takes over once it has ticked, and until then the one before goes on.
 */
export interface Loops {
  /** image whose loop holds; undefined where none runs */
  readonly holder: string | undefined;
  /** image whose loop was started and has not ticked yet */
  readonly successor: string | undefined;
}
export const NO_LOOP: Loops = { holder: undefined, successor: undefined };

export type LoopEvent =
  /** this image's `boot` runs; said again when it has been confirmed */
  | { readonly kind: 'runs'; readonly id: string; readonly has: boolean; readonly onTrial: boolean }
  | { readonly kind: 'ticked'; readonly id: string }
  /** its process has ended, and its slot has been written over: it cannot be started again */
  | { readonly kind: 'lost'; readonly id: string };
export type LoopEffect = { readonly kind: 'start' | 'end'; readonly id: string };

// EN 303 645 5.3-12, G044 6.3.12: an update does not disrupt what heats or locks: that goes on while the rest is replaced
export const decideLoops = (
  loops: Loops,
  event: LoopEvent,
): { readonly state: Loops; readonly effects: readonly LoopEffect[] } => {
  const { holder, successor } = loops;
  switch (event.kind) {
    case 'ticked':
      if (event.id !== successor) return { state: loops, effects: [] };
      return { state: { holder: successor, successor: undefined }, effects: ending(holder) };
    case 'lost':
      if (event.id === holder) return { state: { holder: successor, successor: undefined }, effects: [] };
      return { state: event.id === successor ? { holder, successor: undefined } : loops, effects: [] };
    case 'runs': {
      const { id, has, onTrial } = event;
      if (holder === undefined && has) return { state: { holder: id, successor }, effects: [{ kind: 'start', id }] };
      if (onTrial) return { state: loops, effects: [] };
      if (!has) return { state: NO_LOOP, effects: [...ending(successor), ...ending(holder)] };
      if (id === holder) return { state: { holder, successor: undefined }, effects: ending(successor) };
      if (id === successor) return { state: loops, effects: [] };
      return { state: { holder, successor: id }, effects: [...ending(successor), { kind: 'start', id }] };
    }
  }
};

const ending = (id: string | undefined): readonly LoopEffect[] => (id === undefined ? [] : [{ kind: 'end', id }]);
