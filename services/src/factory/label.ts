import type { Label } from '@hearthward/protocol';
import { codeOf, LABEL_SIZE, linesOf } from './layout.ts';

/**
 * The label as SVG, with a QR code of address, fingerprint and password, so that a phone can open the right panel and
 * know that it is the right one. Whoever prints it prints it once and keeps no file.
 */
export function labelSvg(label: Label): string {
  const { width, height } = LABEL_SIZE;
  const { dark, module, x, y } = codeOf(label);
  const squares = dark.map(([column, row]) => `M${column} ${row}h1v1h-1z`).join('');
  const text = linesOf(label).map(
    (line) =>
      `<text x="${line.x}" y="${line.y}" font-size="${line.size}" font-weight="${line.isBold ? 700 : 400}" font-family="monospace">${escape(line.text)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(`${label.model} ${label.serial}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<path transform="translate(${x.toFixed(4)} ${y.toFixed(4)}) scale(${module.toFixed(4)})" d="${squares}"/>`,
    ...text,
    '</svg>',
    '',
  ].join('\n');
}

const escape = (text: string) => text.replaceAll(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
