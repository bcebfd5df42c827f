import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { LONGEST_POSSESSION, openPossession, signPossession, topicsOf } from '@hearthward/protocol';
import fc from 'fast-check';
import {
  bench,
  call,
  connectDevice,
  enrol,
  makeDevice,
  makeKeys,
  selfSigned,
  type TestBench,
  type TestDevice,
} from './bench.ts';

/** EN 303 645 5.11-1, TS 103 645 4.11-1, G045 DS-1-5: who has a device in their hands learns whether it is free; nobody else does. */

const DAY = 86_400_000;
const wordOf = ({ initial, bundle }: TestDevice, at: number) =>
  signPossession(at, bundle.initialIdentity[0] ?? '', createPrivateKey(initial.keyPem));
const stateIn = (body: string) => /id="check_state">([^<]+)</.exec(body)?.[1];

describe('the check of a device by who has it', () => {
  let b: TestBench;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());
  const ask = async (word?: string, language = 'en') => {
    const answer = await call(b.services, `/check?lang=${language}${word === undefined ? '' : `&word=${word}`}`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['cache-control'], 'no-store');
    return answer.body;
  };
  const reset = async (device: TestDevice, scrap: boolean) => {
    const client = await connectDevice(b.services, await enrol(b.services, device));
    const message = { v: 1, seq: 1, at: new Date().toISOString(), word: { kind: 'reset-here', scrap } };
    await client.publishAsync(topicsOf(device.bundle.deviceId).privacy, JSON.stringify(message), { qos: 1 });
    client.on('error', () => undefined);
    client.end(true);
  };

  it('tells-new-set-up-reset-scrapped-and-refused-apart-and-no-person-or-time', async () => {
    const device = await makeDevice(b.services);
    const seen = async () => stateIn(await ask(wordOf(device, b.clock.now()))) ?? '';
    assert.match(await seen(), /Nobody has ever set it up/);
    await enrol(b.services, device);
    assert.match(await seen(), /not heard from it that it was reset/);
    await reset(device, false);
    assert.match(await seen(), /has reset it/);
    await enrol(b.services, device);
    assert.match(await seen(), /not heard/, 'what the first one said is not said of the second');
    await reset(device, true);
    assert.match(await seen(), /thrown away/);
    await b.services.custody.release(device.bundle.deviceId, 'olga');
    await b.services.custody.hold(device.bundle.deviceId, 'two-places');
    assert.match(await seen(), /until we have looked at it/);
    const page = await ask(wordOf(device, b.clock.now()));
    assert.ok(page.includes(device.label.serial));
    assert.ok(!page.includes(device.bundle.deviceId), 'the name under which it is known to the services');
    assert.ok(stateIn(await ask(wordOf(device, b.clock.now()), 'ms')));
  });

  it('answers-alike-what-is-no-word-a-stranger-and-a-device-that-nobody-made', async () => {
    const device = await makeDevice(b.services);
    const now = b.clock.now();
    const word = wordOf(device, now);
    const strange = await makeKeys();
    const foreign = signPossession(now, await selfSigned(strange), createPrivateKey(strange.keyPem));
    const [time, der, signature = ''] = word.split('.');
    // somebody else's key under its certificate
    const stolen = `${time}.${der}.${foreign.split('.')[2]}`;
    const later = `${Number(time) + 1}.${der}.${signature}`;
    const pages = [];
    for (const each of ['', 'x', device.label.serial, foreign, stolen, later, word.slice(0, -4), `${word}A`.repeat(8)])
      pages.push((await ask(encodeURIComponent(each))).replaceAll(/word=[^"&]*&amp;/g, ''));
    assert.equal(new Set(pages).size, 1);
    assert.match(pages[0] ?? '', /no word of a device of ours/);
    assert.ok(!(await ask()).includes('role="status"'));
  });

  it('refuses-a-word-of-another-day-whichever-clock-is-wrong', async () => {
    const device = await makeDevice(b.services);
    for (const [off, isOld] of [
      [-DAY - 60_000, true],
      [-DAY + 60_000, false],
      [DAY - 60_000, false],
      [DAY + 60_000, true],
    ] as const) {
      const page = await ask(wordOf(device, b.clock.now() + off));
      assert.equal(/link is of another day/.test(page), isOld, String(off));
      assert.equal(page.includes(device.label.serial), !isOld);
    }
  });

  it('opens-no-word-in-which-one-sign-was-changed', async () => {
    const word = wordOf(await makeDevice(b.services), 1_700_000_000_000);
    const opened = openPossession(word);
    assert.equal(opened?.at, 1_700_000_000_000);
    fc.assert(
      fc.property(fc.nat(word.length - 1), fc.constantFrom(...Array.from('aZ09-_.')), (at, sign) => {
        const other = word.slice(0, at) + sign + word.slice(at + 1);
        const found = openPossession(other);
        // base64url leaves some last bits unused: the same bytes, spelt otherwise
        assert.ok(found === undefined || found.fingerprint === opened?.fingerprint, other);
        assert.ok(found === undefined || found.at === opened?.at, other);
      }),
      { numRuns: 200 },
    );
    assert.equal(openPossession('1.'.padEnd(LONGEST_POSSESSION + 1, 'A')), undefined);
  });
});
