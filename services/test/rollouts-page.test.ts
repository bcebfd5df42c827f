import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openAccounts } from '../src/operators/accounts.ts';
import { auditTrail } from '../src/operators/audit.ts';
import { PLANNED } from '../src/updates/rollout/decide.ts';
import { USUAL_PLAN } from '../src/updates/rollout/plan.ts';
import { insertRollout, rolloutOf } from '../src/updates/rollout/rows.ts';
import { type Answer, bench, call, type TestBench } from './bench.ts';

describe('page of updates in the console', () => {
  let b: TestBench;
  let password: string;
  let cookie: string;
  const get = (path: string) => call(b.services, path, { headers: { cookie } });
  const post = (path: string, form: Record<string, string>, as = cookie) =>
    call(b.services, path, {
      method: 'POST',
      headers: { cookie: as, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
  const phase = async () => (await rolloutOf(b.services.store.db, 'hub', '1.1.0'))?.state.phase;
  const csrf = async () => csrfIn((await get('/console/updates')).body);
  const put = async (state: object) => {
    await b.services.store.db.deleteFrom('rollouts').execute();
    const kept = { product: 'hub', version: '1.1.0', number: 2, image: 'hub/releases/1.1.0/image.json' };
    const running = { ...PLANNED, phase: 'running', since: b.clock.now(), ...state } as const;
    await insertRollout(
      b.services.store.db,
      { ...kept, salt: '0'.repeat(32), members: [], plan: USUAL_PLAN, state: running, begunBy: 'alice' },
      b.clock.now(),
    );
  };

  before(async () => {
    b = await bench();
    password = await b.services.operators.createOperator('alice');
    const login = await call(b.services, '/console/login');
    const form = { _csrf: csrfIn(login.body), user: 'alice', password };
    cookie = cookiesOf(await post('/console/login', form, cookiesOf(login)));
  });
  after(() => b.end());

  it('shows-nothing-without-a-session-and-says-so-where-nothing-is-on-its-way', async () => {
    assert.equal((await call(b.services, '/console/updates')).status, 303);
    const page = await get('/console/updates');
    assert.equal(page.status, 200);
    assert.match(page.body, /No release is on its way/);
    assert.match((await get('/console/updates?lang=ms')).body, /Tiada keluaran/);
  });

  it('halts-only-for-who-gives-reason-and-password-in-a-form-of-the-session-and-keeps-who-and-why', async () => {
    await put({});
    const halt = '/console/updates/hub/1.1.0/halt';
    const form = { _csrf: await csrf(), reason: 'hubs lose their sensors', password };
    for (const [change, status] of [
      [{ _csrf: 'forged' }, 403],
      [{ password: 'wrong' }, 403],
      [{ reason: 'no' }, 422],
    ] as const) {
      assert.equal((await post(halt, { ...form, ...change })).status, status);
      assert.equal(await phase(), 'running');
    }
    assert.equal((await post(halt, form, '')).status, 303);
    assert.equal(await phase(), 'running');
    const done = await post(halt, form);
    assert.equal(done.status, 200);
    // this folder has no repository: the word is kept, and the page says that devices do not know yet
    assert.match(done.body, /could not be signed yet/);
    assert.match(done.body, /alice halted it/);
    assert.equal(await phase(), 'halted');
    const [entry] = (await auditTrail(b.services.store.db, 10)).filter(({ action }) => action === 'rollout-halted');
    assert.deepEqual([entry?.actor, entry?.subject], ['alice', 'hub 1.1.0']);
    assert.match(entry?.detail ?? '', /hubs lose their sensors/);
    assert.doesNotMatch(JSON.stringify(await auditTrail(b.services.store.db, 50)), new RegExp(password));
    assert.match((await post(halt, form)).body, /halted already/);
  });

  it('guesses-at-the-password-of-a-session-are-slowed-down-as-those-of-a-login', async () => {
    await put({});
    const form = { _csrf: await csrf(), reason: 'hubs lose their sensors' };
    const statuses: number[] = [];
    for (let at = 0; at < 6; at++)
      statuses.push((await post('/console/updates/hub/1.1.0/halt', { ...form, password: `guess${at}` })).status);
    assert.ok(statuses.includes(429), String(statuses));
    assert.equal(await phase(), 'running');
    b.clock.advance(3_600_000);
    const accounts = openAccounts(b.services.store, b.clock);
    assert.ok((await accounts.check('alice', password, { source: '127.0.0.1', device: undefined })).ok);
  });

  it('a-stage-that-the-plan-keeps-for-a-second-person-is-not-approved-by-who-began', async () => {
    const login = await call(b.services, '/console/login');
    cookie = cookiesOf(
      await post('/console/login', { _csrf: csrfIn(login.body), user: 'alice', password }, cookiesOf(login)),
    );
    await put({ phase: 'awaiting-approval', why: { because: 'planned' } });
    const form = { _csrf: await csrf(), reason: 'looked at it closely', password };
    const refused = await post('/console/updates/hub/1.1.0/approve', form);
    assert.equal(refused.status, 409);
    assert.match(refused.body, /Somebody else has to approve it/);
    assert.equal(await phase(), 'awaiting-approval');
    assert.equal((await post('/console/updates/hub/9.9.9/approve', form)).status, 409);
    assert.equal((await post('/console/updates/hub/1.1.0/begin', form)).status, 404);
  });
});

const cookiesOf = ({ headers }: Answer) =>
  ((headers['set-cookie'] ?? []) as string[]).map((cookie) => cookie.split(';')[0] ?? '').join('; ');
const csrfIn = (body: string) => /name="_csrf" value="([^"]+)"/.exec(body)?.[1] ?? '';
