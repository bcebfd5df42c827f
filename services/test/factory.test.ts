import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FactoryBundle } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { labelSvg, qrText } from '../src/factory/label.ts';
import {
  ALPHABET,
  checkBatch,
  isTied,
  makeBatchPasswords,
  makePassword,
  matches,
  PASSWORD_LENGTH,
} from '../src/factory/passwords.ts';
import { bench, identityRequest, makeDevice, makeKeys, type TestBench } from './bench.ts';

describe('label passwords', () => {
  const carriers = Array.from({ length: 100_000 }, (_, index) => ({
    serial: `HH${String(index).padStart(8, '0')}`,
    mac: `02:00:00:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`,
  }));
  const passwords = makeBatchPasswords(carriers);

  it('are-unique-in-a-hundred-thousand', () => {
    assert.equal(new Set(passwords).size, carriers.length);
  });

  it('have-80-bits-in-letters-that-nobody-confuses', () => {
    assert.equal(new Set(ALPHABET).size, 32);
    assert.equal(PASSWORD_LENGTH * Math.log2(ALPHABET.length), 80);
    assert.doesNotMatch(ALPHABET, /[01lo]/);
    const form = new RegExp(`^[${ALPHABET}]{16}$`);
    assert.ok(passwords.every((password) => form.test(password)));
  });

  it('are-uniform-at-every-position', () => {
    for (let position = 0; position < PASSWORD_LENGTH; position++)
      assert.ok(chiSquare(passwords.map((password) => password[position] ?? '')) < CRITICAL, `position ${position}`);
  });

  it('are-caught-where-the-source-is-biased', () => {
    let turn = 0;
    // a source whose bytes never have bit 3 set in every second call
    const biased = (bytes: number) =>
      Uint8Array.from({ length: bytes }, () => (turn++ * 37) & (turn % 2 ? 0xf7 : 0xff));
    const made = makeBatchPasswords(carriers.slice(0, 2000), biased);
    assert.ok(chiSquare(made.map((password) => password[1] ?? '')) > CRITICAL);
  });

  it('follow-neither-serial-nor-neighbour', () => {
    for (const shift of [0, 1]) {
      const same = passwords.filter((password, index) => password[0] === passwords[index + shift + 1]?.[0]).length;
      // 1 in 32 by chance, give or take six standard deviations
      assert.ok(Math.abs(same - carriers.length / 32) < 6 * Math.sqrt((carriers.length * 31) / 1024), `${same}`);
    }
    assert.equal(
      checkBatch(carriers.map((carrier, index) => ({ ...carrier, password: passwords[index] ?? '' }))),
      undefined,
    );
  });

  it('refuse-ties-in-any-case', () => {
    const carrier = { serial: 'AB12CD34', mac: '02:ab:cd:ef:99:88' };
    assert.equal(isTied('xxxx12cdxxxxxxxx', carrier), true);
    assert.equal(isTied('xxxxABCDxxxxxxxx', carrier), true);
    assert.equal(isTied('xxxx12cxxxxxxxxx', carrier), false);
    const tied = { ...carrier, password: '2222ab12cccccccc' };
    assert.equal(checkBatch([tied])?.code, 'password-tied');
    const free = 'mmmmnnnnppppqqqq';
    const twice = [carrier, { ...carrier, serial: 'QQQQ' }].map((c) => ({ ...c, password: free }));
    assert.equal(checkBatch(twice)?.code, 'password-repeated');
  });

  it('are-drawn-again-where-they-are-tied', () => {
    const draws = ['a', 'm'].map((letter) => Array.from({ length: 16 }, () => letter));
    const scripted = () => Uint8Array.from(draws.shift() ?? [], (letter) => ALPHABET.indexOf(letter));
    assert.equal(makePassword({ serial: 'AAAA', mac: '' }, scripted), 'mmmmmmmmmmmmmmmm');
  });
});

/** 31 degrees of freedom; a fair source exceeds it once in 10^6 */
const CRITICAL = 82.6;

function chiSquare(letters: readonly string[]): number {
  const expected = letters.length / ALPHABET.length;
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return ALPHABET.split('').reduce((sum, letter) => sum + ((counts.get(letter) ?? 0) - expected) ** 2 / expected, 0);
}

