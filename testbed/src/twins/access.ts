import type { DeviceParts } from '@hearthward/device';
import type { Twin } from '../twin.ts';

/** Faults of passwords, logins and what may be called without them. */

const part = (
  name: string,
  id: Twin['case'],
  topic: Twin['topic'],
  fault: string,
  parts: (good: DeviceParts) => Partial<DeviceParts>,
): Twin => ({
  name,
  case: id,
  topic,
  fault,
  made: { by: 'part', parts },
});

/** The fault shows on a unit that nobody has set up yet. */
const asDelivered = (twin: Twin): Twin => ({ ...twin, unit: 'factory-default' });

export const ACCESS_TWINS: readonly Twin[] = [
  part(
    'opens-to-admin',
    'password-unique',
    'password-unique',
    'every unit accepts one password that is the same for all',
    (good) => ({
      checkCredential: async (records, password, decoy, verify) =>
        password === 'admin' || good.checkCredential(records, password, decoy, verify),
    }),
  ),
  asDelivered(
    part(
      'works-before-the-change',
      'password-change-forced',
      'password-change-forced',
      'with the label password everything works before a new one is set',
      (good) => ({
        guard: (facts) => good.guard({ ...facts, setup: { step: 'initialised' } }),
      }),
    ),
  ),
  asDelivered(
    part(
      'takes-the-label-password-as-new',
      'password-change-forced',
      'password-change-forced',
      'the new password may be the one on the label',
      (good) => ({
        passwordRules: (given, limits) => good.passwordRules({ ...given, isInitial: false }, limits),
      }),
    ),
  ),
  asDelivered(
    part(
      'keeps-the-label-password',
      'password-change-forced',
      'password-change-forced',
      'after the set-up the password on the label still opens the owner’s account',
      (good) => ({
        credentialsOf: (state, user, initial) => {
          const own = good.credentialsOf(state, user, initial);
          return own && { ...own, records: [...own.records, initial] };
        },
      }),
    ),
  ),
  part(
    'takes-any-password',
    'password-strength',
    'password-strength',
    'any new password is accepted, however weak',
    () => ({ passwordRules: () => [] }),
  ),
  part(
    'shows-the-password',
    'password-masking',
    'password-masking',
    'the login form shows the password while it is typed',
    (good) => ({
      pages: {
        ...good.pages,
        loginPage: (view) => good.pages.loginPage(view).replaceAll('type="password"', 'type="text"'),
      },
    }),
  ),
  part(
    'speaks-old-tls-at-login',
    'authentication-cryptography',
    'authentication-cryptography',
    'the login may be sent over TLS with a suite without authenticated encryption',
    (good) => ({
      tls: (declared, now) => ({
        ...good.tls(declared, now),
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0',
      }),
    }),
  ),
  part(
    'changes-without-the-old-password',
    'authentication-value-change',
    'authentication-value-change',
    'whoever has a session may change the password without knowing it',
    () => ({
      passwordChange: ({ refused }) => refused,
    }),
  ),
  part(
    'names-unknown-users',
    'authentication-error-uniformity',
    'authentication-error-uniformity',
    'an unknown user is told from a wrong password by the answer',
    (good) => ({
      loginAnswer: (refusal, login) => {
        const answer = good.loginAnswer(refusal, login);
        return refusal.kind === 'failed' && refusal.because === 'unknown-user' ? { ...answer, status: 404 } : answer;
      },
    }),
  ),
  part(
    'answers-unknown-users-faster',
    'authentication-error-uniformity',
    'authentication-error-uniformity',
    'an unknown user is refused at once, one that exists only after the work of checking several records',
    (good) => ({
      checkCredential: async (records, password, decoy, verify) => {
        if (records.length === 0) return false;
        let right = false;
        for (let record = 0; record < 5; record += 1)
          right = await good.checkCredential(records, password, decoy, verify);
        return right;
      },
    }),
  ),
  part(
    'tells-of-locked-accounts',
    'authentication-error-uniformity',
    'authentication-error-uniformity',
    'the delay of an account that exists is told, whoever caused it; a name that does not exist meets none',
    (good) => {
      let sources = 0;
      return {
        throttle: (state, event, now) => {
          if (event.kind !== 'attempt') return good.throttle(state, event, now);
          const decided = good.throttle(state, { ...event, source: `any ${(sources += 1)}` }, now);
          const effects = decided.effects.map((effect) => {
            if (effect.kind !== 'refuse') return effect;
            if (event.account === 'nobody') return { kind: 'look' } as const;
            return { kind: 'wait', by: 'source', waitSeconds: effect.waitSeconds } as const;
          });
          return { state: decided.state, effects };
        },
      };
    },
  ),
  part('never-delays', 'brute-force', 'brute-force', 'failed logins have no consequence', () => ({
    throttle: (state) => ({ state, effects: [{ kind: 'look' }] }),
  })),
  part(
    'answers-anyone',
    'access-authentication',
    'access-authentication',
    'what the panel reads can be read without a login',
    (good) => ({
      guard: (facts) =>
        facts.call.kind === 'function' && facts.call.function.kind === 'read' ? { ok: true } : good.guard(facts),
    }),
  ),
  part(
    'obeys-anyone',
    'change-authentication',
    'change-authentication',
    'changes are made without a login',
    (good) => ({
      guard: (facts) =>
        facts.call.kind === 'function' && facts.call.function.kind === 'change' ? { ok: true } : good.guard(facts),
      isGenuine: () => true,
    }),
  ),
  part(
    'trusts-every-page',
    'change-authentication',
    'change-authentication',
    'a form of another site is taken for its own',
    () => ({ isGenuine: () => true }),
  ),
  part('keeps-no-log', 'security-logging', 'security-logging', 'failed logins leave no entry', (good) => ({
    record: (kind, detail, now) => (kind === 'login-failed' ? undefined : good.record(kind, detail, now)),
  })),
  part(
    'lets-floods-wash-the-log',
    'log-protection',
    'log-protection',
    'the log keeps the last few entries, whatever they are',
    (good) => ({
      log: (state, happened) => good.log({ ...state, room: { routine: 3, notable: 3, vital: 3 } }, happened),
    }),
  ),
  part(
    'empties-its-log-on-request',
    'log-protection',
    'log-protection',
    'a request to delete it empties the log',
    () => ({
      extend: (app, context) =>
        void app.addHook('onResponse', async ({ method, url }) => {
          if (method === 'DELETE' && url === '/api/events') context.store.erase(['events']);
        }),
    }),
  ),
  part('logs-the-wrong-time', 'log-timestamps', 'log-timestamps', 'entries bear a time that is a day off', (good) => ({
    record: (kind, detail, now) => good.record(kind, detail, now - 86_400_000),
  })),
];

