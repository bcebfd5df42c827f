import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { guardSlots, tellOfStart } from '../../src/integrity/slots.ts';
import { keepQuarantine, type QuarantineKeeper } from '../../src/quarantine/keeper.ts';
import { beginStart, couldBegin } from '../../src/updates/slots/begin.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { encodeRecord, type SlotRecord } from '../../src/updates/slots/records.ts';
import { readRecord, writeRecord } from '../../src/updates/slots/slots.ts';
import { readEnvelope } from '../../src/updates/tuf/envelope.ts';
import { slotted, type Slotted } from './slotted.ts';

describe('integrity of slots', () => {
  let unit: Slotted;
  let record: SlotRecord;
  before(async () => {
    unit = await slotted();
    record = readRecord(systemDisk, unit.slots)?.record ?? assert.fail('no record');
  });
  after(() => unit.remove());
  const closers: (() => void)[] = [];
  let quarantine: QuarantineKeeper;
  let now: number;
  beforeEach(() => {
    // as it was, whatever the test before has had written
    writeRecord(systemDisk, unit.slots, record);
    writeRecord(systemDisk, unit.slots, { ...record, sequence: record.sequence + 1n });
    const dataDir = mkdtempSync(join(tmpdir(), 'hearthward-held-'));
    closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
    now = Date.UTC(2026, 0, 1);
    quarantine = keepQuarantine({
      dataDir,
      disk: systemDisk,
      now: () => now,
      say: () => undefined,
      software: () => undefined,
    });
    closers.push(quarantine.close);
  });
  afterEach(() => {
    for (const close of closers.splice(0).reverse()) close();
  });
  const found = () => quarantine.state().held?.found.map(({ cause, detail }) => `${cause} ${detail}`);
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

  test('signatures lead from the factory’s root over every change of keys to the image', () => {
    const signed = readEnvelope(Buffer.from(unit.trust.root ?? ''), unit.envelope);
    assert.deepEqual(signed, unit.two);
    assert.equal(couldBegin(systemDisk, unit.slots, 0, unit.trust), 'b');
  });

  test('a bit that flips in any file of a slot, its manifest or its signatures is found at the start', () => {
    const place = fc.record({ file: fc.constantFrom(...unit.filesOf('b')), bit: fc.nat(10_000_000) });
    const check = fc.property(place, ({ file, bit }) =>
      unit.flipped(file, bit, () => assert.equal(couldBegin(systemDisk, unit.slots, 0, unit.trust), 'a', file)),
    );
    fc.assert(check, { numRuns: 200 });
  });

  test('what was altered gives way to the image that is whole, and the device is held, told and mended', () => {
    const [file = ''] = unit.filesOf('b').filter((path) => path.endsWith('main.js'));
    unit.flipped(file, 9, () => {
      const beginning = beginStart(systemDisk, unit.slots, 0, unit.trust);
      assert.ok(beginning.ok);
      assert.equal(beginning.slot, 'a');
      tellOfStart(quarantine, beginning);
    });
    assert.deepEqual(found(), ['integrity slot-b digest,main.js']);
    assert.equal(quarantine.state().held?.found[0]?.recovered, true);
  });

  test('a whole image that nobody signed does not start, whatever the record says of it', () => {
    const manifestAt = join(unit.slots, 'b', 'image.json');
    const mainAt = join(unit.slots, 'b', 'files', 'main.js');
    const were = [readFileSync(manifestAt), readFileSync(mainAt)] as const;
    const evil = Buffer.from('console.log("mine now")\n');
    const image = JSON.parse(were[0].toString()) as { files: { path: string; sha256: string; length: number }[] };
    const main = image.files.find(({ path }) => path === 'main.js') ?? assert.fail('no entry');
    Object.assign(main, { sha256: sha256(evil), length: evil.length });
    const manifest = Buffer.from(JSON.stringify(image));
    writeFileSync(manifestAt, manifest);
    writeFileSync(mainAt, evil);
    const forged = { ...unit.two, digest: sha256(manifest) };
    const b = { state: 'confirmed', image: forged } as const;
    writeRecord(systemDisk, unit.slots, { ...record, slots: { ...record.slots, b }, sequence: record.sequence + 2n });
    try {
      assert.equal(couldBegin(systemDisk, unit.slots, 0), 'b', 'the record alone would start it');
      assert.equal(couldBegin(systemDisk, unit.slots, 0, unit.trust), 'a');
      const beginning = beginStart(systemDisk, unit.slots, 0, unit.trust);
      assert.ok(beginning.ok);
      tellOfStart(quarantine, beginning);
      assert.deepEqual(found(), ['integrity slot-b unsigned,signed.json']);
    } finally {
      writeFileSync(manifestAt, were[0]);
      writeFileSync(mainAt, were[1]);
    }
  });

  test('a record lifts no image over the floor by another security version than was signed', () => {
    const b = { state: 'confirmed', image: { ...unit.two, securityVersion: 9 } } as const;
    const lifted = { ...record, floor: 9, slots: { ...record.slots, b }, sequence: record.sequence + 2n };
    writeRecord(systemDisk, unit.slots, lifted);
    assert.equal(beginStart(systemDisk, unit.slots, 9, unit.trust).ok, false);
  });

  test('a bit that flips in either record starts nothing that is not signed; both lost are told', () => {
    for (const name of ['record-0', 'record-1']) {
      for (let bit = 0; bit < 512 * 8; bit += 61) {
        unit.flipped(join(unit.slots, name), bit, () => {
          assert.ok(couldBegin(systemDisk, unit.slots, 0, unit.trust));
        });
      }
    }
    for (const name of ['record-0', 'record-1'])
      writeFileSync(join(unit.slots, name), encodeRecord(record).fill(7, 40));
    const beginning = beginStart(systemDisk, unit.slots, 0, unit.trust);
    assert.ok(beginning.ok);
    tellOfStart(quarantine, beginning);
    assert.deepEqual(found(), ['integrity slot-records']);
  });

  /** Watches slot b by a clock that the test moves. */
  const watching = (running: 'a' | 'b' = 'b') => {
    let due: { readonly at: number; readonly work: () => void } | undefined;
    const restarts: string[] = [];
    const watch = guardSlots({
      disk: systemDisk,
      folder: unit.slots,
      running: { slot: running, image: running === 'b' ? unit.two : unit.one },
      floor: 0,
      trust: unit.trust,
      quarantine: () => quarantine,
      beginAgain: () => void restarts.push('again'),
      fault: (thrown) => assert.fail(String(thrown)),
      pace: { now: () => 0, rest: async () => undefined },
      later: (work, millis) => {
        due = { at: now + millis, work };
        return () => (due = undefined);
      },
    });
    closers.push(watch.stop);
    const settle = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    };
    const pass = async (millis: number): Promise<void> => {
      now += millis;
      const reached = due && due.at <= now ? due : undefined;
      reached?.work();
      await settle();
    };
    return { watch, pass, restarts };
  };

  test('a bit that flips while it runs is found within the declared period, and the whole image begins', async () => {
    const { watch, pass, restarts } = watching();
    watch.every(3_600_000);
    const files = unit.filesOf('b');
    for (const [n, file] of files.entries()) {
      await pass(3_600_000);
      assert.equal(restarts.length, n, 'what is whole is left alone');
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      bytes[n % bytes.length] = (bytes[n % bytes.length] ?? 0) ^ 1;
      writeFileSync(file, bytes);
      await pass(3_599_999);
      assert.equal(restarts.length, n);
      await pass(1);
      assert.equal(restarts.length, n + 1, file);
      writeFileSync(file, whole);
    }
    assert.match(found()?.[0] ?? '', /^integrity slot-b /);
  });

  test('with nothing else to start, an altered device stays up and cut off', async () => {
    const one = join(unit.slots, 'a', 'files', 'main.js');
    const two = join(unit.slots, 'b', 'files', 'main.js');
    const { watch, restarts } = watching();
    const were = [readFileSync(one), readFileSync(two)] as const;
    writeFileSync(one, 'x');
    writeFileSync(two, 'y');
    const asked = watch.now();
    assert.equal(watch.now(), asked, 'whoever asks meanwhile hears of the same pass');
    assert.equal((await asked).ok, false);
    assert.deepEqual(restarts, []);
    assert.deepEqual(found(), ['integrity slot-b length,main.js']);
    assert.equal(watch.isGenuine(), false);
    writeFileSync(one, were[0]);
    writeFileSync(two, were[1]);
    assert.equal(watch.isGenuine(), true);
  });
});
