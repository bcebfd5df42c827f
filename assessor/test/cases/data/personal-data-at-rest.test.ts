import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { markerFor, textNeedles, type Field, type Marker } from '../../../src/cases/data/at-rest/markers.ts';
import { samples, tracesIn } from '../../../src/cases/data/at-rest/traces.ts';
import type { Data } from '../../../src/model.ts';
import { KETTLE, type KettleState } from '../exposure/fake-kettle.ts';
import { is, judged, run, type Given } from '../exposure/fake-kettle-run.ts';

const ID = 'personal-data-at-rest';
const storage = (target: Record<string, unknown>): void => void (target['artefacts'] = { storage: ['given'] });

/** The kettle, with this field of its forms for habits. */
const telling = (field: string): typeof KETTLE => ({
  ...KETTLE,
  externalFunctions: KETTLE.externalFunctions.map((each) =>
    each.request.transport === 'http'
      ? {
          ...each,
          request: {
            ...each.request,
            fields: each.request.fields.map((one) => (one.name === field ? { ...one, personalData: 'habits' } : one)),
          },
        }
      : each,
  ),
});
const kept = async (stores: Given['stores'], field = 'name') => {
  const told: KettleState[] = [];
  const ran = await run(ID, {
    target: storage,
    declaration: telling(field),
    files: { state: 'as delivered' },
    stores: (state) => {
      told.push(state);
      return stores?.(state);
    },
  });
  return { ran, told };
};

test('passes a product whose storage changes and shows nothing, and leaves it as it was', async () => {
  const { ran, told } = await kept(() => randomBytes(400));
  is(ran, 'PASS');
  assert.ok(told.some(({ name }) => name !== 'Mine'));
  assert.equal(told.at(-1)?.name, 'Mine');
});

