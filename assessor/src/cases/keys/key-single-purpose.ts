import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { mutualServices } from '../access/certificates/services.ts';
import { fail, idsOf, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { recordIssuedKeys, recordKeptKeys, recordServerKeys, SeenKey } from './seen-keys.ts';

/**
 * A key does one thing. Each public key that can be seen is held against every other place where it was seen, and
 * against what its certificates allow; what cannot be seen is held against the declaration.
 */
const KINDS = { key: SeenKey };
type Row = Reading<SeenKey>;

export const keySinglePurpose: Case = {
  id: 'key-single-purpose',
  topic: 'key-single-purpose',
  title: 'Collects every public key of the product and its services, and looks whether one of them does two things.',
  ready: (_declaration, target) =>
    Object.values(target.services).some(({ url }) => /^(?:https|mqtts):/.test(url))
      ? { ok: true }
      : { ok: false, because: 'the target file gives no service that shows a certificate' },
  effect: 'reading',
  observe: async (probe: Probe) => {
    await recordServerKeys(probe, 'all');
    await recordIssuedKeys(probe);
    await recordKeptKeys(probe);
  },
  judge,
};

// G045 CR-1-3: each key serves one purpose; authentication and encryption share none
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const byKey = [...Map.groupBy(rows.key, (row) => row.data.key).values()];
  return weigh(
    [
      ...parts,
      ...byKey.map(judgeKey),
      ...judgeDeclared(seen.declaration),
      ...(rows.key.length === 0 ? [] : unseen(seen.declaration, rows.key)),
    ],
    'no key was seen',
  );
}

/** What a certificate allows, by the kinds of work that must not share a key. */
const WORK: Readonly<Record<string, string>> = {
  serverAuth: 'proves a server',
  clientAuth: 'proves a client',
  codeSigning: 'signs software',
  emailProtection: 'protects mail',
  timeStamping: 'signs times',
  OCSPSigning: 'certifies',
  keyCertSign: 'certifies',
  cRLSign: 'certifies',
  keyEncipherment: 'encrypts',
  dataEncipherment: 'encrypts',
  keyAgreement: 'encrypts',
};
const DONE: Readonly<Record<SeenKey['role'], string | undefined>> = {
  'device-server': 'proves a server',
  'service-server': 'proves a server',
  'device-client': 'proves a client',
  authority: 'certifies',
  verifies: 'signs messages',
  // only its certificate says what it is for
  kept: undefined,
};

function judgeKey(mine: readonly Row[]): Part {
  const ids = idsOf(mine);
  const what = named(mine);
  const done = new Set(mine.flatMap((row) => DONE[row.data.role] ?? []));
  // that of a device and that of a service are two, though both prove servers
  const owners = new Set(mine.flatMap((row) => (row.data.role.endsWith('-server') ? [row.data.role] : [])));
  const allowed = new Set(mine.flatMap((row) => row.data.usages.flatMap((usage) => WORK[usage] ?? [])));
  if (owners.size > 1) return fail(`${what} proves a device and a service`, ids);
  if (mine.some((row) => row.data.usages.includes('anyExtendedKeyUsage')))
    return fail(`${what} may be used for anything by its certificate`, ids);
  const works = new Set([...done, ...allowed]);
  if (works.size > 1) return fail(`${what} ${[...works].sort().join(' and ')}`, ids);
  const bare = mine.some((row) => row.data.role !== 'verifies' && !row.data.ca && row.data.usages.length === 0);
  if (bare) return open(`${what}: that its certificate keeps it to one purpose`, ids);
  return pass(`each of the keys seen does one thing`, ids);
}

const named = (mine: readonly Row[]): string => {
  const at = [
    ...new Set(mine.map((row) => (row.subject === 'product' ? `a key of the device` : `the key of ${row.subject}`))),
  ];
  return at.slice(0, 3).join(', which is ');
};

function judgeDeclared(declaration: Declaration): readonly Part[] {
  return declaration.securityParameters
    .filter(({ kind }) => kind === 'critical')
    .flatMap(({ id, keyUse }): readonly Part[] => {
      const used = new Set(
        declaration.communicationMechanisms
          .filter((each) => each.parameters.includes(id))
          .map((each) => (each.direction === 'inbound' ? 'server-authentication' : 'client-authentication')),
      );
      if (used.size > 1 && keyUse !== 'credential')
        return [fail(`${id} is declared for connections to the device and from it`, [])];
      if (keyUse === undefined) return [open(`${id}: the one purpose that it is declared for`)];
      const [use] = used;
      const fits = keyUse === 'credential' || use === undefined || use === keyUse;
      return fits ? [] : [fail(`${id} is declared for ${keyUse}, and used for ${use}`, [])];
    });
}

/** A claim about all keys wants one of each kind that the product has. */
function unseen(declaration: Declaration, seen: readonly Row[]): readonly Part[] {
  const servers = declaration.softwareServices.filter(({ tls }) => tls !== undefined).map(({ id }) => id);
  const shown = new Set(seen.filter((row) => row.data.role === 'device-server').map((row) => row.subject));
  const clients = seen.some((row) => row.data.role === 'device-client') || mutualServices(declaration).length === 0;
  return [
    ...servers.filter((id) => !shown.has(id)).map((id) => open(`${id}: the key of its certificate`)),
    ...(clients ? [] : [open('the key with which the device proves itself to services')]),
  ];
}
