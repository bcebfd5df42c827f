import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { accepted, refusedByTls } from './certificate-authentication.ts';
import { Handshake } from './services.ts';
import {
  declined,
  enrolmentServices,
  missingControls,
  prepareUnits,
  recordRenewal,
  recordUse,
  Renewed,
  Unit,
  unitOf,
  unitsReady,
  usingServices,
  type Certificate,
} from './units.ts';

/**
 * A certificate is one unit's, lasts for a while, is replaced before its end under a new key, and is worth nothing from
 * then on. Seen with the identity of a unit that people handed over, in place of that unit’s own software.
 */
const KINDS = {
  unit: Unit,
  before: Handshake,
  renewed: Renewed,
  after: Handshake,
  replaced: Handshake,
  last: Handshake,
  repeated: Renewed,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const certificateLifecycle: Case = {
  id: 'certificate-lifecycle',
  topic: 'certificate-lifecycle',
  title: 'Renews the certificate of a unit under a new key, uses the new one, and tries the one that it replaced.',
  ready: unitsReady,
  effect: 'disturbing',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  if (!(await prepareUnits(probe, [{ kind: 'before', client: 'for-renewal' }]))) return;
  if (!(await recordRenewal(probe, 'renewed', 'for-renewal'))) return;
  await recordUse(probe, 'after', 'for-renewal');
  await recordUse(probe, 'replaced', 'replaced');
  // that the one replaced was refused must not be because everybody is
  await recordUse(probe, 'last', 'for-renewal');
  await recordRenewal(probe, 'repeated', 'replaced');
}

// G045 AU-1-10: certificates end, are replaced before that over a secure channel, and are one device's alone.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { declaration } = seen;
  const enrolment = enrolmentServices(declaration);
  if (enrolment.length === 0) return weigh(parts, 'no service that renews certificates is declared', 'assisted');
  return weigh(
    [
      ...parts,
      judgeIndividual(rows),
      ...missingControls(declaration, rows.before, 'the certificate given for renewal'),
      ...enrolment.flatMap(({ id }) => [judgeRenewal(id, rows), judgeRepeated(id, rows)]),
      ...missingControls(declaration, rows.after, 'the renewed certificate'),
      ...usingServices(declaration).map(({ id }) => judgeReplaced(id, rows)),
    ],
    'no certificate was seen',
    'assisted',
  );
}

function judgeIndividual(rows: Rows): Part {
  const [given, second] = [unitOf(rows, 'given'), unitOf(rows, 'for-renewal')];
  if (given === undefined || second === undefined) return open('the certificates of two units');
  const ids = [given.id, second.id];
  if (given.data.certificate.key === second.data.certificate.key) return fail('two units share one certificate', ids);
  return pass('two units have certificates of their own', ids);
}

function judgeRenewal(service: string, rows: Rows): Part {
  const before = unitOf(rows, 'for-renewal');
  const row = of(rows.renewed, service).find((each) => each.data.name === 'own');
  if (row === undefined || before === undefined) return open(`${service}: that a certificate is renewed`);
  const { certificate: next, at, status, authorities, chain } = row.data;
  const old = before.data.certificate;
  const ids = [before.id, row.id];
  if (next === undefined) {
    if (authorities === 0) return open(`${service}: that it speaks a protocol of enrolment that is known here`, ids);
    return declined(status) && rows.before.some((each) => accepted(each.data))
      ? fail(`${service} does not renew a certificate that is in use (status ${status})`, ids)
      : open(`${service}: that a certificate is renewed (status ${status})`, ids);
  }
  if (next.key === old.key) return fail(`${service} renews without a new key`, ids);
  if (next.serialNumber === old.serialNumber) return fail(`${service} issues two certificates under one number`, ids);
  const endless = [old, next].find(isEndless);
  if (endless !== undefined) return fail(`${service} issues a certificate that never ends`, ids);
  const days = Math.ceil(daysOf(next));
  if (!(days > 0 && days <= LONGEST_DAYS)) return open(`${service}: that a life of ${days} days is bounded`, ids);
  if (!(Date.parse(at) < Date.parse(old.validTo) && Date.parse(at) < Date.parse(next.validTo)))
    return open(`${service}: that a certificate is renewed before its end`, ids);
  const chained = chain ? [] : [`${service}: that the renewed certificate leads to a root that the service tells`];
  return pass(`${service} renews a certificate before its end, under a new key, for ${days} days`, ids, chained);
}

function judgeReplaced(service: string, rows: Rows): Part {
  const tried = of(rows.replaced, service);
  const entered = tried.filter((row) => accepted(row.data));
  const alive = of(rows.last, service).filter((row) => accepted(row.data));
  if (entered.length > 0)
    return fail(`${service} still lets a client in with a certificate that was replaced`, idsOf(entered));
  const refused = tried.filter((row) => refusedByTls(row.data));
  return refused.length > 0 && alive.length > 0
    ? pass(`${service} refuses the certificate that was replaced`, idsOf([...refused, ...alive]))
    : open(`${service}: that the certificate that was replaced is refused`, idsOf(tried));
}

function judgeRepeated(service: string, rows: Rows): Part {
  const tried = of(rows.repeated, service);
  const issued = tried.filter((row) => row.data.certificate !== undefined);
  if (issued.length > 0) return fail(`${service} renews a certificate that was replaced`, idsOf(issued));
  const refused = tried.filter((row) => row.data.authorities > 0 && declined(row.data.status));
  return refused.length > 0
    ? pass(`${service} renews nothing that was replaced`, idsOf(refused))
    : open(`${service}: that a certificate that was replaced is not renewed again`, idsOf(tried));
}

/** NIST SP 800-57 part 1 rev. 5, 5.3.6 and table 1: a key that authenticates is used for two years at most; its certificate bounds that */
const LONGEST_DAYS = 2 * 366;
const daysOf = (each: Certificate): number => (Date.parse(each.validTo) - Date.parse(each.validFrom)) / 86_400_000;
/** RFC 5280, 4.1.2.5: the end that stands for none */
const isEndless = (each: Certificate): boolean => each.validTo.startsWith('9999-12-31');
