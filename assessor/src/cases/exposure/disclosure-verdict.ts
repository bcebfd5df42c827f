import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Judgement, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { hitsIn, isDeclared } from './disclosure-scan.ts';
import { isHttp, isMqtt, isTls, type Service } from './endpoints.ts';

/** What strangers were told, held against what the declaration says that they are told. */
const Told = Type.Object(
  {
    request: Type.String(),
    reached: Type.Boolean(),
    status: Type.Integer(),
    headers: Type.String(),
    body: Type.String(),
    whole: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Broker = Type.Object(
  { returnCode: Type.Integer(), reached: Type.Boolean(), messages: Type.String() },
  { additionalProperties: false },
);
const Announced = Type.Object(
  { question: Type.String(), answered: Type.Boolean(), shared: Type.Boolean(), text: Type.String() },
  { additionalProperties: false },
);
const KINDS = { announced: Announced, told: Told, certificate: Told, broker: Broker, inside: Told };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

// EN 303 645 5.6-2, G044 6.6.2: strangers learn little that helps an attack.
export function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const services = seen.declaration.softwareServices.filter((each) => !blocked.has(each.id));
  if (seen.declaration.softwareServices.length === 0) return weigh(parts, 'no service of the device is declared');
  return weigh(
    [
      ...parts,
      ...services.map((service) => judgeService(seen.declaration, service, rows)),
      ...judgeAnnounced(seen.declaration, rows),
      judgeControl(seen.declaration, rows),
    ],
    'no service of the device was reached',
  );
}

function judgeService(declaration: Declaration, service: Service, rows: Rows): Part {
  const told = [...of(rows.told, service.id), ...of(rows.certificate, service.id)];
  const broker = of(rows.broker, service.id);
  const texts = [
    ...told.map((row) => ({ id: row.id, request: row.data.request, hits: hitsIn(declaration, row.data) })),
    ...broker.map((row) => ({
      id: row.id,
      request: 'the broker’s status',
      hits: hitsIn(declaration, { headers: '', body: row.data.messages }),
    })),
  ].map((each) => ({ ...each, hits: each.hits.filter((hit) => !isDeclared(hit, service.discloses)) }));
  const telling = texts.filter((each) => each.hits.length > 0);
  if (telling.length > 0) {
    const what = new Set(
      telling.flatMap((each) => each.hits.map((hit) => `${hit.kind} “${hit.value}” (${each.request})`)),
    );
    return fail(
      `${service.id} tells strangers ${[...what].slice(0, 3).join(', ')}`,
      telling.map((each) => each.id),
    );
  }
  const http = told.filter((row) => row.data.reached && row.data.request !== 'TLS certificate');
  const certificate = told.filter((row) => row.data.reached && row.data.request === 'TLS certificate');
  const announced = of(rows.announced, service.id).some(({ data }) => data.answered);
  const known = isHttp(service.protocol) || isMqtt(service.protocol) || announced;
  return pass(
    `${service.id} tells strangers neither version, model, software, traces nor paths`,
    idsOf([...told, ...broker]),
    [
      ...(known ? [] : [`${service.id}: what it tells over ${service.protocol}`]),
      ...(isHttp(service.protocol) && http.length < LEAST_ANSWERS
        ? [`${service.id}: enough answers to strangers (${http.length} of ${LEAST_ANSWERS})`]
        : []),
      ...(isMqtt(service.protocol) && !broker.some((row) => row.data.reached)
        ? [`${service.id}: what the broker tells`]
        : []),
      ...(isTls(service.protocol) && certificate.length === 0 ? [`${service.id}: what its certificate tells`] : []),
      ...http
        .filter((row) => !row.data.whole)
        .map((row) => `${service.id}: the end of a long answer (${row.data.request})`),
    ],
  );
}
/** a page, an unknown page and one error at least */
const LEAST_ANSWERS = 3;

/** Over mDNS, whoever of the product does it. */
function judgeAnnounced(declaration: Declaration, rows: Rows): readonly Part[] {
  return rows.announced
    .filter(({ data }) => data.answered)
    .map(({ id, subject, data }) => {
      if (data.shared) return open(`whether the product or the machine that it runs on answers over mDNS`, [id]);
      const discloses = declaration.softwareServices.find((each) => each.id === subject)?.discloses ?? [];
      const hits = hitsIn(declaration, { headers: '', body: data.text }).filter((hit) => !isDeclared(hit, discloses));
      const what = hits.map((hit) => `${hit.kind} “${hit.value}”`).slice(0, 3);
      return hits.length > 0
        ? fail(`over mDNS strangers are told ${what.join(', ')} (${data.question})`, [id])
        : pass(`nothing that helps an attack is announced over mDNS (${data.question})`, [id]);
    });
}

function judgeControl(declaration: Declaration, rows: Rows): Part {
  const found = rows.inside.filter((row) => row.data.reached && hitsIn(declaration, row.data).length > 0);
  return found.length > 0
    ? pass('the same search finds what is told after login', idsOf(found))
    : open('that the search finds anything on pages behind the login', idsOf(rows.inside));
}
