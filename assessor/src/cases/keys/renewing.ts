import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { LoginSession, Probe } from '../../model.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/** Has keys made anew by the functions that the declaration names, and reads what the product shows of them. */
export const Renewing = Type.Object(
  {
    function: Type.String(),
    reached: Type.Boolean(),
    success: Type.Boolean(),
    status: Type.Integer(),
    /** fingerprints (SHA-256) on the page of the function before; of these that are gone, and that are new, afterwards */
    shown: Type.Integer(),
    gone: Type.Integer(),
    fresh: Type.Integer(),
  },
  { additionalProperties: false },
);
export type Renewing = Static<typeof Renewing>;
type Process = Declaration['secureManagementProcesses'][number];

/** The function that makes this parameter anew, where a client can call it. */
export const renewerOf = (declaration: Declaration, { renewedBy }: Process): HttpFunction | undefined =>
  declaration.externalFunctions.filter(overHttp).find((each) => each.id === renewedBy?.function);

/** A key that the target file names by its fingerprint: whoever trusts it does so no longer once it is another. */
export function isPinned(probe: Pick<Probe, 'declaration' | 'target'>, parameter: string): boolean {
  return probe.declaration.communicationMechanisms.some(
    ({ direction, service, parameters }) =>
      direction === 'inbound' && parameters.includes(parameter) && probe.target.services[service ?? ''] !== undefined,
  );
}

/** Of a key that peers see there is a certificate, whose fingerprint people may be shown. */
export const isCertified = (declaration: Declaration, parameter: string): boolean =>
  declaration.communicationMechanisms.some((each) => each.parameters.includes(parameter));

/** Under the subject of each parameter: one call for all that one choice makes anew. */
export async function recordRenewing(probe: Probe): Promise<void> {
  const done = new Map<string, Renewing | string>();
  const sessions = new Map<string, LoginSession>();
  for (const process of probe.declaration.secureManagementProcesses) {
    const renewer = renewerOf(probe.declaration, process);
    if (renewer === undefined || process.renewedBy === undefined) continue;
    if (isPinned(probe, process.parameter)) {
      probe.record('kept', process.parameter, { because: 'the target file knows the product by this key' });
      continue;
    }
    const certified = isCertified(probe.declaration, process.parameter);
    const choice = JSON.stringify(process.renewedBy);
    const told = done.get(choice) ?? (await renewBy(probe, renewer, process.renewedBy, certified, sessions));
    done.set(choice, told);
    if (typeof told === 'string') probe.record('blocked', process.parameter, { because: told });
    else probe.record('renewing', process.parameter, { ...told });
  }
}

export async function renewBy(
  probe: Probe,
  renewer: HttpFunction,
  { field, value }: NonNullable<Process['renewedBy']>,
  certified: boolean,
  sessions: Map<string, LoginSession>,
): Promise<Renewing | string> {
  const mechanism = guardOf(probe.declaration, renewer);
  const password = mechanism && probe.target.accounts?.[mechanism.id]?.password;
  if (mechanism === undefined || password === undefined) return 'the target file gives no account that may renew it';
  const session = sessions.get(mechanism.id) ?? (await probe.login.shared(mechanism.id));
  if (session === undefined) return 'no session was had to renew it in';
  sessions.set(mechanism.id, session);
  const values = {
    ...Object.fromEntries(
      renewer.request.fields.flatMap(({ name, role }) => (role === 'current-password' ? [[name, password]] : [])),
    ),
    ...(field === undefined || value === undefined ? {} : { [field]: value }),
  };
  const patience = certified ? probe.patienceSeconds : 0;
  const once = await callOnce(probe, renewer, session, values, patience);
  // what is shown for the first time may be the first of its kind: only the next one comes in its place
  return once.fresh > 0 && once.gone === 0 ? callOnce(probe, renewer, session, values, patience) : once;
}

async function callOnce(
  probe: Probe,
  renewer: HttpFunction,
  session: LoginSession,
  values: Readonly<Record<string, string>>,
  patience: number,
): Promise<Renewing> {
  const before = await shownAt(probe, renewer, session);
  const called = await probe.login.call(renewer.id, session, values);
  const status = called.ok ? called.answer.status : 0;
  const body = called.ok ? called.answer.body : '';
  const { status: good = [200, 204, 303], contains } = renewer.success;
  const success = called.ok && good.includes(status) && (contains === undefined || body.includes(contains));
  let after = await shownAt(probe, renewer, session);
  // what others have to certify takes a while
  const seconds = success && before.size > 0 ? patience : 0;
  for (let waited = 0; waited < seconds && same(before, after); waited += 1) {
    await probe.clock.wait(1000);
    after = await shownAt(probe, renewer, session);
  }
  return {
    function: renewer.id,
    reached: called.ok,
    success,
    status,
    shown: before.size,
    gone: before.difference(after).size,
    fresh: after.difference(before).size,
  };
}

const same = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && one.isSubsetOf(other);

/** SHA-256 in hexadecimal, with or without colons between the bytes. */
const FINGERPRINT = /\b(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})\b/gi;

async function shownAt(probe: Probe, renewer: HttpFunction, session: LoginSession): Promise<ReadonlySet<string>> {
  const { page } = renewer.request;
  if (page === undefined) return new Set();
  const { cookies, headers } = session;
  const reached = await probe.http.request(renewer.service, { method: 'GET', path: page, cookies, headers });
  const found = reached.ok && reached.answer.status === 200 ? reached.answer.body.match(FINGERPRINT) : null;
  return new Set((found ?? []).map((each) => each.replaceAll(':', '').toLowerCase()));
}
