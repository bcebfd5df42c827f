import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { answered, Answered, blobsOf, refusedAgainst, valueAt } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { guardOf, passwordMechanisms, readersBehind } from '../access/subjects.ts';
import { observePlain, Plain, staysOnItsHost, unseenFromAfar } from './communication-cryptography.ts';
import { given, isHttp, isMqtt, isPlain, isTls, type Service } from './endpoints.ts';

/** Security functions are reached over TLS with a known certificate, by those who have logged in. */
const Shake = Type.Object(
  { agreed: Type.Boolean(), protocol: Type.String(), trusted: Type.Boolean() },
  { additionalProperties: false },
);
const Guard = Type.Object(
  { function: Type.String(), with: Answered, without: Answered },
  { additionalProperties: false },
);
const Broker = Type.Object(
  { stranger: Type.Integer(), refused: Type.Boolean(), known: Type.Integer() },
  { additionalProperties: false },
);
/** What the switch of management from afar reads, as the assessor found the unit. */
const Switch = Type.Object({ reads: Type.String(), off: Type.String() }, { additionalProperties: false });
const KINDS = { shake: Shake, guard: Guard, broker: Broker, plain: Plain, switch: Switch };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const remoteManagement: Case = {
  id: 'remote-management',
  topic: 'remote-management',
  title: 'Looks whether every service with security functions speaks TLS and opens only after login.',
  ready: (declaration, target) => {
    const services = managing(declaration);
    if (services.length === 0) return { ok: false, because: 'no security-relevant function is declared' };
    return services.some((each) => given(target, each.id))
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for a service with security functions' };
  },
  effect: 'reading',
  observe,
  judge,
};

const managing = (declaration: Declaration): readonly Service[] =>
  declaration.softwareServices.filter((service) =>
    declaration.externalFunctions.some((each) => each.securityRelevant && each.service === service.id),
  );

async function observe(probe: Probe): Promise<void> {
  for (const service of managing(probe.declaration)) {
    if (!given(probe.target, service.id)) {
      probe.record('blocked', service.id, { because: 'the target file gives no address for it' });
      continue;
    }
    if (isPlain(service.protocol)) await observePlain(probe, service.id, service.protocol);
    if (isTls(service.protocol)) {
      const reached = await probe.tls.handshake(service.id, {
        ciphers: 'DEFAULT',
        client: probe.target.clientIdentity === undefined ? 'none' : 'given',
      });
      probe.record('shake', service.id, {
        agreed: reached.ok,
        protocol: reached.ok ? reached.answer.protocol : '',
        trusted: reached.ok && reached.answer.trusted,
      });
    }
    await observeGuard(probe, service);
  }
  await observeSwitch(probe);
}

/** Nobody has switched it on for the assessment: what is read now is what the product does by itself. */
async function observeSwitch(probe: Probe): Promise<void> {
  const its = switchOf(probe.declaration);
  if (its === undefined) return;
  const session = await probe.login.shared(its.mechanism);
  const reached = session && (await probe.login.call(its.readBack.function, session));
  const reads = reached?.ok === true ? valueAt(reached.answer.body, its.readBack.field) : undefined;
  if (reads === undefined || reached === undefined) {
    probe.record('blocked', 'remote-management', { because: 'whether it is off by default could not be read' });
    return;
  }
  probe.record('switch', 'remote-management', { reads: String(reads), off: its.off }, blobsOf(reached));
}

/** The declared switch, how it is read, and who may read it; undefined where none is declared. */
function switchOf(declaration: Declaration) {
  const off = declaration.remoteManagement?.switch.off;
  const by = declaration.externalFunctions.find((each) => each.id === declaration.remoteManagement?.switch.function);
  const guard = by && guardOf(declaration, by);
  return off === undefined || by?.readBack === undefined || guard === undefined
    ? undefined
    : { off, readBack: by.readBack, mechanism: guard.id };
}

