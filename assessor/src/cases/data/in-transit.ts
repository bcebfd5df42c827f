import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { observePlain, Plain } from '../exposure/communication-cryptography.ts';
import { endOf, given, isPlain, isTls, type Mechanism } from '../exposure/endpoints.ts';
import { isSealed, judgeSealed, observeSealed, Sealed } from './sealed.ts';
import { judgeTls, observeTls, TLS_KINDS } from '../exposure/tls-offers.ts';

/** Personal data on its way: every mechanism that carries an item is tried where it ends. */
const KINDS = { ...TLS_KINDS, plain: Plain, sealed: Sealed };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Item = Declaration['personalData'][number];

interface Carried {
  readonly topic: 'personal-data-in-transit' | 'sensitive-data-in-transit';
  readonly title: string;
  readonly items: (declaration: Declaration) => readonly Item[];
  readonly nothing: string;
  /** whether what is sealed to a party is looked for at the services that carry it */
  readonly sealed: boolean;
}

// EN 303 645 5.8-1, G044 6.8.1, G045 DS-4-1: personal data is protected between device and services.
const PERSONAL: Carried = {
  topic: 'personal-data-in-transit',
  title: 'Tries the encryption of every connection that is declared to carry personal data.',
  items: (declaration) => declaration.personalData,
  nothing: 'no personal data is declared to leave the place where it arises, so there is no connection to observe',
  sealed: false,
};

// EN 303 645 5.8-2, G044 6.8.2: sensitive personal data is kept confidential on its way.
const SENSITIVE: Carried = {
  topic: 'sensitive-data-in-transit',
  title:
    'Tries the encryption of every connection that is declared to carry sensitive personal data, and looks whether the services can read what is sealed to somebody else.',
  items: (declaration) => declaration.personalData.filter((each) => each.sensitive),
  nothing: 'no sensitive personal data is declared to be sent, so there is no connection to observe',
  sealed: true,
};

export const [personalDataInTransit, sensitiveDataInTransit] = [caseOf(PERSONAL), caseOf(SENSITIVE)] as const;

function caseOf(carried: Carried): Case {
  return {
    id: carried.topic,
    topic: carried.topic,
    title: carried.title,
    ready: (declaration) =>
      mechanismsOf(declaration, carried).length > 0 ? { ok: true } : { ok: false, because: carried.nothing },
    effect: 'reading',
    observe: (probe) => observe(probe, carried),
    judge: (seen) => judge(seen, carried),
  };
}

const mechanismIds = (declaration: Declaration, carried: Carried): readonly string[] => [
  ...new Set(carried.items(declaration).flatMap((each) => each.communicatedOver)),
];
const mechanismsOf = (declaration: Declaration, carried: Carried): readonly Mechanism[] => {
  const ids = mechanismIds(declaration, carried);
  return declaration.communicationMechanisms.filter((each) => ids.includes(each.id));
};

const sealedItems = (declaration: Declaration, carried: Carried): readonly Item[] =>
  carried.sealed ? carried.items(declaration).filter(isSealed) : [];

async function observe(probe: Probe, carried: Carried): Promise<void> {
  const ends = new Map(
    mechanismsOf(probe.declaration, carried).map((each) => [each.service, endOf(probe.declaration, each)]),
  );
  for (const end of ends.values()) {
    if (end === undefined) continue;
    if (!given(probe.target, end.id))
      probe.record('blocked', end.id, { because: 'the target file gives no address for it' });
    else if (isTls(end.protocol)) await observeTls(probe, end.id);
    else if (isPlain(end.protocol)) await observePlain(probe, end.id, end.protocol);
  }
  await observeSealed(probe, sealedItems(probe.declaration, carried));
}

function judge(seen: Seen, carried: Carried): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const known = mechanismsOf(seen.declaration, carried);
  const unknown = mechanismIds(seen.declaration, carried).filter((id) => !known.some((each) => each.id === id));
  return weigh(
    [
      ...parts,
      ...unknown.map((id) => open(`${id} carries personal data but is not declared`)),
      ...known.filter((each) => !blocked.has(each.service ?? '')).map((each) => judgeOne(seen, each, carried, rows)),
      ...sealedItems(seen.declaration, carried)
        .filter(({ id }) => !blocked.has(id))
        .map((item) => judgeSealed(item, rows)),
    ],
    carried.nothing,
    // it rests on whoever prints what is held
    sealedItems(seen.declaration, carried).length > 0 ? 'assisted' : 'automatic',
  );
}

function judgeOne(seen: Seen, mechanism: Mechanism, carried: Carried, rows: Rows): Part {
  const end = endOf(seen.declaration, mechanism);
  const names = carried
    .items(seen.declaration)
    .filter((each) => each.communicatedOver.includes(mechanism.id))
    .map((each) => each.name.en)
    .join(', ');
  if (end === undefined)
    return open(`${mechanism.id}: where it leads is not declared, so how ${names} travels was not seen`);
  const plain = of(rows.plain, end.id);
  if (isPlain(end.protocol) || isPlain(mechanism.protocol)) {
    const seenPlain = [...plain, ...of(rows.handshake, end.id)];
    return seenPlain.length > 0
      ? fail(`${names}: sent over ${mechanism.id} without encryption`, idsOf(seenPlain))
      : open(`${mechanism.id} was not tried`);
  }
  if (!isTls(end.protocol)) return open(`${mechanism.id}: how ${end.protocol} protects ${names}`);
  const minimumVersion = mechanism.tls?.minimumVersion ?? end.minimumVersion;
  const part = judgeTls({ ...end, minimumVersion }, rows, seen.assessedAt);
  return {
    ...part,
    because: part.verdict === 'PASS' ? `${names} travels encrypted: ${part.because}` : `${names}: ${part.because}`,
  };
}
