import type { Label } from '@hearthward/protocol';
import { create } from 'qrcode';

/**
 * The label as SVG, 62 x 29 mm (a common die-cut size), with a QR code of address, fingerprint and password, so that a
 * phone can open the right panel and know that it is the right one. Whoever prints it prints it once and keeps no file.
 */
export function labelSvg(label: Label): string {
  const lines = [
    // EN 303 645 5.3-16, G044 6.3.16: the model designation is legible on the product
    { y: 5, size: 3.2, weight: 700, text: label.model },
    { y: 9, size: 2.4, weight: 400, text: `S/N ${label.serial}` },
    { y: 13.5, size: 2, weight: 400, text: 'Password' },
    { y: 17, size: 3, weight: 700, text: label.password },
    { y: 21, size: 2, weight: 400, text: label.address },
    { y: 24, size: 1.5, weight: 400, text: label.fingerprint.slice(0, 32) },
    { y: 26, size: 1.5, weight: 400, text: label.fingerprint.slice(32) },
  ];
  const text = lines.map(
    ({ y, size, weight, text }) =>
      `<text x="28" y="${y}" font-size="${size}" font-weight="${weight}" font-family="monospace">${escape(text)}</text>`,
  );
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" width="62mm" height="29mm" viewBox="0 0 62 29" role="img">',
    `<title>${escape(`${label.model} ${label.serial}`)}</title>`,
    '<rect width="62" height="29" fill="#fff"/>',
    qrPath(qrText(label)),
    ...text,
    '</svg>',
    '',
  ].join('\n');
}

/** What the code says: the fragment never leaves the phone's browser. */
export const qrText = ({ address, fingerprint, password }: Label) =>
  `${address}/#fingerprint=${fingerprint}&password=${encodeURIComponent(password)}`;

/** One path of unit squares, quiet zone of four modules as ISO/IEC 18004 asks. */
function qrPath(text: string): string {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const squares: string[] = [];
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column)) squares.push(`M${column} ${row}h1v1h-1z`);
  const scale = (SIDE / (modules.size + 2 * QUIET)).toFixed(4);
  return `<path transform="translate(1 1) scale(${scale}) translate(${QUIET} ${QUIET})" d="${squares.join('')}"/>`;
}
const SIDE = 26;
const QUIET = 4;

const escape = (text: string) => text.replaceAll(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
