import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Declaration, PersonalData } from '@hearthward/product';
import {
  keysById,
  newRecipientKey,
  nothingSeen,
  openRecord,
  publicOf,
  type SealedParcel,
  TelemetryMessage,
} from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { sealedLine } from '../../src/privacy/ledger/decide.ts';
import { by, DAY, DECLARATION, FIELDS, type HomeBench, ITEMS, NOW, openHome } from './home.ts';

/** EN 303 645 5.8-1, 5.8-2, 6-5, G044 6.8.2: a sealed item leaves core as its party alone can read it, or not at all. */

const SUITE = 'hpke-x25519-chacha20-poly1305';
const own = newRecipientKey(SUITE);
const KEY = { suite: SUITE, publicKey: publicOf(own), from: '2026-01-01', until: '2026-03-01' };
const declarationWith = (sealingKeys: readonly (typeof KEY)[], more: Partial<PersonalData> = {}): Declaration => ({
  ...DECLARATION,
  personalData: [
    ...ITEMS,
    {
      ...(ITEMS[0] as PersonalData),
      id: 'presence',
      sensitive: true,
      recipients: ['Example Care'],
      processedBy: ['the device itself'],
      sealedTo: 'care',
      ...more,
    },
  ],
  telemetryData: [...FIELDS, { ...FIELDS[0]!, id: 'movements', personalData: 'presence' }],
  dataParties: [
    {
      id: 'care',
      name: 'Example Care',
      role: 'third-party',
      where: ['MY'],
      purpose: { en: 'To notice that somebody needs help.' },
      items: ['presence'],
      erases: { how: 'by-request', withinDays: 7 },
      sealingKeys: [...sealingKeys],
    },
  ],
});
/** a value that stands nowhere by chance */
const PLANTED = 86_712_093_551;

interface Waiting {
  readonly fields: Record<string, number>;
  readonly of?: Record<string, string>;
  readonly sealed?: Record<string, SealedParcel>;
}
const waiting = (home: HomeBench) => home.waiting() as readonly Waiting[];
const opened = (message: Waiting | undefined, seen = nothingSeen()) =>
  openRecord(
    {
      v: 1,
      product: DECLARATION.product.id,
      item: 'presence',
      subject: message?.of?.['presence'],
      parcel: message?.sealed?.['presence'],
    },
    keysById([own]),
    seen,
  );
const homeWith = async (declaration: Declaration): Promise<HomeBench> => {
  const home = openHome({ declaration });
  await home.privacy.tick();
  return home;
};

describe('an item that is sealed to a party', () => {
  it('leaves sealed, by a schema that is released, and opens at its party with its number', async () => {
    const home = await homeWith(declarationWith([KEY]));
    home.send(PLANTED);
    home.wait(10_000);
    home.send(PLANTED + 1);
    const messages = waiting(home);
    assert.ok(messages.every((message) => Value.Check(TelemetryMessage, message)));
    assert.deepEqual(
      messages.map(({ fields }) => Object.keys(fields)),
      [
        ['warmth', 'uptime'],
        ['warmth', 'uptime'],
      ],
    );
    const seen = nothingSeen();
    const first = opened(messages[0], seen);
    assert.ok(first.ok);
    assert.deepEqual(first.said, { at: new Date(NOW).toISOString(), fields: { movements: PLANTED } });
    const second = opened(messages[1], seen);
    assert.ok(second.ok);
    assert.equal(second.record.parcel.n, 2);
    assert.equal(opened(messages[0], seen).ok, false);
  });

  it('has its value in no byte of what waits, before and after something is taken back', async () => {
    const home = await homeWith(declarationWith([KEY]));
    home.send(PLANTED);
    const bytes = () => JSON.stringify(home.channel());
    assert.ok(bytes().includes(String(PLANTED)), 'warmth has it too, and goes in the clear');
    home.dispatch({ kind: 'take-back', taken: [{ item: 'climate', fields: ['warmth', 'uptime'] }] });
    assert.ok(waiting(home)[0]?.sealed?.['presence']);
    assert.ok(!bytes().includes(String(PLANTED)));
  });

  it('stays at home where its party has no key that holds, and the rest goes', async () => {
    for (const keys of [[], [{ ...KEY, from: '2026-02-01' }], [{ ...KEY, suite: 'hpke-next' }]]) {
      const home = await homeWith(declarationWith(keys));
      home.send(1);
      assert.deepEqual(
        waiting(home).map(({ fields, sealed }) => [Object.keys(fields), sealed]),
        [[['warmth', 'uptime'], undefined]],
      );
      assert.equal(home.store.read('senders'), undefined);
    }
    const home = await homeWith(declarationWith([KEY]));
    home.wait(60 * DAY);
    await home.privacy.tick();
    home.send(2);
    assert.equal(waiting(home)[0]?.sealed, undefined, 'nor once its last key has ended');
  });

  it('is on the list of what left, with its party and not as something that was read on the way', async () => {
    const home = await homeWith(declarationWith([KEY]));
    home.send(PLANTED);
    home.deliver();
    const lines = home.privacy.ledger().filter(({ field }) => field === sealedLine('presence'));
    assert.deepEqual(
      lines.map(({ recipient, count }) => [recipient, count]),
      [['Example Care', 1]],
    );
    assert.ok(!home.privacy.ledger().some(({ field }) => field === 'movements'));
  });

  it('is taken back from what waits with the consent that it rests on', async () => {
    const consent = { how: 'asked', withdraw: 'switched off', withinSeconds: 0 };
    const home = await homeWith(declarationWith([KEY], { legalBasis: 'consent', consent }));
    home.send(1);
    assert.equal(waiting(home)[0]?.sealed, undefined);
    await home.privacy.decide(by('owner', { presence: true }));
    home.wait(10_000);
    home.send(2);
    assert.ok(waiting(home)[1]?.sealed?.['presence']);
    await home.privacy.decide(by('owner', { presence: false }));
    assert.ok(waiting(home).every(({ sealed }) => sealed === undefined));
    assert.deepEqual(Object.keys(waiting(home)[1]?.fields ?? {}), ['warmth', 'uptime']);
  });

  it('forgets its sender with the person, who is another one to the party afterwards', async () => {
    const home = await homeWith(declarationWith([KEY]));
    home.send(1);
    const [before] = waiting(home);
    const seen = nothingSeen();
    const first = opened(before, seen);
    assert.ok(first.ok);
    assert.equal((home.store.read('senders') as unknown[]).length, 1);
    await home.privacy.erase('owner', 0);
    await home.privacy.goOn();
    assert.deepEqual(home.store.read('senders'), []);
    assert.ok(waiting(home).every(({ sealed }) => sealed === undefined));
    await home.privacy.tick();
    home.wait(10_000);
    home.send(2);
    const after = opened(waiting(home).at(-1), seen);
    assert.ok(after.ok);
    assert.notEqual(after.record.subject, first.record.subject);
    assert.equal(after.record.parcel.n, 1);
    const senders = Object.values(seen.subjects).map(({ by: sender }) => sender);
    assert.equal(new Set(senders).size, 2);
  });
});
