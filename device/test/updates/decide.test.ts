import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOTHING_YET } from '../../src/updates/state.ts';
import type { OfferedRelease, OfferRefusal, StepFailure } from '../../src/updates/steps/events.ts';
import { refusalOf } from '../../src/updates/steps/accept.ts';
import { HUB, numbered, offered, slotsWith } from '../stand-in/offered.ts';
import { at, DAY, device, FINE, MINUTE, one, ready, START, two } from '../stand-in/update-machine.ts';

test('a release goes its way step by step, each asked for once it is the device’s state', () => {
  const it = ready();
  const { digest } = two;
  assert.deepEqual(it.offers(offered(two)).asked(), ['notify', 'fetch-image']);
  assert.deepEqual(it.hears({ kind: 'fetched', digest }).asked(), ['verify-image']);
  assert.deepEqual(it.hears({ kind: 'verified', digest }).asked(), ['stage']);
  assert.deepEqual(it.hears({ kind: 'looked', status: slotsWith(one, { staged: two }) }).asked(), ['notify']);
  assert.deepEqual(it.told('people'), ['available', 'will-restart'], 'before it is away');
  it.waits(9 * MINUTE);
  assert.equal(it.state().phase, 'staged', 'and there is time to put it off');
  it.asked();
  assert.ok(it.waits(MINUTE).asked().includes('arm'));
  assert.deepEqual(it.hears({ kind: 'looked', status: slotsWith(one, { next: two }) }).asked(), ['restart']);
  assert.deepEqual(it.hears({ kind: 'resumed' }).asked().slice(0, 1), ['look']);
  assert.deepEqual(it.hears({ kind: 'looked', status: slotsWith(two, { onTrial: true }) }).asked(), [
    'watch-health',
    'report',
  ]);
  assert.deepEqual(it.hears({ kind: 'health', ...FINE }).asked(), ['confirm']);
  it.hears({ kind: 'looked', status: slotsWith(two) });
  assert.deepEqual([it.state().phase, it.state().installed], ['confirmed', two]);
  assert.ok(it.told('people').includes('installed') && it.told('manufacturer').includes('installed'));
});

test('checks once it is set up, then daily at its own minute, and soon after a failure', () => {
  const it = device().hears({ kind: 'looked', status: slotsWith(one) });
  assert.deepEqual(it.waits(3 * DAY).asked(), [], 'not before it is set up');
  assert.deepEqual(it.hears({ kind: 'initialised', minute: 200 }).asked(), ['check']);
  it.offers();
  assert.equal(it.state().check.nextAt, START + 3 * DAY + 200 * MINUTE);
  assert.deepEqual(it.waits(199 * MINUTE).asked(), []);
  assert.deepEqual(it.waits(MINUTE).asked(), ['check']);
  it.hears({ kind: 'check-failed', because: 'unreachable' });
  assert.equal(it.state().phase, 'idle');
  assert.deepEqual(it.waits(15 * MINUTE).asked(), ['check']);
  for (let i = 0; i < 7; i += 1) it.hears({ kind: 'check-failed', because: 'unreachable' });
  assert.deepEqual(it.told('people'), ['checks-fail'], 'told once');
});

test('a clock that was far ahead, and was set right, holds no check back', () => {
  const it = ready()
    .waits(30 * 365 * DAY)
    .offers();
  it.asked();
  assert.ok(
    it
      .waits(-30 * 365 * DAY)
      .asked()
      .includes('check'),
  );
});

test('without leave nothing is fetched; one press of somebody who was shown this release gives it', () => {
  const choice = { ...NOTHING_YET.choice, automatic: { security: false, feature: false } };
  const it = ready()
    .hears({ kind: 'chose', choice })
    .offers(offered(two))
    .waits(20 * MINUTE);
  assert.deepEqual([it.state().phase, it.asked()], ['offered', ['notify', 'notify']]);
  assert.deepEqual(it.hears({ kind: 'agreed', digest: one.digest }).asked(), [], 'what they were not shown');
  assert.deepEqual(it.hears({ kind: 'agreed', digest: two.digest }).asked(), ['fetch-image']);
  assert.equal(it.state().authorisedBy, 'user');
});

