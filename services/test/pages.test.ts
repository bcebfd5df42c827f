import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ServicesFault } from '../src/faults.ts';
import { placesOf } from '../src/publications/site.ts';
import { languageOf } from '../src/front/language.ts';
import { bench, call, type TestBench } from './bench.ts';
import { declarationOf } from './declaration.ts';

describe('public pages', () => {
  let b: TestBench;
  before(async () => {
    b = await bench([declarationOf('hub'), declarationOf('lamp')]);
  });
  after(() => b.end());

  it('publishes-every-declared-page-in-both-languages', async () => {
    const paths = [...placesOf([declarationOf('hub'), declarationOf('lamp')]).keys()];
    assert.ok(paths.includes('/security') && paths.includes('/products/lamp/check'));
    for (const path of paths)
      for (const language of ['en', 'ms']) {
        const answer = await call(b.services, `${path}?lang=${language}`);
        assert.equal(answer.status, 200, path);
        assert.match(answer.body, new RegExp(`<html lang="${language}"`), path);
        assert.equal((await call(b.services, `${path}.json`)).status, 200, path);
      }
  });

  it('shows-support-period-and-contact-as-declared', async () => {
    const page = await call(b.services, '/products/hub');
    assert.match(page.body, /TH-1/);
    assert.match(page.body, /2032/);
    const twin = JSON.parse((await call(b.services, '/products/hub.json')).body) as {
      support: { until: string };
      disclosure: { acknowledgeWithinDays: number };
    };
    assert.equal(twin.support.until, '2032-12-31');
    assert.equal(twin.disclosure.acknowledgeWithinDays, 5);
    assert.match((await call(b.services, '/security')).body, /security@example\.com/);
  });

  it('leads-whoever-has-no-device-any-more-to-what-is-kept-of-them', async () => {
    for (const path of ['/products/hub/delete-my-data', '/products/hub/privacy']) {
      const { body } = await call(b.services, path);
      const [, address = ''] = /<a href="([^"]*)">Open your data with your code/.exec(body) ?? [];
      assert.equal(address, '/account', path);
    }
    let entrance = await call(b.services, '/account');
    for (let hops = 0; entrance.headers.location !== undefined && hops < 3; hops++)
      entrance = await call(b.services, String(entrance.headers.location));
    assert.equal(entrance.status, 200);
    assert.match(entrance.body, /name="code"/);
  });

  it('publishes-security-txt-that-expires-within-a-year', async () => {
    const { status, headers, body } = await call(b.services, '/.well-known/security.txt');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/plain; charset=utf-8/);
    assert.match(body, /^Contact: mailto:security@example\.com\r$/m);
    const expires = Date.parse(/^Expires: (.+)\r$/m.exec(body)?.[1] ?? '');
    const ahead = expires - b.clock.now();
    assert.ok(ahead > 90 * 86_400_000 && ahead < 365 * 86_400_000);
    assert.match(body, new RegExp(`^Canonical: ${b.services.site}/.well-known/security.txt\r$`, 'm'));
  });

  it('tells-nothing-of-itself', async () => {
    for (const path of ['/products/hub', '/console/login', '/none', '/.well-known/est/cacerts']) {
      const { headers, body } = await call(b.services, path);
      assert.equal(headers['server'], undefined);
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.match(String(headers['content-security-policy']), /default-src 'self'/);
      assert.match(String(headers['strict-transport-security']), /max-age/);
      assert.doesNotMatch(body, /fastify|node\.js/i);
    }
  });

  it('answers-errors-alike', async () => {
    const missing = await call(b.services, '/none');
    assert.equal(missing.status, 404);
    assert.match(missing.body, /<html lang="en"/);
    const malformed = await call(b.services, '/products/%zz');
    assert.ok([400, 404].includes(malformed.status));
    assert.doesNotMatch(malformed.body, /at \w+ \(|node_modules/);
    const large = await call(b.services, '/console/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a'.repeat(5000),
    });
    assert.equal(large.status, 413);
  });

  it('is-kept-by-its-hash', async () => {
    const first = await call(b.services, '/products/hub');
    assert.match(String(first.headers['cache-control']), /^public/);
    const again = await call(b.services, '/products/hub', {
      headers: { 'if-none-match': String(first.headers['etag']) },
    });
    assert.equal(again.status, 304);
    const other = await call(b.services, '/products/hub?lang=ms');
    assert.notEqual(other.headers['etag'], first.headers['etag']);
  });

  it('reads-what-the-browser-prefers', () => {
    assert.equal(languageOf({}, 'fr, ms-MY;q=0.8, en;q=0.5'), 'ms');
    assert.equal(languageOf({}, 'ms;q=0, en;q=0.1'), 'en');
    assert.equal(languageOf({ lang: 'en' }, 'ms'), 'en');
    assert.equal(languageOf({ lang: ['ms'] }, undefined), 'en');
  });

  it('refuses-products-that-claim-one-page', () => {
    const [one, other] = [declarationOf('hub'), declarationOf('lamp')];
    const clash = { ...other, userInformation: { ...other.userInformation, setup: one.userInformation.setup ?? '' } };
    assert.throws(
      () => placesOf([one, clash]),
      (error) => error instanceof ServicesFault && error.code === 'declarations-collide',
    );
    const reserved = { ...one, userInformation: { ...one.userInformation, privacy: '/console' } };
    assert.throws(
      () => placesOf([reserved]),
      (error) => error instanceof ServicesFault && error.code === 'declaration-invalid',
    );
  });
});
