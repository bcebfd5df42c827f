import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SERVICE_KEYS } from '@hearthward/services';
import { codeAt, stepAt } from '../../device/src/access/factors/totp.ts';
import { KEY_REGISTER } from '../../device/src/secrets/register.ts';
import { createSealer } from '../../device/src/secrets/sealer.ts';
import { startFleet, until, panelOf, type Fleet } from './fleet.ts';
import { watchKeys, type KeyWatch } from './key-watch.ts';
import { Owner } from './owner.ts';

/** What each use of a key is for, as the registers of device and services name it. */
const PURPOSES: readonly (readonly [use: RegExp, purpose: string])[] = [
  [/^derive hearthward\/keystore\/1$/, 'device machine'],
  [/^(?:derive hearthward\/seal\/\d\/|seal )keystore-key$/, 'device machine'],
  [/^(?:derive hearthward\/seal\/\d\/|seal )keystore\/software\/\w+$/, 'device keystore'],
  [/^(?:derive hearthward\/seal\/\d\/|seal )store-key$/, 'device data'],
  [/^(?:derive hearthward\/seal\/\d\/|seal )(?:document\/\w+|event-log)$/, 'device store'],
  [/^sign certificate by device$|^prove device$/, 'device panel'],
  // the power-up self-test has it sign once: a test of that key, and any other key there would have two purposes
  [/^prove initial authority$|^sign hearthward(?:\/self-test| possession 1| setup check 1)\b/, 'device identity'],
  [/^prove operational authority$/, 'device channel'],
  [/^sign hearthward (?:log|report) seal 1$/, 'device log'],
  [/^authenticate in device\/src\/panel\/http\/forgery\.ts$/, 'device form'],
  [/^authenticate in device\/src\/access\/factors\/totp\.ts$/, 'device code'],
  [/^authenticate in device\/src\/access\/factors\/recovery\.ts$/, 'device recovery'],
  [/^sign (?:certificate|list) by root authority$/, 'services root'],
  [/^sign (?:certificate|list) by initial authority$/, 'services initial-authority'],
  [/^sign (?:certificate|list) by operational authority$/, 'services operational-authority'],
  [/^sign certificate by service authority$/, 'services service-authority'],
  [/^prove service authority$/, 'services server'],
  [/^seal (?:(?:root|initial|operational|service)[.\w-]*|server)\.key$/, 'services authority-seal'],
  [/^seal operators\.key$/, 'services management-seal'],
  [/^seal label-marks\.key$/, 'services factory-seal'],
  [/^seal (?:wrapping|naming)\.key$/, 'services privacy-seal'],
  [/^seal hearthward subject 1\n[\w-]{22}$/, 'services vault-wrapping'],
  // what a pseudonym's key seals and marks, by keys that are derived from it
  [/^(?:derive hearthward subject (?:seal|mark) 1|seal hearthward telemetry 1\n[\w-]+\n[\w-]+)$/, 'services subject'],
  [/^authenticate in services\/src\/privacy\/vault\/keys\.ts$/, 'services subject'],
  [/^sign hearthward management command 1$/, 'services operators'],
  [/^authenticate in services\/src\/factory\/marks\.ts$/, 'services label-marks'],
  [/^authenticate in services\/src\/operators\/guesses\.ts$/, 'services operator-browser'],
];
const purposeOf = (use: string): string | undefined => {
  const found = PURPOSES.filter(([pattern]) => pattern.test(use)).map(([, purpose]) => purpose);
  assert.ok(found.length < 2, `${use} is for ${found.join(' and ')}`);
  return found[0];
};

/** Entries of the registers that a line at work does not show, each with its reason. */
const NOT_SEEN: Readonly<Record<string, string>> = {
  'device panel-tickets': 'lives inside OpenSSL',
  'services site-tickets': 'lives inside OpenSSL',
  'services tickets': 'used inside OpenSSL; services/test/sessions.test.ts has its life',
  'services root-shares': 'in a ceremony alone; services/test/authority/shares.test.ts',
  'services share-wrapping': 'in a ceremony alone; services/test/authority/shares.test.ts',
  'services update-seal': 'where updates are released alone; services/test/keys/seal.test.ts has its life',
  'services update-online': 'where updates are released alone; the tests of the repository',
  'services update-holder': 'in the holder’s hands alone; the tests of the repository',
  'services update-wrapping': 'in the holder’s hands alone; the tests of the repository',
  'services operator-password': 'is hashed and compared, and keys nothing',
  'device sender': 'for items that are sealed to a party alone; device/test/privacy/sealed.test.ts',
  'device account-code': 'is digested where it is typed, and keys nothing',
  'services account-session': 'is looked up by its digest, and keys nothing',
  'services confirmations': 'when somebody was erased alone; services/test/privacy/confirmations.test.ts',
  'services vault-naming': 'for devices that name no pseudonyms alone; services/test/privacy/gone.test.ts',
  'services operator-session': 'is looked up by its digest, and keys nothing',
};