test('an automatic update waits its part of the jitter, a person does not', () => {
  const late = offered(two, { offer: { jitterSeconds: 3600 } });
  const it = ready().offers(late);
  assert.equal(it.state().phase, 'authorised');
  assert.equal(it.waits(29 * MINUTE).state().phase, 'authorised');
  assert.equal(it.waits(MINUTE).state().phase, 'downloading');
  assert.equal(ready().offers(late).hears({ kind: 'agreed', digest: two.digest }).state().phase, 'downloading');
});

test('postponed, it waits until that time and no longer, in whatever step before the switch', () => {
  const until = START + 2 * DAY;
  const early = ready().hears({ kind: 'postponed', until }).offers(offered(two));
  assert.equal(early.waits(DAY).state().phase, 'offered');
  assert.equal(early.waits(DAY).state().phase, 'downloading');
  const late = at('staged').hears({ kind: 'postponed', until: START + 2 * DAY });
  assert.equal(late.waits(DAY).state().phase, 'staged');
  assert.equal(late.waits(DAY).state().phase, 'armed');
  const pressed = at('staged').hears({ kind: 'postponed', until }).hears({ kind: 'agreed', digest: two.digest });
  assert.equal(pressed.state().phase, 'armed', 'who pressed the button meant now');
  const back = at('staged').hears({ kind: 'postponed', until: START + 20 * DAY });
  assert.equal(back.waits(-DAY).state().phase, 'armed', 'a clock that went back prolongs nothing');
});

test('switching a kind off takes back what only the choice allowed, and nothing that a person pressed for', () => {
  const choice = { ...NOTHING_YET.choice, automatic: { security: false, feature: true } };
  for (const phase of ['downloading', 'downloaded', 'verified', 'staged'] as const) {
    const it = at(phase).hears({ kind: 'chose', choice });
    assert.deepEqual([it.state().phase, it.state().authorisedBy], ['offered', null], phase);
    const pressed = at(phase).hears({ kind: 'agreed', digest: two.digest }).hears({ kind: 'chose', choice });
    assert.notEqual(pressed.state().phase, 'offered', phase);
  }
  assert.equal(at('trial').hears({ kind: 'chose', choice }).state().phase, 'trial');
});

test('a release that is halted is let go of before the commit point, and not after it', () => {
  const halted = offered(two, { offer: { state: 'halted' } });
  for (const phase of ['downloading', 'downloaded', 'verified', 'staged'] as const) {
    for (const now of [[halted], []]) {
      const it = at(phase).offers(...now);
      assert.deepEqual([it.state().phase, it.state().candidate], ['idle', null], phase);
      assert.ok(it.asked().includes('stop-fetch'));
    }
  }
  for (const phase of ['armed', 'trial'] as const) assert.equal(at(phase).offers(halted).state().phase, phase);
});

test('a feature release that waits for somebody does not keep a security release from coming', () => {
  const choice = { ...NOTHING_YET.choice, automatic: { security: true, feature: false } };
  const feature = offered(numbered(3), { release: { kind: 'feature' } });
  const it = ready().hears({ kind: 'chose', choice }).offers(feature, offered(two));
  assert.deepEqual([it.state().phase, it.state().candidate?.image.number], ['downloading', 2]);
});

const refusals: readonly (readonly [OfferRefusal, OfferedRelease])[] = [
  ['offer-mismatch', offered(two, { offer: { number: 9 } })],
  ['offer-mismatch', offered(two, { offer: { image: 'hub/releases/9.0.0/image.json' } })],
  ['wrong-product', offered(two, { release: { product: 'camera' } })],
  ['wrong-model', offered(two, { release: { models: ['H2'] } })],
  ['halted', offered(two, { offer: { state: 'halted' } })],
  ['not-in-share', offered(two, { offer: { below: 0 } })],
  ['not-newer', offered(one)],
  ['below-floor', offered(numbered(2, 2))],
  ['not-from-here', offered(two, { release: { fromNumber: 2 } })],
  ['too-large', offered(two, { release: { unpackedBytes: 1001 } })],
];
for (const [code, offer] of refusals) {
  test(`refuses an offer: ${code}`, () => {
    const it = ready();
    assert.equal(refusalOf(it.state(), offer, HUB), code);
    it.offers(offer);
    assert.deepEqual([it.state().phase, it.state().candidate], ['idle', null]);
    const news = ['offer-mismatch', 'wrong-product', 'below-floor', 'too-large'].includes(code);
    assert.deepEqual(it.told('manufacturer'), news ? [`refused: ${code}`] : []);
    assert.deepEqual(it.offers(offer).told('people'), news ? [`refused: ${code}`] : [], 'told once');
  });
}

