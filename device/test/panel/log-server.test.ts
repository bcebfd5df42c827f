import assert from 'node:assert/strict';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { LogServer } from '../../src/logging/forwarding/decide.ts';
import { bench, Browser, setUp } from './bench.ts';

/** The form by which the log is sent to a server of the owner's: who may, and what it takes. */

const PRINT = 'AB:'.repeat(31) + 'AB';
const ON = { forward: 'on', host: 'logs.example', port: '6514', fingerprint: PRINT };
const OFF = { forward: 'off', host: '', port: '6514', fingerprint: '' };

async function home() {
  let server: LogServer | undefined;
  const forwarding = { server: () => server, choose: (next: LogServer | undefined) => void (server = next) };
  const made = await bench({ declaration, forwarding });
  return { made, owner: await setUp(made.app), server: () => server };
}
const ask = (who: Browser, form: Record<string, string>) => who.submit('/safety', '/safety/log-server', form);

test('the-log-goes-nowhere-until-the-owner-names-a-server-and-ends-when-they-say-so', async (t) => {
  const { made, owner, server } = await home();
  t.after(() => made.app.close());
  assert.equal(server(), undefined);
  assert.match((await owner.get('/safety')).body, /Send the log there/);
  assert.equal((await ask(owner, ON)).statusCode, 303);
  assert.deepEqual(server(), { host: 'logs.example', port: 6514, fingerprint: 'ab'.repeat(32) });
  const page = (await owner.get('/safety')).body;
  assert.match(page, /logs\.example[^]*Stop sending the log/);
  assert.equal((await ask(owner, OFF)).statusCode, 303);
  assert.equal(server(), undefined);
  const kinds = made.store.events(20).filter(({ kind }) => kind === 'setting-changed');
  assert.deepEqual(
    kinds.map(({ detail }) => detail['function']),
    ['set-log-server', 'set-log-server'],
  );
});

test('what-is-no-place-or-no-fingerprint-changes-nothing-and-is-said', async (t) => {
  const { made, owner, server } = await home();
  t.after(() => made.app.close());
  for (const wrong of [
    { host: 'http://x' },
    { host: '' },
    { fingerprint: 'ab' },
    { port: '0' },
    { forward: 'maybe' },
  ]) {
    const answer = await ask(owner, { ...ON, ...wrong });
    assert.equal(answer.statusCode, 422, JSON.stringify(wrong));
  }
  assert.match((await ask(owner, { ...ON, fingerprint: 'ab' })).body, /no SHA-256 fingerprint/);
  assert.equal(server(), undefined);
});

test('nobody-but-the-owner-sends-the-log-anywhere', async (t) => {
  const { made, owner, server } = await home();
  t.after(() => made.app.close());
  assert.equal((await owner.post('/safety/log-server', ON)).statusCode, 403, 'not from another page');
  const stranger = new Browser(made.app);
  assert.notEqual((await stranger.post('/safety/log-server', ON)).statusCode, 303);
  assert.equal(server(), undefined);
});
