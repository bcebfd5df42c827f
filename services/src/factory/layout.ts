import type { Label } from '@hearthward/protocol';
import { create } from 'qrcode';

/** What stands where on a label of 62 x 29 mm, a common die-cut size; in millimetres, whatever draws it. */

export const LABEL_SIZE = { width: 62, height: 29 } as const;

export interface Line {
  readonly x: number;
  /** base line */
  readonly y: number;
  readonly size: number;
  readonly isBold: boolean;
  readonly text: string;
}

export const linesOf = (label: Label): readonly Line[] =>
  [
    // EN 303 645 5.3-16, G044 6.3.16: the model designation is legible on the product
    { y: 5, size: 3.2, isBold: true, text: label.model },
    { y: 9, size: 2.4, isBold: false, text: `S/N ${label.serial}` },
    { y: 13.5, size: 2, isBold: false, text: 'Password' },
    { y: 17, size: 3, isBold: true, text: label.password },
    { y: 21, size: 2, isBold: false, text: label.address },
    { y: 24, size: 1.5, isBold: false, text: label.fingerprint.slice(0, 32) },
    { y: 26, size: 1.5, isBold: false, text: label.fingerprint.slice(32) },
  ].map((line) => ({ x: LEFT, ...line }));
const LEFT = 28;

/** What the code says: the fragment never leaves the phone's browser. */
export const qrText = ({ address, fingerprint, password }: Label) =>
  `${address}/#fingerprint=${fingerprint}&password=${encodeURIComponent(password)}`;

export interface Code {
  /** dark modules as unit squares from the code's own corner: column and row */
  readonly dark: readonly (readonly [column: number, row: number])[];
  /** of one module, in millimetres */
  readonly module: number;
  /** of the corner, in millimetres */
  readonly x: number;
  readonly y: number;
}

/** The code with the quiet zone of four modules that ISO/IEC 18004 asks for. */
export function codeOf(label: Label): Code {
  const { modules } = create(qrText(label), { errorCorrectionLevel: 'M' });
  const dark: (readonly [number, number])[] = [];
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++) if (modules.get(row, column)) dark.push([column, row]);
  const module = SIDE / (modules.size + 2 * QUIET);
  return { dark, module, x: MARGIN + QUIET * module, y: MARGIN + QUIET * module };
}
const SIDE = 26;
const QUIET = 4;
const MARGIN = 1;
