import { test } from 'node:test';
import assert from 'node:assert/strict';
import { credentialsOf } from '../../src/access/accounts.ts';
import { guard, type GuardFacts } from '../../src/access/guard.ts';
import { decideSessions } from '../../src/access/sessions/decide.ts';
import { defaultParts, newSessionId, type DeviceParts } from '../../src/parts.ts';
import { decideSetup } from '../../src/setup/decide.ts';
import { bench, Browser, LABEL, OWN, setUp, type Bench } from './bench.ts';

/**
 * Each protection is one part: replacing it alone takes that protection away, and the probe beside it sees so.
 * This shows at once that the probes of this folder can fail.
 */
interface Twin {
  readonly parts: Partial<DeviceParts>;
  /** whether the protection holds */
  readonly holds: (device: Bench, owner: Browser) => Promise<boolean>;
}

const isCallOf = ({ call }: GuardFacts, kind: 'read' | 'change'): boolean =>
  call.kind === 'function' && call.function.kind === kind;
const NEXT = 'four-Loud-Mountains';
const stranger = (device: Bench) => new Browser(device.app, '192.0.2.2');
const token = async (browser: Browser, page: string) =>
  /name="_csrf" value="([^"]*)"/.exec((await browser.get(page)).body)?.[1] ?? '';
const change = (owner: Browser, current: string, password: string) =>
  owner.submit('/password', '/password', { current, password, repeat: password });

