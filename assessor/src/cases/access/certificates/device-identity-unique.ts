import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { Handshake } from './services.ts';
import {
  declined,
  enrolmentServices,
  missingControls,
  prepareUnits,
  recordRenewal,
  Renewed,
  Unit,
  unitOf,
  unitsReady,
} from './units.ts';

/**
 * The identifier is the name in a unit’s certificate. Two units handed over are a sample: they must differ in name and
 * key, the name must outlive the certificate, and a unit that asks for the name of the other must not get it.
 */
const KINDS = { unit: Unit, given: Handshake, second: Handshake, renewed: Renewed };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const deviceIdentityUnique: Case = {
  id: 'device-identity-unique',
  topic: 'device-identity-unique',
  title: 'Compares the identifiers of two units, renews one, and asks in its name for the identifier of the other.',
  ready: unitsReady,
  effect: 'disturbing',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const controls = [
    { kind: 'given', client: 'given' },
    { kind: 'second', client: 'for-renewal' },
  ] as const;
  if (!(await prepareUnits(probe, controls))) return;
  await recordRenewal(probe, 'renewed', 'for-renewal');
  await recordRenewal(probe, 'renewed', 'for-renewal', 'other');
}

// G045 AU-3-1: an identifier is one device's and stays what it is.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { declaration } = seen;
  const enrolment = enrolmentServices(declaration);
  if (enrolment.length === 0) return weigh(parts, 'no service that issues certificates is declared', 'assisted');
  return weigh(
    [
      ...parts,
      judgeUnits(rows),
      ...missingControls(declaration, rows.given, 'the certificate of the first unit'),
      ...missingControls(declaration, rows.second, 'the certificate of the second unit'),
      ...enrolment.flatMap(({ id }) => [judgeFixed(id, rows), judgeOthers(id, rows)]),
    ],
    'no certificate was seen',
    'assisted',
  );
}

function judgeUnits(rows: Rows): Part {
  const [first, second] = [unitOf(rows, 'given'), unitOf(rows, 'for-renewal')];
  if (first === undefined || second === undefined) return open('the identifiers of two units');
  const ids = [first.id, second.id];
  const [one, other] = [first.data.certificate, second.data.certificate];
  if (one.subject === '' || other.subject === '') return open('a name in the certificate of a unit', ids);
  if (one.subject === other.subject) return fail(`two units bear the same identifier, ${one.subject}`, ids);
  if (one.key === other.key) return fail('two units prove different identifiers with the same key', ids);
  return pass('two units have identifiers and keys of their own', ids);
}

function judgeFixed(service: string, rows: Rows): Part {
  const before = unitOf(rows, 'for-renewal');
  const renewed = of(rows.renewed, service).filter((row) => row.data.name === 'own');
  const issued = renewed.filter((row) => row.data.certificate !== undefined);
  if (before === undefined || issued.length === 0)
    return open(`${service}: that a unit keeps its identifier when its certificate is renewed`, idsOf(renewed));
  const ids = [before.id, ...idsOf(issued)];
  return issued.every((row) => row.data.certificate?.subject === before.data.certificate.subject)
    ? pass('a unit keeps its identifier when its certificate is renewed', ids)
    : fail(`${service} gives a unit another identifier when its certificate is renewed`, ids);
}

function judgeOthers(service: string, rows: Rows): Part {
  const [first, second] = [unitOf(rows, 'given'), unitOf(rows, 'for-renewal')];
  const asked = of(rows.renewed, service).filter((row) => row.data.name === 'other');
  const what = `${service}: that a unit cannot have the identifier of another`;
  if (first === undefined || second === undefined || asked.length === 0) return open(what, idsOf(asked));
  const ids = [first.id, second.id, ...idsOf(asked)];
  const named = asked.flatMap((row) => row.data.certificate?.subject ?? []);
  if (named.includes(first.data.certificate.subject))
    return fail(`${service} certifies a unit under the identifier of another`, ids);
  const held = asked.every(({ data }) =>
    data.certificate === undefined
      ? data.authorities > 0 && declined(data.status)
      : data.certificate.subject === second.data.certificate.subject,
  );
  return held ? pass(`${service} gives no unit the identifier of another`, ids) : open(what, ids);
}
