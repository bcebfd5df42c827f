import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type PrivacyNews, type PrivacyWord, type Subject, topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { type Answer, bench, call, connectDevice, enrol, makeDevice, type TestBench } from '../bench.ts';
import { linkOf, newCode } from './account-bench.ts';
import { DECLARED } from './world.ts';

/**
 * EN 303 645 5.11-1, 5.11-2, 5.11-4: an order of erasure that is said again, by who said it and by others, over the device's
 * connection and by the form of the account page; and people who erase at once, each at a place of their own.
 */

const HOUR = 3_600_000;
const at = () => randomBytes(16).toString('base64url');

describe('an order of erasure', () => {
  let b: TestBench;
  const devices: { id: string; client: MqttClient; heard: PrivacyNews['news'][] }[] = [];
  let seq = 0;
  before(async () => {
    b = await bench([{ ...DECLARED, dataParties: [] }]);
    for (let index = 0; index < 2; index += 1) {
      const device = await makeDevice(b.services);
      const client = await connectDevice(b.services, await enrol(b.services, device));
      const heard: PrivacyNews['news'][] = [];
      client.on('message', (_topic, payload) => heard.push((JSON.parse(payload.toString()) as PrivacyNews).news));
      await client.subscribeAsync(topicsOf(device.bundle.deviceId).told, { qos: 1 });
      devices.push({ id: device.bundle.deviceId, client, heard });
    }
  });
  after(async () => {
    await Promise.all(devices.map(({ client }) => client.endAsync(true)));
    await b.end();
  });

  const deviceAt = (index: number) => devices[index] ?? assert.fail('no such device');
  const say = async (index: number, word: PrivacyWord) => {
    const { id, client } = deviceAt(index);
    const message = { v: 1, seq: seq++, at: new Date().toISOString(), word };
    await client.publishAsync(topicsOf(id).privacy, JSON.stringify(message), { qos: 1 });
    await b.services.privacy.erasing.erasures.goOn();
  };
  const person = async (index: number) => {
    const [subject, code] = [at(), newCode()];
    await say(index, { kind: 'subject', subject, items: ['climate'], account: linkOf(code) });
    return { subject, code };
  };
  const eraseWord = (subject: Subject, id = at(), hours = 0): Extract<PrivacyWord, { kind: 'erase' }> => ({
    kind: 'erase',
    id,
    subjects: [subject],
    undoUntil: new Date(b.clock.now() + hours * HOUR).toISOString(),
  });
  /** waits for news of an erasure that is so far */
  const hears = async (index: number, id: string, state: string) => {
    for (let n = 0; n < 500; n += 1) {
      if (deviceAt(index).heard.some((each) => each.kind === 'erasure' && each.id === id && each.state === state))
        return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail('it was told nothing');
  };
  const ordersOf = (subject: Subject) => b.services.privacy.erasing.erasures.ofSubjects([subject]);
  const asked = async () =>
    Number(
      (
        await b.services.store.db
          .selectFrom('erasures')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    );

  it('said-again-by-its-device-when-it-has-ended-is-answered-and-does-nothing', async () => {
    const { subject } = await person(0);
    const word = eraseWord(subject);
    await say(0, word);
    await say(0, { kind: 'erased-here', id: word.id });
    const [before] = await ordersOf(subject);
    assert.deepEqual([before?.state, before?.confirmations.length], ['erased', 2]);
    const count = await asked();
    for (const each of [word, { ...word, undoUntil: eraseWord(subject, word.id, 20).undoUntil }]) {
      deviceAt(0).heard.length = 0;
      await say(0, each);
      await say(0, { kind: 'keep', id: word.id });
      await say(0, { kind: 'erased-here', id: word.id, because: 'disk-full' });
      assert.deepEqual(await ordersOf(subject), [before]);
      await hears(0, word.id, 'erased');
    }
    // the same people under another number: there is nobody any more
    await say(0, eraseWord(subject));
    assert.equal(await asked(), count);
    assert.equal(b.services.privacy.vault.stateOf(subject), 'ended');
  });

  it('said-by-another-device-is-refused-as-one-of-nobody-is-whether-its-people-live-or-are-gone', async () => {
    const { subject } = await person(0);
    const word = eraseWord(subject, at(), 24);
    const acknowledged: unknown[] = [];
    deviceAt(1).client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'puback') return;
      const { messageId: _number, ...answer } = packet;
      acknowledged.push(answer);
    });
    /** what the other device hears, without what it said itself */
    const refusal = async (id: string, of: Subject) => {
      deviceAt(1).heard.length = 0;
      const words = [
        { ...word, id, subjects: [of] },
        { kind: 'keep', id } as const,
        { kind: 'erased-here', id } as const,
      ];
      for (const each of words) await say(1, each);
      await hears(1, id, 'refused');
      return JSON.stringify(deviceAt(1).heard).replaceAll(id, 'ID').replaceAll(of, 'SUBJECT');
    };
    const seen = new Set([await refusal(at(), at()), await refusal(at(), subject)]);
    await say(0, word);
    const [waiting] = await ordersOf(subject);
    seen.add(await refusal(word.id, subject));
    seen.add(await refusal(at(), subject));
    assert.deepEqual(await ordersOf(subject), [waiting], 'nothing came of it');
    b.clock.advance(25 * HOUR);
    await say(0, { kind: 'erased-here', id: word.id });
    const [ended] = await ordersOf(subject);
    assert.equal(ended?.confirmations.length, 2);
    seen.add(await refusal(word.id, subject));
    seen.add(await refusal(at(), subject));
    assert.equal(seen.size, 1, [...seen].join('\n'));
    assert.equal(acknowledged.length, 6 * 3);
    for (const each of acknowledged)
      assert.deepEqual(each, acknowledged[0], 'each of these words is acknowledged alike');
    assert.deepEqual(await ordersOf(subject), [ended]);
    // nor is it told that there was somebody, by calling the pseudonym its own
    const endedNews = async (index: number) =>
      (await b.services.privacy.newsFor(deviceAt(index).id)).filter(({ news }) => news.kind === 'ended');
    for (const index of [0, 1]) await say(index, { kind: 'subject', subject, items: ['climate'] });
    assert.deepEqual([(await endedNews(0)).length, (await endedNews(1)).length], [1, 0]);
  });

  it('sent-again-by-the-form-is-one-whenever-it-comes-and-no-way-to-anothers', async () => {
    const [alice, bob] = [await person(0), await person(0)];
    const browser = await signedIn(alice.code);
    const form = { order: await browser.order(), scope: 'everything', code: alice.code };
    assert.equal((await browser.post('/account/erase', form)).status, 303);
    const [first] = await ordersOf(alice.subject);
    assert.equal(first?.id, form.order);
    const count = await asked();
    assert.equal((await browser.post('/account/erase', form)).status, 303);
    const other = await signedIn(bob.code);
    assert.equal((await other.post('/account/erase', { ...form, code: bob.code })).status, 409);
    assert.equal((await other.post('/account/erase/keep', { order: form.order })).status, 409);
    assert.equal(b.services.privacy.vault.stateOf(bob.subject), 'open');
    assert.deepEqual(await ordersOf(alice.subject), [first]);
    b.clock.advance(25 * HOUR);
    await say(0, { kind: 'erased-here', id: form.order });
    const [ended] = await ordersOf(alice.subject);
    assert.equal(ended?.confirmations.length, 2);
    // what is left of the account opens the page on which it is followed
    const later = await signedIn(alice.code);
    assert.equal((await later.post('/account/erase', form)).status, 303);
    assert.equal((await later.post('/account/erase/keep', { order: form.order })).status, 409);
    assert.equal((await later.post('/account/erase', { ...form, order: at() })).status, 409);
    assert.deepEqual([await ordersOf(alice.subject), await asked()], [[ended], count]);
  });

  it('of-one-at-the-account-page-and-of-another-at-the-device-go-at-once-and-so-do-two-of-one-person', async () => {
    const [alice, bob] = [await person(0), await person(0)];
    const browser = await signedIn(alice.code);
    const [page, hers, his] = [await browser.order(), at(), at()];
    const form = { order: page, scope: 'everything', code: alice.code };
    const [answer] = await Promise.all([browser.post('/account/erase', form), say(0, eraseWord(bob.subject, his))]);
    assert.equal(answer.status, 303);
    await say(0, eraseWord(alice.subject, hers));
    await b.services.privacy.erasing.erasures.goOn();
    const { vault } = b.services.privacy;
    assert.deepEqual([vault.stateOf(alice.subject), vault.stateOf(bob.subject)], ['ended', 'ended']);
    for (const id of [hers, his]) await say(0, { kind: 'erased-here', id });
    b.clock.advance(25 * HOUR);
    await b.services.privacy.erasing.erasures.goOn();
    await say(0, { kind: 'erased-here', id: page });
    const all = [...(await ordersOf(alice.subject)), ...(await ordersOf(bob.subject))];
    assert.deepEqual(
      new Map(all.map(({ id, state, subjects }) => [id, [state, ...subjects]])),
      new Map([
        [page, ['erased', alice.subject]],
        [hers, ['erased', alice.subject]],
        [his, ['erased', bob.subject]],
      ]),
    );
    for (const { id, confirmations } of all)
      for (const { payload } of confirmations) {
        const statement = Buffer.from(payload, 'base64').toString();
        assert.deepEqual(
          [statement.includes(alice.subject), statement.includes(bob.subject)],
          [id !== his, id === his],
        );
      }
  });

  /** Somebody at their account page. */
  async function signedIn(code: string) {
    const cookies = new Map<string, string>();
    const ask = async (path: string, form?: Record<string, string>): Promise<Answer> => {
      const headers = {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': 'application/x-www-form-urlencoded',
      };
      const body = form && new URLSearchParams(form).toString();
      const sent = body === undefined ? { headers } : { headers, method: 'POST', body };
      const answer = await call(b.services, path, sent);
      for (const each of (answer.headers['set-cookie'] ?? []) as string[]) {
        const [name = '', value = ''] = (each.split(';')[0] ?? '').split('=');
        cookies.set(name, value);
      }
      return answer;
    };
    const field = async (path: string, name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec((await ask(path)).body)?.[1] ??
      assert.fail(`${path} has no ${name}`);
    const signIn = '/account/sign-in';
    assert.equal((await ask(signIn, { _csrf: await field(signIn, '_csrf'), code })).status, 303);
    const csrf = await field('/account/erase', '_csrf');
    return {
      order: () => field('/account/erase', 'order'),
      post: (path: string, form: Record<string, string>) => ask(path, { _csrf: csrf, ...form }),
    };
  }
});
