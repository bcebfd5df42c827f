import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SOFTWARE_GUARD, type GuardSettings, type KeyGuard } from '../../../src/secrets/guards/guard.ts';
import { guardFor, type OpenGuard } from '../../../src/secrets/guards/open.ts';
import { makeKeystore, openKeystore, type Keys } from '../../../src/secrets/keystore.ts';
import { makeToken, NO_TOKEN, NO_TPM, startTpm } from '../../stand-in/elements.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';

/** What holds whoever guards the keystore key. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let dataDir: string;
const closers: (() => unknown)[] = [];

describe('the keystore, whoever guards its key', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = join(folder.path, 'device');
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });

  const GUARDS: readonly {
    readonly kind: GuardSettings['kind'];
    readonly skip: false | string;
    readonly settings: () => Promise<GuardSettings>;
  }[] = [
    { kind: 'software', skip: false, settings: async () => SOFTWARE_GUARD },
    {
      kind: 'tpm2',
      skip: NO_TPM,
      settings: async () => {
        const tpm = await startTpm(join(folder.path, 'tpm'));
        closers.push(tpm.stop);
        return tpm.guard;
      },
    },
    { kind: 'pkcs11', skip: NO_TOKEN, settings: async () => makeToken(join(folder.path, 'token')).guard },
  ];

  const made = (guard: OpenGuard): Keys => {
    const store = makeKeystore(dataDir, 'HH100000001', new Date(0), guard);
    const keys = store.keys();
    store.close();
    return keys;
  };
  const opened = (guard: OpenGuard, at = dataDir): Keys => {
    const store = openKeystore(at, guard);
    try {
      return store.keys();
    } finally {
      store.close();
    }
  };
  const guardingOf = (at: string, change?: (body: Record<string, unknown>) => Record<string, unknown>) => {
    const database = new DatabaseSync(join(at, 'keys', 'keystore.sqlite'));
    const body = JSON.parse(String(database.prepare('SELECT body FROM guard').get()?.['body'])) as Record<
      string,
      unknown
    >;
    if (change) database.prepare('UPDATE guard SET body = ?').run(JSON.stringify(change(body)));
    database.close();
    return body;
  };

  for (const { kind, skip, settings } of GUARDS) {
    test(`${kind}: keys made in the factory open at each start, and lie nowhere in the clear`, { skip }, async () => {
      const guard = guardFor(await settings());
      const keys = made(guard);
      assert.deepEqual(opened(guard), keys);
      assert.deepEqual(opened(guard), keys);
      assert.throws(() => makeKeystore(dataDir, 'HH2', new Date(0), guard), { code: 'already-manufactured' });
      assert.deepEqual(opened(guard), keys, 'and a second making changes nothing');
      for (const [name, bytes] of filesOf(dataDir)) {
        for (const key of [keys.identity, keys.data, keys.panel.key]) {
          assert.equal(bytes.includes(key) || bytes.includes(Buffer.from(key, 'base64')), false, name);
        }
      }
    });

    test(
      `${kind}: a renewed keystore key keeps the keys, and an earlier copy of the keystore opens no more`,
      { skip },
      async () => {
        const guard = guardFor(await settings());
        const keys = made(guard);
        const earlier = join(folder.path, 'earlier');
        cpSync(dataDir, earlier, { recursive: true });
        const store = openKeystore(dataDir, guard);
        store.renew();
        assert.deepEqual(store.keys(), keys);
        const changed = { ...keys, serial: 'HH100000002' };
        store.save(changed);
        store.close();
        assert.deepEqual(opened(guard), changed);
        if (kind === 'tpm2') return; // a blob that was copied before is as good as the disk that it was copied from
        for (const name of readdirSync(join(earlier, 'keys'))) {
          if (name.startsWith('machine.')) rmSync(join(earlier, 'keys', name));
        }
        assert.throws(() => opened(guard, earlier), { code: 'key-unusable' });
      },
    );

    test(
      `${kind}: a renewal that is cut off after any step leaves a keystore that opens, and no holder too many`,
      { skip },
      async () => {
        const real = guardFor(await settings());
        const keys = made(real);
        const store = openKeystore(dataDir, real);
        store.close();
        const before = holders(kind, real);
        const cuts: string[] = [];
        const cut = (when: string): void => {
          const copy = join(folder.path, `cut-${cuts.length}`);
          cpSync(dataDir, copy, { recursive: true });
          cuts.push(`${when}: ${copy}`);
        };
        const watched = openKeystore(dataDir, (...given) => interrupted(real(...given), cut));
        watched.renew();
        cut('at the end');
        watched.close();
        assert.equal(cuts.length, 5);
        for (const each of cuts) {
          const [when = '', copy = ''] = each.split(': ');
          // The token has both keys only until the old one is deleted: then the copies from before it are history.
          if (kind === 'pkcs11' && cuts.indexOf(each) < 3) continue;
          assert.deepEqual(opened(real, copy), keys, when);
          assert.equal(holders('software', real, copy), kind === 'software' ? 1 : 0, when);
        }
        assert.deepEqual(opened(real), keys);
        assert.equal(holders(kind, real), before);
      },
    );

    test(`${kind}: no edited file puts another guard in the place of the product’s own`, { skip }, async () => {
      const guard = guardFor(await settings());
      const keys = made(guard);
      const attacked = join(folder.path, 'attacked');
      // An attacker makes a keystore of their own, with a software guard that they can open, and puts it in the place.
      const foreign = join(folder.path, 'foreign');
      mkdirSync(foreign);
      makeKeystore(foreign, 'HH100000001', new Date(0)).close();
      const theirs = guardingOf(foreign);
      cpSync(dataDir, attacked, { recursive: true });
      for (const name of readdirSync(join(foreign, 'keys')).filter((each) => each.startsWith('machine.'))) {
        cpSync(join(foreign, 'keys', name), join(attacked, 'keys', name));
      }
      guardingOf(attacked, () => theirs);
      assert.throws(
        () => opened(guard, attacked),
        { code: 'key-unusable' },
        'the guard that the product does not have',
      );
      guardingOf(attacked, (body) => ({ ...body, kind, owner: guardingOf(dataDir)['owner'] }));
      assert.throws(() => opened(guard, attacked), { code: 'key-unusable' }, 'its name, with the other’s holder');
      if (kind !== 'software') assert.throws(() => opened(guardFor(), dataDir), { code: 'key-unusable' });
      guardingOf(attacked, () => ({ v: 1 }));
      assert.throws(() => opened(guard, attacked), { code: 'key-unusable' }, 'nothing that a guard wrote');
      guardingOf(attacked, () => guardingOf(dataDir));
      assert.deepEqual(opened(guard, attacked), keys, 'and the attack broke nothing but its own');
    });
  }

  test('refuses a guard whose words lead to files elsewhere', () => {
    made(guardFor());
    guardingOf(dataDir, (body) => ({ ...body, sealed: [{ file: '../../machine.00000000.key', wrapped: '' }] }));
    assert.throws(() => opened(guardFor()), { code: 'key-unusable' });
  });
});

/** Holders of keystore keys there are: files, or objects of the token; the TPM keeps none. */
const holders = (kind: GuardSettings['kind'], guard: OpenGuard, at = dataDir): number => {
  if (kind === 'software') return readdirSync(join(at, 'keys')).filter((name) => name.startsWith('machine.')).length;
  if (kind === 'tpm2') return 0;
  assert.ok(guard);
  return existsSync(join(folder.path, 'token')) ? countObjects() : 0;
};
const countObjects = (): number => filesOf(join(folder.path, 'token', 'tokens')).size;

/** The guard, and a cut before and after each thing that it does. */
const interrupted = (guard: KeyGuard, cut: (when: string) => void): KeyGuard => {
  let renewing = false;
  return {
    ...guard,
    seal: (key) => {
      renewing = true;
      cut('before the new holder');
      const sealed = guard.seal(key);
      cut('after the new holder');
      return sealed;
    },
    keepOnly: (kept) => {
      if (renewing) cut('after the new keystore');
      guard.keepOnly(kept);
      if (renewing) cut('after the old holder');
    },
  };
};

/** Every byte below the folder, file by file. */
const filesOf = (path: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name))]),
  );
