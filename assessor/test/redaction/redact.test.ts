import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readForms } from '../../src/observe/login/forms.ts';
import { createRedactor } from '../../src/observe/redaction/redact.ts';

test('removes a registered secret in every form that a protocol gives it', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme' }),
      fc.string({ maxLength: 5 }),
      (secret, lead) => {
        fc.pre(
          secret.trim() === secret &&
            secret.length >= 6 &&
            !/^\[redacted|redacted/.test(secret) &&
            !/^[0-9a-f]{1,8}$/.test(secret),
        );
        const redactor = createRedactor(Buffer.alloc(32));
        redactor.secret(secret);
        const raw = Buffer.from(secret);
        const forms = [
          secret,
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
          raw.toString('hex'),
          raw.toString('base64'),
          raw.toString('base64url'),
        ];
        for (const form of forms) {
          assert.ok(!redactor.text(`${lead}|${form}|`).includes(form), form);
          assert.ok(!Buffer.from(redactor.bytes(Buffer.from(`${lead}|${form}|`))).includes(form), form);
        }
        const inside = Buffer.from(`${lead}${secret}:x`).toString('base64');
        assert.notEqual(redactor.text(inside), inside);
      },
    ),
    { numRuns: 200 },
  );
});

test('gives equal secrets equal tags, others other tags, and another run other tags', () => {
  const redactor = createRedactor();
  redactor.secret('session-one');
  redactor.secret('session-two');
  assert.equal(redactor.text('session-one'), redactor.text('session-one'));
  assert.notEqual(redactor.text('session-one'), redactor.text('session-two'));
  const other = createRedactor();
  other.secret('session-one');
  assert.notEqual(other.text('session-one'), redactor.text('session-one'));
});

test('removes session identifiers by the thousand', () => {
  const redactor = createRedactor();
  const ids = Array.from({ length: 5000 }, (_none, at) => `s%3A${String(at).padStart(24, 'x')}.${'y'.repeat(20)}${at}`);
  for (const id of ids) redactor.session(id);
  for (const id of ids.slice(-50)) assert.ok(!redactor.text(`<p>${id}</p> ?sid=${id}`).includes(id.slice(4, 28)));
  redactor.session('short-id');
  assert.ok(!redactor.text('sid is short-id.').includes('short-id'));
});

test('removes what stands in a secret place, though nobody registered it', () => {
  const redactor = createRedactor();
  const places = [
    'Authorization: Bearer abc.def.SECRETX',
    'authorization: SECRETX',
    'cookie: a=SECRETX; b=SECRETX',
    'Set-Cookie: sid=SECRETX; HttpOnly',
    '{"password" : "SECRETX", "access_token":"SECRETX"}',
    'user=me&new_password=SECRETX&x=1',
    '/reset?token=SECRETX',
    '<input type="hidden" name="form" value="SECRETX">',
    "<input value='SECRETX' type=password>",
  ];
  for (const place of places)
    assert.ok(!redactor.text(place).includes('SECRETX'), `${place} -> ${redactor.text(place)}`);
  assert.equal(redactor.text('Set-Cookie: sid=; Max-Age=0'), 'Set-Cookie: sid=; Max-Age=0');
});

test('leaves bytes that are no text as they are, and what holds no secret', () => {
  const redactor = createRedactor();
  redactor.secret('long-enough');
  const bytes = Buffer.from([0, 255, 128, 10, 13, 200, 1]);
  assert.deepEqual(Buffer.from(redactor.bytes(bytes)), bytes);
  assert.equal(redactor.text('Straße ☕ x=1'), 'Straße ☕ x=1');
  assert.deepEqual(redactor.data({ a: ['long-enough', 1, null], 'long-enough': true }), {
    a: [redactor.text('long-enough'), 1, null],
    [redactor.text('long-enough')]: true,
  });
});

test('takes half of a surrogate pair, as hostile inputs have it, for a secret', () => {
  const redactor = createRedactor();
  for (const half of ['long-\ud800-enough', 'long-enough-\udfff']) {
    redactor.secret(half);
    redactor.listed(`${half}!`);
    const sent = Buffer.from(half).toString('utf8');
    for (const form of [sent, encodeURIComponent(sent), Buffer.from(sent).toString('hex')])
      assert.ok(!redactor.text(`x=${form}`).includes(form), form);
  }
});

test('removes the passwords of a batch as they are written, and in an address', () => {
  const redactor = createRedactor();
  for (let at = 0; at < 2000; at += 1) redactor.listed(`batch pass/${at}`);
  assert.doesNotMatch(redactor.text('serial 7: batch pass/1999; ?p=batch%20pass%2F12&q=1'), /batch.*pass.*\d/);
});

test('reads a page of nothing but beginnings in one pass', () => {
  const redactor = createRedactor();
  redactor.secret('long-enough');
  const page = '<input '.repeat(140_000);
  assert.equal(redactor.text(`${page}long-enough`), `${page}${redactor.text('long-enough')}`);
  for (const hostile of [page, '<form>'.repeat(20_000), '<!--'.repeat(200_000), '<script '.repeat(100_000)])
    assert.ok(readForms(hostile).length <= 20_000);
});
