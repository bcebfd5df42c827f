import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERASURE_TYPE } from '@hearthward/protocol';
import { systemClock } from '@hearthward/services/desk';
import { openAuthority } from '../../services/src/authority/authority.ts';
import { confirmationOf } from '../../services/src/privacy/erasure/confirm.ts';
import { beginErasure } from '../../services/src/privacy/erasure/decide.ts';
import { hearthward, scratch } from './command.ts';

const ONE_LINE = /^hearthward: [^\n]+\n$/;

test('a-confirmation-is-told-in-plain-words-and-a-forged-one-is-refused-with-its-reason', async (t) => {
  const dir = scratch(t);
  const authority = await openAuthority(join(dir, 'authority'), systemClock);
  const now = Date.now();
  const order = {
    id: 'A'.repeat(22),
    subjects: ['s'.repeat(22)],
    askedBy: { who: 'device', deviceId: 'hub01' },
    askedAt: now,
    undoUntil: now,
  } as const;
  const { state } = beginErasure(order, [{ place: 'device:hub01' }, { place: 'party:payments' }], now);
  const places = state.places.map((each) => {
    if (each.place === 'backups') return { ...each, state: 'unreadable' as const, until: Date.UTC(2099, 0, 1) };
    if (each.place !== 'party:payments') return { ...each, state: 'erased' as const };
    return { ...each, state: 'held' as const, until: Date.UTC(2098, 0, 1), because: 'Income Tax Act' };
  });
  const concerns = { manufacturer: 'Example Appliances', product: 'Hub', devices: [], parties: [] };
  const good = confirmationOf('erased', { ...state, places }, concerns, now, await authority.confirming());
  const roots = join(dir, 'roots.pem');
  writeFileSync(roots, authority.anchorsPem());
  const verify = (name: string, value: object | string, by = roots) => {
    const file = join(dir, name);
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    return hearthward('privacy', 'verify', file, '--roots', by);
  };

  const told = await verify('good.json', good);
  assert.equal(told.code, 0, told.error);
  assert.match(told.out, /^True: Example Appliances confirms for Hub the erasure A+,\n/);
  assert.match(told.out, /\n {2}keys +erased /);
  assert.match(told.out, /\nRemains in backups until 2099-01-01T00:00:00.000Z\.\n/);
  assert.match(told.out, /\n {2}party payments +kept by law until 2098-01-01T00:00:00.000Z: Income Tax Act\n/);

  const elsewhere = await openAuthority(join(dir, 'elsewhere'), systemClock);
  const others = join(dir, 'others.pem');
  writeFileSync(others, elsewhere.anchorsPem());
  writeFileSync(join(dir, 'empty.pem'), '');
  const other = Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(good.payload, 'base64').toString()) as object), product: 'Lamp' }),
  );
  const refused = await Promise.all([
    verify('payload.json', { ...good, payload: other.toString('base64') }),
    verify('type.json', { ...good, payloadType: `${ERASURE_TYPE}x` }),
    verify('roots.json', good, others),
    verify('no-roots.json', good, join(dir, 'empty.pem')),
    verify('text.json', 'no JSON'),
  ]);
  for (const [index, code] of [
    'signature-wrong',
    'other-type',
    'not-of-the-roots',
    'no certificate',
    'no JSON',
  ].entries()) {
    const ended = refused[index];
    assert.deepEqual([ended?.code, ended?.out], [65, '']);
    assert.match(ended?.error ?? '', ONE_LINE);
    assert.ok(ended?.error.includes(code), code);
  }
});

test('erasures-and-backups-are-asked-of-services-that-run', async (t) => {
  const data = join(scratch(t), 'data');
  const ended = await Promise.all([
    hearthward('privacy', 'erasures', '--data', data),
    hearthward('privacy', 'dropped', '--data', data),
    hearthward('services', 'backups', '--data', data),
    hearthward('services', 'backup', '--data', data, '--out', data, '--keep-days', '0', '--who', 'Alice'),
    hearthward('services', 'restore', join(data, 'none'), '--data', data, '--who', 'Alice'),
  ]);
  for (const { code, error } of ended) {
    assert.equal(code, 65);
    assert.match(error, ONE_LINE);
  }
});