test('refuses a release whose security version fell, though it is above the floor', () => {
  const it = device().hears({ kind: 'looked', status: slotsWith(numbered(1, 5)) });
  assert.equal(refusalOf(it.state(), offered(numbered(2, 4)), HUB), 'security-version-fell');
});

const fail = (it: ReturnType<typeof device>, because: StepFailure, digest = two.digest) =>
  it.hears({ kind: 'step-failed', digest, because });

test('a release that is itself to blame is remembered and never tried again', () => {
  const it = fail(at('downloading'), 'image-refused');
  assert.deepEqual([it.state().phase, it.told('manufacturer')], ['rejected', ['rejected: image-refused']]);
  it.offers(offered(two));
  assert.equal(it.state().candidate, null);
  assert.equal(refusalOf(it.state(), offered(two), HUB), 'failed-before');
});

test('bytes that somebody spoilt on their way are fetched again, ever later, and keep no release away for good', () => {
  const it = at('staged');
  fail(it, 'bytes-corrupt');
  assert.equal(it.state().phase, 'downloading');
  const waits: number[] = [];
  for (;;) {
    const { retryAt } = it.state().step;
    if (retryAt === null) break;
    waits.push(retryAt);
    it.waits(6 * 60 * MINUTE).asked();
    fail(it, 'bytes-corrupt');
  }
  assert.ok(waits.length >= 3 && waits.length < 10);
  assert.deepEqual([it.state().phase, it.state().failed], ['rejected', []]);
  assert.equal(it.offers(offered(two)).state().phase, 'downloading');
});

test('late answers about another release change nothing', () => {
  const it = at('downloading');
  const before = it.state();
  it.hears({ kind: 'fetched', digest: one.digest }).hears({ kind: 'verified', digest: two.digest });
  fail(it, 'image-refused', one.digest);
  assert.equal(it.state(), before);
});

test('found unhealthy on the device itself, it goes back and says why', () => {
  for (const [health, why] of [
    [{ ...FINE, apiUp: false }, 'unhealthy-api'],
    [{ ...FINE, storeOpens: false }, 'unhealthy-store'],
    [{ ...FINE, controlTicks: false }, 'unhealthy-control'],
  ] as const) {
    const it = at('trial').hears({ kind: 'health', ...health });
    assert.deepEqual(it.asked(), ['rollback']);
    const failed = { image: two, because: why };
    it.hears({ kind: 'looked', status: slotsWith(two, { next: one, failed }) });
    assert.ok(it.asked().includes('restart'));
    assert.equal(it.state().phase, 'rolled-back');
    assert.ok(
      it.told('people').includes(`rolled-back: ${why}`) && it.told('manufacturer').includes(`rolled-back: ${why}`),
    );
    it.hears({ kind: 'resumed' }).hears({ kind: 'looked', status: slotsWith(one, { failed }) });
    assert.deepEqual(it.state().installed, one);
    assert.equal(it.told('people').filter((what) => what.startsWith('rolled-back')).length, 1, 'told once');
    assert.equal(refusalOf(it.state(), offered(two), HUB), 'failed-before');
  }
});

test('a restart in good order is given back while on trial, and only then', () => {
  assert.deepEqual(at('trial').hears({ kind: 'stopping' }).asked(), ['give-back']);
  for (const phase of ['downloading', 'staged', 'armed', 'confirmed'] as const) {
    assert.deepEqual(at(phase).hears({ kind: 'stopping' }).asked(), [], phase);
  }
});

