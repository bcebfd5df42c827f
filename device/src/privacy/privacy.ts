import { noticeVersion, type Declaration } from '@hearthward/product';
import type { AccountLink, Subject } from '@hearthward/protocol';
import type { Language } from '@hearthward/standards';
import type { Channel, RecordEvent } from '../channel/channel.ts';
import type { Message } from '../channel/decide.ts';
import { readState, writeStates, type Settings, type States } from '../panel/documents.ts';
import type { DeviceParts } from '../parts.ts';
import type { Clock, StateStore } from '../seams.ts';
import { viewOf, wiping } from '../secrets/wiping.ts';
import { NOTICE_UNKNOWN, type ConsentRefusal } from './consents/decide.ts';
import { openErasures, type Erasures } from './erasures.ts';
import { type Flows, takenBack } from './flows.ts';
import { sealedLine, shownOf, type LedgerState, type Recipients } from './ledger/decide.ts';
import { openLeaving, type Leaving } from './leaving.ts';
import { readNews } from './news.ts';
import { consentsInSettings, unrecorded } from './settings.ts';
import type { PrivacyState } from './state.ts';
import { lacking, residentOf, whoseIs, type Home, type SubjectsEvent } from './subjects/decide.ts';
import { allWords, notWaiting, owing, wordOf, wordsOf } from './words.ts';

/**
 * Whose personal data the device keeps and sends, what they allow, and how it goes. Guarantees: nothing of an item flows
 * without a person whose it is, nor against what they decided, whatever the power does; what they decided reaches the
 * services; what is erased is not on the disk any more. Leaves to the panel who asks, and to the channel how words travel.
 */
export interface Privacy extends Erasures, Leaving {
  /** at each start, before the channel's: what was interrupted goes on, and everything that holds is told again */
  readonly start: () => Promise<void>;
  /** the services know another device, or this one anew */
  readonly enrolled: () => void;
  /** draws pseudonyms that are due, and carries out what is */
  readonly tick: () => Promise<void>;
  readonly state: () => PrivacyState;
  readonly home: () => Home;
  readonly flows: () => Flows;
  /** somebody uses the product through the panel: what is told of people from now on is theirs */
  readonly acts: (account: string) => void;
  /** all of them or none, together with `more`; once it resolves nothing flows that was withdrawn */
  readonly decide: (asked: Decided, more?: Partial<States>) => Promise<ConsentRefusal | undefined>;
  /** who lives here from now on */
  readonly moveIn: (account: string) => Promise<'no-such-account' | 'child' | undefined>;
  /** what the rooms become without accounts that end; to be written with them */
  readonly withoutAccounts: (accounts: readonly string[]) => Partial<States>;
  readonly link: (account: string, link: AccountLink) => Promise<void>;
  /** what really left the home in the last days */
  readonly ledger: () => LedgerState;
  /** hears of each message that has left */
  readonly left: (message: Message) => void;
  /** hostile bytes from the services */
  readonly hear: (payload: Uint8Array) => void;
}

export interface Decided {
  readonly asking: { readonly account: string; readonly guardian: boolean };
  /** whose the items of each person are */
  readonly whose: string;
  /** item -> whether it is allowed */
  readonly choices: Readonly<Record<string, boolean>>;
  readonly how: 'set-up' | 'privacy-page';
  readonly language: Language;
}

export interface PrivacyWorld {
  readonly declaration: Declaration;
  readonly store: StateStore;
  readonly clock: Clock;
  /** cryptographically strong bytes */
  readonly random: (bytes: number) => Uint8Array;
  readonly parts: Pick<
    DeviceParts,
    'subjects' | 'consents' | 'erasures' | 'removePerson' | 'ledger' | 'flows' | 'confirmation'
  >;
  /** absent where nothing leaves the device */
  readonly channel?: Pick<Channel, 'say' | 'takeBack' | 'state' | 'anchors'>;
  /** the product forgets what people set of these items */
  readonly forget: (items: readonly string[]) => void;
  readonly record: RecordEvent;
  readonly fault: (thrown: unknown) => void;
}

