import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { accepted } from '../access/certificates/certificate-authentication.ts';
import { Handshake } from '../access/certificates/services.ts';
import { prepareUnits, Unit, unitOf, unitsReady, usingServices } from '../access/certificates/units.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { samples } from './planted.ts';
import { compareStorages, NOTHING_SHIPPED, readShipped } from './shared-values.ts';

/**
 * What guards updates and the channel to the services is one unit's alone. Two units are a sample: by the certificates
 * that their services let in, and by their storages side by side, in which nothing secret may be the same.
 */
const strict = { additionalProperties: false };
const Compared = Type.Object(
  {
    files: Type.Integer(),
    otherFiles: Type.Integer(),
    bytes: Type.Integer(),
    otherBytes: Type.Integer(),
    /** not compared to their end, since they have too much in common with the other storage */
    skipped: Type.Array(Type.String()),
  },
  strict,
);
const Shared = Type.Object({ kind: Type.String(), file: Type.String(), other: Type.String() }, strict);
/** a certificate that certifies nobody, as it lies in a storage */
const Leaf = Type.Object(
  { unit: Type.Enum(['this', 'other']), key: Type.String(), usages: Type.Array(Type.String()) },
  strict,
);
const Sample = Type.Object({ kind: Type.String(), found: Type.Boolean() }, strict);
const KINDS = {
  unit: Unit,
  given: Handshake,
  second: Handshake,
  compared: Compared,
  shared: Shared,
  leaf: Leaf,
  sample: Sample,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const parametersUnique: Case = {
  id: 'parameters-unique',
  topic: 'parameters-unique',
  title: 'Compares what two units hold: the keys of their certificates, and every byte of their storages.',
  ready: (declaration, target) => {
    const storages = [target.artefacts?.storage, target.artefacts?.otherStorage];
    return storages.every((each) => (each?.length ?? 0) > 0) ? { ok: true } : unitsReady(declaration, target);
  },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const { artefacts } = probe.target;
  if ((artefacts?.storage?.length ?? 0) > 0 && (artefacts?.otherStorage?.length ?? 0) > 0) await compare(probe);
  if (!unitsReady(probe.declaration, probe.target).ok) return;
  await prepareUnits(probe, [
    { kind: 'given', client: 'given' },
    { kind: 'second', client: 'for-renewal' },
  ]);
}

async function compare(probe: Probe): Promise<void> {
  for (const sample of await samples()) probe.record('sample', 'product', { ...sample });
  const known = JSON.stringify(probe.declaration);
  const isShipped = (probe.target.artefacts?.software?.length ?? 0) > 0;
  const shipped = isShipped ? await readShipped(probe.files.read('software')) : NOTHING_SHIPPED;
  const { one, other, shared, skipped } = await compareStorages(
    () => probe.files.read('storage'),
    () => probe.files.read('otherStorage'),
    known,
    shipped,
  );
  for (const found of shared) probe.record('shared', 'product', { ...found });
  for (const [unit, { leaves }] of [['this', one] as const, ['other', other] as const])
    for (const leaf of leaves) probe.record('leaf', 'product', { unit, ...leaf });
  probe.record('compared', 'product', {
    files: one.files,
    otherFiles: other.files,
    bytes: one.bytes,
    otherBytes: other.bytes,
    skipped: [...skipped],
  });
}

/** Critical parameters that guard the channel to a service or the updates. */
function guarding(declaration: Declaration): readonly Declaration['securityParameters'][number][] {
  const used = new Set([
    ...declaration.communicationMechanisms.filter(isOutbound).flatMap((each) => each.parameters),
    ...declaration.updateMechanisms.flatMap((each) => each.parameters ?? []),
  ]);
  return declaration.securityParameters.filter((each) => each.kind === 'critical' && used.has(each.id));
}
const isOutbound = (each: Declaration['communicationMechanisms'][number]): boolean => each.direction === 'outbound';

// EN 303 645 5.4-4, G044 6.4.4: what guards updates and services is unique per device
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { declaration } = seen;
  const untold = declaration.updateMechanisms.filter((each) => each.parameters === undefined);
  return weigh(
    [
      ...parts,
      ...judgeStorages(rows),
      ...guarding(declaration).map((each) => judgeParameter(each, declaration, rows)),
      ...untold.map(({ id }) => open(`${id}: by which security parameters it recognises an update`)),
    ],
    'no critical parameter is declared that guards updates or a service',
    'assisted',
  );
}

