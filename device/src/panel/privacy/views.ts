import { noticeDocument } from '@hearthward/product';
import type { Choice, EraseMineView, ErasureShown, LeftLine, PrivacyView } from '@hearthward/web';
import { message } from '@hearthward/web';
import type { Language } from '@hearthward/standards';
import { isGiven } from '../../privacy/consents/decide.ts';
import type { Erasure } from '../../privacy/erasure/decide.ts';
import { sealedLine } from '../../privacy/ledger/decide.ts';
import { personOf, residentOf, whoseIs } from '../../privacy/subjects/decide.ts';
import { sealingOfItem } from '../../telemetry/parcels.ts';
import type { Desk } from '../desk.ts';
import { readState } from '../documents.ts';
import { isGuardian } from '../duties/settings.ts';
import { onSite, say } from '../views.ts';
import { frameOf, type Visit } from '../visit.ts';

/** What the pages on personal data show, each person what is theirs. */

/** Personal data whose declared basis is consent. */
export const askedOf = (desk: Desk): Desk['context']['declaration']['personalData'] =>
  desk.context.declaration.personalData.filter((item) => item.legalBasis === 'consent');

/** The choices that a person has: of what is their own, and of the household's where they live here. */
// EN 303 645 6-2, G044 7-b: nobody is asked about what is somebody else's
export function choicesOf(desk: Desk, { language, session }: Visit): readonly Choice[] {
  const { privacy } = desk.context;
  const { subjects, consents } = privacy.state();
  return askedOf(desk)
    .filter((item) => personOf(item, subjects, privacy.home(), session?.account) === session?.account)
    .map((item) => ({
      id: item.id,
      text: say(item.purpose, language),
      on: isGiven(consents, session?.account, item.id),
    }));
}

// EN 303 645 5.8-3, 6-1, 6-5, G044 7-a: sensing, personal data and telemetry, from the declaration that is enforced
export function privacyView(desk: Desk, visit: Visit, more: Pick<PrivacyView, 'refused' | 'made'> = {}): PrivacyView {
  const { declaration, privacy } = desk.context;
  const { language, session } = visit;
  const { subjects, consents } = privacy.state();
  const home = privacy.home();
  const resident = residentOf(subjects, home);
  const livesHere = resident === session?.account;
  // what the household has sent is for who lives here to read
  const sent = livesHere ? readState(desk.context.store, 'telemetry').sent : {};
  const code = session && subjects.codes[session.account]?.account;
  const { userInformation } = declaration;
  return {
    ...frameOf(visit),
    told: noticeDocument(declaration),
    last: Object.fromEntries(
      declaration.telemetryData.flatMap(({ id, unit }) => {
        const last = sent[id];
        return last ? [[id, { value: shown(language, last.value, unit), at: new Date(last.at).toISOString() }]] : [];
      }),
    ),
    noticeUrl: onSite(desk, userInformation.privacy ?? userInformation.support),
    choices: choicesOf(desk, visit),
    ...(livesHere || resident === undefined ? {} : { resident }),
    children: childrenOf(desk, visit),
    ...(livesHere ? { left: shownLedger(desk, visit), keyless: keylessOf(desk, visit) } : {}),
    erasures: erasuresOf(desk, visit),
    decided: consents.some(({ account }) => account === session?.account),
    ...(code === undefined ? {} : { code }),
    ...accountUrlOf(desk),
    ...more,
  };
}

