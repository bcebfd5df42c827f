import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServicesFault } from '../../src/faults.ts';
import { DAY } from '../../src/clock.ts';
import { addProduct, revoke, rotate } from '../../src/updates/repository/ceremonies.ts';
import {
  addSignature,
  bytesOf,
  type Doc,
  fileOf,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
} from '../../src/updates/repository/metadata.ts';
import { publish } from '../../src/updates/repository/publish.ts';
import { onlineSigner } from '../../src/updates/repository/room.ts';
import { makeKeyFile, openKeyFile } from '../../src/updates/repository/signers/key-file.ts';
import { readRoleKey } from '../../src/updates/repository/signers/keys.ts';
import { makeTokenKey, openToken } from '../../src/updates/repository/signers/token.ts';
import { repositoryStatus } from '../../src/updates/repository/status.ts';
import { grantOf } from '../../src/updates/repository/state.ts';
import { begun, CEREMONY, CHEAP, openHall, START } from './hall.ts';

/** Drills: what docs/ceremonies.md tells people to do on a bad day, done here on every day. */
const faultOf = (code: string) => (error: unknown) => error instanceof ServicesFault && error.code === code;

test('drill: the root is rotated, and a device of the first day follows', async (t) => {
  const hall = await begun(t);
  const old = hall.walk();
  old.refresh(START);
  const people = ['Alice', 'Bob', 'Carol'];
  for (const joins of ['Frieda', 'Gus', 'Hana']) {
    const leaves = people.shift() ?? '';
    const change = {
      role: 'root',
      add: [(await hall.person(joins)).key],
      remove: [(await hall.person(leaves)).key.keyid],
    };
    const proposal = rotate(hall.room, hall.state(), change, CEREMONY);
    people.push(joins);
    const [first = '', second = ''] = people;
    assert.deepEqual(proposal.docs.map(fileOf), [`${hall.state().root.metadata.signed.version + 1}.root.json`]);
    assert.ok((await hall.pass(proposal, first, second)).ok);
  }
  assert.equal(hall.state().root.metadata.signed.version, 4);
  old.refresh(START);
  assert.equal(old.root.signed.version, 4);
  hall.walk().refresh(START);
});

test('drill: a new root without the old one’s people is refused, and so is one without its own', async (t) => {
  const hall = await begun(t);
  const add = [(await hall.person('Frieda')).key, (await hall.person('Gus')).key];
  const remove = [(await hall.person('Alice')).key.keyid, (await hall.person('Bob')).key.keyid];
  for (const [people, says] of [
    [['Frieda', 'Gus'], /root has 0 of the 2 signatures of root 1/],
    [['Carol', 'Frieda', 'Gus'], /root has 1 of the 2 signatures of root 1/],
    [['Alice', 'Bob'], /root has 0 of the 2 signatures of root 2/],
  ] as const) {
    const refused = await hall.pass(
      rotate(hall.room, hall.state(), { role: 'root', add, remove }, CEREMONY),
      ...people,
    );
    assert.ok(!refused.ok);
    assert.match(refused.because, says);
  }
  assert.equal(hall.state().root.metadata.signed.version, 1);
});

test('drill: a stolen key of two is revoked everywhere, and what the thief signs counts no more', async (t) => {
  const hall = await begun(t);
  const device = hall.walk();
  device.refresh(START);
  const stolen = (await hall.person('Dora')).key.keyid;
  const gus = (await hall.person('Gus')).key;
  const few = await hall.pass(revoke(hall.room, hall.state(), { keyid: stolen }, CEREMONY), 'Alice', 'Bob', 'Emil');
  assert.ok(!few.ok);
  assert.equal(few.code, 'roles-weak');
  const proposal = revoke(hall.room, hall.state(), { keyid: stolen.slice(0, 16), replacement: gus }, CEREMONY);
  assert.deepEqual(
    proposal.docs.map(({ role }) => role),
    ['root', 'targets', 'hub', 'hub-security'],
  );
  assert.ok((await hall.pass(proposal, 'Alice', 'Bob', 'Emil', 'Gus')).ok);
  device.refresh(START);
  assert.ok(device.find('hub/offers.json', START));
  const next = () => makeTargets('hub', 3, '2026-09-01T00:00:00Z', {});
  const about = { v: 1, what: 'x', who: 'x', why: 'x', holders: {} } as const;
  const refused = await hall.pass({ about, docs: [next()] }, 'Dora', 'Emil');
  assert.ok(!refused.ok);
  assert.match(refused.because, /hub has 1 of the 2/);
  assert.ok((await hall.pass({ about, docs: [next()] }, 'Gus', 'Emil')).ok);
  device.refresh(START);
});

