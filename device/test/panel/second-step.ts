import assert from 'node:assert/strict';
import type { AccountsState } from '../../src/access/accounts.ts';
import { codeAt, stepAt } from '../../src/access/factors/totp.ts';
import { newAuthenticator } from '../stand-in/authenticator.ts';
import { OWN, type Bench, type Browser } from './bench.ts';

/** A person who has a second step: an app, a passkey, and codes on paper. */

export const HOST = 'localhost:8443';
export const factors = (it: Bench) => (it.store.read('accounts') as AccountsState | undefined)?.accounts[0]?.factors;
export const kinds = (it: Bench) => it.store.events(50).map(({ kind }) => kind);

export const secretOn = (page: string): string =>
  (/<code class="secret">([A-Z2-7 ]+)</.exec(page)?.[1] ?? '').replaceAll(' ', '');
export const codesOn = (page: string): readonly string[] =>
  [...page.matchAll(/<li><code>([a-z0-9-]+)<\/code>/g)].map(([, code]) => code ?? '');
export const codeNow = (it: Bench, secret: string, offset = 0): string =>
  codeAt(secret, stepAt(it.context.clock.now()) + offset);

/** Sets an app up; gives its secret and the recovery codes. */
export async function withApp(it: Bench, owner: Browser) {
  const begun = await owner.submit('/security', '/security/code', { current: OWN });
  assert.equal(begun.headers.location, '/security/code');
  const secret = secretOn((await owner.get('/security/code')).body);
  const done = await owner.submit('/security/code', '/security/code/confirm', { code: codeNow(it, secret) });
  assert.equal(done.statusCode, 200);
  return { secret, codes: codesOn(done.body), page: done.body };
}

export async function withPasskey(owner: Browser, name = 'Phone') {
  const begun = await owner.submit('/security', '/security/passkey', { current: OWN, name });
  assert.equal(begun.headers.location, '/security/passkey');
  const page = (await owner.get('/security/passkey')).body;
  const authenticator = newAuthenticator();
  const answer = authenticator.register(askedOn(page));
  const done = await owner.submit('/security/passkey', '/security/passkey/confirm', { passkey: answer });
  return { authenticator, done, answer };
}
const unescaped = (text: string): string => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** What the page asks a passkey for. */
export const askedOn = (page: string) => {
  const options = JSON.parse(unescaped(/data-options="([^"]*)"/.exec(page)?.[1] ?? '')) as {
    challenge: string;
    rp?: { id: string };
    rpId?: string;
  };
  return { challenge: options.challenge, origin: `https://${HOST}`, rpId: options.rp?.id ?? options.rpId ?? '' };
};
