import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type PrivacyNews, type PrivacyWord, topicsOf, verifyConfirmation } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { eventsOf } from '../../src/telemetry/events.ts';
import { bench, connectDevice, enrol, makeDevice, type TestBench } from '../bench.ts';
import { DECLARED, sealedOf } from './world.ts';

/** An erasure from a device's word to its confirmation, over its own connection, with everything real but the device. */

const DAY = 86_400_000;
const [cloud] = DECLARED.dataParties ?? [];
const declaration = {
  ...DECLARED,
  dataParties: cloud ? [{ ...cloud, erases: { how: 'by-request' as const, withinDays: 3 } }] : [],
};
const CANARY = 23.456_789_012_3;
/** as text, and as SQLite keeps a number with a fraction: eight bytes, big-endian */
const PLAIN = [Buffer.from(String(CANARY)), Buffer.alloc(8)];
PLAIN[1]?.writeDoubleBE(CANARY);
const NOTICE = 'feedc0ffee123456';
const SAID = { who: 'Alice', why: 'their letter of the third of May' };

describe('an erasure that a device asks for', () => {
  let b: TestBench;
  const devices: { id: string; client: MqttClient; heard: PrivacyNews[] }[] = [];
  let seq = 0;
  before(async () => {
    b = await bench([declaration]);
    for (let index = 0; index < 2; index++) {
      const device = await makeDevice(b.services);
      const client = await connectDevice(b.services, await enrol(b.services, device));
      const heard: PrivacyNews[] = [];
      client.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString()) as PrivacyNews));
      devices.push({ id: device.bundle.deviceId, client, heard });
    }
  });
  after(async () => {
    await Promise.all(devices.map(({ client }) => client.endAsync(true)));
    await b.end();
  });

  const deviceAt = (index: number) => devices[index] ?? assert.fail('no such device');
  const say = (index: number, word: PrivacyWord) => {
    const { id, client } = deviceAt(index);
    const message = { v: 1, seq: seq++, at: new Date().toISOString(), word };
    return client.publishAsync(topicsOf(id).privacy, JSON.stringify(message), { qos: 1 });
  };
  const inFolder = (needle: Buffer, folder = b.dataDir): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => statSync(file).isFile() && readFileSync(file).includes(needle));
  const until = async <T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
    for (let n = 0; n < 400; n++) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail('it did not come');
  };
  const newsOf = <Kind extends PrivacyNews['news']['kind']>(index: number, kind: Kind) =>
    deviceAt(index)
      .heard.map(({ news }) => news)
      .filter((news): news is Extract<PrivacyNews['news'], { kind: Kind }> => news.kind === kind);
  const sinceErased = async (subject: string) => (await b.services.privacy.erasing.erasures.ofSubjects([subject]))[0];

  it('is-confirmed-when-every-place-has-said-so-and-leaves-no-byte-in-the-folder', async () => {
    const { privacy, store } = b.services;
    const { id: deviceId, client } = deviceAt(0);
    const subject = randomBytes(16).toString('base64url');
    await client.subscribeAsync(topicsOf(deviceId).told, { qos: 1 });
    await say(0, { kind: 'subject', subject, items: ['climate'] });
    const consent = {
      kind: 'consent',
      subject,
      item: 'climate',
      given: true,
      by: 'self',
      how: 'set-up',
      n: 1,
    } as const;
    await say(0, { ...consent, notice: NOTICE, language: 'en' });
    const message = { v: 1, seq: seq++, at: new Date().toISOString(), fields: { temperature: CANARY } };
    const telemetry = JSON.stringify({ ...message, of: { climate: subject } });
    await client.publishAsync(topicsOf(deviceId).telemetry, telemetry, { qos: 1 });
    const wanted = { productId: 'hub', items: ['climate'], since: 0 };
    const read = async () => (await Array.fromAsync(privacy.data.of([subject], wanted))).map(({ fields }) => fields);
    assert.deepEqual(await read(), [{ temperature: CANARY }]);
    const sealed = Buffer.from(await sealedOf(store, subject));
    for (const canary of [sealed, Buffer.from(NOTICE)]) assert.ok(inFolder(canary).length > 0);
    for (const plain of PLAIN) assert.deepEqual(inFolder(plain), [], 'nothing lies in the clear');
    const out = join(b.dataDir, '..', `${b.dataDir.split('/').at(-1)}-backups`);
    await privacy.command({ type: 'backup', out, keepDays: 20, who: 'Alice' });

    const id = randomBytes(16).toString('base64url');
    await say(0, { kind: 'erase', id, subjects: [subject], undoUntil: new Date(b.clock.now()).toISOString() });
    const erase = await until(() => newsOf(0, 'erase')[0]);
    assert.deepEqual(erase, { kind: 'erase', id, subjects: [subject] });
    assert.equal(privacy.vault.stateOf(subject), 'ended');
    const waits = await until(async () => {
      const progress = await sinceErased(subject);
      return progress?.places.some(({ state }) => state === 'unreadable') ? progress : undefined;
    });
    assert.deepEqual(waits.confirmations, []);
    for (const canary of [sealed, Buffer.from(NOTICE), ...PLAIN]) assert.deepEqual(inFolder(canary), []);
    assert.deepEqual(await read(), []);
    for (const plain of PLAIN) assert.deepEqual(inFolder(plain, out), [], 'a copy has only sealed bytes');
    assert.equal(inFolder(sealed, out).length, 1);

    await say(0, { kind: 'erased-here', id });
    assert.deepEqual(await privacy.command({ type: 'confirm-party', erasure: id, party: 'other', ...SAID }), {
      type: 'refused',
      code: 'party-unknown',
      because: `no erasure ${id} concerns a party other`,
    });
    assert.equal(
      (await privacy.command({ type: 'confirm-party', erasure: id, party: 'cloud', ...SAID })).type,
      'recorded',
    );
    const confirmed = await until(() => newsOf(0, 'erasure').find(({ confirmations }) => confirmations.length === 1));
    const roots = [b.services.anchorsPem];
    const verified = verifyConfirmation(confirmed.confirmations[0], roots);
    assert.ok(verified.ok, JSON.stringify(verified));
    assert.deepEqual(
      [verified.statement.kind, verified.statement.id, verified.statement.subjects],
      ['erased', id, [subject]],
    );
    const backups = verified.statement.places.find(({ place }) => place === 'backups');
    assert.equal(backups?.state, 'unreadable');

    b.clock.advance(21 * DAY);
    await privacy.erasing.backups.removeEnded();
    await privacy.erasing.erasures.goOn();
    const last = await sinceErased(subject);
    const second = verifyConfirmation(last?.confirmations[1], roots);
    assert.ok(second.ok && second.statement.kind === 'expired', JSON.stringify(second));
    assert.deepEqual(readdirSync(out), []);
    b.clock.advance(-21 * DAY);

    // a device that was away, and knows nothing of it
    await say(0, { kind: 'subject', subject, items: ['climate'] });
    await until(() => newsOf(0, 'ended').find((news) => news.subject === subject));
    const waiting = await privacy.newsFor(deviceId);
    await say(0, { kind: 'subject', subject, items: [] });
    assert.deepEqual(await privacy.newsFor(deviceId), waiting, 'what was not heard is not told under another number');
    const { n } = deviceAt(0).heard.at(-1) ?? assert.fail('nothing was heard');
    await say(0, { kind: 'heard', n });
    assert.deepEqual(await privacy.newsFor(deviceId), []);
  });

  it('is-told-when-it-comes-back-and-again-until-it-has-heard', async () => {
    const { privacy } = b.services;
    const { id: deviceId, client, heard } = deviceAt(1);
    const subject = randomBytes(16).toString('base64url');
    await say(1, { kind: 'subject', subject, items: [] });
    const id = randomBytes(16).toString('base64url');
    const askedBy = { who: 'operator', operator: 'Alice', requestId: 'R-1' } as const;
    const now = b.clock.now();
    await privacy.erasing.erasures.ask({ id, subjects: [subject], askedBy, askedAt: now, undoUntil: now });
    await privacy.erasing.erasures.goOn();
    assert.ok((await privacy.newsFor(deviceId)).length > 0);
    for (let times = 1; times <= 2; times++) {
      heard.length = 0;
      await client.subscribeAsync(topicsOf(deviceId).told, { qos: 1 });
      await until(() => newsOf(1, 'erase').find((news) => news.id === id));
    }
    const numbers = heard.map(({ n }) => n);
    assert.deepEqual(
      numbers,
      [...numbers].sort((x, y) => x - y),
    );
  });

  it('is-refused-in-the-same-words-where-it-names-a-strangers-people-and-nothing-is-blocked', async () => {
    const { privacy, store } = b.services;
    const theirs = randomBytes(16).toString('base64url');
    await say(0, { kind: 'subject', subject: theirs, items: ['climate'] });
    const answers: unknown[] = [];
    for (const subject of [theirs, randomBytes(16).toString('base64url')]) {
      const id = randomBytes(16).toString('base64url');
      await say(1, { kind: 'erase', id, subjects: [subject], undoUntil: new Date(b.clock.now()).toISOString() });
      const news = await until(() => newsOf(1, 'erasure').find((each) => each.id === id));
      answers.push({ ...news, id: '', subjects: [] });
      assert.deepEqual(news.subjects, [subject]);
    }
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(privacy.vault.stateOf(theirs), 'open');
    const events = await eventsOf(store.db, deviceAt(1).id, 10);
    assert.equal(events.filter(({ detail }) => detail.includes('erasure-refused')).length, 2);
  });

  it('leaves-what-a-law-holds-named-until-the-hold-is-released', async () => {
    const { privacy } = b.services;
    const subject = randomBytes(16).toString('base64url');
    await say(0, { kind: 'subject', subject, items: ['unnamed'] });
    const law = { law: 'Income Tax Act 1967, section 82', until: new Date(b.clock.now() + 300 * DAY).toISOString() };
    const stranger = randomBytes(16).toString('base64url');
    const hold = { type: 'hold', subject, ...law, ...SAID } as const;
    for (const [wrong, code] of [
      [{ ...hold, why: 'because' }, 'no-reason'],
      [{ ...hold, subject: stranger }, 'nobody-to-hold'],
      [{ ...hold, until: 'soon' }, 'date-refused'],
      [{ ...hold, until: '2001-01-01' }, 'date-refused'],
    ] as const) {
      const answer = await privacy.command(wrong);
      assert.equal(answer.type === 'refused' ? answer.code : answer.type, code);
    }
    assert.equal((await privacy.command(hold)).type, 'recorded');
    const id = randomBytes(16).toString('base64url');
    await say(0, { kind: 'erase', id, subjects: [subject], undoUntil: new Date(b.clock.now()).toISOString() });
    await until(() => newsOf(0, 'erase').find((news) => news.id === id));
    await say(0, { kind: 'erased-here', id });
    const held = await until(async () => {
      const progress = await sinceErased(subject);
      return progress?.confirmations.length === 1 ? progress : undefined;
    });
    assert.deepEqual(
      held.places.map(({ place, state, because }) => [place.split(':')[0], state, because]),
      [
        ['keys', 'held', law.law],
        ['services', 'held', law.law],
        ['backups', 'held', law.law],
        ['device', 'erased', undefined],
      ],
    );
    assert.equal(privacy.vault.stateOf(subject), 'blocked');
    assert.equal((await privacy.command({ type: 'release-hold', subject, ...SAID })).type, 'recorded');
    await until(async () => ((await sinceErased(subject))?.confirmations.length === 2 ? true : undefined));
    assert.equal(privacy.vault.stateOf(subject), 'ended');
  });
});
