import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { publishRelease } from '@hearthward/testbed/updates';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { armed, confirmed } from '../../src/updates/slots/moves.ts';
import { keep, readRecord, stageImage } from '../../src/updates/slots/slots.ts';
import { envelopeOf } from '../integrity/slotted.ts';
import { childrenOf, endLoader, madeInSlots, releaseOf, SLOT_BYTES, startedInSlots } from '../stand-in/slotted.ts';

/** Altered software, with the loader and all processes as they run in a home. */

const closers: (() => unknown)[] = [];
const hubIn = (folder: string): string => JSON.stringify(new URL(folder, import.meta.url).href);
const image = (version: string) => `
    import { runDevice } from ${hubIn('../../src/index.ts')};
    import { hubOf } from ${hubIn('../stand-in/updated-hub.ts')};
    const { hub } = await import(${JSON.stringify(import.meta.resolve('@hearthward/example-hub/hub'))});
    await runDevice({
      declaration: hubOf('${version}'),
      product: hub,
      moduleUrl: import.meta.url,
      slots: { slotBytes: ${SLOT_BYTES}, trialMillis: 200 },
    });
  `;

describe('altered software', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const options = { skip: process.platform !== 'linux' && 'it looks at processes', timeout: 400_000 };

  test(
    'an altered image gives way to the whole one, and people see why; with no whole one, nothing starts',
    options,
    async () => {
      const { dataDir, repository, who } = await madeInSlots(releaseOf(image('1.0.0'), '1.0.0', 1), closers);
      const slots = join(dataDir, 'slots');
      const two = publishRelease(repository, releaseOf(image('2.0.0'), '2.0.0', 2));
      const signed = await envelopeOf(repository, two, join(dataDir, 'metadata'));
      const source = {
        image: { digest: two.digest, number: 2, securityVersion: two.release.securityVersion },
        product: 'hub',
        manifest: two.manifest,
        signed,
        open: () => [two.tree['main.js'] ?? Buffer.alloc(0)],
      };
      assert.ok((await stageImage(systemDisk, slots, source, { running: 'a', slotBytes: SLOT_BYTES })).ok);
      const record = () => readRecord(systemDisk, slots)?.record ?? assert.fail('no record');
      keep(systemDisk, slots, armed(record(), two.digest));
      keep(systemDisk, slots, confirmed(record(), two.digest));
      const main = (slot: 'a' | 'b'): string => join(slots, slot, 'files', 'main.js');
      await writeFile(main('b'), `${await readFile(main('b'), 'utf8')} `);

      const first = startedInSlots(dataDir, closers);
      assert.equal((await first.next('begun')).slot, 'a', 'the whole one starts');
      await first.next('ready');
      assert.match((await who.get('/setup')).body, /id="quarantine"[^]*changed by somebody who may not/);
      const [boot = 0] = await childrenOf(first.loader.pid ?? 0);
      const commands = await Promise.all(
        (await childrenOf(boot)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')),
      );
      assert.ok(!commands.some((command) => command.includes('updater')), 'nothing is brought from anywhere');
      await endLoader(first.loader);

      await writeFile(main('a'), 'process.exit(0);');
      const second = startedInSlots(dataDir, closers);
      await new Promise((resolve) => second.loader.once('exit', resolve));
      assert.equal(second.loader.exitCode, 65);
    },
  );
});
