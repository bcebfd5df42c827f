import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { accountOfCode, type PrivacyWord, topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { openConsents } from '../../src/privacy/consents.ts';
import { eventsOf } from '../../src/telemetry/events.ts';
import { bench, connectDevice, enrol, makeDevice, type TestBench } from '../bench.ts';

/** What devices say of people arrives on their own connection, and what is not theirs changes nothing. */

const subjectOf = () => randomBytes(16).toString('base64url');
const consent = (subject: string, n: number, given: boolean) =>
  ({
    kind: 'consent',
    subject,
    item: 'usage-statistics',
    given,
    by: 'self',
    how: 'set-up',
    notice: '0123456789abcdef',
    language: 'ms',
    n,
  }) as const;

describe('words of devices', () => {
  let b: TestBench;
  const devices: { id: string; client: MqttClient }[] = [];
  let seq = 0;
  before(async () => {
    b = await bench();
    for (let index = 0; index < 2; index++) {
      const device = await makeDevice(b.services);
      const client = await connectDevice(b.services, await enrol(b.services, device));
      devices.push({ id: device.bundle.deviceId, client });
    }
  });
  after(async () => {
    await Promise.all(devices.map(({ client }) => client.endAsync(true)));
    await b.end();
  });

  const deviceAt = (index: number) => devices[index] ?? assert.fail('no such device');
  const say = (index: number, word: PrivacyWord, change: object = {}) => {
    const { id, client } = deviceAt(index);
    const message = { v: 1, seq: seq++, at: new Date().toISOString(), word, ...change };
    return client.publishAsync(topicsOf(id).privacy, JSON.stringify(message), { qos: 1 });
  };
  const refused = async (index: number) =>
    (await eventsOf(b.services.store.db, deviceAt(index).id, 100))
      .filter(({ kind }) => kind === 'message-refused')
      .map(({ detail }) => (JSON.parse(detail) as { code: string }).code);

  it('keeps-whose-a-pseudonym-is-when-it-is-acknowledged', async () => {
    const { vault } = b.services.privacy;
    const subject = subjectOf();
    const account = accountOfCode('abcd efgh '.repeat(4) + 'abcd') ?? assert.fail('no code');
    await say(0, { kind: 'subject', subject, items: ['climate'] });
    await say(0, { kind: 'subject', subject, items: ['usage-statistics'], account });
    assert.deepEqual(vault.originOf(subject), {
      deviceId: deviceAt(0).id,
      epoch: 1,
      items: ['climate', 'usage-statistics'],
      account,
    });
    assert.deepEqual(vault.subjectsOf(account.account), [subject]);
    assert.equal(vault.verifies(account), true);
    assert.equal(vault.verifies({ ...account, verifier: 'A'.repeat(43) }), false);
  });

  it('takes-what-comes-at-once-in-the-order-in-which-it-was-said', async () => {
    const { vault, consents, data } = b.services.privacy;
    const before = (await refused(0)).length;
    const subjects = Array.from({ length: 20 }, subjectOf);
    const said = subjects.flatMap((subject) => [
      say(0, { kind: 'subject', subject, items: ['usage-statistics'] }),
      say(0, consent(subject, 1, true)),
      say(0, consent(subject, 2, false)),
      say(0, consent(subject, 3, true)),
    ]);
    const { id, client } = deviceAt(0);
    const [whose = ''] = subjects;
    const message = {
      v: 1,
      seq: seq++,
      at: new Date().toISOString(),
      fields: { temperature: 21 },
      of: { climate: whose },
    };
    await Promise.all([...said, client.publishAsync(topicsOf(id).telemetry, JSON.stringify(message), { qos: 1 })]);
    assert.equal((await refused(0)).length, before);
    assert.ok(subjects.every((subject) => consents.given(subject, 'usage-statistics')));
    assert.equal(vault.stateOf(whose), 'open');
    const kept = [];
    for await (const row of data.of([whose], { productId: 'hub', items: ['climate'], since: 0 })) kept.push(row.fields);
    assert.deepEqual(kept, [{ temperature: 21 }]);
  });

  it('refuses-a-pseudonym-of-another-device-and-its-consent', async () => {
    const { vault, consents } = b.services.privacy;
    const subject = subjectOf();
    await say(0, { kind: 'subject', subject, items: [] });
    const before = await refused(1);
    await say(1, { kind: 'subject', subject, items: ['climate'] });
    await say(1, consent(subject, 1, true));
    await say(1, consent(subjectOf(), 1, true));
    assert.deepEqual((await refused(1)).length, before.length + 3);
    assert.equal((await refused(1))[0], 'subject-foreign');
    assert.deepEqual(vault.originOf(subject), { deviceId: deviceAt(0).id, epoch: 1, items: [] });
    assert.equal(consents.given(subject, 'usage-statistics'), false);
  });

  it('links-nobody-to-an-account-whose-code-it-has-not', async () => {
    const { vault } = b.services.privacy;
    const theirs = accountOfCode('bcde fghi '.repeat(4) + 'bcde') ?? assert.fail('no code');
    const [mine, other] = [subjectOf(), subjectOf()];
    await say(0, { kind: 'subject', subject: mine, items: [], account: theirs });
    await say(1, { kind: 'subject', subject: other, items: [], account: { ...theirs, verifier: 'B'.repeat(43) } });
    assert.deepEqual(vault.subjectsOf(theirs.account), [mine]);
    assert.equal(vault.stateOf(other), undefined);
    // the same code at a second device links both
    await say(1, { kind: 'subject', subject: other, items: [], account: theirs });
    assert.deepEqual(vault.subjectsOf(theirs.account), [mine, other].sort());
  });

  it('lets-the-last-decision-count-in-whatever-order-they-arrive-and-after-a-restart', async () => {
    const { vault, consents } = b.services.privacy;
    const subject = subjectOf();
    await say(0, { kind: 'subject', subject, items: ['usage-statistics'] });
    await say(0, consent(subject, 2, true));
    assert.equal(consents.given(subject, 'usage-statistics'), true);
    await say(0, consent(subject, 5, false));
    await say(0, consent(subject, 4, true));
    await say(0, consent(subject, 5, true));
    assert.equal(consents.given(subject, 'usage-statistics'), false);
    const again = await openConsents(b.services.store, vault);
    assert.equal(again.given(subject, 'usage-statistics'), false);
    assert.deepEqual(
      (await again.recordsOf([subject])).map(({ n, given, by, how, notice, language, item }) => [
        n,
        given,
        [by, how, notice, language, item].join(),
      ]),
      [
        [2, true, 'self,set-up,0123456789abcdef,ms,usage-statistics'],
        [5, false, 'self,set-up,0123456789abcdef,ms,usage-statistics'],
      ],
    );
  });

  it('withdraws-without-the-device-and-forgets-with-the-person', async () => {
    const { consents } = b.services.privacy;
    const subject = subjectOf();
    await say(0, { kind: 'subject', subject, items: ['usage-statistics'] });
    const told: number[] = [];
    const tell = async ({ n }: { readonly n: number }) => void told.push(n);
    assert.equal(await consents.withdraw(subject, 'usage-statistics', 9, tell), false);
    await say(0, consent(subject, 3, true));
    assert.equal(await consents.withdraw(subject, 'usage-statistics', b.clock.now(), tell), true);
    assert.deepEqual(told, [4]);
    assert.equal(consents.given(subject, 'usage-statistics'), false);
    assert.equal((await consents.recordsOf([subject])).at(-1)?.how, 'account-page');
    // what the device decided before it heard of that changes nothing
    await say(0, consent(subject, 4, true));
    assert.equal(consents.given(subject, 'usage-statistics'), false);
    await consents.forget([subject]);
    assert.deepEqual(await consents.recordsOf([subject]), []);
    assert.equal([...b.services.privacy.vault.withdrawals()].length, 1);
    await b.services.privacy.vault.end([subject], 'e'.repeat(22));
    assert.deepEqual([...b.services.privacy.vault.withdrawals()], [], 'nothing of it stays where its person is gone');
  });

  for (const [name, word] of Object.entries({
    'a-name-for-a-pseudonym': { kind: 'subject', subject: 'alice@example.com', items: [] },
    'a-word-that-there-is-not': { kind: 'sell', subject: 'a'.repeat(22) },
    'a-consent-without-its-notice': { ...consent('a'.repeat(22), 1, true), notice: undefined },
    'more-than-a-word-has': { kind: 'heard', n: 1, also: 'this' },
  }))
    it(`refuses-${name}`, async () => {
      const before = await refused(0);
      await say(0, word as unknown as PrivacyWord);
      assert.deepEqual(await refused(0), ['message-invalid', ...before]);
    });

  it('lets-a-device-hear-its-own-news-and-nobody-else-s', async () => {
    const { id, client } = deviceAt(0);
    const [granted] = await client.subscribeAsync(topicsOf(id).told, { qos: 1 });
    assert.equal(granted?.qos, 1);
    const device = await makeDevice(b.services);
    const other = await connectDevice(b.services, await enrol(b.services, device));
    other.on('error', () => undefined);
    const ended = new Promise<void>((resolve) => other.once('close', () => resolve()));
    other.subscribe(topicsOf(id).told);
    await ended;
    await other.endAsync(true);
  });
});
