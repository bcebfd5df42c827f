import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import test from 'node:test';
import { samplePages } from '../gallery/samples.ts';
import { panelScript, secondStepPage, securityPage, type SecurityView } from '../src/index.ts';

/** The pages of second factors: what they ask for, what they say, and what they keep to themselves. */

const flat = (markup: string): string => markup.replace(/\s+/g, ' ').replace(/ ?\/?>/g, '>');
const page = (path: string): string => flat(samplePages('en')[path]?.() ?? '');
const forms = (markup: string): readonly string[] => markup.match(/<form method="post".*?<\/form>/g) ?? [];

test('asks-for-the-password-in-every-form-that-changes-what-opens-the-account', () => {
  for (const path of ['/security', '/security-on']) {
    const changing = forms(page(path)).filter((form) => /action="\/security/.test(form));
    assert.ok(changing.length >= 2, path);
    for (const form of changing)
      assert.match(form, /name="current" type="password"[^>]*autocomplete="current-password"/);
  }
});

test('says-what-removing-the-last-second-step-means', () => {
  const base = { language: 'en', csrf: 't', addPasskey: { kind: 'here' }, recoveryLeft: 9 } as const;
  const passkey = { id: 'a', name: 'Phone', rpId: 'device.local', addedAt: '2030-01-01T00:00:00Z', cloned: false };
  const last = /This is your only second step/;
  const say = (view: Pick<SecurityView, 'code' | 'passkeys'>) => securityPage({ ...base, ...view });
  assert.match(say({ code: true, passkeys: [] }), last);
  assert.match(say({ code: false, passkeys: [passkey] }), last);
  assert.doesNotMatch(say({ code: true, passkeys: [passkey] }), last);
  assert.doesNotMatch(say({ code: false, passkeys: [passkey, { ...passkey, id: 'b' }] }), last);
});

test('tells-nothing-of-product-or-account-before-the-second-step', () => {
  for (const path of ['/second', '/second-failed', '/second-wait'])
    assert.doesNotMatch(page(path), /hearthward|ST-100|1\.4\.2|version|serial|owner|sign out/i, path);
});

test('shows-a-hostile-name-and-hostile-options-as-text', () => {
  const hostile = `"><script>alert(1)</script>`;
  const passkey = { id: hostile, name: hostile, rpId: hostile, addedAt: '2030-01-01T00:00:00Z', cloned: false };
  const view = { language: 'en', csrf: 't' } as const;
  for (const markup of [
    securityPage({ ...view, code: false, passkeys: [passkey], addPasskey: { kind: 'here' } }),
    secondStepPage({ ...view, code: true, passkey: hostile, failed: false }),
  ])
    assert.doesNotMatch(markup, /<script>/);
});

test('leaves-a-passkey-to-a-script-and-says-so-without-one', () => {
  const markup = page('/second');
  assert.match(markup, /data-passkey="get"[^>]*hidden>/);
  assert.match(markup, /<\/form> <p class="hint">A passkey needs JavaScript/);
  // whoever has no script still has a code
  assert.ok(
    forms(markup).some((form) => /name="code"/.test(form) && !/hidden>/.test(form.slice(0, form.indexOf('>') + 1))),
  );
});

test('keeps-the-script-below-20-kb-compressed', () => {
  assert.ok(gzipSync(panelScript()).length < 20_000);
});
