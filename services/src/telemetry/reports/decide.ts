import { beginningOf, reportLink, type Reported, type ReportPlace, type SealedReports } from '@hearthward/protocol';

/**
 * Whether what a device reports is one history: its reports form a chain, and each arrives with its place in it. Facts in,
 * answer out. What is late fills its gap; what comes again is nothing new; anything else speaks against the log.
 */
export interface KnownLog {
  /** enrolments, and erasures of the log as the device counts them */
  readonly epoch: number;
  readonly chain: number;
  /** the first report of this chain that was sent, and the place that comes next */
  readonly since: number;
  readonly next: number;
  /** of report `next - 1`; absent where none has arrived yet */
  readonly link?: string;
  /** start of the device, counted, and milliseconds since then, of the newest report */
  readonly boot: number;
  readonly up: number;
  /** oldest first */
  readonly gaps: readonly Gap[];
  /** reports of gaps that are looked for no more */
  readonly lost: number;
  /** how many reports the last good seal was about, and the key that made it: the first one that this device showed */
  readonly sealed?: number;
  readonly key?: string;
}
/** Reports from `from` to below `below` did not arrive. */
export interface Gap {
  readonly from: number;
  readonly below: number;
  /** link of report `from - 1`, where it is known */
  readonly after?: string;
  /** what report `below` says of the one before it; absent where only a seal says that there are more */
  readonly before?: string;
}
/** One gap is an outage; so many are a device that loses what it likes. */
const MOST_GAPS = 16;

export type Doubt =
  /** reports are missing in between, or at the end as a seal says */
  | { readonly what: 'missing'; readonly n: number; readonly count: number }
  /** a report says something else of the one before than what arrived, or there is another at its place: changed, or put back */
  | { readonly what: 'rewritten'; readonly n: number }
  /** a chain that began anew without an enrolment, or one that had ended */
  | { readonly what: 'begun-anew' | 'put-back'; readonly n: number }
  /** the device counts its starts, or the time since its start, from an earlier number */
  | { readonly what: 'out-of-time'; readonly n: number }
  /** a kind of event that came with its place before came without */
  | { readonly what: 'place-withheld' }
  | { readonly what: 'seal-forged' | 'seal-of-another' };
export type DoubtKind = Doubt['what'];

export interface Judged {
  /** absent: nothing is known yet */
  readonly state: KnownLog | undefined;
  readonly doubts: readonly Doubt[];
  /** it is known already, whatever number the message has */
  readonly again: boolean;
}

export interface Arrived {
  readonly epoch: number;
  readonly report: Reported;
  readonly place: ReportPlace;
  readonly since: number;
  /** links of what is kept at the same place of the same chain */
  readonly known: readonly string[];
}

// EN 303 645 5.7-2, G045 PL-4-2: a gap, a change, another order, a cut-off end and an old copy are seen where the reports arrive
export const judgeReport = (before: KnownLog | undefined, arrived: Arrived): Judged => {
  const { place, known, epoch } = arrived;
  const { chain, n } = place;
  const link = reportLink(arrived.report, place);
  if (before && known.includes(link)) return { state: { ...before, epoch }, doubts: [], again: true };
  if (!before || chain !== before.chain) return begun(before, arrived, link);
  const current = { ...before, epoch };
  if (n >= before.next) return forward(current, arrived, link);
  const gap = before.gaps.find(({ from, below }) => n >= from && n < below);
  if (gap && known.length === 0) return late(current, gap, place, link);
  // Nothing is kept there any more, and it was counted as lost.
  if (known.length === 0 && n >= before.since && before.lost > 0) return { state: current, doubts: [], again: false };
  return { state: branched(current, arrived, link), doubts: [{ what: 'rewritten', n }], again: false };
};

/** From here on the history is the one that the device tells now. */
const branched = (state: KnownLog, { place }: Arrived, link: string): KnownLog => ({
  ...state,
  since: Math.min(state.since, place.n),
  next: place.n + 1,
  link,
  boot: place.stamp.boot,
  up: place.stamp.up,
  gaps: state.gaps.filter(({ below }) => below <= place.n),
});

const begun = (before: KnownLog | undefined, arrived: Arrived, link: string): Judged => {
  const { place, epoch } = arrived;
  const { chain, n, stamp } = place;
  const since = Math.min(arrived.since, n);
  const state: KnownLog = {
    epoch,
    chain,
    since,
    next: since,
    ...(since === 0 && chain === 0 ? { link: beginningOf('reports', 0) } : {}),
    boot: stamp.boot,
    up: 0,
    gaps: [],
    lost: before?.lost ?? 0,
    ...(before?.key === undefined ? {} : { key: before.key }),
  };
  const judged = forward(state, arrived, link);
  const doubts: Doubt[] = [];
  if (before && chain < before.chain) doubts.push({ what: 'put-back', n });
  // EN 303 645 5.11-1: a reset is followed by an enrolment, and only a reset begins another chain
  else if (before && epoch === before.epoch) doubts.push({ what: 'begun-anew', n });
  return { ...judged, doubts: [...doubts, ...judged.doubts] };
};

