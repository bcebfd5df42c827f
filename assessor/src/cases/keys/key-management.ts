import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { accepted, refusedByTls } from '../access/certificates/certificate-authentication.ts';
import { Handshake } from '../access/certificates/services.ts';
import {
  prepareUnits,
  recordRenewal,
  recordUse,
  Renewed,
  Unit,
  unitOf,
  unitsReady,
  usingServices,
} from '../access/certificates/units.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { keysIn } from '../data/key-forms.ts';
import { isCertified, recordRenewing, Renewing, renewerOf } from './renewing.ts';
import { recordIssuedKeys, recordServerKeys, SeenKey } from './seen-keys.ts';

/**
 * The manufacturer says of each critical parameter how it is made, given, kept, replaced, ended, and what happens when
 * it becomes known. Where a life can be seen from outside, it must be as told: the kind of key and its days on the wire,
 * a replacement by the function that is declared for it, the end of the one replaced, storage without keys.
 */
const strict = { additionalProperties: false };
const Searched = Type.Object({ files: Type.Integer(), found: Type.Array(Type.String()) }, strict);
const Kept = Type.Object({ because: Type.String() }, strict);
const KINDS = {
  key: SeenKey,
  unit: Unit,
  before: Handshake,
  renewed: Renewed,
  replaced: Handshake,
  last: Handshake,
  searched: Searched,
  renewing: Renewing,
  kept: Kept,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Parameter = Declaration['securityParameters'][number];

export const keyManagement: Case = {
  id: 'key-management',
  topic: 'key-management',
  title: 'Reads how each secret lives by its declaration, has keys made anew, and holds what is seen against it.',
  ready: (declaration) =>
    declaration.securityParameters.some(isCritical)
      ? { ok: true }
      : { ok: false, because: 'no critical security parameter is declared' },
  effect: 'disturbing',
  observe,
  judge,
};
const isCritical = (each: Parameter): boolean => each.kind === 'critical';

async function observe(probe: Probe): Promise<void> {
  await recordServerKeys(probe, 'device');
  await recordIssuedKeys(probe);
  if ((probe.target.artefacts?.storage?.length ?? 0) > 0) await search(probe);
  await recordRenewing(probe);
  if (!unitsReady(probe.declaration, probe.target).ok) return;
  if (!(await prepareUnits(probe, [{ kind: 'before', client: 'for-renewal' }]))) return;
  if (!(await recordRenewal(probe, 'renewed', 'for-renewal'))) return;
  await recordUse(probe, 'replaced', 'replaced');
  await recordUse(probe, 'last', 'for-renewal');
}

async function search(probe: Probe): Promise<void> {
  const found: string[] = [];
  let files = 0;
  for await (const { path, bytes } of probe.files.read('storage')) {
    files += 1;
    for (const { form } of keysIn(bytes, Buffer.from(bytes).toString('latin1'))) found.push(`${form} in ${path}`);
  }
  probe.record('searched', 'product', { files, found: found.slice(0, 20) });
}

// EN 303 645 5.5-8, TS 103 645 4.5-2, G044 6.5.8, G045 CR-1-2: critical parameters live by a process that is followed
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { declaration } = seen;
  const critical = declaration.securityParameters.filter(isCritical);
  const confirmed = declaration.confirmations.some((each) => each.id === 'secure-management' && each.confirmed);
  return weigh(
    [
      ...parts,
      ...critical.flatMap((each) => judgeDeclared(each, declaration)),
      ...critical.flatMap((each) => judgeSeen(each, declaration, rows)),
      ...declaration.secureManagementProcesses.flatMap((each) => judgeRenewing(each, declaration, rows)),
      ...judgeStorage(rows),
      ...(confirmed ? [] : [open('that the manufacturer follows the processes that it declares')]),
    ],
    'no critical security parameter is declared',
    'assisted',
  );
}

const STAGES = ['generation', 'provisioning', 'storage', 'update', 'decommissioning', 'compromise'] as const;
/** What is said in less is no process. */
const LEAST_LETTERS = 8;

function judgeDeclared({ id }: Parameter, declaration: Declaration): readonly Part[] {
  const told = declaration.secureManagementProcesses.filter((each) => each.parameter === id);
  if (told.length === 0) return [fail(`it is not declared how ${id} lives`, [])];
  return told.flatMap((each) =>
    STAGES.filter((stage) => each[stage].trim().length < LEAST_LETTERS).map((stage) =>
      fail(`${id}: nothing is said of its ${stage}`, []),
    ),
  );
}

