import type { QrCode } from 'qrcode/lib/core/qrcode.js';

/** A text as a QR code that a page can draw: unit squares as one SVG path, quiet zone of four modules (ISO/IEC 18004). */
export interface Picture {
  /** side in units */
  readonly side: number;
  readonly path: string;
}

const QUIET = 4;

/** The encoder alone, loaded with the first picture: without the package's writers of files and images. */
export async function pictureOf(text: string): Promise<Picture> {
  const { default: encoder } = await import('qrcode/lib/core/qrcode.js');
  const { modules }: QrCode = encoder.create(text, { errorCorrectionLevel: 'M' });
  const squares: string[] = [];
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column)) squares.push(`M${column + QUIET} ${row + QUIET}h1v1h-1z`);
  return { side: modules.size + 2 * QUIET, path: squares.join('') };
}
