import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { asFault } from '../../src/driver/faults.ts';
import { startDeviceInProcess } from '../../src/index.ts';
import { decideSupervision, UNTROUBLED } from '../../src/processes/boot/supervise.ts';
import { readQuarantine, writeQuarantine } from '../../src/quarantine/record.ts';
import { decideQuarantine, FREE } from '../../src/quarantine/decide.ts';
import { beginStart } from '../../src/updates/slots/begin.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { slotted, type Slotted } from './slotted.ts';

/** Each file that a device starts from, damaged in each way: what becomes of it is one of these words, and nothing else. */
const DAMAGES = ['cut in half', 'emptied', 'one bit flipped', 'a folder in its place', 'gone'] as const;
type Damage = (typeof DAMAGES)[number];
const damage = (path: string, how: Damage): void => {
  const bytes = readFileSync(path);
  rmSync(path);
  if (how === 'cut in half') writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
  if (how === 'emptied') writeFileSync(path, '');
  if (how === 'a folder in its place') mkdirSync(path);
  if (how !== 'one bit flipped') return;
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};

/** `held`: it starts, cut off, and says so on each page; `other`: the other image starts; else the fault that ends it */
const TABLE: Readonly<Record<string, readonly [string, string, string, string, string]>> = {
  'bundle.json': ['bundle-invalid', 'bundle-invalid', 'held', 'data-unreadable', 'not-manufactured'],
  'product.json': ['held', 'held', 'held', 'held', 'held'],
  'keys/keystore.sqlite': ['data-damaged', 'not-manufactured', 'data-damaged', 'data-unreadable', 'not-manufactured'],
  'keys/machine.*.key': ['key-unusable', 'key-unusable', 'key-unusable', 'key-unusable', 'key-unusable'],
  'state/state.3.sqlite': ['data-damaged', 'held', 'data-damaged', 'data-unreadable', 'held'],
  'quarantine/held.json': ['held', 'held', 'held', 'held', 'free'],
  'slots/record-0 and -1': ['held', 'held', 'held', 'data-unreadable', 'held'],
  'slots/b/image.json': ['other', 'other', 'other', 'other', 'other'],
  'slots/b/signed.json': ['other', 'other', 'other', 'other', 'other'],
  'slots/b/files/main.js': ['other', 'other', 'other', 'other', 'other'],
};
const expected = (file: string, how: Damage): string => TABLE[file]?.[DAMAGES.indexOf(how)] ?? assert.fail(file);

test('the table of the README is the one that is tried', () => {
  const row = (cells: readonly string[]): string => cells.map((cell) => cell.trim()).join('|');
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => row(line.split('|').slice(1, -1)));
  assert.ok(readme.includes(row(['file', ...DAMAGES])));
  for (const [file, outcomes] of Object.entries(TABLE)) {
    assert.ok(readme.includes(row([`\`${file}\``, ...outcomes.map((each) => `\`${each}\``)])), file);
  }
});

describe('damaged files', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let made: string;
  let key: string;
  before(async () => {
    folder = await temporaryFolder();
    made = join(folder.path, 'made');
    await manufactured(made);
    await (await start(made)).stop();
    key = systemDisk.list(join(made, 'keys')).find((name) => name.startsWith('machine.')) ?? assert.fail('no key');
  });
  after(() => folder.remove());
  const start = (dataDir: string) =>
    startDeviceInProcess({ declaration, product: hub, dataDir, draw: () => 0, fault: () => undefined });
  const placeOf = (file: string): string => file.replace('machine.*.key', key);
  const fresh = (): string => {
    const unit = join(folder.path, 'unit');
    rmSync(unit, { recursive: true, force: true });
    cpSync(made, unit, { recursive: true });
    return unit;
  };

  for (const file of [
    'bundle.json',
    'product.json',
    'keys/keystore.sqlite',
    'keys/machine.*.key',
    'state/state.3.sqlite',
  ])
    test(
      `${file}: held or refused, told in the log, and never started again and again`,
      { timeout: 60_000 },
      async () => {
        let refused = 0;
        let last = '';
        for (const how of DAMAGES) {
          const unit = fresh();
          const path = join(unit, placeOf(file));
          damage(path, how);
          const found = await start(unit).then(
            async (device) => {
              const kinds = device.events(20).map(({ kind }) => kind);
              const state = device.state();
              await device.stop();
              assert.ok(kinds.includes('quarantine-entered'), `${how}: ${kinds.join()}`);
              return state === 'quarantine' ? 'held' : state;
            },
            (thrown: unknown) => {
              const fault = asFault(thrown);
              const { effects } = decideSupervision(UNTROUBLED, { process: 'core', how: 'it ended', fault }, 0);
              assert.equal(effects[0]?.kind, 'give-up', `${fault.code} would be tried again and again`);
              last = fault.code;
              refused += 1;
              // somebody restores what was there
              rmSync(path, { recursive: true, force: true });
              cpSync(join(made, placeOf(file)), path);
              return fault.code;
            },
          );
          assert.equal(found, expected(file, how), how);
          if (found === 'held' || how !== 'a folder in its place') continue;
          const mended = await start(unit);
          const told = mended.events(20).find(({ kind }) => kind === 'start-refused');
          assert.equal(mended.state(), 'factory-default');
          await mended.stop();
          assert.deepEqual(told?.detail, { because: last, times: 1 });
        }
        assert.equal(refused, DAMAGES.filter((how) => expected(file, how) !== 'held').length);
      },
    );

  test('a record of the quarantine that is none holds the device', () => {
    const unit = fresh();
    const held = decideQuarantine(FREE, { kind: 'violated', cause: 'tamper', detail: 'case' }, 0).state;
    for (const how of DAMAGES) {
      rmSync(join(unit, 'quarantine'), { recursive: true, force: true });
      mkdirSync(join(unit, 'quarantine'));
      writeQuarantine(systemDisk, unit, held);
      damage(join(unit, 'quarantine', 'held.json'), how);
      const found = readQuarantine(systemDisk, unit, 0).held === null ? 'free' : 'held';
      assert.equal(found, expected('quarantine/held.json', how), how);
    }
  });

  test('of damaged slots the other one starts, and lost records are told', async () => {
    const unit: Slotted = await slotted();
    const copy = join(folder.path, 'slots');
    try {
      for (const how of DAMAGES) {
        for (const file of ['image.json', 'signed.json', 'files/main.js']) {
          rmSync(copy, { recursive: true, force: true });
          cpSync(unit.slots, copy, { recursive: true });
          damage(join(copy, 'b', file), how);
          const begun = beginStart(systemDisk, copy, 0, unit.trust);
          assert.ok(begun.ok && begun.slot === 'a' && begun.bad.length === 1, `${file} ${how}`);
          assert.equal(expected(`slots/b/${file}`, how), 'other');
        }
        rmSync(copy, { recursive: true, force: true });
        cpSync(unit.slots, copy, { recursive: true });
        for (const record of ['record-0', 'record-1']) damage(join(copy, record), how);
        const begin = (): string => {
          try {
            const begun = beginStart(systemDisk, copy, 0, unit.trust);
            // what is lost is told by quarantine (`tellOfStart`), and what starts is signed all the same
            return begun.ok && begun.recordsLost ? 'held' : 'free';
          } catch (thrown) {
            return asFault(thrown).code;
          }
        };
        assert.equal(begin(), expected('slots/record-0 and -1', how), `records ${how}`);
      }
    } finally {
      unit.remove();
    }
  });
});
