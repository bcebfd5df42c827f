import type { Label } from '@hearthward/protocol';
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export alone
import PDFDocument from 'pdfkit';
import { ServicesFault } from '../faults.ts';
import { codeOf, LABEL_SIZE, linesOf } from './layout.ts';

/**
 * Labels as one PDF, of vectors throughout: a page of 62 x 29 mm each, for a label printer, or as many as fit on sheets
 * of A4. The fonts are the PDF standard's own, which have the letters of Western Europe alone.
 */
export type Paper = 'label' | 'a4';

const MM = 72 / 25.4;
const A4 = { width: 210, height: 297 } as const;
const COLUMNS = Math.floor(A4.width / LABEL_SIZE.width);
const ROWS = Math.floor(A4.height / LABEL_SIZE.height);
const MARGIN = {
  x: (A4.width - COLUMNS * LABEL_SIZE.width) / 2,
  y: (A4.height - ROWS * LABEL_SIZE.height) / 2,
} as const;

/** @throws ServicesFault where a letter is not among those of the standard fonts */
export async function labelsPdf(labels: readonly Label[], paper: Paper = 'label'): Promise<Buffer> {
  for (const label of labels) refuseForeignLetters(label);
  const size = paper === 'a4' ? A4 : LABEL_SIZE;
  const document = new PDFDocument({
    size: [size.width * MM, size.height * MM],
    margin: 0,
    autoFirstPage: false,
    info: { Title: 'Labels', Creator: 'Hearthward' },
  });
  const pieces: Buffer[] = [];
  document.on('data', (piece: Buffer) => pieces.push(piece));
  const whole = new Promise<Buffer>((resolve, reject) => {
    document.on('end', () => resolve(Buffer.concat(pieces)));
    document.on('error', reject);
  });
  const perPage = paper === 'a4' ? COLUMNS * ROWS : 1;
  for (const [index, label] of labels.entries()) {
    const place = index % perPage;
    if (place === 0) document.addPage();
    const x = paper === 'a4' ? MARGIN.x + (place % COLUMNS) * LABEL_SIZE.width : 0;
    const y = paper === 'a4' ? MARGIN.y + Math.floor(place / COLUMNS) * LABEL_SIZE.height : 0;
    document.save().scale(MM).translate(x, y);
    draw(document, label);
    document.restore();
  }
  document.end();
  return whole;
}

function draw(document: PDFKit.PDFDocument, label: Label): void {
  const { dark, module, x, y } = codeOf(label);
  for (const [column, row] of dark) document.rect(x + column * module, y + row * module, module, module);
  document.fill('black');
  for (const line of linesOf(label))
    document
      .font(line.isBold ? 'Courier-Bold' : 'Courier')
      .fontSize(line.size)
      .text(line.text, line.x, line.y, { baseline: 'alphabetic', lineBreak: false });
}

function refuseForeignLetters({ model, serial, address }: Label): void {
  const foreign = /[^\x20-\x7e\xa0-\xff]/u.exec(`${model}${serial}${address}`);
  if (foreign)
    throw new ServicesFault(
      'label-unprintable',
      `“${foreign[0]}” on the label of ${serial} is in no standard font of PDF`,
    );
}
