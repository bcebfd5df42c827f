import type { Priority } from '../catalogue.ts';
import type { LogEntry } from '../chain/entry.ts';

/** An entry as a syslog message (RFC 5424), and as a frame of it in TLS (RFC 5425). It has what the log has, and no more. */

/** RFC 5424, table 1: log audit. */
const FACILITY = 13;
/** RFC 5424, table 2. */
const SEVERITY: Readonly<Record<Priority, number>> = { routine: 6, notable: 5, vital: 4 };
/** RFC 5424, 7.3.1: the largest number that `sequenceId` has; it begins again with 1. */
const LAST_SEQUENCE = 2_147_483_647;
/** RFC 3418: `sysUpTime` counts hundredths of a second, in 32 bits. */
const UP_TIME_TICK = 10;
const UP_TIME_WRAPS = 2 ** 32;

export interface Speaker {
  /** of the device; a home may have several */
  readonly deviceId: string;
  /** of the product */
  readonly product: string;
}

/** Name and value of each detail stand in the text: an id of our own for structured data would need a registered number. */
export const syslogMessage = (entry: LogEntry, { deviceId, product }: Speaker): string => {
  const { at, kind, detail, repeats, stamp, priority, seq } = entry;
  const header = [
    `<${FACILITY * 8 + SEVERITY[priority]}>1`,
    at,
    word(deviceId, 255),
    word(product, 48),
    word(String(stamp.boot), 128),
    word(kind, 32),
  ].join(' ');
  // RFC 5424, 7.1: whether the clock is known to be right
  const quality = `[timeQuality tzKnown="1" isSynced="${stamp.source === 'services' ? 1 : 0}"]`;
  const upTime = Math.floor(stamp.up / UP_TIME_TICK) % UP_TIME_WRAPS;
  const meta = `[meta sequenceId="${(seq % LAST_SEQUENCE) + 1}" sysUpTime="${upTime}"]`;
  const said = [
    ...Object.entries(detail),
    ...(repeats
      ? ([
          ['repeats', repeats.count],
          ['since', repeats.since],
        ] as const)
      : []),
  ].map(([name, value]) => `${name}="${plain(String(value))}"`);
  return `${header} ${quality}${meta} ${[kind, ...said].join(' ')}`;
};

/** RFC 5425, 4.3: length in octets, a space, the message. */
export const framed = (message: string): Buffer => {
  const bytes = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
};

/** RFC 5424, 6: fields of the header are printable ASCII without a space, and bounded. */
const word = (text: string, most: number): string => text.replaceAll(/[^!-~]/g, '').slice(0, most) || '-';

/** Nothing that would begin a new line, or end a value, at whoever reads it. */
const plain = (value: string): string => value.replaceAll(/[^ -~]/g, '').replaceAll(/["\\]/g, '');