test('a release that never came up is given up as the slots say', () => {
  const it = at('armed').hears({ kind: 'resumed' });
  it.hears({ kind: 'looked', status: slotsWith(one, { failed: { image: two, because: 'tries-exhausted' } }) });
  assert.deepEqual([it.state().phase, it.told('people').at(-1)], ['rolled-back', 'rolled-back: tries-exhausted']);
});

const failedReleases = (count: number, from = 2) => {
  const it = ready();
  for (let number = from; number < from + count; number += 1) {
    it.offers(offered(numbered(number)));
    fail(it, 'image-refused', numbered(number).digest);
  }
  return it;
};

test('after three failed releases it stays on what it has, and takes nothing up to them, however often they are signed anew', () => {
  const it = failedReleases(3);
  assert.equal(it.state().phase, 'quarantined');
  assert.ok(it.told('people').includes('quarantined') && it.told('manufacturer').includes('quarantined'));
  const again = offered({ ...numbered(4), digest: 'f'.repeat(64) });
  assert.equal(refusalOf(it.state(), again, HUB), 'quarantined');
  it.offers(again);
  assert.equal(it.state().phase, 'quarantined');
  assert.ok(it.waits(DAY).asked().includes('check'), 'and still asks daily');
  const next = failedReleases(3).offers(offered(numbered(5)));
  assert.equal(next.state().phase, 'downloading', 'the next number is tried');
  assert.equal(fail(next, 'image-refused', numbered(5).digest).state().phase, 'quarantined', 'once');
  assert.equal(it.hears({ kind: 'cleared' }).state().phase, 'checking');
  assert.equal(it.offers(again).state().phase, 'downloading');
});

test('however many releases fail, none of them is tried again, and the list stays bounded', () => {
  const it = ready();
  for (let number = 2; number < 60; number += 1) {
    it.hears({ kind: 'cleared' }).offers(offered(numbered(number)));
    fail(it, 'image-refused', numbered(number).digest);
  }
  it.hears({ kind: 'cleared' });
  assert.equal(it.state().failed.length, 32);
  for (let number = 2; number < 60; number += 1) {
    assert.equal(refusalOf(it.state(), offered(numbered(number)), HUB), 'failed-before', String(number));
  }
});

test('a full disk is no failure of the release: it is tried again', () => {
  const it = at('verified').hears({ kind: 'failed', effect: 'stage', because: 'disk-full' });
  assert.deepEqual([it.state().phase, it.state().failed], ['verified', []]);
  assert.ok(it.waits(MINUTE).asked().includes('stage'));
});

test('a floor that was put back is told of, raised again, and the highest holds', () => {
  const it = at('confirmed');
  it.hears({ kind: 'looked', status: slotsWith(two, { floor: 2, counter: 3 }) });
  assert.ok(it.asked().includes('keep-floor'));
  assert.equal(it.state().floor, 3);
  assert.ok(it.told('people').includes('floor-tampered: record'));
});

test('a confirmation raises the floor one step behind, and no place that follows late is called tampered', () => {
  const next = numbered(2, 4);
  const it = ready();
  it.hears({ kind: 'looked', status: slotsWith(one, { counter: 2, floor: 2 }) });
  assert.deepEqual(it.told('people'), ['floor-tampered: record counter']);
  const whole = at('trial', next).hears({ kind: 'health', ...FINE });
  assert.equal(whole.state().raisingTo, null, 'the fallback has the floor already');
  whole.hears({ kind: 'looked', status: slotsWith(next) });
  const third = numbered(3, 4);
  whole.offers(offered(third)).hears({ kind: 'looked', status: slotsWith(third, { onTrial: true }) });
  assert.equal(whole.hears({ kind: 'health', ...FINE }).state().raisingTo, 4);
  whole.asked();
  whole.hears({ kind: 'looked', status: slotsWith(third, { floor: 4, counter: 3 }) });
  assert.deepEqual([whole.state().floor, whole.state().raisingTo], [4, 4]);
  assert.ok(whole.asked().includes('keep-floor'));
  assert.equal(whole.hears({ kind: 'floor-kept', floor: 4 }).state().raisingTo, null);
  assert.deepEqual(
    whole.told('people').filter((what) => what.startsWith('floor')),
    [],
  );
});
