import { createPublicKey } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Declaration, UpdateMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { given } from '../exposure/endpoints.ts';

/** Reads what is signed about updates as anybody can (TUF 1.0), and looks at keys, digests and the way they come. */
const strict = { additionalProperties: false } as const;
const Key = Type.Object({ type: Type.String(), scheme: Type.String(), bits: Type.Integer() }, strict);
/** of the newest root: the keys of each role, and how many of them have to sign */
const Role = Type.Object({ role: Type.String(), threshold: Type.Integer(), keys: Type.Array(Key) }, strict);
/** of snapshot and targets: the kinds of digest by which they name files, in common to all of them */
const Digests = Type.Object({ file: Type.String(), kinds: Type.Array(Type.String()) }, strict);
const Channel = Type.Object({ agreed: Type.Boolean(), protocol: Type.String(), trusted: Type.Boolean() }, strict);
const KINDS = { role: Role, digests: Digests, channel: Channel };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const updateCryptography: Case = {
  id: 'update-cryptography',
  topic: 'update-cryptography',
  title: 'Reads the public metadata of updates, and looks at its keys, its digests and the connection it comes over.',
  ready: (declaration, target) => {
    const found = declaration.updateMechanisms.map((each) => placeOf(declaration, each));
    if (found.every((each) => each === undefined))
      return { ok: false, because: 'no update mechanism is declared whose metadata anybody can read' };
    return found.some((each) => each !== undefined && given(target, each.service))
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for the service that has the updates' };
  },
  effect: 'reading',
  observe,
  judge,
};

const placeOf = ({ communicationMechanisms }: Declaration, { over, metadata }: UpdateMechanism) => {
  const service = communicationMechanisms.find(({ id }) => id === over)?.service;
  return service === undefined || metadata === undefined ? undefined : { service, path: metadata.path };
};

async function observe(probe: Probe): Promise<void> {
  for (const each of probe.declaration.updateMechanisms) {
    const place = placeOf(probe.declaration, each);
    if (place === undefined || !given(probe.target, place.service)) continue;
    const shaken = await probe.tls.handshake(place.service, {});
    const { protocol = '', trusted = false } = shaken.ok ? shaken.answer : {};
    probe.record('channel', each.id, { agreed: shaken.ok, protocol, trusted });
    const fetch = async (name: string): Promise<{ readonly value: unknown; readonly blob: string } | undefined> => {
      const reached = await probe.http.request(place.service, { method: 'GET', path: `${place.path}${name}` });
      if (!reached.ok || reached.answer.status !== 200) return undefined;
      return { value: parsed(reached.answer.body), blob: reached.answer.blob };
    };
    await observeRoot(probe, each.id, fetch);
    await observeDigests(probe, each.id, fetch);
  }
}

type Fetch = (name: string) => Promise<{ readonly value: unknown; readonly blob: string } | undefined>;

/** Each root is named by its number, and the newest is the last of them (TUF 1.0.34, 5.3). */
const MOST_ROOTS = 256;
async function observeRoot(probe: Probe, id: string, fetch: Fetch): Promise<void> {
  let newest = await fetch('1.root.json');
  for (let version = 2; version <= MOST_ROOTS && newest !== undefined; version += 1) {
    const next = await fetch(`${version}.root.json`);
    if (next === undefined) break;
    newest = next;
  }
  if (newest === undefined || !Value.Check(Root, newest.value)) {
    probe.record('blocked', id, { because: 'no root metadata of TUF stands where it is declared' });
    return;
  }
  const { keys, roles } = newest.value.signed;
  for (const [role, { keyids, threshold }] of Object.entries(roles)) {
    const known = keyids.flatMap((keyid) => (keys[keyid] ? [keys[keyid]] : []));
    const described = known.map(({ keytype, scheme, keyval }) => ({
      type: keytype,
      scheme,
      bits: bitsOf(keytype, keyval.public),
    }));
    probe.record('role', id, { role, threshold, keys: described }, [newest.blob]);
  }
}

async function observeDigests(probe: Probe, id: string, fetch: Fetch): Promise<void> {
  const timestamp = await fetch('timestamp.json');
  const snapshotVersion = versionOf(timestamp?.value, 'snapshot.json');
  const snapshot = (await fetch(`${snapshotVersion}.snapshot.json`)) ?? (await fetch('snapshot.json'));
  const targetsVersion = versionOf(snapshot?.value, 'targets.json');
  const names = Value.Check(Meta, snapshot?.value) ? Object.keys(snapshot.value.signed.meta) : ['targets.json'];
  for (const name of names.slice(0, MOST_FILES)) {
    const version = versionOf(snapshot?.value, name) ?? targetsVersion;
    const found = (await fetch(`${version}.${name}`)) ?? (await fetch(name));
    if (found === undefined || !Value.Check(Targets, found.value)) continue;
    for (const file of Object.values(found.value.signed.targets).slice(0, MOST_FILES)) {
      probe.record('digests', id, { file: name, kinds: Object.keys(file.hashes) }, [found.blob]);
    }
  }
}
const MOST_FILES = 32;