const TWINS: Record<string, Twin> = {
  'guesses-are-not-held-back': {
    parts: { throttle: (state) => ({ state, effects: [{ kind: 'look' }] }) },
    holds: async (device) => {
      let status = 0;
      for (let i = 0; i < 6; i += 1) status = (await stranger(device).logIn('wrong')).statusCode;
      return status === 429;
    },
  },
  'an-unknown-user-reads-differently': {
    parts: {
      loginAnswer: (refusal, login) => {
        const answer = defaultParts.loginAnswer(refusal, login);
        const unknown = refusal.kind === 'failed' && refusal.because === 'unknown-user';
        return unknown
          ? { ...answer, view: { ...answer.view, notice: { kind: 'bad', key: 'error.not-found' } } }
          : answer;
      },
    },
    holds: async (device) => {
      const guest = stranger(device);
      const [a, b] = [await guest.logIn('wrong', 'nobody'), await guest.logIn('wrong', 'owner')];
      return a.body.length === b.body.length;
    },
  },
  'an-unknown-user-costs-nothing': {
    parts: {
      checkCredential: async (records, password, decoy, verify) =>
        records.length > 0 && defaultParts.checkCredential(records, password, decoy, verify),
    },
    holds: async (device) => {
      const before = device.hashed();
      await stranger(device).logIn('wrong', 'nobody');
      return device.hashed() > before;
    },
  },
  'any-password-is-right': {
    parts: { verifyPassword: async () => true },
    holds: async (device) => (await stranger(device).logIn('wrong')).statusCode === 401,
  },
  'a-universal-password-opens': {
    parts: {
      checkCredential: async (records, password, decoy, verify) =>
        password === 'service' || defaultParts.checkCredential(records, password, decoy, verify),
    },
    holds: async (device) => (await stranger(device).logIn('service')).statusCode === 401,
  },
  'the-label-password-stays-valid': {
    parts: {
      credentialsOf: (state, name, initial) => {
        const found = credentialsOf(state, name, initial);
        return found && { ...found, records: [...found.records, initial] };
      },
    },
    holds: async (device) => (await stranger(device).logIn(LABEL)).statusCode === 401,
  },
  'a-replaced-password-stays-valid': {
    parts: {
      credentialsOf: (state, name, initial) => {
        const found = credentialsOf(state, name, initial);
        const previous = state.accounts.find((each) => each.name === name)?.previous ?? [];
        return found && { ...found, records: [...found.records, ...previous] };
      },
    },
    holds: async (device, owner) => {
      await change(owner, OWN, NEXT);
      return (await stranger(device).logIn(OWN)).statusCode === 401;
    },
  },
  'a-weak-password-is-accepted': {
    parts: { passwordRules: () => [] },
    holds: async (_device, owner) => (await change(owner, OWN, 'Password2026!')).statusCode === 422,
  },
  'an-unchanged-password-is-accepted': {
    parts: { passwordRules: (given, limits) => defaultParts.passwordRules({ ...given, isPrevious: false }, limits) },
    holds: async (_device, owner) => (await change(owner, OWN, OWN)).statusCode === 422,
  },
  'the-current-password-is-not-asked': {
    parts: { passwordChange: ({ refused }) => refused },
    holds: async (_device, owner) => (await change(owner, 'not-the-current', NEXT)).statusCode === 403,
  },
  'the-label-password-recovers-without-a-press': {
    parts: { mayRecover: () => true },
    holds: async (device) => {
      const guest = stranger(device);
      const fields = { labelPassword: LABEL, password: NEXT, repeat: NEXT };
      await guest.submit('/login', '/forgotten', fields);
      return (await guest.logIn(NEXT)).statusCode === 401;
    },
  },
  'session-ids-count-up': {
    parts: { newSessionId: () => 'A'.repeat(43) },
    holds: async (_device, owner) => {
      const before = owner.cookies.get('__Host-session');
      await owner.logIn();
      return owner.cookies.get('__Host-session') !== before;
    },
  },
  'logout-ends-nothing': {
    parts: {
      sessions: (state, event, now) =>
        event.kind === 'logout' ? { state, effects: [] } : decideSessions(state, event, now),
    },
    holds: async (device, owner) => {
      const thief = stranger(device);
      thief.cookies.set('__Host-session', owner.cookies.get('__Host-session') ?? '');
      await owner.submit('/', '/logout', {});
      return (await thief.get('/api/status')).statusCode === 401;
    },
  },
  'sessions-never-idle-out': {
    parts: {
      sessions: (state, event, now) =>
        decideSessions(state, { ...event, limits: { ...event.limits, idleSeconds: 1e9 } }, now),
    },
    holds: async (device, owner) => {
      device.wait(3600);
      return (await owner.get('/api/status')).statusCode === 401;
    },
  },
  'many-administrators-at-once': {
    parts: {
      sessions: (state, event, now) =>
        decideSessions(state, { ...event, limits: { ...event.limits, administrators: 'many' } }, now),
    },
    holds: async (device, owner) => {
      await new Browser(device.app).logIn();
      return (await owner.get('/api/status')).statusCode === 401;
    },
  },
  'anyone-may-read': {
    parts: { guard: (facts) => (isCallOf(facts, 'read') ? { ok: true } : guard(facts)) },
    holds: async (device) => (await stranger(device).get('/api/status')).statusCode === 401,
  },
  'anyone-may-change': {
    parts: { guard: (facts) => (isCallOf(facts, 'change') ? { ok: true } : guard(facts)) },
    holds: async (device) => {
      const answer = await stranger(device).post('/functions/set-lamp', { lamp: 'on' });
      return answer.statusCode === 401 && device.calls.length === 0;
    },
  },
  'a-login-goes-on-with-the-id-that-came': {
    parts: { newSessionId: (random, previous) => previous ?? newSessionId(random) },
    holds: async (device) => {
      const guest = new Browser(device.app);
      guest.cookies.set('__Host-session', 'planted-by-someone-else');
      await guest.logIn();
      return guest.cookies.get('__Host-session') !== 'planted-by-someone-else';
    },
  },
  'forms-need-no-token': {
    parts: { isGenuine: () => true },
    holds: async (_device, owner) => (await owner.post('/functions/set-lamp', { lamp: 'on' })).statusCode === 403,
  },
  'input-is-not-validated': {
    parts: {
      validate: (_fields, given) => ({ ok: true, value: Object.fromEntries(given) as Record<string, string> }),
    },
    holds: async (_device, owner) => {
      const proof = { _csrf: await token(owner, '/') };
      return (await owner.post('/functions/set-lamp', { lamp: 'purple', ...proof })).statusCode === 422;
    },
  },
  'errors-and-headers-tell-the-software': {
    parts: { headers: () => ({ ...defaultParts.headers(), server: 'hub/1.2.3' }) },
    holds: async (device) => (await stranger(device).get('/login')).headers['server'] === undefined,
  },
  'nothing-is-logged': {
    parts: { record: () => undefined },
    holds: async (device) => device.store.events(1).length === 1,
  },
  'timestamps-are-wrong': {
    parts: { record: (kind, detail, now) => defaultParts.record(kind, detail, now - 86_400_000) },
    holds: async (device) => device.store.events(1)[0]?.at === '2026-01-01T00:00:00.000Z',
  },
  'a-reset-keeps-data': {
    parts: {
      setup: (state, event) => decideSetup(state, event.kind === 'reset' ? { ...event, rooms: [] } : event),
    },
    holds: async (device, owner) => {
      await owner.submit('/reset', '/reset', { password: OWN });
      return device.store.read('settings') === undefined;
    },
  },
  'the-password-field-is-not-masked': {
    parts: {
      pages: {
        ...defaultParts.pages,
        loginPage: (view) => defaultParts.pages.loginPage(view).replace('type="password"', 'type="text"'),
      },
    },
    holds: async (device) => (await stranger(device).get('/login')).body.includes('type="password"'),
  },
};

for (const [fault, { parts, holds }] of Object.entries(TWINS)) {
  test(`one-part-alone-decides-whether-${fault}`, async (t) => {
    const good = await bench();
    const twin = await bench({ parts });
    t.after(() => Promise.all([good.app.close(), twin.app.close()]));
    assert.equal(await holds(good, await setUp(good.app)), true, 'the device holds it');
    assert.equal(await holds(twin, await setUp(twin.app)), false, 'the twin does not');
  });
}