describe('factory', () => {
  let b: TestBench;
  before(async () => {
    b = await bench();
  });
  after(() => b.end());

  it('gives-a-device-identity-trust-and-label', async () => {
    const { bundle, label, initial } = await makeDevice(b.services, { serial: 'FIRST0001' });
    assert.ok(Value.Check(FactoryBundle, bundle));
    const leaf = new X509Certificate(bundle.initialIdentity[0] ?? '');
    assert.match(leaf.subject, new RegExp(`CN=${bundle.deviceId}`));
    assert.match(leaf.subject, /serialNumber=FIRST0001/);
    assert.equal(bundle.deviceId.includes('FIRST'), false);
    assert.equal(label.model, 'TH-1');
    assert.match(label.fingerprint, /^[0-9a-f]{64}$/);
    assert.equal(await matches(label.password, bundle.initialPassword), true);
    assert.equal(await matches(`${label.password}x`, bundle.initialPassword), false);
    const own = await crypto.subtle.exportKey('spki', initial.pair.publicKey);
    assert.deepEqual(leaf.publicKey.export({ type: 'spki', format: 'der' }), Buffer.from(own));
    const svg = labelSvg(label);
    assert.match(svg, /^<svg /);
    assert.ok(svg.includes(label.password) && svg.includes(label.serial) && svg.includes('TH-1'));
    assert.match(qrText(label), new RegExp(`#fingerprint=${label.fingerprint}&password=${label.password}$`));
  });

  it('keeps-no-password', async () => {
    const { label } = await makeDevice(b.services);
    for (const file of await readdir(b.dataDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = await readFile(join(file.parentPath, file.name));
      assert.equal(bytes.includes(label.password), false, file.name);
    }
  });

  it('seals-every-private-key', async () => {
    const dir = join(b.dataDir, 'authority');
    for (const name of (await readdir(dir)).filter((file) => file.endsWith('.key'))) {
      const bytes = await readFile(join(dir, name));
      // the object identifier of elliptic curve keys stands in every unsealed one
      assert.equal(bytes.includes(Buffer.from('2a8648ce3d0201', 'hex')), false, name);
    }
  });

  it('refuses-a-second-device-with-the-same-serial', async () => {
    const request = await identityRequest(await makeKeys(), { serial: 'TWICE0001' });
    const station = { operator: 'line-1', batch: 'b1' };
    assert.equal((await b.services.factory.makeDevice(request, station)).ok, true);
    const atOnce = await Promise.all(
      ['ONCE00001', 'ONCE00001', 'TWICE0001'].map(async (serial) =>
        b.services.factory.makeDevice(await identityRequest(await makeKeys(), { serial }), station),
      ),
    );
    assert.equal(atOnce.filter(({ ok }) => ok).length, 1);
    assert.ok(atOnce.every((made) => made.ok || made.code === 'serial-already-made'));
  });

  it('refuses-requests-that-are-none', async () => {
    const station = { operator: 'line-1', batch: 'b1' };
    const good = await identityRequest(await makeKeys());
    const bad: [string, unknown][] = [
      ['request-invalid', undefined],
      ['request-invalid', { ...good, serial: 'lower' }],
      ['product-unknown', { ...good, productId: 'toaster' }],
      ['panel-certificate-unreadable', { ...good, panelCertificate: 'none' }],
      ['request-unreadable', { ...good, csr: 'none' }],
      ['key-not-p256', { ...good, csr: (await makeKeys('P-384')).csrPem }],
    ];
    for (const [code, request] of bad) {
      const made = await b.services.factory.makeDevice(request, station);
      assert.equal(made.ok ? 'made' : made.code, code);
    }
    assert.equal((await b.services.factory.makeDevice(good, station)).ok, true);
  });

  it('gives-assessors-labels-that-are-never-sold', async () => {
    const lines = (await b.services.factory.samplePasswords(50)).trimEnd().split('\n');
    assert.equal(lines[0], 'serial,mac,password');
    assert.equal(lines.length, 51);
    const batch = lines.slice(1).map((line) => {
      const [serial = '', mac = '', password = ''] = line.split(',');
      return { serial, mac, password };
    });
    assert.equal(checkBatch(batch), undefined);
    assert.ok(batch.every(({ serial, mac }) => serial.startsWith('SAMPLE') && /^02(:[0-9a-f]{2}){5}$/.test(mac)));
  });
});
