/** What a child said, kept so that its end can be told in one line. */
export interface Tail {
  readonly hear: (text: string) => void;
  /** the line that tells most; undefined where it said nothing */
  readonly lastWords: () => string | undefined;
  /** what it told over its line to us before it ended */
  fault: Fault | undefined;
}
export interface Fault {
  readonly text: string;
  /** a person can mend it: the fault has a cure */
  readonly isBadInput: boolean;
}

const LINES_KEPT = 40;
const LONGEST_LINE = 500;

export const createTail = (onLine: (line: string) => void): Tail => {
  const lines: string[] = [];
  return {
    fault: undefined,
    hear: (text) => {
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        lines.push(line.slice(0, LONGEST_LINE));
        if (lines.length > LINES_KEPT) lines.shift();
        onLine(line);
      }
    },
    lastWords: () => {
      // Where the runtime printed a trace, the line with the error's name is the one to read.
      const named = lines.findLast((line) => /^\w*(Error|Fault)\b.*: /.test(line));
      return (named ?? lines.at(-1))?.trim();
    },
  };
};

/** Faults with which a person can do nothing. */
const OURS: ReadonlySet<unknown> = new Set(['internal', 'process-failed', 'signer-refused']);

/** The two forms in which our processes tell a fault: `{ code, message }`, and `{ fault: { code, message, cure } }`. */
export const oneFault = (said: Readonly<Record<string, unknown>>): Fault => {
  const { code, message, cure } = (said['fault'] ?? said) as Readonly<Record<string, unknown>>;
  const text = String(message).replace(/\.$/, '');
  return {
    text: typeof cure === 'string' ? `${text}; ${cure}` : text,
    isBadInput: !OURS.has(code),
  };
};
