import { AccountLink, Subject } from '@hearthward/protocol';
import type { PersonalData, TelemetryData } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';

/**
 * Whose data it is: which account lives with the device, and under which pseudonym the services know the household and each
 * person. Pseudonyms come drawn; one that is replaced stays known for as long as somebody may still have data under it, so
 * that its person can have it erased.
 */
const strict = { additionalProperties: false } as const;
const Whose = Type.Union([Type.Literal('household'), Type.Literal('person')]);
export type Whose = Static<typeof Whose>;

export const Pseudonym = Type.Object(
  {
    subject: Subject,
    of: Whose,
    /** the person whom it stands for; of a household, who lived here */
    account: Type.String(),
    items: Type.Array(Type.String()),
    since: Type.Number(),
    /** replaced then; in use where absent */
    until: Type.Optional(Type.Number()),
  },
  strict,
);
export type Pseudonym = Static<typeof Pseudonym>;

export const SubjectsState = Type.Object(
  {
    /** account that lives here; null: the first owner */
    resident: Type.Union([Type.Null(), Type.String()]),
    pseudonyms: Type.Array(Pseudonym),
    /** account of this device -> public part and verifier of the code by which its person opens their data elsewhere */
    codes: Type.Record(Type.String(), AccountLink),
  },
  strict,
);
export type SubjectsState = Static<typeof SubjectsState>;
export const NOBODY: SubjectsState = { resident: null, pseudonyms: [], codes: {} };

/** What of the device the pseudonyms follow. */
export interface Home {
  readonly items: readonly PersonalData[];
  readonly fields: readonly TelemetryData[];
  /** oldest first */
  readonly accounts: readonly { readonly name: string; readonly role: string; readonly child: boolean }[];
}

/** A pseudonym that should be in use and is not. */
export interface Lack {
  readonly of: Whose;
  readonly account: string;
  readonly items: readonly string[];
}

export type SubjectsEvent =
  /** each lack with what was drawn for it */
  | { readonly kind: 'begun'; readonly pseudonyms: readonly (Lack & { readonly subject: Subject })[] }
  | { readonly kind: 'resident'; readonly account: string }
  | { readonly kind: 'account-removed'; readonly account: string }
  | { readonly kind: 'code'; readonly account: string; readonly link: AccountLink }
  /** the services take nothing more under it, and its person goes on: another is drawn */
  | { readonly kind: 'replaced'; readonly subject: Subject }
  /** nothing is known of them any more */
  | { readonly kind: 'erased'; readonly subjects: readonly Subject[]; readonly codeOf?: string }
  | { readonly kind: 'look' };

export type SubjectsEffect =
  | { readonly kind: 'tell'; readonly pseudonym: Pseudonym; readonly link: AccountLink | undefined }
  /** somebody else lives here: what the household had on the device is not theirs to see */
  | { readonly kind: 'moved'; readonly from: string | undefined; readonly to: string | undefined }
  | { readonly kind: 'refused'; readonly code: 'no-such-account' | 'child' };

type Next = Decision<SubjectsState, SubjectsEffect>;

/** As many as one word of erasure can name. */
const MOST_OF_ONE = 256;
const DAY = 86_400_000;

export function decideSubjects(state: SubjectsState, event: SubjectsEvent, home: Home, now: Millis): Next {
  switch (event.kind) {
    case 'begun':
      return begin(state, event.pseudonyms, now);
    case 'resident': {
      const account = home.accounts.find(({ name }) => name === event.account);
      if (!account) return { state, effects: [{ kind: 'refused', code: 'no-such-account' }] };
      // EN 303 645 6-2: who cannot decide for themselves cannot decide for a household
      if (account.child) return { state, effects: [{ kind: 'refused', code: 'child' }] };
      const from = residentOf(state, home);
      if (from === account.name) return { state, effects: [] };
      return moved({ ...state, resident: account.name }, from, account.name, now);
    }
    case 'account-removed': {
      const before = residentOf(state, home);
      const { [event.account]: _gone, ...codes } = state.codes;
      const next: SubjectsState = {
        resident: state.resident === event.account ? null : state.resident,
        pseudonyms: state.pseudonyms.filter(({ account }) => account !== event.account),
        codes,
      };
      const left = { ...home, accounts: home.accounts.filter(({ name }) => name !== event.account) };
      const after = residentOf(next, left);
      return before === after ? { state: next, effects: [] } : moved(next, before, after, now);
    }
    case 'code': {
      const codes = { ...state.codes, [event.account]: event.link };
      return {
        state: { ...state, codes },
        effects: state.pseudonyms
          .filter(({ account }) => account === event.account)
          .map((pseudonym) => ({ kind: 'tell', pseudonym, link: event.link })),
      };
    }
    case 'replaced': {
      const old = state.pseudonyms.find(({ subject, until }) => subject === event.subject && until === undefined);
      if (!old || !hasRoom(state, old.account, groupsOf(home).length)) return { state, effects: [] };
      const pseudonyms = state.pseudonyms.map((each) => (each === old ? { ...each, until: now } : each));
      return { state: { ...state, pseudonyms }, effects: [] };
    }
    case 'erased': {
      const codes = Object.fromEntries(Object.entries(state.codes).filter(([account]) => account !== event.codeOf));
      const pseudonyms = state.pseudonyms.filter(({ subject }) => !event.subjects.includes(subject));
      return { state: { ...state, pseudonyms, codes }, effects: [] };
    }
    case 'look': {
      const pseudonyms = state.pseudonyms.filter((each) => isKept(each, home, now));
      return { state: pseudonyms.length === state.pseudonyms.length ? state : { ...state, pseudonyms }, effects: [] };
    }
  }
}

