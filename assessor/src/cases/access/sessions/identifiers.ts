import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, LoginSession, Probe, Seen } from '../../../model.ts';
import { Answered, attributes, sessionWorks } from '../answers.ts';
import { spreadOf } from '../entropy.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { signIn } from '../signing-in.ts';
import { accountFor, reachable, withSession } from '../subjects.ts';
import { observeFixation } from './fixation.ts';

/** Session identifiers are long, unpredictable, new at each login, destroyed at logout. Only statistics are recorded. */
const Sample = Type.Object(
  {
    count: Type.Integer(),
    distinct: Type.Integer(),
    shortest: Type.Integer(),
    longest: Type.Integer(),
    alphabet: Type.Integer(),
    bits: Type.Number(),
    commonPrefix: Type.Integer(),
    rising: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Flags = Type.Object(
  {
    carrier: Type.Enum(['cookie', 'bearer']),
    secure: Type.Boolean(),
    httpOnly: Type.Boolean(),
    sameSite: Type.String(),
  },
  { additionalProperties: false },
);
/** the identifier that a client brought to the login is the one that it has after it */
const Fixed = Type.Object(
  { entered: Type.Boolean(), kept: Type.Boolean(), works: Type.Boolean() },
  { additionalProperties: false },
);
const Replay = Type.Object(
  { when: Type.Enum(['before-logout', 'after-logout']), logoutStatus: Type.Integer(), answer: Answered },
  { additionalProperties: false },
);
const KINDS = { sample: Sample, flags: Flags, fixed: Fixed, replay: Replay };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

const LOGINS = 10;
/** 128 bits, less two for what a sample of ten understates. */
const LEAST_BITS = 126;

export const sessionIdentifiers: Case = {
  id: 'session-identifiers',
  topic: 'session-identifiers',
  title: 'Logs in ten times and examines the identifiers: spread, flags, renewal at login, end at logout.',
  ready: accountFor(withSession, 'no login with a session is declared'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, withSession(probe.declaration))) {
    const values: string[] = [];
    for (let login = 0; login < LOGINS; login += 1) {
      const outcome = await signIn(probe, mechanism);
      if (outcome.kind !== 'in') break;
      const value = identifierOf(mechanism, outcome.session);
      if (value === undefined) break;
      probe.secret(value.text);
      values.push(value.text);
      if (login === 0) recordFlags(probe, mechanism, value.name, outcome.answer.setCookie, outcome.answer.blob);
      if (login === LOGINS - 1) await observeLogout(probe, mechanism, outcome.session);
    }
    probe.record('sample', mechanism.id, { ...spreadOf(values) });
    if (mechanism.session?.carrier === 'cookie') await observeFixation(probe, mechanism);
  }
}

function identifierOf(
  mechanism: AuthenticationMechanism,
  session: LoginSession,
): { readonly name: string; readonly text: string } | undefined {
  if (mechanism.session?.carrier === 'bearer') {
    const header = session.headers['authorization'] ?? session.headers['Authorization'];
    return header === undefined ? undefined : { name: '', text: header.replace(/^\S+\s+/, '') };
  }
  const wanted = mechanism.session?.name;
  const [name, text] =
    Object.entries(session.cookies).find(([each]) => each === wanted) ??
    (wanted === undefined ? Object.entries(session.cookies)[0] : undefined) ??
    [];
  return name === undefined || text === undefined ? undefined : { name, text };
}

function recordFlags(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  name: string,
  setCookie: readonly string[],
  blob: string,
): void {
  const carrier = mechanism.session?.carrier ?? 'cookie';
  const line = setCookie.find((each) => each.startsWith(`${name}=`));
  const flags = attributes((line ?? '').split(';').slice(1).join(' '));
  probe.record(
    'flags',
    mechanism.id,
    {
      carrier,
      secure: 'secure' in flags,
      httpOnly: 'httponly' in flags,
      sameSite: (flags['samesite'] ?? '').toLowerCase(),
    },
    [blob],
  );
}

async function observeLogout(probe: Probe, mechanism: AuthenticationMechanism, session: LoginSession): Promise<void> {
  const before = await sessionWorks(probe, mechanism, session);
  if (before !== undefined)
    probe.record(
      'replay',
      mechanism.id,
      { when: 'before-logout', logoutStatus: 0, answer: before.answer },
      before.blobs,
    );
  if (mechanism.session?.logout === undefined) return;
  const left = await probe.login.logout(mechanism.id, session);
  probe.login.forget(mechanism.id);
  const after = await sessionWorks(probe, mechanism, session);
  const logoutStatus = left?.ok === true ? left.answer.status : 0;
  if (after !== undefined)
    probe.record('replay', mechanism.id, { when: 'after-logout', logoutStatus, answer: after.answer }, after.blobs);
}

// G045 DS-3-2: session identifiers are unpredictable, new at each login, and destroyed after use.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...withSession(seen.declaration).flatMap((mechanism) => [
        judgeSample(mechanism, rows),
        judgeFlags(mechanism, rows),
        judgeFixation(mechanism, rows),
        judgeLogout(mechanism, rows),
      ]),
    ],
    'no login with a session is declared',
  );
}

