import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FactoryBundle } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { labelSvg } from '../src/factory/label.ts';
import { qrText } from '../src/factory/layout.ts';
import { checkBatch } from '../src/factory/batch.ts';
import { openFactory } from '../src/factory/make.ts';
import { openLabelMarks } from '../src/factory/marks.ts';
import { matches } from '../src/factory/passwords.ts';
import { declarationOf } from './declaration.ts';
import { bench, identityRequest, makeDevice, makeKeys, type TestBench } from './bench.ts';
import { begun } from './updates/hall.ts';

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

  it('gives-a-device-the-newest-root-that-releases-are-believed-by', async (t) => {
    const before = await makeDevice(b.services, { serial: 'ROOT00001' });
    assert.equal(before.bundle.updates, undefined);
    const hall = await begun(t);
    cpSync(join(hall.dir, 'updates'), join(b.dataDir, 'updates'), { recursive: true });
    t.after(() => rmSync(join(b.dataDir, 'updates'), { recursive: true }));
    const after = await makeDevice(b.services, { serial: 'ROOT00002' });
    assert.ok(Value.Check(FactoryBundle, after.bundle));
    assert.equal(after.bundle.updates?.root, hall.room.files.read('metadata/1.root.json')?.toString());
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
      ['algorithm-refused', { ...good, csr: (await makeKeys('P-521')).csrPem }],
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

  it('makes-a-batch-whole-or-not-at-all', async () => {
    const station = { operator: 'line-1', batch: 'whole' };
    const order = async (serial: string) => identityRequest(await makeKeys(), { serial });
    const good = await b.services.factory.makeBatch([await order('WHOLE0001'), await order('WHOLE0002')], station);
    assert.equal(good.ok && good.devices.length, 2);
    const made = async () =>
      (await b.services.store.db.selectFrom('devices').select('serial').execute()).map(({ serial }) => serial);
    const before = await made();
    for (const [code, requests] of [
      ['serial-already-made', [await order('WHOLE0003'), await order('WHOLE0001')]],
      ['serial-repeated', [await order('WHOLE0004'), await order('WHOLE0004')]],
      ['request-invalid', [await order('WHOLE0005'), { serial: 'WHOLE0006' }]],
      ['batch-empty', []],
    ] as const) {
      const refused = await b.services.factory.makeBatch(requests, station);
      assert.equal(refused.ok ? 'made' : refused.code, code);
    }
    assert.deepEqual(await made(), before);
  });

  it('refuses-a-password-of-an-earlier-batch-and-keeps-only-marks', async () => {
    const { store } = b.services;
    const folder = join(b.dataDir, 'factory');
    const first = [
      { serial: 'A1', password: 'mmmmnnnnppppqqqq' },
      { serial: 'A2', password: 'qqqqppppnnnnmmmm' },
    ];
    const marks = await openLabelMarks(folder, store.db);
    assert.equal(await marks.keep(store.db, first), undefined);
    const again = await openLabelMarks(folder, store.db);
    const second = [
      { serial: 'B1', password: 'zzzzyyyyxxxxwwww' },
      { serial: 'B2', password: 'qqqqppppnnnnmmmm' },
    ];
    assert.equal(await again.keep(store.db, second), 'B2');
    // nothing of a refused batch is marked
    assert.equal(await again.keep(store.db, second.slice(0, 1)), undefined);
    const kept = JSON.stringify(await store.db.selectFrom('label_marks').selectAll().execute());
    assert.doesNotMatch(kept, /mmmm|qqqq/);
    // a key of another factory makes other marks: without the key a mark cannot be tried
    await assert.rejects(openLabelMarks(join(b.dataDir, 'elsewhere'), store.db), /label-marks\.key is missing/);
  });

  it('makes-nothing-where-the-generator-is-a-counter', async () => {
    let next = 0;
    const factory = openFactory({
      store: b.services.store,
      clock: b.clock,
      managementKey: '',
      updatesRoot: () => undefined,
      declarations: [declarationOf('hub')],
      services: () => ({ enrolment: '', messages: '', site: '' }),
      marks: { keep: async () => undefined },
      authority: {
        issueInitial: () => {
          throw new Error('nothing is to be issued');
        },
      } as never,
      random: (bytes) => {
        const number = next++;
        return Uint8Array.from({ length: bytes }, (_, at) => number >> (5 * (bytes - 1 - at)));
      },
    });
    const request = await identityRequest(await makeKeys(), { serial: 'COUNTED01' });
    const refused = await factory.makeDevice(request, { operator: 'line-1', batch: 'b1' });
    assert.equal(refused.ok ? 'made' : refused.code, 'generator-faulty');
  });
});
