import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../channel/channel.ts';
import { every } from '../driver/every.ts';
import type { Millis, SafetyCheck, StateStore } from '../seams.ts';
import { reloadClamd } from './clamd.ts';
import { scanWith, type Scan, type ScannerSettings } from './scanner.ts';
import { freshnessOf, type Freshness, type SignatureState } from './signatures/decide.ts';
import { readSignatureFolder } from './signatures/folder.ts';

/** The scanner in the process that faces people, and what it says of the signatures that it goes by. */
export interface StandingScanner {
  /** absent where the platform has none */
  readonly scan?: Scan;
  readonly checks: (language: Language) => readonly SafetyCheck[];
  readonly look: () => Promise<void>;
  readonly stop: () => void;
}

const LOOK_MILLIS = 60_000;

/** Faults: declaration-mismatch. */
export const standScanner = (given: {
  readonly declaration: Declaration;
  readonly settings: ScannerSettings | undefined;
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly now: () => Millis;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
}): StandingScanner => {
  const { declaration, settings, store, now, record } = given;
  const scan = scanWith(declaration, settings);
  const format = declaration.malwareProtection?.signatureSet?.format;
  if (!scan || settings?.kind !== 'clamd' || settings.signatures === undefined || format === undefined)
    return { ...(scan ? { scan } : {}), checks: () => [], look: async () => undefined, stop: () => undefined };
  const folder = readSignatureFolder(settings.signatures, format);
  const standing = (): { readonly state: SignatureState; readonly freshness: Freshness } => {
    const state = folder.state();
    return { state, freshness: freshnessOf(state, folder.digest(), now()) };
  };
  let asksLeft = 0;
  const lookOnce = async (): Promise<void> => {
    const { state, freshness } = standing();
    const stored = store.read(ROOM);
    const before: Seen = Value.Check(Seen, stored) ? stored : UNSEEN;
    const newest = state.held?.number ?? 0;
    // the scanner has read its folder when it began, and not since; one that is not there yet is asked again. One that is
    // just reading does not hear that there is something newer, so it is asked once more at the next look
    if (newest !== before.number) asksLeft = 2;
    const isAsked = asksLeft > 0 && freshness !== 'none' && (await reloadClamd(settings));
    if (isAsked) asksLeft -= 1;
    const isRead = newest === before.number || freshness === 'none' || isAsked;
    const seen: Seen = { number: isRead ? newest : before.number, freshness, refused: state.refused };
    if (Value.Equal(before, seen)) return;
    store.write(ROOM, seen);
    if (seen.number !== before.number) record('signatures-installed', { number: seen.number });
    if (freshness !== before.freshness && freshness !== 'fresh') record('signatures-stale', { because: freshness });
    if (seen.refused !== null && seen.refused !== before.refused)
      record('signatures-refused', { because: seen.refused });
  };
  let looking: Promise<void> | undefined;
  const look = (): Promise<void> =>
    (looking ??= lookOnce().finally(() => {
      looking = undefined;
    }));
  look().catch(given.fault);
  return {
    // G044 7-f: what the scanner does not know for want of a newer set is not taken for harmless
    scan: async (bytes) =>
      standing().freshness === 'fresh' ? scan(bytes) : { kind: 'not-scanned', because: 'signatures-stale' },
    checks: (language) => {
      const good = standing().freshness === 'fresh';
      return [{ good, text: message(language, good ? 'signatures.fresh' : 'signatures.stale') }];
    },
    look,
    stop: every(LOOK_MILLIS, look, given.fault),
  };
};

/** What was said last, so that nothing is said twice. */
const ROOM = 'signatures-seen';
const Seen = Type.Object({
  number: Type.Integer(),
  freshness: Type.Union([Type.Literal('fresh'), Type.Literal('stale'), Type.Literal('none')]),
  refused: Type.Union([Type.String(), Type.Null()]),
});
type Seen = { readonly number: number; readonly freshness: Freshness; readonly refused: string | null };
const UNSEEN: Seen = { number: 0, freshness: 'fresh', refused: null };