test('drill: online keys are stolen and run ahead; new ones bring every device back', async (t) => {
  const hall = await begun(t);
  const device = hall.walk();
  device.refresh(START);
  // the thief: the highest versions, signed with the true keys, so that no later one of ours would count
  const state = hall.state();
  const stolen = Object.fromEntries(
    ['snapshot', 'timestamp'].map((role) => [role, onlineSigner(hall.room, role, grantOf(state.root, role).keyids)]),
  );
  const run = (version: number) => {
    const docs = [state.targets, ...state.delegated.values()];
    const sign = <T extends Doc>(doc: T): T => {
      const signer = stolen[doc.role];
      assert.ok(signer);
      addSignature(doc, signer);
      return doc;
    };
    const snapshot = sign(makeSnapshot(version, '2026-12-01T00:00:00Z', docs));
    const timestamp = sign(makeTimestamp(version, '2026-12-01T00:00:00Z', snapshot));
    return [snapshot, timestamp];
  };
  const metadata = join(hall.room.files.path, 'metadata');
  const before = readFileSync(join(metadata, 'timestamp.json'));
  for (const doc of run(2 ** 31 - 1)) writeFileSync(join(metadata, fileOf(doc)), bytesOf(doc));
  device.refresh(START);
  assert.equal(device.timestamp?.signed.version, 2 ** 31 - 1);
  // a key that was used elsewhere is seen: what it signed is in no log
  const { log } = repositoryStatus(hall.room, hall.state());
  assert.ok('because' in log && /2147483647\.snapshot\.json was signed and is not in the log/.test(log.because));
  // the operator puts back what was there; the device that met the thief takes none of it
  const ahead = readFileSync(join(metadata, 'timestamp.json'));
  writeFileSync(join(metadata, 'timestamp.json'), before);
  assert.throws(() => device.refresh(START), /rolled back/);
  // or leaves it there, which the drill must survive as well
  writeFileSync(join(metadata, 'timestamp.json'), ahead);

  const keys = join(hall.room.folder, 'keys');
  const held = () =>
    readdirSync(keys)
      .filter((name) => /^online-(snapshot|timestamp)\.\d+\.key$/.test(name))
      .sort();
  assert.deepEqual(held(), ['online-snapshot.1.key', 'online-timestamp.1.key']);
  for (const role of ['snapshot', 'timestamp']) {
    const proposal = rotate(hall.room, hall.state(), { role, add: [], remove: [] }, CEREMONY);
    assert.ok((await hall.pass(proposal, 'Bob', 'Carol')).ok);
  }
  assert.deepEqual(held(), ['online-snapshot.2.key', 'online-timestamp.2.key']);
  device.refresh(START);
  assert.equal(device.root.signed.version, 3);
  assert.ok((device.timestamp?.signed.version ?? 0) < 10);
  assert.ok('head' in repositoryStatus(hall.room, hall.state()).log);
  for (const doc of run(99)) writeFileSync(join(metadata, fileOf(doc)), bytesOf(doc));
  assert.throws(() => device.refresh(START), /signed by 0\/1/);
});

test('drill: the key that times offers is stolen; another one takes its place in the targets', async (t) => {
  const hall = await begun(t);
  const device = hall.walk();
  device.refresh(START);
  const old = grantOf(hall.state().targets, 'hub-rollout').keyids;
  const proposal = rotate(hall.room, hall.state(), { role: 'hub-rollout', add: [], remove: [] }, CEREMONY);
  assert.deepEqual(proposal.docs.map(fileOf), ['2.targets.json']);
  assert.ok((await hall.pass(proposal, 'Dora', 'Emil')).ok);
  assert.notDeepEqual(grantOf(hall.state().targets, 'hub-rollout').keyids, old);
  hall.clock.at += DAY;
  device.refresh(hall.clock.at);
  assert.equal(device.find('hub/offers.json', hall.clock.at)?.role, 'hub-rollout');
  assert.throws(() => onlineSigner(hall.room, 'hub-rollout', old), faultOf('data-damaged'));
});

test('a second product line has keys of its own', async (t) => {
  const hall = await begun(t);
  const releases = [(await hall.person('Ivan')).key, (await hall.person('Jo')).key];
  const refused = (product: string) => () => addProduct(hall.room, hall.state(), { product, releases }, CEREMONY);
  for (const product of ['hub-security', 'root', 'timestamp', '../x', 'Hub']) assert.throws(refused(product));
  assert.throws(refused('hub'), faultOf('already-there'));
  const proposal = addProduct(hall.room, hall.state(), { product: 'camera', releases }, CEREMONY);
  assert.ok((await hall.pass(proposal, 'Dora', 'Emil', 'Ivan', 'Jo')).ok);
  const device = hall.walk();
  device.refresh(START);
  assert.ok(device.find('camera/offers.json', START));
  const about = { v: 1, what: 'x', who: 'x', why: 'x', holders: {} } as const;
  const doc = makeTargets('hub', 2, '2026-09-01T00:00:00Z', {});
  const others = await hall.pass({ about, docs: [doc] }, 'Ivan', 'Jo');
  assert.ok(!others.ok);
  assert.match(others.because, /hub has 0 of the 2/);
});