const CERTAIN: ReadonlySet<string> = new Set(['private key', 'named secret', 'key file']);

function judgeStorages(rows: Rows): readonly Part[] {
  const compared = rows.compared.filter(({ data }) => data.bytes > 0 && data.otherBytes > 0);
  const evidence = [...idsOf(compared), ...idsOf(rows.sample)];
  const certain = rows.shared.filter((row) => CERTAIN.has(row.data.kind));
  const unclear = rows.shared.filter((row) => !CERTAIN.has(row.data.kind));
  const blind = rows.sample.filter((row) => !row.data.found).map((row) => row.data.kind);
  const [mine, others] = (['this', 'other'] as const).map((unit) => rows.leaf.filter((row) => row.data.unit === unit));
  const twice = (mine ?? []).filter(({ data }) => isUnits(data) && others?.some((row) => row.data.key === data.key));
  return [
    ...certain.map(({ id, data }) => fail(`two units hold the same ${data.kind} (${data.file}, ${data.other})`, [id])),
    ...(twice.length === 0 ? [] : [fail('two units hold a certificate for the same key', idsOf(twice))]),
    ...unclear.map(({ id, data }) => open(`what the ${data.kind} protects that two units share in ${data.file}`, [id])),
    ...compared.map(({ data }) =>
      pass(`two storages have no secret in common`, evidence, [
        ...(rows.sample.length === 0 ? ['that the comparison finds a secret planted in both'] : []),
        ...blind.map((kind) => `that the comparison finds a ${kind} planted in both`),
        ...data.skipped.map((file) => `${file}: that two units have no bytes of a key in common`),
      ]),
    ),
    ...(compared.length > 0 ? [] : [open('that the storages of two units have no secret in common')]),
  ];
}

/** That of a server may lie in every storage: units know it by that. */
const isUnits = (leaf: { readonly usages: readonly string[] }): boolean =>
  leaf.usages.includes('clientAuth') || !leaf.usages.includes('serverAuth');

function judgeParameter(parameter: ReturnType<typeof guarding>[number], declaration: Declaration, rows: Rows): Part {
  const { id } = parameter;
  if (parameter.hardCoded || !parameter.uniquePerDevice)
    return fail(`${id} guards a service or updates and is declared the same on every unit`, []);
  const services = usingServices(declaration).filter((service) =>
    declaration.communicationMechanisms.some(
      (each) => isOutbound(each) && each.service === service.id && each.parameters.includes(id),
    ),
  );
  const [first, second] = [unitOf(rows, 'given'), unitOf(rows, 'for-renewal')];
  if (services.length > 0 && first !== undefined && second !== undefined) {
    const ids = [first.id, second.id];
    if (first.data.certificate.key === second.data.certificate.key)
      return fail(`${id}: two units prove themselves with the same key`, ids);
    const letIn = (kind: 'given' | 'second') =>
      services.flatMap((service) => of(rows[kind], service.id).filter((row) => accepted(row.data)));
    const [given, other] = [letIn('given'), letIn('second')];
    if (given.length > 0 && other.length > 0)
      return pass(`${id}: two units prove themselves with keys of their own`, [...ids, ...idsOf([...given, ...other])]);
  }
  if (parameter.identity === true) return judgeIdentity(id, rows);
  return open(`${id}: that two units differ in it`);
}

/** The identity that a unit is made with shows in its storage by its certificate. */
function judgeIdentity(id: string, rows: Rows): Part {
  const leaves = rows.leaf.filter((row) => isUnits(row.data));
  const units = new Set(leaves.map((row) => row.data.unit));
  return units.size === 2
    ? pass(`${id}: the certificates in the storages of two units are for keys of their own`, idsOf(leaves))
    : open(`${id}: that two units differ in it`, idsOf(leaves));
}
