import { noticeDocument } from '../derive/notice/document.ts';
import type { Declaration } from '../schema/declaration.ts';
import { claimedOn, type Check } from './rule.ts';

/** Who else has personal data, what is promised of its end, and whether people can read that. */

/** EN 303 645 6-1: where the parties are declared, whoever is named has its row; without them nothing is held against anybody. */
export const partyWithoutRow: Check = function* (declaration) {
  const { dataParties, personalData, manufacturer } = declaration;
  if (dataParties === undefined) return;
  const known = new Set([manufacturer.name, ...dataParties.map(({ name }) => name)]);
  for (const [index, item] of personalData.entries()) {
    for (const table of ['processedBy', 'recipients'] as const) {
      for (const [n, name] of item[table].entries()) {
        if (known.has(name) || (table === 'processedBy' && AT_HOME.test(name))) continue;
        const path = `/personalData/${index}/${table}/${n}`;
        yield { path, message: `"${name}" has "${item.id}", but is no party that is declared` };
      }
    }
  }
};
/** A thing at home (`the hub itself`), which is no company: those begin with a capital. */
const AT_HOME = /^the /;

/** EN 303 645 6-1: who has an item is named with it, and what is sealed to somebody is theirs. */
export const partyNotTold: Check = function* ({ dataParties = [], personalData }) {
  for (const [index, { name, items }] of dataParties.entries()) {
    for (const [n, id] of items.entries()) {
      const item = personalData.find((one) => one.id === id);
      if (item === undefined || [...item.processedBy, ...item.recipients].includes(name)) continue;
      yield { path: `/dataParties/${index}/items/${n}`, message: `"${id}" does not name "${name}", who has it` };
    }
  }
  for (const [index, { id, sealedTo }] of personalData.entries()) {
    const party = dataParties.find((one) => one.id === sealedTo);
    if (party === undefined || party.items.includes(id)) continue;
    yield {
      path: `/personalData/${index}/sealedTo`,
      message: `"${id}" is sealed to "${party.id}", who does not have it`,
    };
  }
};

/** EN 303 645 5.8-2: what is sensitive, and goes through the services to somebody else, is nobody's to read on the way. */
export const sensitiveNotSealed: Check = function* ({ dataParties = [], personalData, manufacturer }) {
  for (const [index, { id, sensitive, sealedTo, storedAt, processedBy }] of personalData.entries()) {
    const leaves = storedAt.includes('services') || storedAt.includes('third-party');
    // what the manufacturer itself has to read is sealed by the channel, to the manufacturer
    if (!sensitive || !leaves || sealedTo !== undefined || processedBy.includes(manufacturer.name)) continue;
    const party = dataParties.find(({ items }) => items.includes(id));
    if (party === undefined) continue;
    yield {
      path: `/personalData/${index}/sensitive`,
      message: `"${id}" is sensitive and goes to "${party.id}", and whoever carries it can read it`,
    };
  }
};

/** EN 303 645 5.8-2: without a key that holds nothing is sealed, and so nothing is sent. */
export const sealedWithoutKey: Check = function* ({ dataParties = [], personalData }, { today }) {
  for (const [index, { id, sealedTo }] of personalData.entries()) {
    const party = dataParties.find((one) => one.id === sealedTo);
    if (party === undefined) continue;
    const keys = party.sealingKeys ?? [];
    if (keys.some(({ from, until }) => from <= today && today < until)) continue;
    const path = `/personalData/${index}/sealedTo`;
    const none = keys.length === 0 ? 'has no key' : `has no key that holds on ${today}`;
    yield { path, message: `"${id}" is sealed to "${party.id}", which ${none}` };
  }
};

/** EN 303 645 6-2: nobody's data is used to advertise unless they said so. */
export const advertiserWithoutConsent: Check = function* ({ dataParties = [], personalData }) {
  for (const [index, { id, role, items }] of dataParties.entries()) {
    if (role !== 'advertiser') continue;
    for (const [n, name] of items.entries()) {
      const basis = personalData.find((one) => one.id === name)?.legalBasis;
      if (basis === undefined || basis === 'consent') continue;
      yield {
        path: `/dataParties/${index}/items/${n}`,
        message: `advertiser "${id}" has "${name}", which rests on ${basis}`,
      };
    }
  }
};

/** EN 303 645 6-3: a withdrawal that nothing says the effect of is none. */
export const withdrawalWithoutTime: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'consent-withdrawal');
  if (claimed === '') return;
  for (const [index, { id, legalBasis, consent }] of declaration.personalData.entries()) {
    if (legalBasis !== 'consent' || consent === undefined || consent.withinSeconds !== undefined) continue;
    const path = `/personalData/${index}/consent`;
    yield { path, message: `how soon "${id}" stops once consent is withdrawn is not said, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.11-2: what services have of a person, the person can have removed. */
export const personalDataNotRemovable: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'erase-service-data');
  if (claimed === '') return;
  const removed = new Set(
    declaration.deletionFunctions.filter((it) => it.where.includes('services')).flatMap((it) => it.deletes),
  );
  for (const [index, { id, storedAt }] of declaration.personalData.entries()) {
    if (!storedAt.includes('services') || removed.has(id)) continue;
    const path = `/personalData/${index}/storedAt`;
    yield { path, message: `no deletion function removes "${id}" from the services, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.11-4: a confirmation comes after the last moment at which it could be taken back. */
export const confirmationBeforeUndo: Check = function* ({ deletionFunctions }) {
  for (const [index, { id, undoHours = 0, confirmedWithinHours = Infinity }] of deletionFunctions.entries()) {
    if (undoHours < confirmedWithinHours) continue;
    const path = `/deletionFunctions/${index}/confirmedWithinHours`;
    yield { path, message: `"${id}" is confirmed while it can still be taken back (${undoHours} hours)` };
  }
};

/** EN 303 645 5.11-4: where backups are kept, when the last one that held it is gone is said. */
export const backupsWithoutEnd: Check = function* ({ backupsKept, deletionFunctions }) {
  if (backupsKept !== true) return;
  for (const [index, { id, where, backupsWithinDays }] of deletionFunctions.entries()) {
    if (!where.includes('services') || backupsWithinDays !== undefined) continue;
    const path = `/deletionFunctions/${index}/backupsWithinDays`;
    yield { path, message: `backups are kept, but when "${id}" is through with them is not said` };
  }
};

/** EN 303 645 6-1: whoever reads Malay is told all of it. */
export const textWithoutTranslation: Check = function* (declaration) {
  if (declaration.translations === undefined) return;
  const { personalData, telemetryData } = declaration;
  const who = [
    ...personalData.flatMap((it) => [...it.processedBy, ...it.recipients]),
    ...telemetryData.flatMap((it) => it.usedBy),
  ];
  const names = new Set(who.filter((name) => !AT_HOME.test(name)));
  const told = [...englishOnly(noticeDocument(declaration)), ...decided(declaration)];
  for (const text of new Set(told)) {
    if (text.trim() === '' || names.has(text) || Object.hasOwn(declaration.translations.ms, text)) continue;
    yield { path: '/translations/ms', message: `"${text}" is read by people, and is in English alone` };
  }
};

/** What people read of the decisions that are asked of them. */
const decided = ({ userDecisions }: Declaration): readonly string[] =>
  userDecisions.flatMap(({ decision, options, default: chosen, securityEffect }) => [
    ...englishOnly(decision),
    ...options,
    chosen,
    securityEffect,
  ]);

function* englishOnly(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  if ('en' in value && typeof value.en === 'string' && !('ms' in value)) yield value.en;
  for (const part of Object.values(value)) yield* englishOnly(part);
}