function judgeSeen(parameter: Parameter, declaration: Declaration, rows: Rows): readonly Part[] {
  const { id } = parameter;
  const mechanisms = declaration.communicationMechanisms.filter((each) => each.parameters.includes(id));
  const isKey = parameter.keyUse !== 'credential';
  const inbound = mechanisms.filter((each) => each.direction === 'inbound').map((each) => each.service);
  const using = usingServices(declaration).filter((service) => mechanisms.some((each) => each.service === service.id));
  const shown = rows.key.filter(({ subject, data }) =>
    data.role === 'device-server' ? inbound.includes(subject) : data.role === 'device-client' && using.length > 0,
  );
  if (!isKey || shown.length === 0) return [];
  const days = declaration.secureManagementProcesses.find((each) => each.parameter === id)?.longestDays;
  return [
    ...shown.map((row) => {
      const kind = `${row.data.keyType}-${row.data.keyBits}`;
      if (parameter.keyKinds === undefined) return open(`${id}: the kinds of key that are declared for it`, [row.id]);
      if (!parameter.keyKinds.includes(kind))
        return fail(`${id} is a key of kind ${kind}, which is not declared`, [row.id]);
      if (days !== undefined && row.data.days > days + ROUNDING_DAYS)
        return fail(`${id} lasts ${Math.ceil(row.data.days)} days, and ${days} are declared`, [row.id]);
      return pass('keys on the wire are of the declared kinds', [row.id]);
    }),
    ...using.map((service) => judgeReplaced(id, service.id, rows)),
  ];
}
/** A certificate may begin a little before it is issued, for clocks that are late. */
const ROUNDING_DAYS = 1;

function judgeReplaced(id: string, service: string, rows: Rows): Part {
  const unit = unitOf(rows, 'for-renewal');
  const next = rows.renewed.find((row) => row.data.certificate !== undefined);
  const used = of(rows.before, service).filter((row) => accepted(row.data));
  const what = `${id}: that it is replaced, and that ${service} takes the one before no longer`;
  if (unit === undefined || next?.data.certificate === undefined || used.length === 0) return open(what);
  const ids = [unit.id, next.id, ...idsOf(used)];
  if (next.data.certificate.key === unit.data.certificate.key)
    return fail(`${id} is not replaced: its new certificate is for the same key`, ids);
  const tried = of(rows.replaced, service);
  const entered = tried.filter((row) => accepted(row.data));
  if (entered.length > 0) return fail(`${id}: ${service} still takes the key that was replaced`, idsOf(entered));
  const refused = tried.filter((row) => refusedByTls(row.data));
  const alive = of(rows.last, service).filter((row) => accepted(row.data));
  return refused.length > 0 && alive.length > 0
    ? pass(`${id} is replaced, and the one before is worth nothing`, [...ids, ...idsOf([...refused, ...alive])])
    : open(what, ids);
}

function judgeRenewing(
  process: Declaration['secureManagementProcesses'][number],
  declaration: Declaration,
  rows: Rows,
): readonly Part[] {
  const { parameter } = process;
  if (process.renewedBy === undefined) return [];
  if (renewerOf(declaration, process) === undefined)
    return [fail(`${parameter} is renewed by a function that is not declared`, [])];
  const tried = of(rows.renewing, parameter);
  // renewing it would take from the target file what it knows the product by: its kind was seen, and its process told
  if (tried.length === 0 && of(rows.kept, parameter).length > 0) return [];
  if (tried.length === 0) return [open(`${parameter}: that it is made anew by the function declared for it`)];
  return tried.map(({ id, data }) => {
    if (!data.reached) return open(`${parameter}: that ${data.function} answers`, [id]);
    if (!data.success) return fail(`${data.function} does not make ${parameter} anew (status ${data.status})`, [id]);
    if (!isCertified(declaration, parameter) || (data.shown === 0 && data.fresh === 0))
      return pass('keys are made anew when the owner asks', [id]);
    return data.gone > 0 && data.fresh > 0
      ? pass('keys are made anew when the owner asks', [id])
      : fail(`${data.function} says that ${parameter} is made anew, and what it is known by stays`, [id]);
  });
}

function judgeStorage(rows: Rows): readonly Part[] {
  const found = rows.searched.filter((row) => row.data.found.length > 0);
  if (found.length > 0)
    return [
      fail(`storage holds keys that anybody can read: ${found[0]?.data.found.slice(0, 3).join('; ')}`, idsOf(found)),
    ];
  const searched = rows.searched.filter((row) => row.data.files > 0);
  return searched.length > 0
    ? [pass('no key in storage can be read', idsOf(searched))]
    : [open('that no key in storage can be read')];
}
