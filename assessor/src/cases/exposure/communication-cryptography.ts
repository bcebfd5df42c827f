import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import {
  endsOf,
  given,
  isHttp,
  isLoopback,
  isMqtt,
  isPlain,
  isTls,
  ownHostOnly,
  worthProtecting,
} from './endpoints.ts';
import { judgeTls, observeTls, TLS_KINDS } from './tls-offers.ts';

/** Every declared end of the product’s communication, held against today’s TLS. */
export const Plain = Type.Object(
  {
    declared: Type.String(),
    answered: Type.Boolean(),
    /** tried from the product's own host, over its loopback interface */
    loopback: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
const KINDS = { ...TLS_KINDS, plain: Plain };

export const communicationCryptography: Case = {
  id: 'communication-cryptography',
  topic: 'communication-cryptography',
  title: 'Offers each service old TLS versions, weak ciphers and then sound ones, and reads its certificate.',
  ready: (declaration, target) =>
    endsOf(declaration).some((end) => given(target, end.id))
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for a declared service' },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const end of endsOf(probe.declaration)) {
    if (!given(probe.target, end.id))
      probe.record('blocked', end.id, { because: 'the target file gives no address for it' });
    else if (isTls(end.protocol)) await observeTls(probe, end.id);
    else if (isPlain(end.protocol)) await observePlain(probe, end.id, end.protocol);
  }
}

/** Does a service that is declared without TLS speak without it? */
export async function observePlain(probe: Probe, id: string, protocol: string): Promise<void> {
  const loopback = isLoopback(probe.target, id);
  if (isHttp(protocol)) {
    const reached = await probe.http.plain(id, { method: 'GET', path: '/' });
    const blobs = reached.ok ? [reached.answer.blob] : [];
    probe.record('plain', id, { declared: protocol, answered: reached.ok, loopback }, blobs);
  } else if (isMqtt(protocol)) {
    const connected = await probe.mqtt.connect(id, {});
    if (connected.ok) await connected.answer.close();
    probe.record('plain', id, { declared: protocol, answered: connected.ok, loopback });
  }
}

// EN 303 645 5.5-1, G044 6.5.1: sound, current cryptography on everything that the product says.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const ends = endsOf(seen.declaration);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const own = ends
    .filter((end) => !blocked.has(end.id))
    .map((end) =>
      isTls(end.protocol) ? judgeTls(end, rows, seen.assessedAt) : judgeOther(seen.declaration, end, rows),
    );
  return weigh([...parts, ...own, ...outbound(seen.declaration)], 'no service is declared');
}

function judgeOther(
  declaration: Declaration,
  end: { readonly id: string; readonly protocol: string },
  rows: { readonly plain: readonly Reading<Static<typeof Plain>>[] },
): Part {
  const service = declaration.softwareServices.find((each) => each.id === end.id);
  if (!isPlain(end.protocol)) return open(`${end.id}: the cryptography of ${end.protocol}`);
  return judgePlain(declaration, end, service === undefined || worthProtecting(declaration, service), rows.plain);
}

/** A plain service fails where something worth protecting passes over it; else a person must say that nothing does. */
export function judgePlain(
  declaration: Declaration,
  end: { readonly id: string; readonly protocol: string },
  worth: boolean,
  rows: readonly Reading<Static<typeof Plain>>[],
): Part {
  const mine = of(rows, end.id);
  if (mine.length === 0) return open(`${end.id}: whether it speaks ${end.protocol} without encryption`);
  if (worth && staysOnItsHost(declaration, end.id, mine)) return unseenFromAfar(end, mine);
  if (worth)
    return fail(
      `${end.id} speaks ${end.protocol} without encryption, though it carries what must be protected`,
      idsOf(mine),
    );
  return open(`${end.id}: whether ${end.protocol} without encryption carries nothing that needs it`, idsOf(mine));
}

/** Declared for its own host, and met nowhere else: whether the declaration holds only another host could see. */
export const staysOnItsHost = (
  declaration: Declaration,
  id: string,
  rows: readonly Reading<Static<typeof Plain>>[],
): boolean => ownHostOnly(declaration, id) && rows.every((row) => row.data.loopback === true);

export const unseenFromAfar = (
  end: { readonly id: string; readonly protocol: string },
  rows: readonly Reading<Static<typeof Plain>>[],
): Part =>
  open(
    `${end.id}: ${end.protocol} without encryption, declared as reachable from its own host only; not seen from another`,
    idsOf(rows),
  );

/** Connections that the device makes to an end that nobody declared as a service; one that only its owner begins is off. */
function outbound(declaration: Declaration): readonly Part[] {
  const ids = new Set(endsOf(declaration).map((end) => end.id));
  return declaration.communicationMechanisms
    .filter((each) => each.chosenBy === undefined && (each.service === undefined || !ids.has(each.service)))
    .map((each) => open(`${each.id}: a communication mechanism without a declared service cannot be tried`));
}
