import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  armed,
  confirmed,
  emptied,
  firstRecord,
  floorRaised,
  ORDERLY_RESTARTS,
  rolledBack,
  staged,
  triedInOrder,
  TRIES,
  type Move,
} from '../../src/updates/slots/moves.ts';
import type { Installed, SlotRecord } from '../../src/updates/slots/records.ts';
import { chooseStart, recordFromFacts } from '../../src/updates/slots/start.ts';

const imageOf = (number: number, securityVersion: number): Installed => ({
  digest: String(number).padStart(64, '0'),
  number,
  securityVersion,
});
const one = imageOf(1, 3);
const two = imageOf(2, 4);
const three = imageOf(3, 4);

const made = (move: Move): SlotRecord => {
  assert.ok(move.ok, move.ok ? '' : move.code);
  return move.record;
};
/** Slot a runs `one`, slot b has `two` on trial. */
const onTrial = (): SlotRecord => made(armed(made(staged(firstRecord(one), 'a', two)), two.digest));
const started = (record: SlotRecord): SlotRecord => {
  const choice = chooseStart(record);
  assert.ok(choice.ok);
  return choice.write ?? record;
};

test('a try is counted before the start, and after the last one the fallback starts', () => {
  let record = onTrial();
  for (let left = TRIES; left > 0; left -= 1) {
    const choice = chooseStart(record);
    assert.ok(choice.ok && choice.slot === 'b' && choice.write);
    assert.equal(choice.write.triesLeft, left - 1);
    record = choice.write;
  }
  const back = chooseStart(record);
  assert.ok(back.ok && back.slot === 'a' && back.write);
  assert.deepEqual(back.write.slots.b, { state: 'failed', image: two, because: 'tries-exhausted' });
  assert.deepEqual(chooseStart(back.write), { ok: true, slot: 'a' }, 'and stays');
});

test('restarts in good order cost no try, but not for ever', () => {
  let record = onTrial();
  let starts = 0;
  for (; started(record).active === 'b' && starts < 100; starts += 1) {
    record = made(triedInOrder(started(record), 'b'));
  }
  assert.equal(starts, TRIES + ORDERLY_RESTARTS);
});

test('what has not been armed never starts, whatever else is damaged', () => {
  const record = made(staged(firstRecord(one), 'a', two));
  assert.deepEqual(chooseStart(record), { ok: true, slot: 'a' });
  const choice = chooseStart(record, { bad: new Set(['a']) });
  assert.ok(!choice.ok && choice.code === 'no-slot');
  assert.match(choice.because, /slot a: not-verified, slot b: not-armed/);
});

test('a damaged slot on trial is given up at once, with the reason', () => {
  const choice = chooseStart(onTrial(), { bad: new Set(['b']) });
  assert.ok(choice.ok && choice.slot === 'a');
  assert.deepEqual(choice.write?.slots.b, { state: 'failed', image: two, because: 'slot-damaged' });
});

test('a damaged confirmed slot leaves its fallback', () => {
  const record = made(confirmed(started(onTrial()), two.digest));
  const choice = chooseStart(record, { bad: new Set(['b']) });
  assert.ok(choice.ok && choice.slot === 'a');
  assert.deepEqual(choice.write?.slots.b, { state: 'failed', image: two, because: 'slot-damaged' });
});

test('an image that was given up serves where nothing else is whole', () => {
  const given = made(rolledBack(started(onTrial()), two.digest, 'unhealthy-api'));
  const choice = chooseStart(given, { bad: new Set(['a']) });
  assert.ok(choice.ok && choice.slot === 'b' && choice.write);
  assert.deepEqual(choice.write.slots.b, { state: 'confirmed', image: two });
  assert.equal(choice.write.slots.a.state, 'failed');
  assert.equal(chooseStart(given, { bad: new Set(['a']), floor: 5 }).ok, false, 'but not below the floor');
});

test('the floor follows one step behind the fallback', () => {
  const first = made(confirmed(started(onTrial()), two.digest));
  assert.equal(first.floor, one.securityVersion, 'the fallback may still start');
  const next = made(staged(made(emptied(first, 'b')), 'b', three));
  const second = made(confirmed(started(made(armed(next, three.digest))), three.digest));
  assert.equal(second.floor, two.securityVersion);
});

test('refuses to stage and to arm below the floor, and to start below one that another place knows', () => {
  const record = made(floorRaised(firstRecord(one), 4));
  assert.deepEqual(staged(record, 'a', imageOf(9, 3)), { ok: false, code: 'below-floor' });
  const choice = chooseStart(firstRecord(one), { floor: 4 });
  assert.ok(!choice.ok);
  const trial = onTrial();
  const onlyNew = chooseStart(trial, { floor: 4 });
  assert.ok(onlyNew.ok && onlyNew.slot === 'b');
  assert.equal(made(floorRaised(record, 2)).floor, 4, 'a floor never falls');
});

test('refuses to write over a slot while the other one is on trial', () => {
  assert.deepEqual(emptied(started(onTrial()), 'b'), { ok: false, code: 'on-trial' });
  assert.deepEqual(emptied(onTrial(), 'a'), { ok: false, code: 'on-trial' }, 'nor before it has started');
});

test('refuses to arm, confirm or give up what is not there', () => {
  assert.deepEqual(armed(firstRecord(one), two.digest), { ok: false, code: 'not-staged' });
  assert.deepEqual(confirmed(made(staged(firstRecord(one), 'a', two)), two.digest), {
    ok: false,
    code: 'not-on-trial',
  });
  assert.deepEqual(rolledBack(firstRecord(one), one.digest, 'unhealthy-api'), { ok: false, code: 'not-on-trial' });
});

test('every move made twice is made once', () => {
  const empty = firstRecord(one);
  const ready = made(staged(empty, 'a', two));
  const trial = made(armed(ready, two.digest));
  assert.equal(made(emptied(empty, 'a')), empty);
  assert.equal(made(staged(ready, 'a', two)), ready);
  assert.equal(made(armed(trial, two.digest)), trial);
  const good = made(confirmed(trial, two.digest));
  assert.equal(made(confirmed(good, two.digest)), good);
  const back = made(rolledBack(trial, two.digest, 'unhealthy-store'));
  assert.equal(made(rolledBack(back, two.digest, 'unhealthy-api')), back);
});

test('with both records lost the image that was confirmed first starts, never one below a floor that is known', () => {
  const facts = { a: { image: one, floor: 3 }, b: { image: two, floor: 3 } };
  const record = recordFromFacts(facts);
  assert.equal(record?.active, 'a');
  assert.deepEqual(record.slots, { a: { state: 'confirmed', image: one }, b: { state: 'empty' } });
  assert.equal(recordFromFacts(facts, { bad: new Set(['a']) })?.active, 'b');
  assert.equal(recordFromFacts(facts, { floor: 4 })?.active, 'b');
  assert.equal(recordFromFacts(facts, { floor: 4 })?.floor, 4);
  assert.equal(recordFromFacts({ a: undefined, b: undefined }), undefined);
});
