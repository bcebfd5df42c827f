import assert from 'node:assert/strict';
import test from 'node:test';
import { assert as holds, property, string } from 'fast-check';
import { html, Html, raw } from '../src/parts/html.ts';

test('escapes-every-value-in-text-and-in-attributes', () => {
  holds(
    property(string(), (text) => {
      const out = html`<p title="${text}">${text}</p>`.toString();
      const [, title, body] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(out) ?? [];
      assert.equal(read(title), text);
      assert.equal(read(body), text);
    }),
  );
});

test('refuses-to-run-an-address', () => {
  for (const address of [
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '\u0001javascript:x',
  ]) {
    assert.equal(html`<a href="${address}">x</a>`.toString(), '<a href="#">x</a>');
    assert.equal(html`<form action="${address}"></form>`.toString(), '<form action="#"></form>');
  }
  for (const address of [
    '/p/privacy',
    'https://a.example/?b=1',
    'mailto:a@b.example',
    '#here',
    '?lang=ms',
    'tel:+60',
  ]) {
    assert.equal(html`<a href="${address}">x</a>`.toString(), `<a href="${address}">x</a>`);
  }
});

test('refuses-a-value-where-escaping-does-not-help', () => {
  assert.throws(() => html`<input value=${'a onfocus=x'} />`, TypeError);
  assert.throws(
    () =>
      html`<script>
        ${'x'};
      </script>`,
    TypeError,
  );
  assert.throws(
    () =>
      html`<style>
        a {
          color: ${'x'};
        }
      </style>`,
    TypeError,
  );
});

test('shows-parts-once-and-nothing-for-absent-ones', () => {
  const part = html`<b>${'&'}</b>`;
  assert.equal(html`${part}${[part, 1, false, undefined, null]}`.toString(), '<b>&amp;</b><b>&amp;</b>1');
  assert.equal(raw`<hr>`.toString(), '<hr>');
});

test('refuses-markup-made-elsewhere', () => {
  assert.throws(() => new Html(Symbol('forged') as never, '<script>'), TypeError);
});

/** Character references back to characters. */
function read(markup: string | undefined): string | undefined {
  return markup
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