export const openPrivacy = (world: PrivacyWorld): Privacy => {
  const { declaration, store, clock, parts, channel } = world;
  const { personalData: items, telemetryData: fields } = declaration;
  let user: string | undefined;
  let handing: Promise<void> = Promise.resolve();

  const state = (): PrivacyState => readState(store, 'privacy');
  const home = (): Home => ({
    items,
    fields,
    accounts: readState(store, 'accounts').accounts.map(({ name, role, pin }) => ({
      name,
      role,
      child: pin !== undefined,
    })),
  });
  const recipients: Recipients = {
    declared: fields,
    personalData: items,
    parties: declaration.dataParties ?? [],
    maker: declaration.manufacturer.name,
  };

  /** The records, what an older version reads of them, and whatever else changed, in one transaction. */
  const keep = (next: PrivacyState, more: Partial<States> = {}): void => {
    const settings: Settings = more.settings ?? readState(store, 'settings');
    writeStates(store, { ...more, privacy: next, settings: consentsInSettings(settings, next, home()) });
  };
  const stop = async (): Promise<void> => channel?.takeBack(takenBack(state(), home()));

  /** Words leave the records once the channel has them: a power cut says one twice, never not at all. */
  const hand = async (): Promise<void> => {
    if (!channel || channel.state().phase === 'idle') return;
    const { owed } = state();
    for (const word of owed) await channel.say('privacy', { v: 1, at: new Date(clock.now()).toISOString(), word });
    if (owed.length === 0) return;
    const now = state();
    writeStates(store, { privacy: { ...now, owed: now.owed.slice(owed.length) } });
  };
  const handOver = (): Promise<void> => (handing = handing.then(hand).catch(world.fault));

  const pseudonym = (): string =>
    // no key: a name for somebody who is not to be known by it
    wiping(world.random(16), (bytes) => viewOf(bytes).toString('base64url'));

  /** What a change of people leaves of the records, and of what the household could be read from. */
  const afterSubjects = (before: PrivacyState, event: SubjectsEvent) => {
    const at = home();
    const { state: subjects, effects } = parts.subjects(before.subjects, event, at, clock.now());
    let next: PrivacyState = subjects === before.subjects ? before : { ...before, subjects };
    let more: Partial<States> = {};
    for (const effect of effects) {
      if (effect.kind === 'tell') next = owing(next, wordsOf(effect.pseudonym, next, items));
      if (effect.kind !== 'moved') continue;
      const of = items.filter((item) => whoseIs(item) === 'household').map(({ id }) => id);
      const gone = fields.filter(({ personalData }) => typeof personalData === 'string' && of.includes(personalData));
      // EN 303 645 5.11-1, 6-2: who moves in begins with their own choices, and reads nothing of who lived here
      const consents = [effect.from, effect.to].reduce(
        (kept, account) =>
          account === undefined
            ? kept
            : parts.consents(kept, { kind: 'forgotten', account, items: of }, clock.now()).state,
        next.consents,
      );
      next = { ...next, consents };
      const { sent } = readState(store, 'telemetry');
      const ids = gone.map(({ id }) => id);
      more = {
        telemetry: { sent: Object.fromEntries(Object.entries(sent).filter(([id]) => !ids.includes(id))) },
        ledger: parts.ledger(
          readState(store, 'ledger'),
          { kind: 'forgotten', fields: [...ids, ...of.map(sealedLine)] },
          recipients,
          clock.now(),
        ),
      };
    }
    const refused = effects.find((effect) => effect.kind === 'refused');
    return { next, more, refused: refused?.code, moved: effects.some(({ kind }) => kind === 'moved') };
  };

  const draw = (): void => {
    const before = state();
    const looked = afterSubjects(before, { kind: 'look' }).next;
    const drawn = lacking(looked.subjects, home(), clock.now()).map((lack) => ({ ...lack, subject: pseudonym() }));
    const next = drawn.length > 0 ? afterSubjects(looked, { kind: 'begun', pseudonyms: drawn }).next : looked;
    if (next !== before) keep(next);
  };

  const replaced = (subject: Subject): void => {
    const before = state();
    const { next } = afterSubjects(before, { kind: 'replaced', subject });
    if (next === before) return;
    keep(next);
    draw();
  };

  const erasures = openErasures({ ...world, state, home, recipients, keep, stop, handOver, replaced, id: pseudonym });

  const decided = ({ asking, whose, choices, how, language }: Decided, before: PrivacyState) => {
    const at = home();
    const notice = noticeVersion(declaration);
    let next = before;
    for (const [item, given] of Object.entries(choices)) {
      const of = items.find(({ id }) => id === item);
      const account = of && (whoseIs(of) === 'household' ? residentOf(next.subjects, at) : whose);
      const person = at.accounts.find(({ name }) => name === account);
      const { state: consents, effects } = parts.consents(
        next.consents,
        {
          kind: 'decided',
          item,
          whose: person && { account: person.name, child: person.child },
          asking,
          given,
          how,
          notice,
          language,
        },
        clock.now(),
      );
      next = { ...next, consents };
      for (const effect of effects) {
        if (effect.kind === 'refused') return effect.code;
        if (effect.kind === 'tell') next = owing(next, wordOf(effect.record, next, items));
      }
    }
    return next;
  };

  /** Answers of a version without records, or of one that came back for a while. */
  const recorded = (before: PrivacyState): PrivacyState => {
    const resident = residentOf(before.subjects, home());
    const found =
      resident === undefined ? [] : unrecorded(readState(store, 'settings'), before.consents, resident, home());
    return found.reduce<PrivacyState>((next, { item, given, first }) => {
      if (resident === undefined) return next;
      const person = { account: resident, child: false };
      const asking = { account: resident, guardian: false };
      const how = first ? 'set-up' : 'privacy-page';
      const event = {
        kind: 'decided',
        item,
        whose: person,
        asking,
        given,
        how,
        notice: NOTICE_UNKNOWN,
        language: 'en',
      } as const;
      return { ...next, consents: parts.consents(next.consents, event, clock.now()).state };
    }, before);
  };

  return {
    ...erasures,
    ...openLeaving({ clock, channel, state, id: pseudonym }),
    state,
    home,
    start: async () => {
      const before = state();
      const next = recorded(before);
      const owed = notWaiting(allWords(next, items), channel?.state().queue ?? []);
      if (next !== before || before.owed.length + owed.length > 0) keep({ ...next, owed });
      await stop();
    },
    enrolled: () => {
      const before = state();
      const words = allWords(before, items);
      if (words.length > 0) keep({ ...before, owed: [...words] });
      void handOver();
    },
    tick: async () => {
      draw();
      await erasures.goOn();
      await handOver();
    },
    flows: () => parts.flows(state(), home(), user),
    acts: (account) => void (user = account),
    decide: async (asked, more) => {
      const next = decided(asked, state());
      if (typeof next === 'string') return next;
      keep(next, more);
      // EN 303 645 6-3, G044 7-c: what waits on its way out is taken back before the person hears that it is withdrawn
      await stop();
      await handOver();
      return undefined;
    },
    moveIn: async (account) => {
      const { next, more, refused, moved } = afterSubjects(state(), { kind: 'resident', account });
      if (refused) return refused;
      keep(next, more);
      if (moved) world.record('household-moved', {});
      draw();
      await stop();
      await handOver();
      return undefined;
    },
    withoutAccounts: (accounts) => {
      let states: Partial<States> = {};
      let before = state();
      for (const account of accounts) {
        const { next, more } = afterSubjects(before, { kind: 'account-removed', account });
        const consents = parts.consents(next.consents, { kind: 'forgotten', account }, clock.now()).state;
        const left = parts.erasures(next.erasures, { kind: 'account-removed', account }, clock.now()).state;
        before = { ...next, consents, erasures: left };
        states = { ...states, ...more };
      }
      return { ...states, privacy: before };
    },
    link: async (account, link) => {
      keep(afterSubjects(state(), { kind: 'code', account, link }).next);
      await handOver();
    },
    ledger: () => shownOf(readState(store, 'ledger'), clock.now()),
    left: (message) =>
      writeStates(store, {
        ledger: parts.ledger(readState(store, 'ledger'), { kind: 'left', message }, recipients, clock.now()),
      }),
    hear: (payload) => {
      const news = readNews(payload);
      if (news) erasures.heed(news).catch(world.fault);
    },
  };
};