/** Faults of who has an account, and what it may do. */
export const ACCOUNT_TWINS: readonly Twin[] = [
  part(
    'keeps-removed-accounts',
    'account-management',
    'account-management',
    'an account that was removed goes on, with its sessions and its password',
    (good) => ({
      household: (state, event, now) =>
        event.kind === 'remove' ? { state: { ...state }, effects: [] } : good.household(state, event, now),
    }),
  ),
  part(
    'lets-guests-change',
    'least-privilege-accounts',
    'least-privilege-accounts',
    'a guest may call what only owners are granted',
    (good) => ({
      guard: (facts) => good.guard(facts.session ? { ...facts, session: { ...facts.session, role: 'owner' } } : facts),
    }),
  ),
];

export const SESSION_TWINS: readonly Twin[] = [
  part('counts-its-sessions', 'session-identifiers', 'session-identifiers', 'session ids are counted up', () => {
    let next = 4_000_000;
    return { newSessionId: () => `session-${(next++).toString().padStart(30, '0')}` };
  }),
  part(
    'keeps-the-id-at-login',
    'session-identifiers',
    'session-identifiers',
    'a login goes on with the id that the client came with',
    () => {
      let known: string | undefined;
      return {
        newSessionId: (random, previous) =>
          (known = previous ?? known ?? Buffer.from(random(32)).toString('base64url')),
      };
    },
  ),
  part(
    'logs-nobody-out',
    'session-identifiers',
    'session-identifiers',
    'after logout the session id still works',
    (good) => ({
      sessions: (state, event, now) =>
        event.kind === 'logout' ? { state, effects: [] } : good.sessions(state, event, now),
    }),
  ),
  part(
    'never-ends-idle-sessions',
    'session-timeout',
    'session-timeout',
    'a session that nobody uses stays open',
    (good) => ({
      sessions: (state, event, now) =>
        good.sessions(
          state,
          { ...event, limits: { ...event.limits, idleSeconds: 86_400, absoluteSeconds: 86_400 } },
          now,
        ),
    }),
  ),
  part(
    'admits-many-administrators',
    'administrator-concurrency',
    'administrator-concurrency',
    'the administrator may be logged in any number of times at once',
    (good) => ({
      sessions: (state, event, now) =>
        good.sessions(state, { ...event, limits: { ...event.limits, administrators: 'many' } }, now),
    }),
  ),
  part(
    'ends-sessions-unasked',
    'administrator-concurrency',
    'administrator-concurrency',
    'a second login of the administrator ends the first session without a word',
    (good) => ({
      signIn: (state, event, now) =>
        good.signIn(
          state,
          'facts' in event ? { ...event, facts: { ...event.facts, 'another-session': 'nothing' } } : event,
          now,
        ),
    }),
  ),
];

export { part };
