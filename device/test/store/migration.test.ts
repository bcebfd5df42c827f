import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { SecurityEvent } from '../../src/seams.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import type { Signer } from '../../src/secrets/signer.ts';
import type { OpenedState } from '../../src/store/migration/begin.ts';
import { decideOpening } from '../../src/store/migration/decide.ts';
import { waysTo, type StateFormat } from '../../src/store/migration/migrations.ts';
import { openState } from '../../src/store/migration/open.ts';
import { temporaryFolder } from '../stand-in/factory.ts';

/** G045 PL-2-2: data migrations on real SQLite; the power is cut in `testbed/test/updates/migration.test.ts`. */

const FIRST: StateFormat = { format: 1, migrations: [] };
const SECOND: StateFormat = {
  format: 2,
  migrations: [
    {
      to: 2,
      rooms: {
        settings: {
          up: (document) => ({ sound: document ?? null }),
          down: (document) => (document as { readonly sound: null }).sound,
        },
        names: { up: () => ['nobody'] },
        old: { up: () => undefined },
      },
    },
  ],
};
const THIRD: StateFormat = {
  format: 3,
  migrations: [
    ...SECOND.migrations,
    {
      to: 3,
      rooms: { settings: { up: (document) => [document ?? null], down: (document) => (document as [null])[0] } },
    },
  ],
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let closers: (() => Promise<void> | void)[];

describe('the state across releases', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    closers = [];
  });
  afterEach(async () => {
    await stop();
    await folder.remove();
  });
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  let keys: { readonly key: number; readonly earlier?: number } = { key: 7 };
  let settled = 0;
  const signer = (): Signer =>
    ({
      release: async () => ({
        key: Buffer.alloc(32, keys.key),
        ...(keys.earlier === undefined ? {} : { earlier: Buffer.alloc(32, keys.earlier) }),
      }),
      settle: async () => {
        settled += 1;
      },
    }) as unknown as Signer;
  const start = async (state: StateFormat, onTrial: boolean): Promise<OpenedState> => {
    await stop();
    return openState(signer(), join(folder.path, 'state'), closers, createSealer, { onTrial, state });
  };
  const files = (): string[] => readdirSync(join(folder.path, 'state')).filter((name) => !/-(?:wal|shm)$/.test(name));
  const event = (index: number): SecurityEvent => ({
    at: new Date(index).toISOString(),
    kind: 'logout',
    detail: { index },
  });
  const logged = ({ store }: OpenedState): unknown[] => store.events(100).map(({ detail }) => detail?.['index']);
  const made = async (): Promise<void> => {
    const { store } = await start(FIRST, false);
    store.writeAll({ settings: 'loud', names: ['ann'], old: 1, other: 'same' });
    store.appendEvent(event(1));
  };

  test('a copy is migrated on trial, the file of the software before it stays, and goes when the release is confirmed', async () => {
    await made();
    const opened = await start(SECOND, true);
    assert.deepEqual(files(), ['state.2.sqlite', 'state.sqlite']);
    assert.deepEqual(opened.store.read('settings'), { sound: 'loud' });
    assert.deepEqual([opened.store.read('names'), opened.store.read('old')], [['nobody'], undefined]);
    assert.deepEqual([opened.store.read('other'), logged(opened)], ['same', [1]]);
    opened.confirmed();
    opened.confirmed();
    assert.deepEqual(files(), ['state.2.sqlite']);
    opened.store.write('names', ['bob']);
    opened.store.appendEvent(event(2));
    const later = await start(SECOND, false);
    assert.deepEqual([later.store.read('names'), logged(later)], [['bob'], [2, 1]]);
  });

  test('a rollback keeps what people changed meanwhile and every entry of the log, and the new file goes', async () => {
    await made();
    const trial = await start(SECOND, true);
    trial.store.write('settings', { sound: 'quiet' });
    trial.store.writeAll({ other: 'new', settings: { sound: 'silent' } });
    trial.store.appendEvent(event(2));
    const back = await start(FIRST, false);
    assert.deepEqual([back.store.read('settings'), back.store.read('other')], ['silent', 'new']);
    assert.deepEqual([back.store.read('names'), back.store.read('old'), logged(back)], [['ann'], 1, [2, 1]]);
    assert.deepEqual(files(), ['state.sqlite']);
    back.store.write('settings', 'louder');
    const again = await start(SECOND, true);
    assert.deepEqual([again.store.read('settings'), logged(again)], [{ sound: 'louder' }, [2, 1]]);
  });

  test('what the software before could not read is not changed on trial, and that is said; afterwards it is', async () => {
    await made();
    const trial = await start(SECOND, true);
    assert.throws(() => trial.store.write('names', ['eve']), { code: 'on-trial', cure: /confirmed/ });
    assert.throws(() => trial.store.writeAll({ other: 'x', names: [] }), { code: 'on-trial' });
    assert.deepEqual([trial.store.read('names'), trial.store.read('other')], [['nobody'], 'same']);
    trial.confirmed();
    trial.store.write('names', ['eve']);
    assert.deepEqual(trial.store.read('names'), ['eve']);
  });

  test('a reset on trial is one in both files, and a new data key takes both', async () => {
    await made();
    keys = { key: 8, earlier: 7 };
    const trial = await start(SECOND, true);
    assert.equal(settled, 1);
    keys = { key: 8 };
    trial.store.erase(['settings', 'events']);
    const back = await start(FIRST, false);
    assert.deepEqual([back.store.read('settings'), logged(back), back.store.read('other')], [undefined, [], 'same']);
    keys = { key: 7 };
  });

  test('formats are gone through in their order, and one that is too new, or has no way, is refused with its data as it is', async () => {
    await made();
    await assert.rejects(start({ format: 3, migrations: THIRD.migrations.slice(1) }, true), {
      code: 'data-other-version',
    });
    const third = await start(THIRD, false);
    assert.deepEqual(third.store.read('settings'), [{ sound: 'loud' }]);
    assert.deepEqual(files(), ['state.3.sqlite']);
    await assert.rejects(start(SECOND, false), { code: 'data-other-version', message: /3.*reads 2/ });
    assert.deepEqual(files(), ['state.3.sqlite']);
    assert.deepEqual([waysTo(THIRD), waysTo(FIRST)], [[2, 1], []]);
  });

  test('whatever files are found, the own one is used or made, at most the next older one stays, and that on trial alone', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 5 })),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (formats, own, onTrial) => {
          const from = [1, 2, 3, 4, 5].filter((format) => format < own);
          const decided = decideOpening({ formats, own, onTrial, from });
          const older = Math.max(0, ...formats.filter((format) => format < own));
          if (!decided.ok) return assert.ok(older === 0 && !formats.includes(own) && formats.length > 0);
          assert.equal(decided.migrate, formats.includes(own) || older === 0 ? undefined : older);
          assert.equal(decided.behind, onTrial && older > 0 ? older : undefined);
          const left = formats.filter((format) => !decided.remove.includes(format));
          assert.deepEqual(
            new Set(left),
            new Set(formats.filter((format) => format === own || format === decided.behind)),
          );
          return undefined;
        },
      ),
    );
  });
});
