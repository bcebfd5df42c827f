import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { codeAt, stepAt } from '../../src/access/factors/totp.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import type { Listen } from '../../src/seams.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { codesOn, secretOn } from '../panel/second-step.ts';
import { person, setUp, type Answer } from '../stand-in/person.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const closers: (() => unknown)[] = [];

describe('the memory of a device', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });

  /** Stands nowhere in the source of the device, unlike the password of other tests, which the declaration has as an example. */
  const OWN_PASSWORD = 'Lanterns-over-7-bridges';
  const DEVICE = join(import.meta.dirname, '../stand-in/whole-device.ts');

  async function started() {
    const dataDir = join(folder.path, 'device');
    await manufactured(dataDir);
    const keystore = openKeystore(dataDir);
    const keys = keystore.keys();
    keystore.close();
    const device = fork(DEVICE, [dataDir], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    closers.push(async () => {
      device.disconnect();
      await once(device, 'exit');
    });
    const [{ listen }] = (await once(device, 'message')) as [{ listen: Listen }];
    const somebody = () => person(listen['panel']?.port ?? 0, keys.panel.certificate);
    /** The living strings; the device's own are among them, so that an empty answer is none. */
    const living = async (): Promise<Buffer> => {
      // Requests that follow take the place of what the last one left behind in parsers and caches.
      for (let time = 0; time < 3; time++) await somebody().get('/login');
      const snapshot = join(folder.path, 'device.heapsnapshot');
      device.send({ snapshot });
      await once(device, 'message');
      const strings = readFileSync(snapshot);
      assert.ok(strings.includes('factory-reset'), 'the snapshot has the strings of the device');
      return strings;
    };
    return { keys, somebody, living };
  }
  const noneOf = (secrets: Readonly<Record<string, string>>, living: Buffer): void => {
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 6, `${what} was seen by this test`);
      assert.equal(living.includes(secret), false, `${what} is still there`);
    }
  };

  test('no password stays among the living strings once a sign-in is finished', { timeout: 400_000 }, async () => {
    const { somebody, living } = await started();
    const name = 'Aunt-Rosalinde-4711';
    assert.equal((await setUp(somebody(), LABEL_PASSWORD, name, OWN_PASSWORD)).status, 200);
    const signedIn = await somebody().submit('/login', '/login', {
      user: 'owner',
      password: OWN_PASSWORD,
    });
    assert.equal(signedIn.status, 303);
    const wrong = 'wrong-Harbour-of-Ships';
    const refused = await somebody().submit('/login', '/login', { user: 'owner', password: wrong });
    assert.notEqual(refused.status, 303);
    noneOf({ label: LABEL_PASSWORD, own: OWN_PASSWORD, wrong }, await living());
  });

  /** Digits alone may be part of a number: a PIN is looked for as a string of the snapshot, whole or in a form. */
  const asString = (pin: string): readonly string[] => [`"${pin}"`, `=${pin}`];

  test(
    'no PIN, secret of an app or recovery code stays among the living strings once the page is gone',
    { timeout: 400_000 },
    async () => {
      const { keys, somebody, living } = await started();
      const owner = somebody();
      assert.equal((await setUp(owner, LABEL_PASSWORD, 'Hall', OWN_PASSWORD)).status, 200);
      const own = { current: OWN_PASSWORD };
      const send = async (page: string, path: string, fields: Readonly<Record<string, string>>): Promise<Answer> => {
        const answer = await owner.submit(page, path, { ...own, ...fields });
        assert.ok(answer.status < 400, `${path}: ${answer.status}`);
        return answer;
      };
      const added = await send('/people', '/people/add', { name: 'Child', role: 'guest' });
      const madeUp = /id="initial_password">([^<]+)</.exec(added.body)?.[1] ?? '';
      const [pin, guessed] = ['41709386', '83615027'];
      await send('/people', '/people/pin', { name: 'Child', pin });
      assert.equal((await somebody().submit('/login', '/login', { user: 'Child', password: pin })).status, 303);
      const wrong = await somebody().submit('/login', '/login', { user: 'Child', password: guessed });
      assert.notEqual(wrong.status, 303);

      await send('/security', '/security/code', {});
      const secret = secretOn((await owner.get('/security/code')).body);
      const confirmed = await owner.submit('/security/code', '/security/code/confirm', {
        code: codeAt(secret, stepAt(Date.now())),
      });
      const codes = codesOn(confirmed.body);
      assert.equal(codes.length, 10);
      const used = codes[0] ?? '';
      await owner.submit('/', '/logout', {});
      const back = somebody();
      await back.submit('/login', '/login', { user: 'owner', password: OWN_PASSWORD });
      assert.equal((await back.submit('/login/second', '/login/second', { code: used })).status, 303);

      const strings = await living();
      const shown = Object.fromEntries(codes.map((code, at) => [`code ${at + 1}`, code]));
      const plain = Object.fromEntries(codes.map((code, at) => [`plain code ${at + 1}`, code.replaceAll('-', '')]));
      noneOf({ madeUp, secret, ...shown, ...plain, password: OWN_PASSWORD }, strings);
      for (const digits of [pin, guessed])
        for (const form of asString(digits)) assert.equal(strings.includes(form), false, `${form} is still there`);
      noneOf({ 'data key': keys.data, 'panel key': keys.panel.key }, strings);
    },
  );

  test(
    'no key of the keystore is among the living strings of a device that waits for its owner',
    {
      timeout: 300_000,
    },
    async () => {
      const { keys, living } = await started();
      const { data, identity, panel } = keys;
      noneOf({ data, identity, panel: panel.key }, await living());
    },
  );
});
