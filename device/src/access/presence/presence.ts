/**
 * That somebody is at the device itself: a press of its button. It comes from the product's board, or from the process that
 * started this one; nothing that arrives over a network can make it.
 */
export type Press =
  /** people in the home may try again although others guessed, and may choose a new password */
  | 'short'
  /** everything that people have put in is erased */
  | 'long';

export interface Presence {
  readonly pressed: (press: Press) => void;
  readonly onPress: (hear: (press: Press) => void) => void;
}

export function openPresence(): Presence {
  const hearers: ((press: Press) => void)[] = [];
  return {
    pressed: (press) => hearers.forEach((hear) => hear(press)),
    onPress: (hear) => void hearers.push(hear),
  };
}

// TS 103 645 4.1-1, EN 303 645 5.1-1: once there is a password of the owner's own, the one on the label opens nothing by itself
export const mayRecover = (facts: { readonly pressed: boolean; readonly inTheHome: boolean }): boolean =>
  facts.pressed && facts.inTheHome;
