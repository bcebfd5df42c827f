import type { Case } from '../../src/model.ts';

/** Cases for the runner's own tests: each does one thing to the fake product, or goes wrong in one way. */
const base = { title: 'a case of a test', effect: 'reading', ready: () => ({ ok: true }) } satisfies Partial<Case>;

export const readsTheLogin: Case = {
  ...base,
  id: 'reads-the-login',
  topic: 'communication-cryptography',
  observe: async (probe) => {
    const facts = await probe.tls.handshake('panel', {});
    probe.record('handshake', 'panel', facts.ok ? { protocol: facts.answer.protocol } : { refused: facts.because });
    const page = await probe.http.request('panel', { method: 'GET', path: '/hostile' });
    if (page.ok) probe.record('page', 'panel', page.answer.body, [page.answer.blob]);
  },
  judge: ({ observations }) => ({
    verdict: observations.some((seen) => JSON.stringify(seen.data).includes('TLSv1.3')) ? 'PASS' : 'FAIL',
    decided: 'automatic',
    because: 'The panel speaks <i>TLS 1.3</i>.',
    uncovered: [],
    evidence: observations.map((seen) => seen.id),
  }),
};

export const passesOnNothing: Case = {
  ...base,
  id: 'passes-on-nothing',
  topic: 'brute-force',
  observe: async () => undefined,
  judge: () => ({ verdict: 'PASS', decided: 'automatic', because: 'I say so.', uncovered: [], evidence: [] }),
};
export const leavesSomethingUncovered: Case = {
  ...readsTheLogin,
  id: 'leaves-something',
  topic: 'session-timeout',
  judge: (seen) => ({ ...readsTheLogin.judge(seen), uncovered: ['the absolute limit'] }),
};
export const throws: Case = {
  ...base,
  id: 'throws',
  topic: 'input-validation',
  observe: async (probe) => {
    probe.record('begun', 'panel', null);
    throw new TypeError('cannot read\nthe page');
  },
  judge: () => ({ verdict: 'PASS', decided: 'automatic', because: '', uncovered: [], evidence: ['throws/1'] }),
};
export const swallowsItsBudget: Case = {
  ...base,
  id: 'swallows-its-budget',
  topic: 'account-management',
  observe: async (probe) => {
    for (let count = 0; count < 5; count += 1) {
      const outcome = await probe.login.attempt('password', { password: `guess-${count}` }).catch(() => undefined);
      probe.record('attempt', 'password', outcome?.kind ?? 'nothing');
    }
  },
  judge: ({ observations }) => ({
    verdict: 'PASS',
    decided: 'automatic',
    because: 'Nothing got in.',
    uncovered: [],
    evidence: observations.map((seen) => seen.id),
  }),
};
export const disturbs: Case = {
  ...readsTheLogin,
  id: 'disturbs',
  topic: 'authentication-value-change',
  effect: 'disturbing',
};
export const destroys: Case = { ...readsTheLogin, id: 'destroys', topic: 'erase-device-data', effect: 'destructive' };
export const neverReady: Case = {
  ...readsTheLogin,
  id: 'never-ready',
  topic: 'secure-boot',
  ready: () => ({ ok: false, because: 'no image was given' }),
};

/** Ends the product while it is assessed. */
export const kills = (close: () => Promise<void>): Case => ({
  ...readsTheLogin,
  id: 'kills',
  topic: 'resilience',
  observe: async (probe) => {
    probe.record('before', 'panel', true);
    await close();
  },
});