test('an offline key opens with its passphrase alone, and no altered file opens', async () => {
  const passphrase = Buffer.from('twelve bytes and more');
  await assert.rejects(makeKeyFile('Alice', Buffer.from('short'), CHEAP), faultOf('passphrase-weak'));
  const { text, key } = await makeKeyFile('Alice', passphrase, CHEAP);
  assert.doesNotMatch(text, /PRIVATE|twelve/);
  const signer = await openKeyFile(text, passphrase, 'a.key');
  assert.deepEqual(signer.key, key);
  signer.close();
  assert.throws(() => signer.sign(Buffer.from('x')), faultOf('key-refused'));
  await assert.rejects(
    openKeyFile(text, Buffer.from('twelve bytes and less'), 'a.key'),
    /not opened by its passphrase/,
  );
  for (const altered of [
    text.replace('"Alice"', '"Mallory"'),
    text.replace(/"sealed": "(.)/, (_, first: string) => `"sealed": "${first === 'A' ? 'B' : 'A'}`),
    text.replace(/"memoryKib": \d+/, '"memoryKib": 99999999'),
    text.replace(/"keyid": "../, '"keyid": "00'),
    text.slice(0, -20),
    '[]',
  ])
    await assert.rejects(openKeyFile(altered, passphrase, 'a.key'), faultOf('key-refused'));
  assert.throws(
    () => readRoleKey(JSON.stringify({ ...key, keyid: '0'.repeat(64) }), 'a.pub'),
    /not named after its key/,
  );
});

const SOFTHSM = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find((path) =>
  existsSync(path),
);

test(
  'a key in a token signs, and no PIN is taken from a file that others read',
  { skip: SOFTHSM ? false : 'needs softhsm2 and opensc' },
  async (t) => {
    const hall = openHall(t);
    const tokens = join(hall.dir, 'tokens');
    mkdirSync(tokens);
    const configuration = join(hall.dir, 'softhsm2.conf');
    writeFileSync(configuration, `directories.tokendir = ${tokens}\n`);
    const environment = { SOFTHSM2_CONF: configuration };
    execFileSync(
      'softhsm2-util',
      ['--init-token', '--free', '--label', 'dora', '--pin', '246810', '--so-pin', '135790'],
      {
        env: { ...process.env, ...environment },
        stdio: 'ignore',
      },
    );
    const pinFile = join(hall.dir, 'pin');
    writeFileSync(pinFile, '246810\n', { mode: 0o600 });
    const settings = { module: SOFTHSM ?? '', token: 'dora', pinFile, environment };
    const { id, key } = makeTokenKey(settings, 'Dora in a token');
    const begunHall = await begun(t);
    const change = { role: 'root', add: [key], remove: [(await begunHall.person('Bob')).key.keyid] };
    const signed = await begunHall.signed(
      rotate(begunHall.room, begunHall.state(), change, CEREMONY),
      'Alice',
      'Carol',
    );
    const [root] = signed.docs;
    assert.ok(root);
    addSignature(root, openToken(settings, id, 'Dora in a token'));
    assert.ok(publish(begunHall.room, { ...CEREMONY, docs: [root], holders: signed.about.holders }).ok);
    // the next root needs two, and the token is one of them
    const again = {
      role: 'root',
      add: [(await begunHall.person('Gus')).key],
      remove: [(await begunHall.person('Carol')).key.keyid],
    };
    const next = await begunHall.signed(rotate(begunHall.room, begunHall.state(), again, CEREMONY), 'Alice');
    const [second] = next.docs;
    assert.ok(second);
    assert.ok(!publish(begunHall.room, { ...CEREMONY, docs: [second] }).ok);
    addSignature(second, openToken(settings, id, 'Dora in a token'));
    assert.ok(publish(begunHall.room, { ...CEREMONY, docs: [second], holders: next.about.holders }).ok);
    const device = begunHall.walk();
    device.refresh(START);
    assert.equal(device.root.signed.version, 3);

    chmodSync(pinFile, 0o644);
    assert.throws(() => openToken(settings, id, 'Dora'), /others can read the PIN file/);
    chmodSync(pinFile, 0o600);
    writeFileSync(pinFile, '000000\n');
    assert.throws(() => openToken(settings, id, 'Dora'), /refuses the PIN/);
    assert.throws(() => openToken({ ...settings, token: 'emil' }, id, 'Dora'), faultOf('token-absent'));
  },
);
