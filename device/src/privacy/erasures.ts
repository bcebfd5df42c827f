import type { PrivacyNews, PrivacyWord, Subject } from '@hearthward/protocol';
import { readState, writeStates, type States } from '../panel/documents.ts';
import { asFault, type FaultCode } from '../driver/faults.ts';
import type { Erasure, ErasureEffect, ErasureEvent, ErasureRefusal } from './erasure/decide.ts';
import type { Recipients } from './ledger/decide.ts';
import type { PrivacyWorld } from './privacy.ts';
import type { PrivacyState } from './state.ts';
import { residentOf, type Home } from './subjects/decide.ts';
import { allWords, owing, wordOfErasure } from './words.ts';

/** What `erasure/decide` says, carried out; and what the services tell of it. */
export interface Erasures {
  /** @param undo milliseconds in which it can be taken back */
  readonly erase: (account: string, undo: number) => Promise<ErasureRefusal | undefined>;
  readonly keepData: (id: string, account: string) => Promise<ErasureRefusal | undefined>;
  /** everything that is due, also what a power cut interrupted */
  readonly goOn: () => Promise<void>;
  /** why one could not be carried out on this device the last time; undefined where nothing failed */
  readonly failureOf: (id: string) => FaultCode | undefined;
}

interface Given extends PrivacyWorld {
  readonly state: () => PrivacyState;
  readonly home: () => Home;
  readonly recipients: Recipients;
  readonly keep: (next: PrivacyState, more?: Partial<States>) => void;
  readonly stop: () => Promise<void>;
  readonly handOver: () => Promise<void>;
  /** nothing more is taken under this pseudonym */
  readonly replaced: (subject: Subject) => void;
  readonly id: () => string;
}

