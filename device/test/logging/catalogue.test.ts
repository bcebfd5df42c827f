import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { entryOf, EVENT_KINDS, type EventDetails, type EventKind } from '../../src/logging/catalogue.ts';
import { WITHHELD } from '../../src/logging/fields.ts';
import { record } from '../../src/logging/record.ts';

/** What people type, and what programs hand about: none of it is of a shape that a detail may have. */
const SECRETS = [
  'Correct horse 7 battery!',
  'aunt.rosalinde@example.net',
  'Rosalinde',
  'Mak Cik Röslé',
  'q7_Zr0cK3kqJ8vWq0uY2m4nB6xT1sD9fG5hL7pE0aRc',
  'q8Zt0XvRk2mWcYb4',
  'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvd25lciJ9',
  'd'.repeat(64),
  'admin\n2026-11-26T00:00:00Z login-succeeded',
  '',
  '../../etc/shadow',
  '<script>',
] as const;

const anyKind = fc.constantFrom(...EVENT_KINDS);
/** Code that passes the wrong thing: any field, declared or not, holds something that somebody typed. */
const written = (kind: EventKind, detail: Readonly<Record<string, unknown>>) =>
  record(kind, detail as EventDetails[EventKind], 0);

test('what-somebody-typed-is-withheld-from-whatever-field-it-is-put-in', () => {
  fc.assert(
    fc.property(anyKind, fc.constantFrom(...SECRETS), (kind, secret) => {
      const fields = entryOf(kind).detail;
      const planted = Object.keys(fields);
      const detail = { ...Object.fromEntries(planted.map((name) => [name, secret])), typed: secret, name: secret };
      const event = written(kind, detail);
      assert.deepEqual(event.detail, Object.fromEntries(planted.map((name) => [name, WITHHELD])));
    }),
  );
});

test('only-details-of-the-catalogue-are-written-each-in-its-shape', () => {
  fc.assert(
    fc.property(anyKind, fc.dictionary(fc.string(), fc.anything()), (kind, detail) => {
      const fields = entryOf(kind).detail;
      const filled = {
        ...Object.fromEntries(Object.keys(fields).map((name) => [name, Object.values(detail)[0]])),
        ...detail,
      };
      const event = written(kind, filled);
      for (const [name, value] of Object.entries(event.detail)) {
        assert.ok(Object.hasOwn(fields, name), `${kind} has no ${name}`);
        assert.ok(typeof value === 'string' ? value.length <= 80 : Number.isSafeInteger(value), `${kind}.${name}`);
      }
    }),
  );
});

test('what-the-device-knows-itself-is-written-as-it-is', () => {
  assert.deepEqual(record('login-throttled', { by: 'account', waitSeconds: 30 }, 0), {
    at: '1970-01-01T00:00:00.000Z',
    kind: 'login-throttled',
    detail: { by: 'account', waitSeconds: 30 },
  });
  const update = { version: '2.1.0-rc.1+7', number: 12, because: 'not-signed' };
  assert.deepEqual(record('update-refused', update, 0).detail, update);
  assert.deepEqual(record('update-refused', {}, 0).detail, {});
  for (const listener of ['[::]:8443', '127.0.0.1:8443', 'udp 0.0.0.0:5353']) {
    const detail = { listener, because: 'not-declared', closed: 'yes' };
    assert.deepEqual(record('exposure-drift', detail, 0).detail, detail);
  }
  for (const outcome of ['version 1.4.0, up 12 s', '40 sent', 'done', 'not possible here']) {
    const detail = { id: '0123456789abcdef', command: 'send-log', outcome };
    assert.deepEqual(record('remote-command', detail, 0).detail, detail);
  }
});
