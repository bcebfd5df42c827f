import type { StatementRow, Verdict } from '../model.ts';

/** Escaping and words that every report shares. Everything that a target said is hostile here. */
export const html = (text: string): string =>
  visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Markdown of a table cell: nothing in it can open a link, an image, HTML or a new cell. */
export const markdown = (text: string): string =>
  visible(text).replace(/[\\`*_{}[\]()#+\-.!|<>~&:@/]/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`);

/** RFC 4180; a cell that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, CSV injection). */
export function csv(text: string): string {
  const shown = visible(text);
  const safe = /^[\s]*[=+\-@\t\r|%]/.test(shown) ? `'${shown}` : shown;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Control and direction-changing characters have no place in a report: they show as their code point. */
function visible(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (sign) => `\u{fffd}${(sign.codePointAt(0) ?? 0).toString(16)}`)
    .slice(0, MOST);
}
const MOST = 4000;

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  PASS: 'Met',
  FAIL: 'Not met',
  ERROR: 'Could not be tried',
  INCONCLUSIVE: 'Not proven',
  'N/A': 'Does not apply',
};

/** Colour is never alone as a sign. */
export const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = {
  PASS: '✓',
  FAIL: '✕',
  ERROR: '!',
  INCONCLUSIVE: '?',
  'N/A': '–',
};

/** The contract's row, in the contract's order of names. */
export function contractRow(row: StatementRow): StatementRow {
  return {
    ref: row.ref,
    status: row.status,
    support: row.support,
    verdict: row.verdict,
    decided: row.decided,
    evidence: row.evidence,
    ...(row.reason === undefined ? {} : { reason: row.reason }),
  };
}