/** EN 303 645 5.5-8, G045 CR-1-3: from the factory to the renewal of every key, no key serves two purposes. */
describe('the keys of a line at work', { timeout: 400_000 }, () => {
  let watch: KeyWatch;
  let fleet: Fleet;
  before(async () => {
    watch = watchKeys(purposeOf);
    fleet = await startFleet(2);
    await everythingThatUsesAKey(fleet);
  });
  after(async () => {
    await fleet?.stop();
    watch.stop();
  });

  it('each key serves one purpose, and that alone', () => {
    assert.ok(watch.served.size > 40, `${watch.served.size} keys were seen`);
    assert.deepEqual(
      [...watch.served.values()].filter((purposes) => purposes.size > 1).map((purposes) => [...purposes]),
      [],
    );
  });

  it('no key is used for anything that the registers do not have', () => {
    assert.deepEqual([...new Set(watch.unknown)], []);
  });

  it('every key of the registers is seen at work, or it is said why not', () => {
    const seen = new Set([...watch.served.values()].flatMap((purposes) => [...purposes]));
    const registered = [
      ...KEY_REGISTER.map(({ id }) => `device ${id}`),
      ...SERVICE_KEYS.map(({ id }) => `services ${id}`),
    ];
    assert.deepEqual(
      [...seen].filter((purpose) => !registered.includes(purpose)),
      [],
    );
    assert.deepEqual(registered.filter((purpose) => !seen.has(purpose)).sort(), Object.keys(NOT_SEEN).sort());
  });

  it('each device has keys of its own, and a renewed one is new', () => {
    for (const purpose of ['device panel', 'device channel', 'device data', 'device store']) {
      const keys = [...watch.served].filter(([, purposes]) => purposes.has(purpose));
      assert.ok(keys.length >= 4, `${purpose}: two devices, renewed once: ${keys.length} keys`);
    }
  });
});

describe('a key that is used twice', () => {
  it('is seen, and so is one that no register has', () => {
    const watch = watchKeys(purposeOf);
    try {
      const key = Buffer.alloc(32, 7);
      createSealer(key).seal('store-key', Buffer.from('a'));
      createSealer(key).seal('document/settings', Buffer.from('b'));
      createHmac('sha256', 'made up').update('c');
      const { privateKey } = generateKeyPairSync('ed25519');
      sign(null, Buffer.from('hearthward management command 1\n{}'), privateKey);
      sign(null, Buffer.from('an invoice'), privateKey);
      const doubled = [...watch.served.values()].filter((purposes) => purposes.size > 1);
      assert.deepEqual(doubled, [new Set(['device data', 'device store'])]);
      assert.deepEqual(watch.unknown, ['authenticate in testbed/test/single-purpose.test.ts', 'sign an invoice']);
    } finally {
      watch.stop();
    }
  });
});

/** One device sets up an app as second factor and renews its keys; operators sign in, ask it something and end it. */
async function everythingThatUsesAKey({ services, members }: Fleet): Promise<void> {
  const [device, other] = members;
  assert.ok(device && other);
  const owner = new Owner(Number(new URL(panelOf(device.running)).port));
  await owner.signIn(device.ownerPassword);
  await owner.choose('1');
  await owner.post('/security', '/security/code', { current: device.ownerPassword });
  const secret = /class="secret">([A-Z2-7 ]+)</.exec(await owner.page('/security/code'))?.[1]?.replaceAll(' ', '');
  assert.ok(secret);
  const code = codeAt(secret, stepAt(Date.now()));
  assert.equal((await owner.post('/security/code', '/security/code/confirm', { code })).status, 200);
  for (const { running } of members) {
    await until(() => running.isConnected());
    await running.keys.renew(['keystore', 'data', 'panel', 'channel']);
    await until(() => running.isConnected());
  }
  const password = await services.operators.createOperator('alice');
  const operator = new Owner(Number(new URL(services.site).port), '127.0.0.1');
  const came = await operator.post('/console/login', '/console/login', { user: 'alice', password });
  assert.equal(came.status, 303, came.body);
  const asked = {
    operator: 'alice',
    deviceId: device.deviceId,
    command: 'status',
    reason: 'the owner called us',
  } as const;
  assert.equal((await services.management.command(asked)).ok, true);
  await until(() => device.running.events(50).some(({ kind }) => kind === 'remote-command'));
  await device.running.stop();
  await device.start();
}
