import { test } from 'node:test';
import assert from 'node:assert/strict';
import declaration from '@hearthward/example-hub';
import type { RenewedKey } from '../../src/secrets/renewal.ts';
import { bench, Browser, OWN, setUp } from './bench.ts';

/** The form that has keys made anew: who may send it, and what it says. */

const LABEL_PRINT = '0a'.repeat(32);
const CHANNEL_PRINT = '0c'.repeat(32);

async function home(renew?: (keys: readonly RenewedKey[]) => Promise<void>) {
  const panel = [LABEL_PRINT];
  const renewed: RenewedKey[][] = [];
  const keys = {
    panelFingerprints: () => panel,
    channelFingerprint: () => CHANNEL_PRINT,
    channelAlgorithm: () => 'ecdsa-p384-sha384' as const,
    renew: async (asked: readonly RenewedKey[]) => {
      await renew?.(asked);
      renewed.push([...asked]);
      if (asked.includes('panel')) panel.push(`${panel.length}b`.repeat(32));
    },
  };
  const made = await bench({ declaration, keys });
  return { made, owner: await setUp(made.app), renewed, panel };
}
const ask = (who: Browser, keys: string, current = OWN) => who.submit('/safety', '/safety/keys', { keys, current });

test('keys-are-renewed-for-the-owner-who-gives-the-password', async (t) => {
  const { made, owner, renewed, panel } = await home();
  t.after(() => made.app.close());
  const answer = await ask(owner, 'panel');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(renewed, [['panel']]);
  const told = /id="renewed_keys"[^]*?<\/section>/.exec(answer.body)?.[0] ?? '';
  assert.ok(told.indexOf(LABEL_PRINT) >= 0 && told.indexOf(panel[1] ?? '') > told.indexOf(LABEL_PRINT));
  const later = (await owner.get('/safety')).body;
  assert.ok(later.includes(LABEL_PRINT) && later.includes(panel[1] ?? ''), 'that of the label, and that of now');
  assert.doesNotMatch(later, /renewed_keys/);
  assert.equal((await ask(owner, 'all')).statusCode, 200);
  assert.deepEqual(renewed.slice(1), [['keystore', 'data'], ['panel'], ['channel']]);
});

test('the-owner-reads-what-the-key-of-the-connection-is-of', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  assert.match((await owner.get('/safety')).body, /<code id="connection_algorithm">ecdsa-p384-sha384<\/code>/);
});

test('a-session-alone-renews-no-key', async (t) => {
  const { made, owner, renewed } = await home();
  t.after(() => made.app.close());
  const wrong = await ask(owner, 'all', 'not-Their-password-9');
  assert.equal(wrong.statusCode, 403);
  assert.doesNotMatch(wrong.body, /renewed_keys/);
  assert.equal((await owner.submit('/safety', '/safety/keys', { keys: 'all' })).statusCode, 400);
  assert.equal((await owner.post('/safety/keys', { keys: 'all', current: OWN })).statusCode, 403, 'no form of its own');
  assert.deepEqual(renewed, []);
});

test('no-other-key-is-named-than-those-of-the-form', async (t) => {
  const { made, owner, renewed } = await home();
  t.after(() => made.app.close());
  for (const keys of ['identity', 'machine', '', '__proto__', 'all,panel'])
    assert.equal((await ask(owner, keys)).statusCode, 422, keys);
  assert.deepEqual(renewed, []);
});

test('what-waits-for-the-manufacturer-is-not-called-new', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const { body } = await ask(owner, 'connection');
  assert.match(body, /not yet; the old key stays in use/);
});

test('a-renewal-that-fails-is-told-as-a-fault-and-the-panel-goes-on', async (t) => {
  const full = () => Promise.reject(new Error('no space left'));
  const { made, owner } = await home(full);
  t.after(() => made.app.close());
  const answer = await ask(owner, 'stored');
  assert.equal(answer.statusCode, 500);
  assert.doesNotMatch(answer.body, /no space left/);
  assert.equal(made.faults.length, 1);
  assert.equal((await owner.get('/safety')).statusCode, 200);
});
