import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FOLLOWED } from '../../src/privacy/account/followers.ts';
import { type AccountBench, accountBench, linkOf, newCode, visitor } from './account-bench.ts';

/** EN 303 645 5.11-2, 5.11-4: who has the code erases, takes it back in time, follows it, and ends the account. */

const DAY = 86_400_000;

describe('the end of what is kept of a person', () => {
  let b: AccountBench;
  before(async () => {
    b = await accountBench();
  });
  after(() => b.end());
  let lastAddress = 0;
  const someone = () => visitor(b, `198.51.100.${(lastAddress += 1)}`);
  const signedIn = async (code: string) => {
    const browser = someone();
    assert.equal((await browser.signIn(code)).statusCode, 303);
    return browser;
  };

  it('erases-only-with-the-code-once-more-and-takes-it-back-in-time', async () => {
    const person = await b.person('erase');
    const order = 'e'.repeat(22);
    const browser = await signedIn(person.code);
    const csrf = await browser.csrfOn('/account/erase');
    const form = { _csrf: csrf, order, scope: 'everything' };
    assert.equal((await browser.post('/account/erase', { ...form, code: newCode() })).statusCode, 401);
    const { code: other } = await b.person('erase-other');
    assert.equal(
      (await browser.post('/account/erase', { ...form, code: other })).statusCode,
      401,
      'nor with another’s',
    );
    assert.equal(b.orders.size, 0);
    assert.equal((await browser.post('/account/erase', { ...form, code: person.code })).statusCode, 303);
    const { undoUntil, askedAt, subjects } = b.orders.get(order) ?? assert.fail('not asked');
    assert.deepEqual([undoUntil - askedAt, subjects], [DAY, [person.subject]]);
    await browser.post('/account/erase', { ...form, code: person.code });
    assert.equal(b.orders.size, 1, 'the same form twice is one order');
    assert.match((await browser.get('/account/data')).body, /Until it is done nothing of it is taken or shown/);
    const kept = await browser.post('/account/erase/keep', { _csrf: csrf, order });
    assert.match(kept.body, /Your data stays/);
    assert.equal(b.vault.stateOf(person.subject), 'open');
    assert.equal((await browser.post('/account/erase/keep', { _csrf: csrf, order })).statusCode, 409);
    const stranger = await signedIn(other);
    const theirs = { _csrf: await stranger.csrfOn('/account/erasures'), order };
    assert.equal((await stranger.post('/account/erase/keep', theirs)).statusCode, 409);
  });

  it('lets-whoever-is-erased-follow-it-with-the-code-when-keys-and-links-are-gone', async () => {
    const person = await b.person('follow');
    const browser = await signedIn(person.code);
    const order = 'f'.repeat(22);
    const form = { _csrf: await browser.csrfOn('/account/erase'), order, scope: 'follow', code: person.code };
    await browser.post('/account/erase', form);
    await b.vault.end([person.subject], order);
    assert.equal(b.vault.verifies(linkOf(person.code)), false);
    const asked = b.orders.get(order) ?? assert.fail();
    const at = new Date(b.clock.now()).toISOString();
    const statement = {
      v: 1,
      kind: 'erased',
      id: order,
      manufacturer: 'm',
      product: 'p',
      subjects: [person.subject],
      requestedAt: at,
      at,
      places: [],
    };
    const confirmation = {
      payloadType: 'application/vnd.hearthward.erasure+json' as const,
      payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
      signatures: [{ keyid: 'k', sig: 's' }],
      certificates: ['c'],
    };
    b.orders.set(order, {
      ...asked,
      state: 'under-way',
      places: [{ place: 'keys', state: 'erased', at }],
      confirmations: [confirmation],
    });
    const again = await signedIn(person.code);
    const page = await again.get('/account/erasures');
    assert.match(page.body, /The keys to the data/);
    const file = await again.get(`/account/erasures/${order}/1`);
    assert.deepEqual(JSON.parse(file.body), confirmation);
    for (const path of [`${order}/2`, `${'x'.repeat(22)}/1`, `${order}/0`])
      assert.equal((await again.get(`/account/erasures/${path}`)).statusCode, 404);
    b.orders.set(order, {
      ...asked,
      state: 'erased',
      places: [{ place: 'keys', state: 'erased', at }],
      confirmations: [confirmation, confirmation],
    });
    await b.followers.dropOver();
    assert.equal((await someone().signIn(person.code)).statusCode, 303);
    b.clock.advance(FOLLOWED + DAY);
    await b.followers.dropOver();
    assert.equal((await someone().signIn(person.code)).statusCode, 401, 'nothing is kept of them for ever');
  });

  it('ends-the-account-for-good-and-keeps-the-device-from-linking-it-again', async () => {
    const person = await b.person('end');
    const browser = await signedIn(person.code);
    const csrf = await browser.csrfOn('/account/end');
    assert.equal((await browser.post('/account/end', { _csrf: csrf, code: newCode() })).statusCode, 401);
    assert.equal(b.vault.subjectsOf(person.account).length, 1);
    assert.match((await browser.post('/account/end', { _csrf: csrf, code: person.code })).body, /account has ended/);
    assert.equal((await browser.get('/account/data')).statusCode, 303);
    assert.equal((await someone().signIn(person.code)).statusCode, 401);
    await b.person('end', person.code);
    assert.deepEqual(b.vault.subjectsOf(person.account), []);
  });
});
