/** One line of the process's log. `detail` holds ids, counts and codes: no secret, no personal data. */
export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly detail: Readonly<Record<string, string | number>>;
  readonly error?: unknown;
}
export type Log = (entry: LogEntry) => void;

export const silent: Log = () => undefined;