export const openErasures = (given: Given): Erasures & { readonly heed: (news: PrivacyNews) => Promise<void> } => {
  const { store, clock, parts, state, home, channel, record } = given;
  let working: Promise<void> = Promise.resolve();
  /** of this start: the next one tries everything anew, and finds out anew */
  const failures = new Map<string, FaultCode>();

  /** What is left to carry out once it is durable. */
  const step = (event: ErasureEvent, from = state()): readonly ErasureEffect[] => {
    const { state: erasures, effects } = parts.erasures(from.erasures, event, clock.now());
    const words = effects.flatMap((effect): PrivacyWord[] => {
      if (effect.kind === 'ask' && effect.erasure.told) return [wordOfErasure(effect.erasure)];
      if (effect.kind === 'keep') return [{ kind: 'keep', id: effect.id }];
      return effect.kind === 'gone' && effect.erasure.told ? [{ kind: 'erased-here', id: effect.erasure.id }] : [];
    });
    const next = owing(erasures === from.erasures ? from : { ...from, erasures }, words);
    if (next !== state()) writeStates(store, { privacy: next });
    for (const effect of effects) told(effect);
    return effects;
  };
  const told = (effect: ErasureEffect): void => {
    if (effect.kind === 'ask') record('erasure-asked', { scope: effect.erasure.household ? 'household' : 'own' });
    if (effect.kind === 'keep') record('erasure-kept', {});
    if (effect.kind === 'gone') record('erasure-done', {});
    if (effect.kind === 'confirmed' && effect.erasure.confirmed?.what === 'forged') record('confirmation-forged', {});
  };

  const remove = async (erasure: Erasure): Promise<void> => {
    // EN 303 645 5.11-1, G044 6.11.1, G045 DS-1-4, DS-1-5: from the way out first, then from the product, then from the records
    await given.stop();
    const read = {
      privacy: state(),
      telemetry: readState(store, 'telemetry'),
      ledger: readState(store, 'ledger'),
      senders: readState(store, 'senders'),
      settings: readState(store, 'settings'),
    };
    const { states, items } = parts.removePerson(read, erasure, home(), given.recipients, clock.now());
    given.forget(items);
    writeStates(store, states);
    scrub(erasure.id);
  };
  /** A new key for all that stays: what was there before is unreadable in free pages, the log beside the file, and any copy. */
  const scrub = (id: string): void => {
    store.erase([]);
    step({ kind: 'scrubbed', id });
  };

  const goOn = (): Promise<void> => {
    working = working
      .then(async () => {
        for (const effect of step({ kind: 'look' })) {
          if (effect.kind === 'remove') await attempt(effect.erasure.id, () => remove(effect.erasure));
          if (effect.kind === 'scrub') await attempt(effect.id, async () => scrub(effect.id));
        }
      })
      .catch((thrown: unknown) => given.fault(asFault(thrown)));
    return working;
  };

  /** What could not be done stays as it was, and is tried again at the next look; why is said once for each reason. */
  // EN 303 645 5.11-4, G044 6.11.4: who waits for it hears that it failed, and is not left to think that it takes its time
  const attempt = async (id: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      failures.delete(id);
    } catch (thrown) {
      const fault = asFault(thrown);
      given.fault(fault);
      if (failures.get(id) === fault.code) return;
      record('erasure-failed', { because: fault.code });
      const isTold = state().erasures.some((each) => each.id === id && each.told);
      if (isTold) writeStates(store, { privacy: owing(state(), [{ kind: 'erased-here', id, because: fault.code }]) });
      failures.set(id, fault.code);
    }
  };

  const refusalIn = (effects: readonly ErasureEffect[]): ErasureRefusal | undefined =>
    effects.find((effect) => effect.kind === 'refused')?.code;

  return {
    goOn,
    failureOf: (id) => failures.get(id),
    erase: async (account, undo) => {
      const { subjects } = state();
      const own = subjects.pseudonyms.filter((each) => each.account === account).map(({ subject }) => subject);
      const household = residentOf(subjects, home()) === account;
      const event = { kind: 'asked', id: given.id(), by: account, household, subjects: own, undo } as const;
      const refused = refusalIn(step({ ...event, told: channel !== undefined && own.length > 0 }));
      if (refused) return refused;
      await goOn();
      await given.handOver();
      return undefined;
    },
    keepData: async (id, account) => {
      const refused = refusalIn(
        step({ kind: 'keep', id, by: account, resident: residentOf(state().subjects, home()) }),
      );
      await given.handOver();
      return refused;
    },
    heed: async ({ n, news }) => {
      const before = state();
      if (n > before.heard) heedNews(news);
      const now = state();
      // EN 303 645 5.11-4: heard once what follows from it is durable, and again where that was not heard
      writeStates(store, { privacy: { ...owing(now, [{ kind: 'heard', n }]), heard: Math.max(now.heard, n) } });
      await goOn();
      await given.stop();
      await given.handOver();
    },
  };

  function heedNews(news: PrivacyNews['news']): void {
    const { subjects } = state();
    switch (news.kind) {
      case 'erasure':
        return void step({ kind: 'progress', news, confirmed: confirmedIn(news) });
      case 'erase':
        return void step({ kind: 'elsewhere', id: news.id, subjects: news.subjects, told: true });
      case 'ended': {
        // a device that comes back after long learns that its person was erased meanwhile
        const known = subjects.pseudonyms.some(({ subject }) => subject === news.subject);
        const { erasures } = state();
        if (known && !erasures.some((each) => each.subjects.includes(news.subject)))
          step({ kind: 'elsewhere', id: news.subject, subjects: [news.subject], told: false });
        return;
      }
      case 'begin-anew':
        return given.replaced(news.subject);
      case 'tell-again':
        // EN 303 645 6-2, 6-3: what the services have is older than what was decided here
        return given.keep({ ...state(), owed: [...allWords(state(), home().items)] });
      case 'consent': {
        const whose = subjects.pseudonyms.find(({ subject }) => subject === news.subject);
        if (!whose?.items.includes(news.item)) return;
        const { account } = whose;
        const { item, n } = news;
        const consents = parts.consents(state().consents, { kind: 'withdrawn', account, item, n }, clock.now()).state;
        given.keep({ ...state(), consents });
      }
    }
  }

  /** The last one that counts; none counts that is not of this erasure, whoever signed it. */
  function confirmedIn({ id, confirmations }: Extract<PrivacyNews['news'], { kind: 'erasure' }>): Erasure['confirmed'] {
    const own = state().erasures.find((each) => each.id === id);
    let found: Erasure['confirmed'];
    for (const each of confirmations) {
      const verified = parts.confirmation(each, channel?.anchors() ?? []);
      // EN 303 645 5.11-4, G044 6.11.4: a statement of somebody else's erasure confirms nothing
      const fits =
        verified.ok &&
        verified.statement.id === id &&
        own?.subjects.every((subject) => verified.statement.subjects.includes(subject));
      if (!fits) return { what: 'forged' };
      const { kind, at } = verified.statement;
      if (found?.what !== 'expired') found = { what: kind, at };
    }
    return found;
  }
};
