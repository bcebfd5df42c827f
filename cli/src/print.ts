import { styleText } from 'node:util';

/** What the commands print: tables and progress, colours only on a terminal. */

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold' | 'cyan';

/** `styleText` looks at the stream and at NO_COLOR itself. */
export const paint = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, text, { stream });

/** Columns padded to their widest cell; the last is not padded. Cells that hold only digits are right-aligned. */
export const table = (head: readonly string[], body: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (/^\d+$/.test(cell)) return cell.padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [paint('bold', line(head)), ...body.map(line)].join('\n');
};

export const json = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** One line per step on stderr; on a terminal the step under way is rewritten in place. */
export class Progress {
  readonly #started = performance.now();
  readonly #live = process.stderr.isTTY === true;

  step(text: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(5);
    this.#clear();
    process.stderr.write(`${paint('dim', `${seconds} s`, process.stderr)}  ${text}\n`);
  }

  passing(text: string): void {
    if (!this.#live) return;
    this.#clear();
    process.stderr.write(`         ${text.slice(0, (process.stderr.columns || 80) - 12)}`);
  }

  #clear(): void {
    if (this.#live) process.stderr.write('\r\u001B[2K');
  }
}