/** Only reading is tried without login: a change that is not refused would be done. */
async function observeGuard(probe: Probe, service: Service): Promise<void> {
  const mechanism = passwordMechanisms(probe.declaration).find(
    (each) => each.services.includes(service.id) && probe.target.accounts?.[each.id] !== undefined,
  );
  if (mechanism === undefined) return;
  if (isMqtt(service.protocol)) {
    const stranger = await probe.mqtt.connect(service.id, {});
    if (stranger.ok) await stranger.answer.close();
    const known = await probe.login.attempt(mechanism.id);
    probe.record('broker', service.id, {
      stranger: stranger.ok ? stranger.answer.returnCode : -1,
      refused: stranger.ok
        ? stranger.answer.returnCode !== 0
        : stranger.because === 'reset' || stranger.clientCertificateRequested === true,
      known: known.kind === 'in' ? 0 : -1,
    });
    return;
  }
  const reader = readersBehind(probe.declaration, mechanism).find((each) => each.service === service.id);
  const session = await probe.login.shared(mechanism.id);
  if (reader === undefined || session === undefined) return;
  const inside = await probe.login.call(reader.id, session);
  const outside = await probe.login.call(reader.id, undefined);
  probe.record(
    'guard',
    service.id,
    { function: reader.id, with: answered(reader, inside), without: answered(reader, outside) },
    [...blobsOf(inside), ...blobsOf(outside)],
  );
}

// G045 PL-3-2, TS 103 645 4.5-1: management goes over a secure protocol, between ends that know each other.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const services = managing(seen.declaration).filter((each) => !blocked.has(each.id));
  return weigh(
    [...parts, ...services.map((service) => judgeOne(seen.declaration, service, rows)), ...judgeSwitch(seen, rows)],
    'no security-relevant function is declared',
  );
}

// EN 303 645 5.5-4: whoever manages from afar was asked to by the people at home.
function judgeSwitch({ declaration }: Seen, rows: Rows): readonly Part[] {
  const { remoteManagement } = declaration;
  if (remoteManagement === undefined) return [];
  const name = 'remote-management';
  if (remoteManagement.byDefault === 'on')
    return [fail('management from afar is on by default, by its declaration', idsOf(rows.switch))];
  const on = of(rows.switch, name).filter((row) => row.data.reads !== row.data.off);
  if (on.length > 0)
    return [fail(`management from afar is on (${on[0]?.data.reads}), though nobody switched it on`, idsOf(on))];
  const seen = of(rows.switch, name);
  return seen.length === 0
    ? [open('whether management from afar is off by default')]
    : [pass('management from afar is off until somebody switches it on', idsOf(seen))];
}

function judgeOne(declaration: Declaration, service: Service, rows: Rows): Part {
  const name = service.id;
  const plain = of(rows.plain, name);
  if (isPlain(service.protocol)) {
    if (plain.length > 0 && staysOnItsHost(declaration, name, plain)) return unseenFromAfar(service, plain);
    return plain.length > 0
      ? fail(`${name}: security functions are reached over ${service.protocol}, without encryption`, idsOf(plain))
      : open(`${name} was not tried`);
  }
  const shakes = of(rows.shake, name);
  const guards = of(rows.guard, name);
  const brokers = of(rows.broker, name);
  const all = [...shakes, ...guards, ...brokers];
  if (service.authentication.length === 0 && all.length > 0)
    return fail(`${name}: security functions need no login by its declaration`, idsOf(all));
  const unguarded = guards.filter(
    (row) => row.data.with.success && refusedAgainst(row.data.with, row.data.without) === 'accepted',
  );
  const unguardedBroker = brokers.filter((row) => row.data.stranger === 0);
  if (unguarded.length + unguardedBroker.length > 0)
    return fail(`${name}: it serves whoever has not logged in`, idsOf([...unguarded, ...unguardedBroker]));
  const agreed = shakes.filter((row) => row.data.agreed);
  const modern = agreed.filter((row) => /^TLSv1\.[23]$/.test(row.data.protocol));
  if (agreed.length > 0 && modern.length === 0)
    return fail(`${name}: it agrees to no current version of TLS`, idsOf(agreed));
  const guarded =
    guards.some((row) => row.data.with.success && refusedAgainst(row.data.with, row.data.without) === 'refused') ||
    brokers.some((row) => row.data.refused && row.data.known === 0);
  return pass(`${name}: security functions are reached over TLS and after login`, idsOf(all), [
    ...(modern.length > 0 ? [] : [`${name}: that it speaks TLS`]),
    ...(modern.some((row) => row.data.trusted)
      ? []
      : [`${name}: whether its certificate is the one that the target file trusts`]),
    ...(guarded ? [] : [`${name}: that it opens to the right login and to nobody else`]),
    ...(isHttp(service.protocol) || isMqtt(service.protocol) ? [] : [`${name}: how ${service.protocol} protects it`]),
  ]);
}
