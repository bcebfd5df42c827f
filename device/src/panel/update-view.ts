import type { Release } from '@hearthward/protocol';
import type { Language } from '@hearthward/standards';
import type { OfferedUpdate, UpdatesView } from '@hearthward/web';
import type { Phase, UpdateState } from '../updates/state.ts';
import type { PanelContext } from './context.ts';
import type { Desk } from './desk.ts';
import { frameOf, type Visit } from './visit.ts';

/** What people see of updates: the machine's state, and what was signed about the release. */

type Updates = NonNullable<PanelContext['updates']>;

// EN 303 645 5.3-11, 5.3-12, 5.3-16, G044 6.3.11, 6.3.12, 6.3.16: what it is, what is due, which risks go away, how long it takes
export function updatesView(desk: Desk, visit: Visit): UpdatesView {
  const { declaration, updates } = desk.context;
  const state = updates?.state();
  const offer = updates && offerOf(updates, visit.language);
  const ended = updates && endedOf(updates);
  return {
    ...frameOf(visit),
    version: declaration.product.softwareVersion,
    model: declaration.product.model.designation,
    supportUntil: declaration.support.until,
    ...(state ? checkOf(state) : {}),
    ...(offer ? { offer } : {}),
    ...(ended ? { last: ended } : {}),
    choice: state?.choice ?? NO_CHOICE,
  };
}
const NO_CHOICE = {
  automatic: { security: false, feature: false },
  notices: { security: false, feature: false },
} as const;

function checkOf({ check }: UpdateState): Pick<UpdatesView, 'check'> {
  if (check.lastAt === null) return {};
  const at = new Date(check.lastAt).toISOString();
  return { check: { at, failing: check.failures > 0 } };
}

const SHOWN: Readonly<Partial<Record<Phase, OfferedUpdate['phase']>>> = {
  offered: 'offered',
  authorised: 'offered',
  downloading: 'downloading',
  downloaded: 'preparing',
  verified: 'preparing',
  staged: 'ready',
  armed: 'switching',
  trial: 'trying',
};

function offerOf(updates: Updates, language: Language): OfferedUpdate | undefined {
  const { candidate, phase, authorisedBy, startAt, switchAt, postponed } = updates.state();
  const shown = SHOWN[phase];
  const release = updates.release();
  if (!candidate || !shown || !release) return undefined;
  const progress = updates.progress();
  const isByItself = authorisedBy === 'automatic' && (shown === 'offered' || shown === 'ready');
  const begins = isByItself ? Math.max(shown === 'ready' ? switchAt : startAt, postponed?.until ?? 0) : 0;
  return {
    version: release.version,
    number: release.number,
    kind: release.kind,
    summary: say(release.summary, language),
    risksRemoved: release.risksRemoved.map(({ id, severity, risk }) => ({ id, severity, risk: say(risk, language) })),
    downtimeSeconds: release.downtimeSeconds,
    keepsWorking: release.keepsWorking.map((each) => say(each, language)),
    phase: shown,
    open: authorisedBy !== 'user' && shown !== 'switching' && shown !== 'trying',
    ...(progress === undefined ? {} : { progress }),
    ...(begins > 0 ? { beginsAt: new Date(begins).toISOString() } : {}),
  };
}

const say = (words: Release['summary'], language: Language): string => words[language] ?? words.en;

function endedOf(updates: Updates): UpdatesView['last'] | undefined {
  const notice = updates.ended();
  if (!notice || notice.version === null) return undefined;
  const because = BECAUSE[notice.because ?? ''];
  const told = { at: new Date(notice.at).toISOString(), version: notice.version, ...(because ? { because } : {}) };
  switch (notice.what) {
    case 'installed':
      return { ...told, outcome: 'installed' };
    case 'rolled-back':
      return { ...told, outcome: 'rolled-back' };
    case 'refused':
    case 'rejected':
      return { ...told, outcome: 'refused' };
    default:
      return undefined;
  }
}

/** What people are told of a machine's reason; of one that is not here, that it happened and no reason. */
const BECAUSE: Readonly<Record<string, NonNullable<UpdatesView['last']>['because']>> = {
  'unhealthy-api': 'unhealthy',
  'unhealthy-store': 'unhealthy',
  'unhealthy-control': 'unhealthy',
  'tries-exhausted': 'unhealthy',
  'slot-damaged': 'damaged',
  'bytes-corrupt': 'damaged',
  'image-refused': 'not-genuine',
  'offer-mismatch': 'not-genuine',
  unsigned: 'not-genuine',
  'image-mismatch': 'not-for-this-device',
  'wrong-product': 'not-for-this-device',
  'too-large': 'not-for-this-device',
};