const forward = (state: KnownLog, arrived: Arrived, link: string): Judged => {
  const { n, before, stamp } = arrived.place;
  const doubts: Doubt[] = [];
  // Where a seal had told of a gap at the end, this report fills it or lies in it.
  const open = state.gaps.filter((each) => each.before !== undefined);
  let { gaps } = state;
  if (n > state.next) {
    const gap: Gap = { from: state.next, below: n, ...(state.link === undefined ? {} : { after: state.link }), before };
    const told = state.gaps.find((each) => each.before === undefined);
    gaps = [...open, gap, ...(told ? shortened(told, n + 1, link) : [])];
    const count = n - Math.max(state.next, told?.below ?? 0);
    if (count > 0) doubts.push({ what: 'missing', n: n - count, count });
  } else {
    gaps = state.gaps.flatMap((each) => (each.before === undefined ? shortened(each, n + 1, link) : [each]));
    if (state.link !== undefined && before !== state.link) doubts.push({ what: 'rewritten', n: Math.max(0, n - 1) });
  }
  const { boot, up } = stamp;
  if (boot < state.boot || (boot === state.boot && up < state.up)) doubts.push({ what: 'out-of-time', n });
  return { state: bounded({ ...state, next: n + 1, link, boot, up, gaps }), doubts, again: false };
};

/** What is left of a gap that a seal has told of, once reports below `from` are there. */
const shortened = ({ below }: Gap, from: number, after: string): readonly Gap[] =>
  from < below ? [{ from, below, after }] : [];

const late = (state: KnownLog, gap: Gap, { n, before }: ReportPlace, link: string): Judged => {
  const isAfter = n > gap.from || gap.after === undefined || before === gap.after;
  const isBefore = n < gap.below - 1 || gap.before === undefined || link === gap.before;
  const parts: readonly Gap[] = [
    { from: gap.from, below: n, ...(gap.after === undefined ? {} : { after: gap.after }), before },
    { from: n + 1, below: gap.below, after: link, ...(gap.before === undefined ? {} : { before: gap.before }) },
  ];
  const gaps = state.gaps.flatMap((each) => (each === gap ? parts.filter(({ from, below }) => from < below) : [each]));
  return {
    state: bounded({ ...state, gaps }),
    doubts: isAfter && isBefore ? [] : [{ what: 'rewritten', n }],
    again: false,
  };
};

const bounded = (state: KnownLog): KnownLog => {
  const over = state.gaps.slice(0, Math.max(0, state.gaps.length - MOST_GAPS));
  return {
    ...state,
    gaps: state.gaps.slice(over.length),
    lost: over.reduce((sum, { from, below }) => sum + below - from, state.lost),
  };
};

export interface Sealed {
  readonly deviceId: string;
  readonly key: string;
  /** undefined where the signature does not hold */
  readonly reports: SealedReports | undefined;
  /** links of what is kept at the place of the last sealed report */
  readonly known: readonly string[];
}

/** Before the first report a seal says nothing that could be compared. */
export const judgeSeal = (state: KnownLog | undefined, { deviceId, key, reports, known }: Sealed): Judged => {
  const judged = (doubts: readonly Doubt[], change: Partial<KnownLog> = {}): Judged => ({
    state: state && { ...state, ...change },
    doubts,
    again: false,
  });
  if (reports === undefined) return judged([{ what: 'seal-forged' }]);
  // G045 PL-4-2: one key seals a device's log for all its life; whoever shows another has another signer
  if (reports.device !== deviceId || (state?.key !== undefined && state.key !== key)) {
    return judged([{ what: 'seal-of-another' }]);
  }
  if (!state) return judged([]);
  if (reports.chain !== state.chain) return judged(ofAnother(state, reports, known), { key });
  if (reports.next <= state.since) return judged([], { key });
  if (reports.next > state.next) return aheadOf(state, reports, key);
  const links = reports.next === state.next && state.link !== undefined ? [state.link] : known;
  const isOther = links.length > 0 && !links.includes(reports.link);
  return isOther
    ? judged([{ what: 'rewritten', n: reports.next - 1 }], { key })
    : judged([], { key, sealed: Math.max(state.sealed ?? 0, reports.next) });
};

/** An old seal that comes again is nothing new; a seal of a chain of which nothing arrived tells that there is one. */
const ofAnother = (
  state: KnownLog,
  { chain, next, link }: SealedReports,
  known: readonly string[],
): readonly Doubt[] => {
  if (known.includes(link)) return [];
  const n = Math.max(0, next - 1);
  return [chain < state.chain ? { what: 'put-back', n } : { what: 'missing', n, count: 1 }];
};

/** A seal follows what it is about, so reports that it tells of and that are not here did not come. */
const aheadOf = (state: KnownLog, reports: SealedReports, key: string): Judged => {
  const told = state.gaps.find((each) => each.before === undefined);
  const from = Math.max(state.next, told?.below ?? 0);
  const count = reports.next - from;
  if (count <= 0) return { state: { ...state, key }, doubts: [], again: false };
  const gap: Gap = {
    from: state.next,
    below: reports.next,
    ...(state.link === undefined ? {} : { after: state.link }),
  };
  return {
    state: bounded({ ...state, key, sealed: reports.next, gaps: [...state.gaps.filter((each) => each !== told), gap] }),
    doubts: [{ what: 'missing', n: from, count }],
    again: false,
  };
};
