import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { stateFileOf } from '../../src/processes/folder.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import { openRenewal, type RenewedKey } from '../../src/secrets/renewal.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import type { Signer } from '../../src/secrets/signer.ts';
import { openStore, type SealedStore } from '../../src/store/store.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

describe('renewal of keys', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    await manufactured(folder.path);
  });
  afterEach(() => folder.remove());

  const YEAR = 365 * 24 * 3_600_000;
  const START = Date.parse('2026-06-01');

  /** What core has of a device's keys, as `assembleDevice` puts it together. */
  const opened = async (
    given: { now?: number; signer?: (own: Signer) => Signer; store?: (own: SealedStore) => SealedStore } = {},
  ) => {
    const signer = openSoftwareSigner(folder.path, { now: () => given.now ?? START });
    const { key, earlier } = await signer.release('data');
    const store = openStore({
      path: stateFileOf(folder.path),
      sealer: createSealer(key),
      ...(earlier ? { earlier: createSealer(earlier) } : {}),
    });
    if (earlier) {
      store.renew(store.sealing(), createSealer(key));
      await signer.settle();
    }
    const { certificates } = await signer.release('panel');
    const renewed: RenewedKey[] = [];
    const panelKeys: string[] = [];
    const renewal = openRenewal({
      store: given.store?.(store) ?? store,
      signer: given.signer?.(signer) ?? signer,
      clock: { now: () => given.now ?? START },
      panelCertificate: certificates[0] ?? '',
      usePanelKey: (released) => panelKeys.push(released.certificates[0] ?? ''),
      channel: { renew: async () => true, fingerprint: () => undefined, algorithm: () => undefined },
      renewed: (key) => renewed.push(key),
    });
    const close = (): void => {
      store.close();
      signer.close();
    };
    return { signer, store, renewal, renewed, panelKeys, key, close };
  };

  test('the data key is replaced: state stays, the old key opens nothing', async () => {
    const device = await opened();
    device.store.write('room', { text: 'kept' });
    const before = Buffer.from(device.key);
    await device.renewal.renew(['data']);
    assert.deepEqual(device.store.read('room'), { text: 'kept' });
    assert.deepEqual(device.renewed, ['data']);
    device.close();
    assert.throws(() => openStore({ path: stateFileOf(folder.path), sealer: createSealer(before) }), {
      code: 'data-damaged',
    });
    const again = await opened();
    assert.notDeepEqual(again.key, before);
    assert.deepEqual(again.store.read('room'), { text: 'kept' });
    again.close();
  });

  for (const step of [
    'before the signer',
    'after the signer',
    'in the store',
    'after the store',
    'after settling',
  ] as const) {
    test(`a power cut ${step} loses nothing, and the next start finishes the renewal`, async () => {
      const cut = (): never => {
        throw new Error('power cut');
      };
      const device = await opened({
        signer: (own) => ({
          ...own,
          renew: async (id) => {
            if (step === 'before the signer') cut();
            const made = await own.renew(id);
            return step === 'after the signer' ? cut() : made;
          },
          settle: async () => {
            if (step === 'after the store') cut();
            await own.settle();
            if (step === 'after settling') cut();
          },
        }),
        store: (own) => ({
          ...own,
          renew: (by, under) => own.renew(by, step === 'in the store' && under ? { ...under, seal: cut } : under),
        }),
      });
      device.store.write('room', { text: 'kept' });
      await assert.rejects(device.renewal.renew(['data']), /power cut/);
      device.close();

      const again = await opened();
      assert.deepEqual(again.store.read('room'), { text: 'kept' });
      again.close();
      const settled = await opened();
      assert.equal((await settled.signer.renew('data')).earlier?.length, 32, 'nothing is left unfinished');
      settled.close();
    });
  }

  for (const step of ['the store', 'the signer'] as const) {
    test(`a renewal that ${step} could not follow is tried again without a restart, and loses nothing`, async () => {
      let full = true;
      const fails = (): never => {
        throw new Error('the disk is full');
      };
      const device = await opened({
        store: (own) => ({
          ...own,
          renew: (by, under) =>
            own.renew(by, step === 'the store' && full && under ? { ...under, seal: fails } : under),
        }),
        signer: (own) => ({ ...own, settle: async () => (step === 'the signer' && full ? fails() : own.settle()) }),
      });
      device.store.write('room', { text: 'kept' });
      await assert.rejects(device.renewal.renew(['data']), /the disk is full/);
      assert.deepEqual(device.renewed, []);
      device.store.write('room', { text: 'changed meanwhile' });
      device.store.erase(['nothing']);
      await assert.rejects(device.renewal.renewDue(), /the disk is full/, 'still full');
      full = false;
      await device.renewal.renewDue();
      assert.deepEqual(device.renewed, ['data']);
      assert.deepEqual(device.store.read('room'), { text: 'changed meanwhile' });
      await device.renewal.renew(['data']);
      device.close();
      const again = await opened();
      assert.deepEqual(again.store.read('room'), { text: 'changed meanwhile' });
      again.close();
    });
  }

  test('everything sealed moves to another algorithm, and later starts keep it', async () => {
    const device = await opened();
    device.store.write('room', { text: 'kept' });
    assert.equal(device.store.sealing(), 'aes-256-gcm');
    await device.renewal.sealWith('chacha20-poly1305');
    device.store.write('later', 1);
    device.close();
    const again = await opened();
    assert.equal(again.store.sealing(), 'chacha20-poly1305');
    again.store.erase(['later']);
    assert.equal(again.store.sealing(), 'chacha20-poly1305', 'an erasure keeps it');
    assert.deepEqual(again.store.read('room'), { text: 'kept' });
    await again.renewal.sealWith('chacha20-poly1305');
    assert.deepEqual(again.renewed, [], 'what is there already is left alone');
    again.close();
  });

  test('a key is replaced when its declared age is over, not before', async () => {
    (await opened()).close();
    const young = await opened({ now: START + YEAR - 1 });
    await young.renewal.renewDue();
    assert.deepEqual(young.renewed, []);
    young.close();
    const old = await opened({ now: START + YEAR });
    await old.renewal.renewDue();
    assert.deepEqual(old.renewed, ['keystore', 'data']);
    await old.renewal.renewDue();
    assert.deepEqual(old.renewed, ['keystore', 'data'], 'once');
    old.close();
  });

  test('the panel’s key is replaced, and both fingerprints are kept for the owner, also when the power goes in between', async () => {
    const fingerprint = (pem: string): string =>
      createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
    const device = await opened();
    const [label = ''] = device.renewal.panelFingerprints();
    await device.renewal.renew(['panel']);
    const [used = ''] = device.panelKeys;
    assert.deepEqual(device.renewal.panelFingerprints(), [label, fingerprint(used)]);
    // as if the power had gone right after the signer's write
    const { certificates } = await device.signer.renew('panel');
    device.close();
    const again = await opened();
    assert.deepEqual(again.renewal.panelFingerprints(), [label, fingerprint(used), fingerprint(certificates[0] ?? '')]);
    again.close();
  });
});
