import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { confirmationIn } from '../../../src/observe/manufacturer/confirmation.ts';
import { selfSigned } from '../../certificate.ts';

const TYPE = 'application/vnd.example.erasure+json';
const PLACES = [{ place: 'services', state: 'erased' }];
const { key, certificate } = selfSigned('Lamps Ltd');

const read = (text: string, roots = certificate, now = Date.parse('2026-11-21')) =>
  confirmationIn({ ok: true, text }, roots, now);
function envelope(statement: unknown = { places: PLACES }, type = TYPE, more: object = {}): string {
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} ${payload.length} `), payload]);
  const sig = sign('sha256', signed, createPrivateKey(key)).toString('base64');
  return JSON.stringify({
    payloadType: type,
    payload: payload.toString('base64'),
    signatures: [{ keyid: '', sig }],
    certificates: [certificate],
    ...more,
  });
}
const facts = (text: string, roots = certificate, now?: number) => {
  const found = read(text, roots, now);
  return found.kind === 'read' ? [found.signed, found.ofTheRoots] : found.kind;
};

test('a-confirmation-of-the-manufacturer-is-known-as-one', () => {
  assert.deepEqual(facts(envelope()), [true, true]);
  const found = read(envelope());
  assert.deepEqual(found.kind === 'read' && found.places, PLACES);
});

test('a-confirmation-of-somebody-else-or-of-another-text-is-none-of-the-manufacturer', () => {
  const other = selfSigned('Lamps Ltd').certificate;
  assert.deepEqual(facts(envelope(), other), [true, false], 'a root of the same name');
  assert.deepEqual(facts(envelope(undefined, TYPE, { certificates: [other] })), [false, false], 'another key');
  assert.deepEqual(facts(envelope(undefined, 'text/plain')), [false, true], 'signed as another type');
  const altered = Buffer.from(JSON.stringify({ places: [] })).toString('base64');
  assert.deepEqual(facts(envelope(undefined, TYPE, { payload: altered })), [false, true], 'another text');
  assert.deepEqual(facts(envelope(), certificate, Date.parse('2199-01-01')), [true, false], 'a root that has ended');
  assert.deepEqual(facts(envelope(), ''), [true, false], 'no root');
});

test('what-is-no-confirmation-is-none', () => {
  assert.deepEqual(read(''), { kind: 'none' });
  for (const text of [
    '{}',
    'gone, promised',
    'null',
    envelope({ done: true }),
    envelope(undefined, TYPE, { certificates: [] }),
  ])
    assert.equal(read(text).kind, 'unreadable', text);
  assert.equal(confirmationIn({ ok: false, because: 'the command ended with 1' }, certificate, 0).kind, 'unreadable');
  assert.deepEqual(facts(envelope(undefined, TYPE, { certificates: ['no certificate'] })), [false, false]);
});
