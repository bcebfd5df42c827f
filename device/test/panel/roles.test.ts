import { test } from 'node:test';
import assert from 'node:assert/strict';
import declaration from '@hearthward/example-hub';
import { accessTable, mayCall, ROLES, type Role } from '../../src/access/accounts.ts';
import { passwordRecord } from '../../src/access/passwords/record.ts';
import { bench, Browser, LIGHT, OWN, setUp } from './bench.ts';

/** The running panel against the declared access controls: every function, every role, and nobody. */
const TABLE = accessTable(declaration);

/** Of a device that was never checked. */
const NEVER_ASKED = {
  offered: true,
  self: () => [],
  ask: async () => 'not-now' as const,
  last: () => undefined,
} as const;

async function household() {
  const made = await bench({ declaration, setupCheck: NEVER_ASKED });
  const owner = await setUp(made.app);
  const password = await passwordRecord(OWN, new Uint8Array(16), LIGHT);
  const before = made.store.read('accounts') as { accounts: { name: string }[] };
  const others = ROLES.filter((role) => role !== 'owner').map((role) => ({ name: role, role, password, previous: [] }));
  made.store.write('accounts', { accounts: [...before.accounts, ...others] });
  const people = new Map<Role, Browser>([['owner', owner]]);
  for (const { role } of others) {
    const browser = new Browser(made.app, `192.0.2.${people.size + 10}`);
    assert.equal((await browser.logIn(OWN, role)).statusCode, 303);
    people.set(role, browser);
  }
  return { ...made, people };
}

const httpFunctions = declaration.externalFunctions.flatMap((each) =>
  each.request.transport === 'http' ? [{ ...each, request: each.request }] : [],
);

/** A call as a page of the panel makes it, with nothing in it that does any good: who may call gets past the guard, and no further. */
async function call(who: Browser, each: (typeof httpFunctions)[number]): Promise<number> {
  const { method, path, encoding } = each.request;
  if (method === 'GET') return (await who.get(path)).statusCode;
  if (encoding === 'multipart') {
    const token = /name="_csrf" value="([^"]*)"/.exec((await who.get('/')).body)?.[1] ?? '';
    const body = ['--mark', 'Content-Disposition: form-data; name="_csrf"', '', token, '--mark--', ''].join('\r\n');
    return (await who.raw(path, body, { 'content-type': 'multipart/form-data; boundary=mark' })).statusCode;
  }
  return (await who.submit('/', path, { nothing: 'of any good' })).statusCode;
}

test('every-function-answers-each-role-as-the-access-controls-say', async (t) => {
  const { app, people } = await household();
  t.after(() => app.close());
  let allowed = 0;
  for (const each of httpFunctions) {
    for (const [role, browser] of people) {
      const status = await call(browser, each);
      if (mayCall(TABLE, role, each.id)) {
        allowed += 1;
        assert.equal(status, each.kind === 'read' ? 200 : 400, `${role} may call ${each.id}`);
      } else assert.equal(status, 403, `${role} may not call ${each.id}`);
    }
  }
  assert.ok(allowed > 20);
});

test('every-form-is-shown-to-whom-its-function-is-granted', async (t) => {
  const { app, people } = await household();
  t.after(() => app.close());
  const reads = new Map(
    httpFunctions.filter(({ kind }) => kind === 'read').map((each) => [each.request.path, each.id]),
  );
  for (const { id, request } of httpFunctions) {
    if (request.page === undefined) continue;
    for (const [role, browser] of people) {
      const status: number = (await browser.get(request.page)).statusCode;
      assert.equal(status, mayCall(TABLE, role, reads.get(request.page) ?? id) ? 200 : 403, `${role}: ${request.page}`);
    }
  }
});

test('nobody-gets-further-than-the-sign-in', async (t) => {
  const { app, calls } = await household();
  t.after(() => app.close());
  const nobody = new Browser(app, '203.0.113.5');
  await nobody.get('/login');
  for (const { id, request } of httpFunctions) {
    if (request.method === 'GET') {
      const answer = await nobody.get(request.path);
      if (request.path.startsWith('/api/')) assert.equal(answer.statusCode, 401, id);
      else assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/login'], id);
    } else assert.equal((await nobody.submit('/login', request.path, {})).statusCode, 401, id);
  }
  assert.equal(calls.length, 0);
});
