import type { Board } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';

/** The case of a unit on the table: each declared tamper input can be opened and closed, and has a latch with a battery of its own. */
export interface Enclosure {
  /** `ID-open`, `ID-close`, `ID-whileOff`; undefined: that is nothing that is done to a case */
  readonly handle: (asked: string, unit: Switched | undefined) => Promise<boolean | undefined>;
  /** the board, with this case around it */
  readonly around: (board: Board | undefined) => Board;
  /** another unit is on the table */
  readonly shut: () => void;
}
/** `meanwhile`: what is done while the power is off */
export interface Switched {
  readonly powerCycle: (meanwhile?: () => void) => Promise<void>;
}
const SHUT = { open: false, latched: false } as const;

export const encloses = ({ tamperInputs = [] }: Declaration): Enclosure => {
  const shown = new Map<string, { readonly open: boolean; readonly latched: boolean }>();
  const at = (id: string) => shown.get(id) ?? SHUT;
  return {
    handle: async (asked, unit) => {
      const input = tamperInputs.find(({ id }) => asked.startsWith(`${id}-`));
      if (input === undefined) return undefined;
      const { id } = input;
      switch (asked.slice(id.length + 1)) {
        case 'open':
          shown.set(id, { open: true, latched: true });
          break;
        case 'close':
          shown.set(id, { ...at(id), open: false });
          break;
        case 'whileOff':
          await unit?.powerCycle(() => void shown.set(id, { open: false, latched: true }));
          break;
        default:
          return undefined;
      }
      return unit !== undefined;
    },
    around: (board) => ({
      ...board,
      tamper: Object.fromEntries(
        tamperInputs.map(({ id }) => [
          id,
          { read: () => at(id), unlatch: () => void shown.set(id, { open: at(id).open, latched: at(id).open }) },
        ]),
      ),
    }),
    shut: () => shown.clear(),
  };
};
