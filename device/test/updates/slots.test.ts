import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { beginStart } from '../../src/updates/slots/begin.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { armed, confirmed } from '../../src/updates/slots/moves.ts';
import { otherSlot, type SlotName } from '../../src/updates/slots/records.ts';
import { installFirstImage, keep, readRecord, stageImage, type ImageSource } from '../../src/updates/slots/slots.ts';
import { verifySlot } from '../../src/updates/slots/verify.ts';
import { temporaryFolder } from '../stand-in/factory.ts';
import { imageOf } from '../stand-in/images.ts';

const SLOT_BYTES = 1_000_000;
const one = imageOf({ number: 1, securityVersion: 3 });
const two = imageOf({ number: 2, securityVersion: 4 });
const options = { running: 'a', slotBytes: SLOT_BYTES } as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let slots: string;

describe('the slots', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    slots = join(folder.path, 'slots');
    mkdirSync(slots);
    assert.ok((await installFirstImage(systemDisk, slots, one, SLOT_BYTES)).ok);
  });
  afterEach(() => folder.remove());

  const record = () => {
    const held = readRecord(systemDisk, slots);
    assert.ok(held);
    return held.record;
  };
  const begin = () => {
    const beginning = beginStart(systemDisk, slots);
    assert.ok(beginning.ok);
    return beginning;
  };
  const everyFile = (within: string): string[] =>
    readdirSync(join(slots, within), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  /** Slot a has `one` as the fallback, slot b runs `two`. */
  const updated = async (): Promise<void> => {
    assert.ok((await stageImage(systemDisk, slots, two, options)).ok);
    keep(systemDisk, slots, armed(record(), two.image.digest));
    assert.equal(begin().slot, 'b');
    keep(systemDisk, slots, confirmed(record(), two.image.digest));
  };

  test('an image lies in its slot as it was signed, and is staged only then', async () => {
    await updated();
    assert.equal(readFileSync(join(slots, 'b/files/hub.js'), 'utf8'), "console.log('hub 2')");
    assert.ok(verifySlot(systemDisk, slots, 'b', two.image.digest).ok);
    assert.deepEqual(begin(), {
      ok: true,
      slot: 'b',
      image: two.image,
      entry: 'hub.js',
      bad: [],
      recordsLost: false,
    });
  });

  test('any one bit flipped in any file of either slot, or in either record, leaves a whole image that starts', async () => {
    await updated();
    const kept = join(folder.path, 'kept');
    cpSync(slots, kept, { recursive: true });
    const files = everyFile('.');
    assert.equal(files.length, 2 + 2 * (one.files.length + 2));
    for (const file of files) {
      const bytes = readFileSync(file);
      const at = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      writeFileSync(file, bytes);
      const within = file.slice(slots.length + 1);
      const begun = begin();
      // only what b itself consists of can make it fall back; facts serve where both records are lost
      const hurts = within.startsWith('b/') && within !== 'b/facts';
      assert.equal(begun.slot, hurts ? 'a' : 'b', within);
      assert.ok(verifySlot(systemDisk, slots, begun.slot, begun.image.digest).ok);
      if (hurts) {
        const [bad] = begun.bad;
        assert.equal(bad?.path, within.replace(/^b\/(?:files\/)?/, ''));
        assert.deepEqual(record().slots.b, { state: 'failed', image: two.image, because: 'slot-damaged' });
      }
      rmSync(slots, { recursive: true });
      cpSync(kept, slots, { recursive: true });
    }
  });

  test('both records lost: the image that was confirmed first starts, and the next update goes on from there', async () => {
    await updated();
    for (const name of ['record-0', 'record-1']) writeFileSync(join(slots, name), 'decayed');
    const begun = begin();
    assert.deepEqual([begun.slot, begun.recordsLost], ['a', true]);
    assert.equal(record().active, 'a');
    assert.ok((await stageImage(systemDisk, slots, two, options)).ok);
  });

  test('nothing whole: no start, and the reason', async () => {
    await updated();
    for (const name of ['a', 'b']) writeFileSync(join(slots, name, 'files/hub.js'), 'planted');
    const begun = beginStart(systemDisk, slots);
    assert.ok(!begun.ok);
    assert.equal(begun.code, 'no-slot');
  });

  for (const [what, change, because] of [
    [
      'a module that the manifest does not name',
      (files: string) => writeFileSync(join(files, 'lib/extra.js'), ''),
      'unlisted',
    ],
    ['a file that became executable', (files: string) => chmodSync(join(files, 'hub.js'), 0o755), 'mode'],
    ['a file that is gone', (files: string) => rmSync(join(files, 'lib/same.js')), 'missing'],
    [
      'a link in the place of a file',
      (files: string) => {
        rmSync(join(files, 'hub.js'));
        symlinkSync('/etc/passwd', join(files, 'hub.js'));
      },
      'not-a-file',
    ],
    [
      'a link in the place of a folder',
      (files: string) => {
        cpSync(join(files, 'lib'), join(folder.path, 'elsewhere'), { recursive: true });
        rmSync(join(files, 'lib'), { recursive: true });
        symlinkSync(join(folder.path, 'elsewhere'), join(files, 'lib'));
      },
      'unlisted',
    ],
    [
      'a file in the place of a folder',
      (files: string) => {
        rmSync(join(files, 'lib'), { recursive: true });
        writeFileSync(join(files, 'lib'), '');
      },
      'unreadable',
    ],
  ] as const) {
    test(`refuses to start a slot with ${what}`, () => {
      change(join(slots, 'a/files'));
      const verified = verifySlot(systemDisk, slots, 'a', one.image.digest);
      assert.equal(verified.ok ? '' : verified.because, because);
      assert.equal(beginStart(systemDisk, slots).ok, false);
    });
  }

  const sources: readonly (readonly [string, ImageSource, string])[] = [
    ['bytes that are not what was signed', { ...two, open: () => [Buffer.alloc(20, 'x')] }, 'bytes-corrupt'],
    ['more bytes than were signed', { ...two, open: () => endless() }, 'bytes-corrupt'],
    ['a manifest that is not the signed one', { ...two, manifest: one.manifest }, 'bytes-corrupt'],
    ['an image of another number than its release', { ...two, image: { ...two.image, number: 7 } }, 'image-mismatch'],
    ['an image of another product', { ...two, product: 'camera' }, 'image-mismatch'],
    [
      'an image that leaves its slot',
      imageOf({ number: 2, securityVersion: 4 }, { 'hub.js': '', '../x': '' }),
      'image-refused',
    ],
    ['an image below the floor', imageOf({ number: 2, securityVersion: 2 }), 'below-floor'],
  ];
  for (const [what, source, code] of sources) {
    test(`refuses to stage ${what}, and starts what it had`, async () => {
      const before = record();
      const answer = await stageImage(systemDisk, slots, source, options);
      assert.equal(answer.ok ? '' : answer.code, code);
      assert.deepEqual(record().slots, before.slots, 'slot b is named by no record');
      assert.equal(existsSync(join(folder.path, 'x')), false);
      assert.equal(begin().slot, 'a');
    });
  }

  test('refuses an image larger than a slot before a byte of it is written', async () => {
    const answer = await stageImage(systemDisk, slots, two, { ...options, slotBytes: 10 });
    assert.equal(answer.ok ? '' : answer.code, 'image-refused');
    assert.equal(existsSync(join(slots, 'b')), false);
  });

  test('staging again what is there and whole writes nothing; what is damaged is written anew', async () => {
    assert.ok((await stageImage(systemDisk, slots, two, options)).ok);
    const first = record();
    const untouched: ImageSource = { ...two, open: () => assert.fail('nothing is read') };
    assert.ok((await stageImage(systemDisk, slots, untouched, options)).ok);
    assert.deepEqual(record(), first);
    writeFileSync(join(slots, 'b/files/hub.js'), 'damaged');
    assert.ok((await stageImage(systemDisk, slots, two, options)).ok);
    assert.ok(verifySlot(systemDisk, slots, 'b', two.image.digest).ok);
  });

  test('the slot that runs is never written', async () => {
    await updated();
    const three = imageOf({ number: 3, securityVersion: 4 });
    for (const running of ['a', 'b'] as const satisfies SlotName[]) {
      const answer = await stageImage(systemDisk, slots, three, { running, slotBytes: SLOT_BYTES });
      assert.equal(answer.ok, running === record().active, running);
      assert.ok(verifySlot(systemDisk, slots, record().active, two.image.digest).ok);
    }
    assert.equal(record().slots[otherSlot('b')].state, 'staged');
  });
});

function* endless(): Generator<Uint8Array> {
  for (;;) yield Buffer.alloc(1000);
}
