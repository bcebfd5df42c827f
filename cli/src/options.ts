import { Option } from 'commander';

/** Options and names that several commands share. */
export const jsonOption = (): Option => new Option('--json', 'print data as JSON');

/** Name of a new evidence folder: 20260101T120000Z. */
export const stamp = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, '');
