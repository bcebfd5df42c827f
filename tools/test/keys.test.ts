import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makingLines, makingLinesIn, REGISTERS } from '../pages/keys.ts';

/** EN 303 645 5.5-8, G045 CR-1-3: no key is made, read or taken that the registers do not have, and each has one purpose. */

/** Made by Node or by a person, so that no line of ours makes them. */
const NOT_OURS = new Set(['panel-tickets', 'site-tickets', 'operator-password']);

test('every line that makes or takes a key says which key of the register it is', () => {
  const silent = makingLines().filter(({ keys }) => keys === undefined);
  assert.deepEqual(
    silent.map(({ file, line }) => `${file}:${line}`),
    [],
    'write `// key ID` or `// no key: what it is` there; a new key goes into the register first',
  );
});

test('no line names a key that the register of its room does not have', () => {
  const stray = makingLines().flatMap(({ file, line, keys = [] }) => {
    const known: readonly string[] = REGISTERS.filter(({ rooms }) => rooms.test(file)).flatMap((register) =>
      register.keys.map(({ id }) => id),
    );
    return keys.filter((id) => !known.includes(id)).map((id) => `${file}:${line}: ${id}`);
  });
  assert.deepEqual(stray, []);
});

test('every key of the registers is made somewhere, and none is an alias of another', () => {
  const made = makingLines();
  for (const { title, rooms, keys } of REGISTERS) {
    const here = new Set<string>(made.filter(({ file }) => rooms.test(file)).flatMap((each) => each.keys ?? []));
    assert.deepEqual(
      keys.map(({ id }) => id).filter((id) => !here.has(id) && !NOT_OURS.has(id)),
      [],
      title,
    );
    for (const what of ['id', 'purpose'] as const)
      assert.equal(new Set(keys.map((key) => key[what])).size, keys.length, `${title}: two keys have one ${what}`);
  }
});

test('a key that is made beside the register is seen', () => {
  const said = (text: string) => makingLinesIn(text, 'device/src/x.ts').map(({ keys }) => keys);
  assert.deepEqual(said('const key = randomBytes(32);'), [undefined]);
  assert.deepEqual(said("const pair = generateKeyPairSync('ed25519');"), [undefined]);
  assert.deepEqual(said('webcrypto.subtle.generateKey(web, true, uses);'), [undefined]);
  assert.deepEqual(said('createHmac(digest, tag).update(name)'), [undefined]);
  assert.deepEqual(said('// key data, store: why\nconst key = randomBytes(32);'), [['data', 'store']]);
  assert.deepEqual(said('const id = randomBytes(8); // no key: a name'), [[]]);
  assert.deepEqual(said("import { randomBytes } from 'node:crypto';"), []);
});
