/**
 * Finds the wording of each row in the text of a code, as its owner has it as plain text.
 *
 * Used when fingerprints are made and when they are tested; the texts themselves are not part of this project.
 */
import type { Code } from './model.ts';

/** The wordings of one row: its binding text first, then its heading where the code gives it one. */
export interface Wordings {
  readonly ref: string;
  readonly texts: readonly string[];
}

/** Wordings in the order of the text; a row that the text does not have is absent. */
export function extractWordings(code: Code, text: string): readonly Wordings[] {
  switch (code) {
    case 'etsi-ts-103-645@1.1.1':
    case 'etsi-en-303-645@2.1.1':
      return provisions(text);
    case 'mcmc-g044@2023':
      return requirements(text);
    case 'mcmc-g045@2024':
      return controls(text);
  }
}

/** ETSI: `Provision 5.1-1 ...` up to the next blank line; the list that a colon announces belongs to it. */
function provisions(text: string): readonly Wordings[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.flatMap((line, at) => {
    const head = /^Provision (\d+(?:\.\d+)?-\d+) (.*[a-z].*)$/.exec(line);
    // rows of the conformance tables begin alike, and go on with a status
    if (head?.[1] === undefined || /^(?:M|R|IR)\b/.test(head[2] ?? '')) return [];
    const more = paragraph(lines, at + 1, /^(?:Provision|Annex|NOTE)\b/);
    const whole = [head[2] ?? '', ...more.text].join(' ');
    return [{ ref: head[1], texts: [whole.endsWith(':') ? `${whole} ${bullets(lines, more.next).join(' ')}` : whole] }];
  });
}

/** G044: numbered headings 6.2.1 ... 6.13.1, each with its first paragraph, and the lettered lists of 6.1 and 7. */
function requirements(text: string): readonly Wordings[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith('6.1 No universal') && !line.includes('....'));
  const end = lines.findIndex((line, at) => at > start && line === 'Annex A');
  const body = lines.slice(start, end);
  let clause = '6.1';
  return body.flatMap((line, at) => {
    const heading = /^(\d{1,2}(?:\.\d{1,2}){0,2})\.?\s+([A-Z].*)$/.exec(line);
    if (heading?.[1] !== undefined && /^(?:6\.\d+(?:\.\d+)?|7)$/.test(heading[1])) {
      clause = heading[1];
      if (!/^6\.\d+\.\d+$/.test(clause)) return [];
      const found = paragraph(body, nextText(body, at + 1), /^(?:\d+\.\d+\.\d+\s|NOTE|Refer to example)/);
      const whole = found.text.join(' ');
      const full = /:$|minimum:/.test(whole) ? `${whole} ${letteredItems(body, found.next).join(' ')}` : whole;
      return [{ ref: clause, texts: [full, heading[2] ?? ''] }];
    }
    const item = /^([a-g])\) (.*)$/.exec(line);
    if (item?.[1] === undefined || (clause !== '6.1' && clause !== '7')) return [];
    return [{ ref: `${clause}-${item[1]}`, texts: [toFullStop(body, at + 1, item[2] ?? '')] }];
  });
}

/** G045: table rows of code, control and description before Annex A. */
function controls(text: string): readonly Wordings[] {
  const [body = ''] = text.split(/^\*\*Annex A\*\*\s*$/m);
  return body.split(/\r?\n/).flatMap((line) => {
    const [ref, control, description] = line.split('\t');
    if (ref === undefined || control === undefined || description === undefined) return [];
    return /^[A-Z]{2}-\d-\d+$/.test(ref) ? [{ ref, texts: [`${control} ${description}`, control] }] : [];
  });
}

function nextText(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && lines[at] === '') at += 1;
  return at;
}

function paragraph(lines: readonly string[], from: number, stop: RegExp): { text: readonly string[]; next: number } {
  let at = from;
  while (at < lines.length && lines[at] !== '' && !stop.test(lines[at] ?? '')) at += 1;
  return { text: lines.slice(from, at), next: nextText(lines, at) };
}

/** The page breaks a lettered item with blank lines; it ends with its full stop. */
function toFullStop(lines: readonly string[], from: number, first: string): string {
  let whole = first;
  for (let at = from; at < lines.length && at < from + 12 && !whole.endsWith('.'); at += 1)
    whole = `${whole} ${lines[at]}`;
  return whole;
}

function bullets(lines: readonly string[], from: number): readonly string[] {
  const found: string[] = [];
  for (let at = from; at < lines.length && at < from + 12; at += 1) {
    const line = lines[at] ?? '';
    if (line !== '' && !/^(?:[•\-–]|\d\)|[a-z]\))/.test(line)) break;
    if (line !== '') found.push(line.replace(/^(?:[•\-–]|\d\)|[a-z]\))\s*/, ''));
  }
  return found;
}

function letteredItems(lines: readonly string[], from: number): readonly string[] {
  return lines
    .slice(from, from + 12)
    .filter((line) => /^(?:[a-z]|i{1,3})\) /.test(line))
    .map((line) => line.replace(/^\w+\) /, ''));
}
