import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DeclaredKey, recipientNow, sealParcel, SIGNATURES } from '@hearthward/protocol';
import { hearthward, scratch } from './command.ts';

/** EN 303 645 5.8-2, G044 6.8.2: a party makes its key, and opens what is whole, new and of its sender. */

test('a-party-opens-what-was-sealed-to-its-key-and-refuses-line-by-line-what-somebody-made-of-it', async (t) => {
  const dir = scratch(t);
  const at = (name: string): string => join(dir, name);
  const made = await hearthward('privacy', 'sealing-key', '--out', at('care.pem'), '--days', '30');
  assert.equal(made.code, 0, made.error);
  assert.equal(statSync(at('care.pem')).mode & 0o777, 0o600);
  const row = JSON.parse(made.out) as DeclaredKey;
  assert.ok(!made.out.includes('PRIVATE'));
  const recipient = recipientNow([row], Date.now());
  assert.ok(recipient);

  const sender = () => generateKeyPairSync(SIGNATURES.ed25519.key.type).privateKey;
  const own = sender();
  const place = { product: 'hub', item: 'presence', subject: 'A'.repeat(22) };
  const said = { at: '2026-06-01T00:00:00.000Z', fields: { movements: 7 } };
  const line = (n: number, by = own) => ({
    v: 1,
    ...place,
    parcel: sealParcel({ party: 'care', recipient }, place, n, said, by),
  });
  const write = (name: string, lines: readonly unknown[]): string => {
    writeFileSync(
      at(name),
      lines.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join(''),
    );
    return at(name);
  };
  const open = (file: string, ...more: readonly string[]) =>
    hearthward('privacy', 'open', file, '--key', at('care.pem'), ...more);

  const first = await open(write('one.jsonl', [line(1), line(2)]), '--seen', at('seen.json'));
  assert.deepEqual([first.code, first.error], [0, '']);
  assert.deepEqual(
    first.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as unknown),
    [1, 2].map((n) => ({ ...place, n, ...said })),
  );
  assert.equal(statSync(at('seen.json')).mode & 0o777, 0o600);

  const second = line(2);
  const mixed = [second, line(4), line(3), line(5, sender()), { ...line(6), item: 'video' }, 'no JSON'];
  const ended = await open(write('two.jsonl', mixed), '--seen', at('seen.json'));
  assert.equal(ended.code, 65);
  assert.deepEqual(
    ended.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as unknown),
    [{ ...place, n: 4, ...said, missing: 1 }],
  );
  const codes = [...ended.error.matchAll(/^hearthward: line (\d) is refused: .* \(([a-z-]+)\)$/gm)];
  assert.deepEqual(
    codes.map(([, n, code]) => `${n} ${code}`),
    ['1 replayed', '3 out-of-order', '4 other-sender', '5 forged', '6 not-a-record'],
  );
  assert.match(ended.error, /\nhearthward: 5 of 6 values were refused\n$/);

  writeFileSync(at('text.pem'), 'no key');
  writeFileSync(at('broken.json'), '{}');
  const wrong = await Promise.all([
    hearthward('privacy', 'open', at('one.jsonl'), '--key', at('text.pem')),
    open(at('one.jsonl'), '--seen', at('broken.json')),
    hearthward('privacy', 'sealing-key', '--out', at('care.pem')),
    hearthward('privacy', 'sealing-key', '--out', at('x.pem'), '--suite', 'constructor'),
  ]);
  assert.deepEqual(
    wrong.map(({ code, out }) => [code, out]),
    [
      [65, ''],
      [65, ''],
      [65, ''],
      [64, ''],
    ],
  );
  for (const { error } of wrong) assert.match(error, /^hearthward: [^\n]+\n$/);
  assert.match(readFileSync(at('care.pem'), 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
});