function judgeSample({ id: name }: AuthenticationMechanism, rows: Rows): Part {
  const mine = of(rows.sample, name);
  if (mine.length === 0) return open(`${name}: no session identifiers were seen`);
  for (const { id, data } of mine) {
    if (data.count > 1 && data.distinct < data.count)
      return fail(`${name}: a session identifier is used again at the next login`, [id]);
    if (data.count >= LOGINS && data.rising) return fail(`${name}: session identifiers count upwards`, [id]);
    if (data.count >= LOGINS && data.bits < LEAST_BITS)
      return fail(`${name}: session identifiers vary in ${data.bits} bits only`, [id]);
    if (data.count < LOGINS) return open(`${name}: only ${data.count} session identifiers could be had`, [id]);
  }
  return pass(`${name}: ${LOGINS} session identifiers are all new and vary in at least 128 bits`, idsOf(mine));
}

function judgeFlags(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const mine = of(rows.flags, name);
  if (mine.length === 0) return open(`${name}: how the session identifier is carried`);
  if (mechanism.session?.carrier === 'bearer')
    return pass(`${name}: the identifier is a bearer token, which no browser sends by itself`, idsOf(mine));
  const lacking = mine.flatMap(({ data }) => [
    ...(data.secure ? [] : ['Secure']),
    ...(data.httpOnly ? [] : ['HttpOnly']),
    ...(data.sameSite === 'lax' || data.sameSite === 'strict' ? [] : ['SameSite']),
  ]);
  return lacking.length > 0
    ? fail(`${name}: the session cookie lacks ${lacking.join(', ')}`, idsOf(mine))
    : pass(`${name}: the session cookie is Secure, HttpOnly and SameSite`, idsOf(mine));
}

function judgeFixation(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const mine = of(rows.fixed, name);
  if (mine.some((row) => row.data.entered && (row.data.kept || row.data.works))) {
    return fail(`${name}: a session identifier from before the login is valid after it`, idsOf(mine));
  }
  const entered = mine.filter((row) => row.data.entered);
  if (entered.length > 0) return pass(`${name}: the login gives a new identifier`, idsOf(entered));
  if (mechanism.session?.carrier === 'bearer') {
    const sample = of(rows.sample, name);
    return sample.length > 0
      ? pass(`${name}: a token exists only after the login`, idsOf(sample))
      : open(`${name}: no session identifiers were seen`);
  }
  return open(`${name}: whether an identifier brought to the login is kept`, idsOf(mine));
}

function judgeLogout(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const mine = of(rows.replay, name);
  const worked = mine.filter((row) => row.data.when === 'before-logout' && row.data.answer.success);
  const after = mine.filter((row) => row.data.when === 'after-logout' && row.data.answer.reached);
  if (worked.length === 0) return open(`${name}: the session was not seen to work before the logout`, idsOf(mine));
  if (after.some((row) => row.data.answer.success))
    return fail(`${name}: a session identifier still works after the logout`, idsOf(after));
  if (after.length === 0) return open(`${name}: that a session identifier is destroyed at the logout`, idsOf(mine));
  return pass(`${name}: a session identifier is refused after the logout`, idsOf([...worked, ...after]));
}
