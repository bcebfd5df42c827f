import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { LogEntry } from '../../src/logging/chain/entry.ts';
import { syslogMessage } from '../../src/logging/forwarding/message.ts';
import { Browser, bench, OWN, setUp } from './bench.ts';

/** What people and clients type is planted in every field of every form, and looked for in all that is written of it. */

const MAIL = 'kanari@planted.example';
const PLANTED: readonly (readonly [what: string, typed: string])[] = [
  ['a password', 'Sembilan-Pelita-77'],
  ['a session', 'q8Zt0XvRk2mWcYb4'],
  ['part of a key', 'MHcCAQEEIIzkanariK'],
  ['a name', 'Puteri Kanari'],
  ['an address', '12 Lorong Kanari'],
  ['an e-mail address', MAIL],
];
const forms = declaration.externalFunctions.flatMap(({ id, request }) =>
  request.transport === 'http' && request.method === 'POST' && request.encoding === 'form' ? [{ id, ...request }] : [],
);

const usual = ({ role, example }: (typeof forms)[number]['fields'][number]): string =>
  role === 'current-password' ? OWN : String(example ?? '');

/** Everything that a log, an error output or a syslog server would show. */
const writtenBy = ({ store, faults }: Awaited<ReturnType<typeof bench>>): string => {
  const events = store.events(10_000);
  const entry = { stamp: { boot: 1, up: 0, source: 'host' }, priority: 'notable', seq: 0 } as const;
  return [
    JSON.stringify(events),
    ...events.map((event) => syslogMessage({ ...entry, ...event } as LogEntry, { deviceId: 'd', product: 'hub' })),
    ...faults.map((fault) => inspect(fault, { depth: 9 })),
  ].join('\n');
};

test('nothing that is typed into any field of the panel is found in the log, in what is forwarded, or in a fault', async (t) => {
  const made = await bench({ declaration });
  t.after(() => made.app.close());
  const owner = await setUp(made.app);
  let sent = 0;
  /** answers of a form that was read, whether or not its values were taken */
  let read = 0;
  for (const [what, canary] of PLANTED) {
    const guest = new Browser(made.app, `198.51.100.${sent % 200}`);
    await guest.submit('/login', '/login', { user: canary, password: canary });
    await guest.get(`/${encodeURIComponent(canary)}?q=${encodeURIComponent(canary)}`, {
      'user-agent': canary,
      cookie: `__Host-session=${encodeURIComponent(canary)}`,
    });
    for (const { id, path, page, fields } of forms) {
      if (id === 'factory-reset') continue;
      for (const { name } of fields) {
        const typed = fields.map((each) => [each.name, each.name === name ? canary : usual(each)] as const);
        made.wait(900);
        if ((await owner.get('/')).statusCode !== 200) await owner.logIn();
        const { statusCode } = await owner.submit(page ?? '/', path, Object.fromEntries(typed));
        sent += 1;
        if ([200, 204, 303, 403, 409, 422].includes(statusCode)) read += 1;
      }
      // a field that nobody declared
      await owner.submit(page ?? '/', path, { [canary]: canary });
    }
    const found = writtenBy(made);
    for (const form of [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')]) {
      assert.ok(!found.includes(form), `${what} was written`);
    }
  }
  assert.ok(sent > 100 && read > sent * 0.8, `${read} of ${sent} fields`);
  assert.equal((await owner.get('/')).statusCode, 200, 'the owner was signed in all the while');
  assert.ok(made.store.events(10_000).length > 5, 'there is something to look in');
  assert.ok(!writtenBy(made).includes(OWN));
});

test('the search finds what is there', async (t) => {
  const made = await bench({ declaration });
  t.after(() => made.app.close());
  made.store.appendEvent({
    at: new Date(0).toISOString(),
    kind: 'setting-changed',
    detail: { function: MAIL },
  });
  assert.ok(writtenBy(made).includes(MAIL));
});
