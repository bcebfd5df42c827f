import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  makeRelease,
  offerOf,
  productLine,
  publishRelease,
  served,
  type MadeRelease,
} from '@hearthward/testbed/updates';
import { readEnvelope } from '../../src/updates/tuf/envelope.ts';
import { openMetadata } from '../../src/updates/tuf/client.ts';
import { metadataOver } from '../../src/updates/tuf/fetch.ts';
import { folderStore } from '../../src/updates/tuf/store.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { armed, confirmed } from '../../src/updates/slots/moves.ts';
import { installFirstImage, keep, readRecord, stageImage, type ImageSource } from '../../src/updates/slots/slots.ts';
import type { SlotTrust } from '../../src/updates/slots/trust.ts';

/** Two confirmed images in slots: the factory's in a, and in b a release that signatures reach; b is active. */

const NOW = Date.parse('2026-06-01T10:00:00Z');
const tree = (salt: string) => ({
  'main.js': Buffer.from(`console.log(${JSON.stringify(salt)})\n`),
  'lib/part.js': Buffer.from(`${'export const line = 1;\n'.repeat(30)}// ${salt}\n`),
  'empty.js': Buffer.alloc(0),
});
const SLOT_BYTES = 1_000_000;

export interface Slotted {
  readonly slots: string;
  readonly trust: SlotTrust;
  readonly envelope: Uint8Array;
  readonly one: ImageSource['image'];
  readonly two: ImageSource['image'];
  readonly filesOf: (slot: 'a' | 'b') => readonly string[];
  /** flips one bit while `work` runs */
  readonly flipped: <T>(file: string, bit: number, work: () => T) => T;
  readonly remove: () => void;
}

/** The signatures of a release, as a device brings and keeps them. */
export const envelopeOf = async (
  repository: ReturnType<typeof productLine>,
  made: MadeRelease,
  folder: string,
): Promise<Uint8Array> => {
  const network = served(repository);
  const metadata = openMetadata({
    store: folderStore(systemDisk, folder),
    factoryRoot: repository.last('root', 1),
    fetch: metadataOver((name, headers) => network.get(`metadata/${name}`, headers)),
    clock: { now: () => NOW },
    notBefore: NOW,
  });
  const believed = await metadata.refresh();
  assert.ok(believed.ok, JSON.stringify(believed));
  return (await believed.envelope(offerOf(made).image)) ?? assert.fail('the signatures are lost');
};

export const slotted = async (): Promise<Slotted> => {
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-whole-'));
  const slots = join(folder, 'slots');
  mkdirSync(slots);
  const repository = productLine('hub', NOW);
  const root = repository.last('root', 1).toString();
  // the manufacturer has changed its keys since the device was made
  for (let n = 0; n < 2; n++) {
    repository.rotateKeys('targets');
    repository.publish('root', 'targets', 'snapshot', 'timestamp');
  }
  const one = makeRelease(tree('one'), { product: 'hub', number: 1 });
  const two = publishRelease(repository, makeRelease(tree('two'), { product: 'hub', number: 2, securityVersion: 2 }));
  const envelope = await envelopeOf(repository, two, join(folder, 'metadata'));
  assert.ok(readEnvelope(Buffer.from(root), envelope));

  const imageOf = ({ digest, release }: typeof one) => ({
    digest,
    number: release.number,
    securityVersion: release.securityVersion,
  });
  const sourceOf = (made: typeof one, signed?: Uint8Array): ImageSource => ({
    image: imageOf(made),
    product: 'hub',
    manifest: made.manifest,
    signed,
    open: (sha256) => {
      const image = JSON.parse(made.manifest.toString()) as { files: { path: string; sha256: string }[] };
      const path = image.files.find((file) => file.sha256 === sha256)?.path ?? '';
      return [(made.tree as Record<string, Buffer>)[path] ?? Buffer.alloc(0)];
    },
  });
  assert.ok((await installFirstImage(systemDisk, slots, sourceOf(one), SLOT_BYTES)).ok);
  const staged = await stageImage(systemDisk, slots, sourceOf(two, envelope), { running: 'a', slotBytes: SLOT_BYTES });
  assert.ok(staged.ok);
  const record = () => readRecord(systemDisk, slots)?.record ?? assert.fail('no record');
  keep(systemDisk, slots, armed(record(), two.digest));
  keep(systemDisk, slots, confirmed(record(), two.digest));
  return {
    slots,
    trust: { root, first: imageOf(one) },
    envelope,
    one: imageOf(one),
    two: imageOf(two),
    filesOf: (slot) =>
      readdirSync(join(slots, slot), { recursive: true, encoding: 'utf8' })
        .map((name) => join(slots, slot, name))
        .filter((path) => statSync(path).isFile() && statSync(path).size > 0 && !path.endsWith('facts')),
    flipped: (file, bit, work) => {
      const whole = readFileSync(file);
      const bytes = Buffer.from(whole);
      const at = bit % (bytes.length * 8);
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      writeFileSync(file, bytes);
      try {
        return work();
      } finally {
        writeFileSync(file, whole);
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
