import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signaturesPath, SignatureSet } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { DAY } from '../../src/clock.ts';
import { targetsOf } from '../../src/updates/repository/ceremonies.ts';
import { makeTargets } from '../../src/updates/repository/metadata.ts';
import { dropProposal, readProposal, signProposal, writeProposal } from '../../src/updates/repository/proposal.ts';
import { linesOf } from '../../src/updates/repository/show.ts';
import { proposeSignatures, publishSignatures } from '../../src/updates/signatures.ts';
import { begun, CEREMONY, type Hall } from './hall.ts';

const FIRST = Buffer.from('Hearthward.One:0:*:706c616e746564\n');
const SECOND = Buffer.from('Hearthward.One:0:*:706c616e746564\nHearthward.Two:0:*:616e6f74686572\n');
const PATH = signaturesPath('hub', 'ndb');
const IN = { product: 'hub', format: 'ndb', freshDays: 30 } as const;

const sign = async (hall: Hall, folder: string, people: readonly string[] = ['Dora', 'Emil']) => {
  for (const name of people) signProposal(folder, readProposal(folder), hall.state(), await hall.person(name));
};
const found = (hall: Hall) => {
  const walk = hall.walk();
  walk.refresh(hall.clock.now());
  return walk.find(PATH, hall.clock.now());
};

test('a-set-goes-from-the-folder-to-a-device-with-its-number-and-how-long-it-holds', async (t) => {
  const hall = await begun(t);
  for (const [number, bytes] of [FIRST, SECOND].entries()) {
    const folder = join(hall.dir, `set-${number}`);
    const made = proposeSignatures(hall.room, hall.state(), folder, { ...IN, bytes }, CEREMONY);
    assert.ok(made.ok && made.set.number === number + 1 && made.count === number + 1);
    const shown = linesOf(hall.state(), readProposal(folder), {}).join('\n');
    assert.match(shown, new RegExp(`signatures ${number + 1} of malware for hub; devices go by them until`));
    await sign(hall, folder);
    const done = publishSignatures(hall.room, folder, CEREMONY);
    assert.ok(done.ok, done.ok ? '' : done.because);
    const there = found(hall);
    assert.equal(there?.role, 'hub-security');
    assert.deepEqual(there?.bytes, bytes);
    const custom: unknown = there?.target.unrecognizedFields['custom'];
    assert.ok(Value.Check(SignatureSet, custom));
    assert.equal(Date.parse(custom.freshUntil) - hall.clock.now(), 30 * DAY);
    const again = publishSignatures(hall.room, folder, CEREMONY);
    assert.equal(again.ok && again.already, true);
  }
});

test('refuses-a-set-that-too-few-signed-was-swapped-is-older-or-changes-something-else', async (t) => {
  const hall = await begun(t);
  const at = (name: string): string => join(hall.dir, name);
  const propose = (name: string, bytes: Uint8Array) =>
    proposeSignatures(hall.room, hall.state(), at(name), { ...IN, bytes }, CEREMONY);
  const refused = (name: string): string => {
    const before = found(hall)?.bytes;
    const done = publishSignatures(hall.room, at(name), CEREMONY);
    assert.ok(!done.ok);
    assert.deepEqual(found(hall)?.bytes, before);
    return done.code;
  };
  propose('alone', FIRST);
  await sign(hall, at('alone'), ['Dora']);
  assert.equal(refused('alone'), 'below-threshold');
  propose('swapped', FIRST);
  await sign(hall, at('swapped'));
  writeFileSync(join(at('swapped'), 'set.ndb'), SECOND);
  assert.equal(refused('swapped'), 'signatures-mislabelled');
  propose('first', FIRST);
  await sign(hall, at('first'));
  assert.ok(publishSignatures(hall.room, at('first'), CEREMONY).ok);

  const changed = async (name: string, change: (targets: ReturnType<typeof targetsOf>) => object) => {
    propose(name, SECOND);
    const { about, docs } = readProposal(at(name));
    const [doc] = docs as [Parameters<typeof targetsOf>[0]];
    const { version, expires } = doc.metadata.signed;
    const targets = targetsOf(doc);
    dropProposal(at(name));
    const next = { ...targets, ...change(targets) };
    writeProposal(at(name), { about, docs: [makeTargets(doc.role, version, expires, next)] });
    await sign(hall, at(name));
    return refused(name);
  };
  const older = await changed('older', (targets) => ({
    [PATH]: { ...targets[PATH], custom: { ...targets[PATH]?.custom, number: 1 } },
  }));
  assert.equal(older, 'signatures-mislabelled');
  const image = 'hub/security/1.0.0/image.json';
  const more = await changed('more', () => ({ [image]: { length: 1, sha256: '0'.repeat(64) } }));
  assert.equal(more, 'signatures-mislabelled');
});

test('what a scanner could not read, or would never be old, is proposed to nobody', async (t) => {
  const hall = await begun(t);
  const why = (change: object): string => {
    const folder = join(hall.dir, 'none');
    const made = proposeSignatures(hall.room, hall.state(), folder, { ...IN, bytes: FIRST, ...change }, CEREMONY);
    assert.equal(existsSync(folder), false);
    return made.ok ? 'proposed' : `${made.code}: ${made.because}`;
  };
  assert.match(why({ bytes: Buffer.alloc(0) }), /has no signature/);
  assert.match(why({ bytes: Buffer.from('\n') }), /line 1 is no signature/);
  assert.match(why({ bytes: FIRST.subarray(0, -1) }), /its last line has no end/);
  assert.match(why({ format: 'hsb' }), /line 1 is no signature in the form of .hsb/);
  assert.match(why({ freshDays: 91 }), /1 to 90 days/);
  assert.match(why({ product: 'kettle' }), /product-unknown/);
});