function shown(language: Language, value: number | boolean | string, unit: string | undefined): string {
  if (typeof value === 'boolean') return message(language, value ? 'answer.yes' : 'answer.no');
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

/** Children whose own choices are this person's to make. */
function childrenOf(desk: Desk, { language, session }: Visit): NonNullable<PrivacyView['children']> {
  const { privacy } = desk.context;
  if (!session || !isGuardian(desk, session.role)) return [];
  const items = askedOf(desk).filter((item) => whoseIs(item) === 'person');
  const { consents } = privacy.state();
  if (items.length === 0) return [];
  return privacy
    .home()
    .accounts.filter(({ child }) => child)
    .map(({ name }) => ({
      name,
      choices: items.map((item) => ({
        id: item.id,
        text: say(item.purpose, language),
        on: isGiven(consents, name, item.id),
      })),
    }));
}

/** Newest first. */
export const shownLedger = (desk: Desk, { language }: Visit): readonly LeftLine[] =>
  desk.context.privacy
    .ledger()
    .map(({ day, field, recipient, count, bytes, at }) => {
      const declared = desk.context.declaration.telemetryData.find(({ id }) => id === field);
      const item = desk.context.declaration.personalData.find(({ id }) => sealedLine(id) === field);
      const topic = TOPICS.find((each) => each === field);
      const what = declared
        ? say(declared.name, language)
        : item
          ? { sealed: say(item.name, language) }
          : topic
            ? { topic }
            : field;
      return { day, what, recipient, count, bytes, last: new Date(at).toISOString() };
    })
    .sort((one, other) => other.day.localeCompare(one.day));

/** Of which nothing leaves until whoever it is for has a key that holds. */
const keylessOf = (
  { context: { declaration, clock } }: Desk,
  { language }: Visit,
): NonNullable<PrivacyView['keyless']> =>
  declaration.personalData
    .filter((item) => sealingOfItem(declaration, item, clock.now()) === 'keyless')
    .map(({ name, sealedTo = '' }) => ({
      item: say(name, language),
      party: declaration.dataParties?.find(({ id }) => id === sealedTo)?.name ?? sealedTo,
    }));

const TOPICS = ['events', 'seals', 'privacy'] as const;

/** The last value of each field that is about the household. */
export const lastSent = (
  desk: Desk,
): readonly { readonly field: string; readonly at: string; readonly value: unknown }[] =>
  Object.entries(readState(desk.context.store, 'telemetry').sent).map(([field, { at, value }]) => ({
    field,
    at: new Date(at).toISOString(),
    value,
  }));

function erasuresOf(desk: Desk, { session }: Visit): readonly ErasureShown[] {
  const { privacy } = desk.context;
  const { erasures, subjects } = privacy.state();
  const resident = residentOf(subjects, privacy.home()) === session?.account;
  return erasures
    .filter(({ by, household }) => by === session?.account || (household && resident))
    .map((each) => shownErasure(each, privacy.failureOf(each.id)))
    .reverse();
}

function shownErasure(each: Erasure, failed: string | undefined): ErasureShown {
  const { id, state, askedAt, undoUntil, goneAt, places, confirmed } = each;
  return {
    id,
    state,
    askedAt: new Date(askedAt).toISOString(),
    until: new Date(undoUntil).toISOString(),
    mayKeep: state === 'undo',
    ...(goneAt === undefined ? {} : { goneAt: new Date(goneAt).toISOString() }),
    places: places.map(({ place, ...rest }) => {
      const [kind = '', name] = place.split(':');
      return { kind: KINDS.find((known) => known === kind) ?? 'services', ...(name ? { name } : {}), ...rest };
    }),
    ...(confirmed ? { confirmed } : {}),
    ...(failed === undefined ? {} : { failed }),
  };
}
const KINDS = ['services', 'keys', 'backups', 'device', 'party'] as const;

/** @param functionId the declared function that erases one person's data */
export function eraseMineView(
  desk: Desk,
  visit: Visit,
  functionId: string,
  refused: readonly string[] = [],
): EraseMineView {
  const { declaration, privacy } = desk.context;
  const ways = declaration.deletionFunctions.filter((each) => each.function === functionId);
  const [way] = ways;
  const deletes = new Set(ways.flatMap((each) => each.deletes));
  const household = residentOf(privacy.state().subjects, privacy.home()) === visit.session?.account;
  return {
    ...frameOf(visit),
    deletes: declaration.personalData
      .filter((item) => deletes.has(item.id) && (household || whoseIs(item) === 'person'))
      .map((item) => say(item.name, visit.language)),
    household,
    undoHours: way?.undoHours ?? 0,
    ...(way?.confirmedWithinHours === undefined ? {} : { confirmedHours: way.confirmedWithinHours }),
    ...(way?.backupsWithinDays === undefined ? {} : { backupDays: way.backupsWithinDays }),
    refused,
  };
}

/** Where the manufacturer shows people what it has of them. */
export const accountUrlOf = (desk: Desk): { readonly accountUrl?: string } => {
  const { deletion } = desk.context.declaration.userInformation;
  return deletion === undefined ? {} : { accountUrl: onSite(desk, deletion) };
};