const Root = Type.Object({
  signed: Type.Object({
    keys: Type.Record(
      Type.String(),
      Type.Object({ keytype: Type.String(), scheme: Type.String(), keyval: Type.Object({ public: Type.String() }) }),
    ),
    roles: Type.Record(
      Type.String(),
      Type.Object({ keyids: Type.Array(Type.String()), threshold: Type.Integer({ minimum: 0 }) }),
    ),
  }),
});
const Meta = Type.Object({
  signed: Type.Object({ meta: Type.Record(Type.String(), Type.Object({ version: Type.Integer() })) }),
});
const Targets = Type.Object({
  signed: Type.Object({
    targets: Type.Record(Type.String(), Type.Object({ hashes: Type.Record(Type.String(), Type.String()) })),
  }),
});

const versionOf = (value: unknown, name: string): number | undefined =>
  Value.Check(Meta, value) ? value.signed.meta[name]?.version : undefined;

function parsed(body: string): unknown {
  try {
    // boundary seen-update-metadata: the product that is tried -> Targets, at most LARGEST_ANSWER, else seen as no metadata;
    // assessor/test/cases/updates/updating-and-twins.test.ts
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** 0: it is no key that this assessor can read. */
function bitsOf(type: string, key: string): number {
  if (type === 'ed25519') return /^[0-9a-f]{64}$/i.test(key) ? 256 : 0;
  try {
    const { asymmetricKeyDetails: details } = createPublicKey(key);
    return details?.modulusLength ?? CURVES[details?.namedCurve ?? ''] ?? 0;
  } catch {
    // whatever stands there opens no signature
    return 0;
  }
}
const CURVES: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** What TUF knows by name and is best practice, with the least size in bits (NIST SP 800-186; SP 800-57, table 2). */
const GOOD: Readonly<Record<string, number>> = {
  ed25519: 256,
  'ecdsa-sha2-nistp256': 256,
  'ecdsa-sha2-nistp384': 384,
  'rsassa-pss-sha256': 2048,
  'rsassa-pss-sha384': 2048,
  'rsassa-pss-sha512': 2048,
};
const GOOD_DIGESTS = new Set(['sha256', 'sha384', 'sha512']);
const NEEDED_ROLES = ['root', 'targets', 'snapshot', 'timestamp'];

// EN 303 645 5.3-7, G044 6.3.7, TS 103 645 4.3-7: signatures, digests and channel as best practice has them
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...seen.declaration.updateMechanisms.flatMap((each) =>
        placeOf(seen.declaration, each) === undefined
          ? [open(`${each.id}: where what is signed about its updates can be read`)]
          : [judgeKeys(each.id, rows), judgeDigests(each.id, rows), judgeChannel(each.id, rows)],
      ),
    ],
    'no update mechanism is declared',
  );
}

const isGood = ({ scheme, bits }: Static<typeof Key>): boolean => bits >= (GOOD[scheme] ?? Infinity);

function judgeKeys(id: string, rows: Rows): Part {
  const roles = of(rows.role, id);
  const weak = roles.flatMap(({ data }) => data.keys.filter((key) => !isGood(key)));
  const [first] = weak;
  if (first !== undefined)
    return fail(`${id}: a key of ${first.bits} bits signs by ${first.scheme}, which is no best practice`, idsOf(roles));
  const loose = roles.filter(({ data }) => data.threshold < 1 || data.keys.length < data.threshold);
  if (loose.length > 0)
    return fail(`${id}: the role ${loose[0]?.data.role} asks for no signature that can be made`, idsOf(loose));
  const missing = NEEDED_ROLES.filter((role) => !roles.some(({ data }) => data.role === role));
  return missing.length > 0
    ? open(`${id}: the keys of ${missing.join(', ')}`, idsOf(roles))
    : pass(`${id}: what is signed about updates is signed by best practice`, idsOf(roles));
}

function judgeDigests(id: string, rows: Rows): Part {
  const mine = of(rows.digests, id);
  const weak = mine.filter(({ data }) => !data.kinds.some((kind) => GOOD_DIGESTS.has(kind)));
  if (weak.length > 0)
    return fail(`${id}: files are known by ${weak[0]?.data.kinds.join(', ') || 'no digest'} alone`, idsOf(weak));
  return mine.length > 0
    ? pass(`${id}: files are known by digests of best practice`, idsOf(mine))
    : open(`${id}: by which digests files are known, where a release should be named`, idsOf(mine));
}

function judgeChannel(id: string, rows: Rows): Part {
  const mine = of(rows.channel, id);
  const shown = mine.filter(({ data }) => data.agreed);
  if (shown.length === 0) return open(`${id}: the connection that updates come over`, idsOf(mine));
  const bad = shown.filter(({ data }) => !data.trusted || !/^TLSv1\.[23]$/.test(data.protocol));
  return bad.length > 0
    ? fail(`${id}: updates come over ${bad[0]?.data.protocol}, from who does not prove who they are`, idsOf(bad))
    : pass(`${id}: updates come over TLS from who proves who they are`, idsOf(shown));
}
