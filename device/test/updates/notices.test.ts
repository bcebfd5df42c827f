import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepFailure } from '../../src/updates/steps/events.ts';
import { HUB, offered } from '../stand-in/offered.ts';
import { at, device, MINUTE, ready, two } from '../stand-in/update-machine.ts';

/** EN 303 645 5.3-9, 5.3-11: who is told of what, once and not for nothing. */

const fail = (it: ReturnType<typeof device>, because: StepFailure, digest = two.digest) =>
  it.hears({ kind: 'step-failed', digest, because });

test('what is owed to people is told after a crash, until it has been told', () => {
  const it = fail(at('downloading'), 'image-refused');
  it.asked();
  const owed = it.state().owed.length;
  assert.equal(
    it
      .hears({ kind: 'resumed' })
      .asked()
      .filter((kind) => kind === 'notify' || kind === 'report').length,
    owed,
  );
  for (const { seq } of it.state().owed) it.hears({ kind: 'told', seq });
  assert.deepEqual(it.hears({ kind: 'resumed' }).asked(), ['look']);
});

test('bytes that somebody spoilt are told of at once, and once, although they are fetched again', () => {
  const it = fail(at('downloading'), 'bytes-corrupt');
  assert.equal(it.state().phase, 'downloading');
  assert.deepEqual(it.told('people').slice(-1), ['refused: bytes-corrupt']);
  assert.deepEqual(it.told('manufacturer'), ['refused: bytes-corrupt']);
  it.waits(2 * MINUTE);
  assert.deepEqual(fail(it, 'bytes-corrupt').told('manufacturer'), ['refused: bytes-corrupt']);
});

test('what is offered and signed by nobody who may is told once, where it is offered to this device', () => {
  const hears = (below: number) => {
    const { offer } = offered(two, { offer: { below } });
    return ready()
      .hears({ kind: 'offers', offers: [], unfounded: [offer], device: HUB, random: 0.5 })
      .hears({ kind: 'offers', offers: [], unfounded: [offer], device: HUB, random: 0.5 });
  };
  assert.deepEqual(hears(10_000).told('people'), ['refused: unsigned']);
  assert.deepEqual(hears(10_000).told('manufacturer'), ['refused: unsigned']);
  assert.deepEqual([hears(10_000).state().candidate, hears(0).told('people')], [null, []]);
});