/** Who lives here: whom an owner said, else the first owner. */
export const residentOf = ({ resident }: SubjectsState, { accounts }: Home): string | undefined =>
  accounts.find(({ name }) => name === resident)?.name ?? accounts.find(({ role }) => role === 'owner')?.name;

/** Whose an item is; of whoever lives here where nothing is said. */
export const whoseIs = ({ of = 'household' }: Pick<PersonalData, 'of'>): Whose => of;

/** Who decides about an item, and whose data it is: the resident, or the person themself. */
export const personOf = (
  item: Pick<PersonalData, 'of'>,
  state: SubjectsState,
  home: Home,
  account: string | undefined,
): string | undefined => (whoseIs(item) === 'household' ? residentOf(state, home) : account);

/** The pseudonym in use. */
export const pseudonymOf = (
  { pseudonyms }: SubjectsState,
  item: Pick<PersonalData, 'id' | 'of'>,
  account: string | undefined,
): Pseudonym | undefined =>
  pseudonyms.find(
    (each) =>
      each.until === undefined && each.of === whoseIs(item) && each.account === account && each.items.includes(item.id),
  );

/** Items that leave the device; of what stays on it the services know nobody. */
const leaving = ({ items, fields }: Home): readonly PersonalData[] =>
  items.filter(
    (item) => item.storedAt.some((place) => place !== 'device') || fields.some((each) => each.personalData === item.id),
  );

/** What should be in use now and is not: new people, another household, and pseudonyms whose days are over. */
// EN 303 645 6-4, G044 7-d: what is sent is not tied together for longer than was declared
export function lacking(state: SubjectsState, home: Home, now: Millis): readonly Lack[] {
  const groups = groupsOf(home);
  const resident = residentOf(state, home);
  return groups.flatMap(({ of, days, items }) => {
    const accounts = of === 'person' ? home.accounts.map(({ name }) => name) : resident === undefined ? [] : [resident];
    return accounts
      .filter((account) => {
        const own = state.pseudonyms.filter((each) => each.account === account);
        const inUse = own.find(
          (each) => each.until === undefined && each.of === of && items.every((item) => each.items.includes(item)),
        );
        return !inUse || (now - inUse.since >= days * DAY && hasRoom(state, account, groups.length));
      })
      .map((account) => ({ of, account, items }));
  });
}

/** Items that one pseudonym stands for. */
function groupsOf(home: Home) {
  const groups = new Map<string, { of: Whose; days: number; items: string[] }>();
  for (const item of leaving(home)) {
    const of = whoseIs(item);
    const days = item.pseudonymDays ?? Infinity;
    const group = groups.get(`${of} ${days}`) ?? { of, days, items: [] };
    group.items.push(item.id);
    groups.set(`${of} ${days}`, group);
  }
  return Array.from(groups.values());
}

/** The last ones stay, so that one word names all of a person's. */
const hasRoom = ({ pseudonyms }: SubjectsState, account: string, groups: number): boolean =>
  pseudonyms.filter((each) => each.account === account).length < MOST_OF_ONE - groups;

function begin(state: SubjectsState, drawn: readonly (Lack & { readonly subject: Subject })[], now: Millis): Next {
  const fresh = drawn.map(({ subject, of, account, items }): Pseudonym => ({
    subject,
    of,
    account,
    items: [...items],
    since: now,
  }));
  const replaced = (each: Pseudonym): boolean =>
    each.until === undefined &&
    fresh.some(
      ({ of, account, items }) =>
        each.of === of &&
        (of === 'household' || each.account === account) &&
        items.some((item) => each.items.includes(item)),
    );
  const ended = state.pseudonyms.map((each) => (replaced(each) ? { ...each, until: now } : each));
  return {
    state: { ...state, pseudonyms: [...ended, ...fresh] },
    effects: fresh.map((pseudonym) => ({ kind: 'tell', pseudonym, link: state.codes[pseudonym.account] })),
  };
}

/** Those of the household end with it, also where the next pseudonym is only drawn later. */
function moved(state: SubjectsState, from: string | undefined, to: string | undefined, now: Millis): Next {
  const pseudonyms = state.pseudonyms.map((each) =>
    each.of === 'household' && each.until === undefined ? { ...each, until: now } : each,
  );
  return { state: { ...state, pseudonyms }, effects: [{ kind: 'moved', from, to }] };
}

/** Once nobody keeps anything under a replaced pseudonym any more, it stands for nothing. */
function isKept({ until, items }: Pseudonym, home: Home, now: Millis): boolean {
  if (until === undefined) return true;
  const days = items.map((id) => home.items.find((item) => item.id === id)?.retentionDays ?? 0);
  return days.includes(0) || now - until < Math.max(...days) * DAY;
}