const json = ({ name, heat }: KettleState): string => JSON.stringify({ name, heat });
const noise = (inside: Uint8Array): Uint8Array => Buffer.concat([randomBytes(99), inside, randomBytes(99)]);
const READABLE: Readonly<Record<string, (state: KettleState) => Uint8Array>> = {
  'in plain text': (state) => Buffer.from(json(state)),
  'in UTF-16': (state) => Buffer.from(json(state), 'utf16le'),
  'in base64': (state) => Buffer.from(btoa(json(state))),
  'in base64, one byte on': (state) => Buffer.from(btoa(` ${json(state)}`)),
  'in base64, two bytes on': (state) => Buffer.from(btoa(`  ${json(state)}`)),
  'in hexadecimal': (state) => Buffer.from(Buffer.from(json(state)).toString('hex')),
  'in a gzip stream': (state) => noise(gzipSync(json(state))),
  'in a zlib stream': (state) => noise(deflateSync(json(state))),
  'in a zstd stream': (state) => noise(zstdCompressSync(json(state))),
  'in a database': (state) => inDatabase(state.name),
};
for (const [how, stores] of Object.entries(READABLE)) {
  test(`refuses a name that lies ${how}, and says where without the name`, async () => {
    const { ran, told } = await kept(stores);
    is(ran, 'FAIL', /^habits can be read in the storage: state at byte \d+ \(/);
    const names = told.map(({ name }) => name).filter((name) => name !== 'Mine');
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(!JSON.stringify(ran.observations).includes(name.slice(0, 8)));
    assert.equal(told.at(-1)?.name, 'Mine');
  });
}
test('refuses a choice that stands beside its name', async () => {
  is((await kept((state) => Buffer.from(json(state)), 'heat')).ran, 'FAIL', /habits/);
  is((await kept(() => randomBytes(400), 'heat')).ran, 'PASS');
});

test('leaves open what was read out before: nothing in it changes', async () =>
  is((await kept(undefined)).ran, 'INCONCLUSIVE', /nothing in it changed/));
test('leaves open personal data that no declared field takes', async () =>
  is(await run(ID, { target: storage, files: { state: 'x' } }), 'INCONCLUSIVE', /habits: that a value of it was put/));
test('leaves open what could not be put back', async () => {
  const declaration = telling('name');
  const blind = {
    ...declaration,
    externalFunctions: declaration.externalFunctions.map((each) => {
      const { readBack, ...rest } = each;
      return readBack === undefined ? each : rest;
    }),
  };
  const told: string[] = [];
  const stores = ({ name }: KettleState): Uint8Array => {
    told.push(name);
    return randomBytes(9);
  };
  is(await run(ID, { target: storage, declaration: blind, stores }), 'INCONCLUSIVE', /could not be put back/);
  assert.ok(told.every((name) => name === 'Mine'));
});

type Told = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
const answer = { reached: true, status: 303, success: true, bytes: 0 };
const SEEN: Told = {
  sample: ['sample', 'product', { as: 'plain text', found: true }],
  planted: ['planted', 'habits', { function: 'set-name', field: 'name', answer, shown: true }],
  searched: ['searched', 'product', { files: 1, bytes: 400, changed: 1 }],
  restored: ['restored', 'habits', { function: 'set-name', restored: true }],
};
const told = (change: Told) => judged(ID, Object.values({ ...SEEN, ...change }), telling('name'));

test('judges by value what was seen', () => {
  is(told({}), 'PASS');
  is(told({ found: ['found', 'habits', { file: 'a.db', offset: 7, as: 'base64' }] }), 'FAIL', /a\.db at byte 7/);
  is(told({ sample: ['sample', 'product', { as: 'base64', found: false }] }), 'INCONCLUSIVE', /finds base64/);
  is(told({ searched: ['searched', 'product', { files: 1, bytes: 0, changed: 1 }] }), 'INCONCLUSIVE', /any storage/);
  is(
    told({ planted: ['planted', 'habits', { function: 'set-name', field: 'name', answer, shown: false }] }),
    'INCONCLUSIVE',
    /habits/,
  );
  is(told({ restored: ['restored', 'habits', { function: 'set-name', restored: false }] }), 'ERROR', /set-name/);
  is(told({ planted: ['planted', 'habits', { shown: true }] }), 'ERROR');
  is(judged(ID, Object.values(SEEN), { ...KETTLE, personalData: [] }), 'INCONCLUSIVE', /no personal data/);
});

test('finds each sample of its own', () => {
  for (const { as, bytes, marker } of samples())
    assert.ok(
      tracesIn(bytes, [marker]).some((each) => each.as === as),
      as,
    );
});

test('finds a number as digits and as a double, and no other number', () => {
  const field: Field = { name: 'target', type: 'number', minimum: 5, maximum: 30, example: 20.5 };
  const made = markerFor('room', field, '20.5');
  assert.ok(made.ok);
  const { value } = made.marker;
  assert.ok(typeof value === 'number' && value > 5 && value < 30);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  assert.equal(tracesIn(noise(double), [made.marker])[0]?.offset, 99);
  assert.equal(tracesIn(Buffer.from(`{"target":${value}}`), [made.marker]).length, 1);
  assert.deepEqual(tracesIn(Buffer.from('{"target":17.25}'), [made.marker]), []);
});

test('finds a value that is split anywhere, and none in random bytes', () => {
  const value = 'quartzbehindtwowaves';
  const marker: Marker = { item: 'it', kind: 'text', value, needles: textNeedles(value) };
  fc.assert(
    fc.property(fc.nat(value.length), fc.uint8Array({ minLength: 20, maxLength: 400 }), (at, between) => {
      const split = Buffer.concat([Buffer.from(value.slice(0, at)), between, Buffer.from(value.slice(at))]);
      assert.ok(tracesIn(split, [marker]).length > 0);
      assert.deepEqual(tracesIn(between, [marker]), []);
    }),
  );
});

/** A value beside so much else that the pages of the database divide the row. */
function inDatabase(value: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-rest-'));
  try {
    const path = join(folder, 'a.db');
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE kept (body TEXT)');
    database.prepare('INSERT INTO kept VALUES (?)').run('-'.repeat(5_000) + value + '-'.repeat(5_000));
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
