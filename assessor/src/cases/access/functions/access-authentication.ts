import { Type } from 'typebox';
import type { Declaration, ExternalFunction } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { Answered, answered, blobsOf, refusedAgainst } from '../answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { guardOf, overHttp, overMqtt, type HttpFunction } from '../subjects.ts';
import { accessOf, Anonymous, tryAnonymously } from './anonymous-mqtt.ts';

/** What can be read or listened to is so only after a login; what is public by declaration is named. */
const Called = Type.Object(
  { session: Type.Enum(['none', 'given']), answer: Answered },
  { additionalProperties: false },
);
const Public = Type.Object({ because: Type.String() }, { additionalProperties: false });
const KINDS = { called: Called, anonymous: Anonymous, public: Public };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const accessAuthentication: Case = {
  id: 'access-authentication',
  topic: 'access-authentication',
  title: 'Calls every declared reading function without a login, and with one.',
  ready: (declaration, target) => {
    const mine = guarded(declaration);
    if (mine.length === 0)
      return { ok: false, because: 'no function to read or to listen is declared that needs a login' };
    return mine.some((each) => target.services[each.service] !== undefined)
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for a service with such functions' };
  },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const each of readings(probe.declaration)) {
    if (each.publicBecause !== undefined) {
      probe.record('public', each.id, { because: each.publicBecause });
      continue;
    }
    if (probe.target.services[each.service] === undefined) {
      probe.record('blocked', each.id, { because: 'the target file gives no address for its service' });
    } else if (overHttp(each)) await observeHttp(probe, each);
    else if (overMqtt(each)) probe.record('anonymous', each.id, { ...(await tryAnonymously(probe, each)) });
  }
}

async function observeHttp(probe: Probe, each: HttpFunction): Promise<void> {
  const without = await probe.login.call(each.id, undefined);
  probe.record('called', each.id, { session: 'none', answer: answered(each, without) }, blobsOf(without));
  const guard = guardOf(probe.declaration, each);
  const session = guard === undefined ? undefined : await probe.login.shared(guard.id);
  if (session === undefined) return;
  const given = await probe.login.call(each.id, session);
  probe.record('called', each.id, { session: 'given', answer: answered(each, given) }, blobsOf(given));
}

// EN 303 645 5.5-4, G045 AU-1-2: functions of the device are reached only after authentication.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const mine = guarded(seen.declaration);
  return weigh(
    [...parts, ...mine.map((each) => (overHttp(each) ? judgeHttp(each, rows) : judgeMqtt(each, rows)))],
    'no function to read or to listen is declared that needs a login',
  );
}

function judgeHttp({ id: name }: HttpFunction, rows: Rows): Part {
  const mine = of(rows.called, name);
  const without = mine.filter((row) => row.data.session === 'none' && row.data.answer.reached);
  const control = mine.find((row) => row.data.session === 'given' && row.data.answer.success);
  const told = without.filter((row) => row.data.answer.contains === true);
  if (told.length > 0) return fail(`${name} answers without a login`, idsOf(told));
  if (without.length === 0) return open(`${name}: its answer without a login`, idsOf(mine));
  if (control === undefined) {
    // Without a login it succeeds as declared: no control is needed to see that.
    const succeeded = without.filter((row) => row.data.answer.success && row.data.answer.status < 300);
    if (succeeded.length > 0) return fail(`${name} answers without a login`, idsOf(succeeded));
    return open(`${name}: that it works with a login`, idsOf(mine));
  }
  const verdicts = without.map((row) => refusedAgainst(control.data.answer, row.data.answer));
  if (verdicts.includes('accepted')) return fail(`${name} answers without a login`, idsOf(without));
  if (verdicts.includes('alike'))
    return open(`${name}: its answer without a login looks like the one with a login`, idsOf(mine));
  return pass('every reading function refuses who is not logged in, and answers who is', idsOf([...without, control]));
}

function judgeMqtt({ id: name }: ExternalFunction, rows: Rows): Part {
  const mine = of(rows.anonymous, name);
  if (mine.length === 0) return open(`${name}: its topic without a login`);
  const accesses = mine.map((row) => accessOf(row.data));
  if (accesses.includes('open')) return fail(`${name}: messages come to who is not logged in`, idsOf(mine));
  if (accesses.includes('unknown'))
    return open(
      `${name}: the connection without a login is accepted or unanswered, and nothing shows what it may do`,
      idsOf(mine),
    );
  if (!mine.some((row) => row.data.control))
    return open(`${name}: that the right credentials are accepted`, idsOf(mine));
  return pass('who is not logged in cannot listen', idsOf(mine));
}

const readings = (declaration: Declaration): readonly ExternalFunction[] =>
  declaration.externalFunctions.filter((each) => each.kind === 'read' || each.kind === 'subscribe');
const guarded = (declaration: Declaration): readonly ExternalFunction[] =>
  readings(declaration).filter((each) => each.publicBecause === undefined);
