/** Rows of files that people open in a spreadsheet (RFC 4180). */

/** A text whose first letter a spreadsheet would calculate with is disarmed; a number is a number, whatever its sign. */
// EN 303 645 5.13-1, G044 6.13.1: what somebody typed runs in nobody's spreadsheet
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const disarmed = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(disarmed) ? `"${disarmed.replaceAll('"', '""')}"` : disarmed;
}

export const csvRow = (fields: readonly (string | number)[]): string => `${fields.map(csvField).join(',')}\r\n`;
