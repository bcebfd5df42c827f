import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  backOffDelay,
  channelWith,
  decideChannel,
  HELD_DELAY,
  INITIAL_CHANNEL,
  START_SPREAD,
  type ChannelEvent,
  type ChannelState,
} from '../../src/channel/decide.ts';
import { renewal } from '../../src/channel/renewal.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;
const after = (events: readonly ChannelEvent[], from: ChannelState = INITIAL_CHANNEL, now = NOW) => {
  let state = from;
  let effects: readonly { readonly kind: string }[] = [];
  for (const event of events) ({ state, effects } = decideChannel(state, event, now));
  return { state, effects, kinds: effects.map(({ kind }) => kind) };
};
const said = (value: number): ChannelEvent => ({ kind: 'say', topic: 'telemetry', body: { v: 1, fields: { value } } });
const failed: ChannelEvent = { kind: 'failed', step: 'connect', because: 'x', draw: 0.5 };
const connected: readonly ChannelEvent[] = [
  { kind: 'initialised' },
  { kind: 'enrolled', from: NOW, draw: 0, until: NOW + 90 * DAY },
  { kind: 'connected' },
];

test('a device that is not set up stays silent, whatever happens', () => {
  const silent = after([
    { kind: 'started', initialised: false, from: NOW, until: null, draw: 0.3 },
    { kind: 'woken' },
    said(1),
    failed,
    { kind: 'connected' },
  ]);
  assert.deepEqual([silent.state.phase, silent.state.queue, silent.kinds], ['idle', [], []]);
});

test('after set-up it enrols, connects, and sends what waited', () => {
  const enrolling = after([{ kind: 'initialised' }, said(1)]);
  assert.deepEqual([enrolling.state.phase, enrolling.state.queue.length], ['enrolling', 1]);
  assert.deepEqual(after([{ kind: 'initialised' }]).kinds, ['enrol']);
  const up = after(
    [{ kind: 'enrolled', from: NOW, draw: 0, until: NOW + 90 * DAY }, { kind: 'connected' }],
    enrolling.state,
  );
  assert.deepEqual([up.state.phase, up.kinds], ['connected', ['record', 'publish', 'wake']]);
  assert.deepEqual(after([{ kind: 'delivered', seq: 0 }], up.state).state.queue, []);
});

const report = (chain: number, n: number): ChannelEvent => ({
  kind: 'say',
  topic: 'events',
  body: { v: 1, kind: 'enrolled' },
  place: { chain, n },
});
const seal = (what: string): ChannelEvent => ({ kind: 'say', topic: 'seals', body: { v: 1, seal: what } });
const bodies = (state: ChannelState) =>
  state.queue.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);

test('measured values make way for what happened, and only then the oldest event goes', () => {
  const full = after([{ kind: 'initialised' }, report(0, 5), ...Array.from({ length: 255 }, (_, n) => said(n))]);
  assert.deepEqual([full.state.queue.length, full.state.dropped], [256, 0]);
  const more = after([report(0, 6), said(1_000), report(0, 7)], full.state);
  assert.deepEqual([more.state.queue.length, more.state.dropped], [256, 3]);
  assert.equal(bodies(more.state)[0]?.['kind'], 'enrolled', 'the oldest event is still there');
  assert.deepEqual(bodies(more.state)[1]?.['fields'], { value: 3 }, 'the oldest values are not');
  const many = after(
    Array.from({ length: 300 }, (_, n) => report(0, 8 + n)),
    more.state,
  );
  assert.deepEqual(
    [many.state.queue.length, new Set(many.state.queue.map(({ topic }) => topic)).size, many.state.reports],
    [256, 1, { chain: 0, since: 5, next: 308 }],
  );
});

test('each report says since when reports are sent; a newer seal takes the place of an older one', () => {
  const { state } = after([{ kind: 'initialised' }, seal('one'), report(0, 5), seal('two'), report(0, 6)]);
  assert.deepEqual(
    bodies(state).map(({ kind, seal: what, since }) => what ?? `${String(kind)} ${String(since)}`),
    ['enrolled 5', 'two', 'enrolled 5'],
  );
  const anew = after([{ kind: 'reset' }, { kind: 'initialised' }, report(1, 3)], state);
  assert.deepEqual(
    [bodies(anew.state).map(({ since }) => since), anew.state.reports],
    [[3], { chain: 1, since: 3, next: 4 }],
  );
  assert.equal(after([report(0, 1)]).state.reports, undefined, 'nothing is said before the end of the set-up');
});

test('a message that was not acknowledged is sent again after the connection comes back', () => {
  const up = after([...connected, said(1), said(2), { kind: 'delivered', seq: 0 }]);
  const back = after([failed, { kind: 'woken' }, { kind: 'connected' }], up.state);
  assert.deepEqual(
    back.effects.filter(({ kind }) => kind === 'publish'),
    [{ kind: 'publish', message: up.state.queue[0] }],
  );
  assert.equal(up.state.queue[0]?.seq, 1);
});

test('the delay grows, is bounded, and is never the same for two draws', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((failures) => backOffDelay(failures, 0)),
    [500, 1_000, 2_000, 4_000],
  );
  assert.deepEqual([backOffDelay(40, 0), backOffDelay(40, 1)], [450_000, 900_000]);
  assert.notEqual(backOffDelay(3, 0.1), backOffDelay(3, 0.2));
});

test('after a power cut the first try is spread as well', () => {
  const started = after([{ kind: 'started', initialised: true, from: NOW, until: NOW + DAY * 90, draw: 0.5 }]);
  assert.deepEqual(started.effects, [{ kind: 'wake', inMillis: START_SPREAD / 2 }]);
  assert.deepEqual(after([{ kind: 'woken' }], started.state).kinds, ['connect']);
});

test('the queue is bounded: the oldest goes, and is counted', () => {
  const { state } = after([{ kind: 'initialised' }, ...Array.from({ length: 300 }, (_, index) => said(index))]);
  assert.deepEqual([state.queue.length, state.dropped, state.queue[0]?.seq, state.nextSeq], [256, 44, 44, 300]);
});

test('an outage is recorded once, not once for every try', () => {
  let state = after(connected).state;
  let recorded = 0;
  for (let tries = 0; tries < 6; tries++) {
    const next = after([failed], state);
    recorded += next.kinds.filter((kind) => kind === 'record-down').length;
    state = after([{ kind: 'woken' }], next.state).state;
  }
  assert.deepEqual([recorded, state.failures], [1, 6]);
});

test('a certificate is renewed before it ends, and a failed renewal does not keep the device off its channel', () => {
  const nearEnd = after([
    { kind: 'started', initialised: true, from: NOW - 88 * DAY, until: NOW + 2 * DAY, draw: 0 },
    { kind: 'woken' },
  ]);
  assert.deepEqual(nearEnd.kinds, ['enrol']);
  assert.deepEqual(after([failed, { kind: 'woken' }], nearEnd.state).kinds, ['connect']);
  const up = after(connected).state;
  assert.deepEqual(after([{ kind: 'woken' }], up, NOW + 40 * DAY).kinds, ['wake']);
  assert.deepEqual(after([{ kind: 'woken' }], up, NOW + 85 * DAY).kinds, ['disconnect', 'enrol']);
});

test('a reset forgets everything but the count', () => {
  const reset = after([...connected, said(1), { kind: 'reset' }]);
  assert.deepEqual(reset.kinds, ['disconnect', 'forget']);
  assert.deepEqual(reset.state, { ...INITIAL_CHANNEL, nextSeq: 1 });
  assert.deepEqual(after([said(2)], reset.state).state.queue, []);
});

test('a fleet that enrolled on one day renews over a week and more, each after two thirds of the life', () => {
  const at = (draw: number) => (renewal.at(NOW, NOW + 90 * DAY, draw) - NOW) / DAY;
  assert.deepEqual([at(0), at(0.5)], [60, 63.75]);
  assert.ok(at(0.999) < 67.5);
  assert.equal((renewal.at(NOW, NOW + 9 * DAY, 0) - NOW) / DAY, 6, 'a shorter life is renewed sooner');
});

test('the moment of renewal is drawn once for a certificate, not at every start', () => {
  const first = after([
    ...connected.slice(0, 1),
    { kind: 'enrolled', from: NOW, until: NOW + 90 * DAY, draw: 0.9 },
  ]).state;
  const again = after([{ kind: 'started', initialised: true, from: NOW, until: NOW + 90 * DAY, draw: 0 }], first).state;
  assert.equal(again.renewAt, first.renewAt);
});

test('a certificate that lasts an hour is renewed before its end by a device that stays connected', () => {
  const short = after([connected[0]!, { kind: 'enrolled', from: NOW, draw: 0, until: NOW + HOUR }, connected[2]!]);
  const wake = short.effects.at(-1);
  assert.deepEqual(wake, { kind: 'wake', inMillis: (HOUR * 8) / 12 });
  assert.deepEqual(after([{ kind: 'woken' }], short.state, NOW + (HOUR * 8) / 12).kinds, ['disconnect', 'enrol']);
});

test('a certificate that has ended is not shown again; under a rule that renews never, it is', () => {
  const held = { kind: 'started', initialised: true, from: NOW - 91 * DAY, until: NOW - DAY, draw: 0 } as const;
  const woken = (decide: typeof decideChannel): readonly string[] => {
    const { state } = decide(INITIAL_CHANNEL, held, NOW);
    return decide(state, { kind: 'woken' }, NOW).effects.map(({ kind }) => kind);
  };
  assert.deepEqual(woken(decideChannel), ['enrol']);
  assert.deepEqual(woken(channelWith({ ...renewal, need: () => 'none' })), ['connect']);
});

test('a certificate that the services do not let in is replaced, whatever its date says', () => {
  const refused: ChannelEvent = { kind: 'failed', step: 'connect', because: 'services-refused', draw: 0.5 };
  const out = after([...connected.slice(0, 2), refused]).state;
  const asks = after([failed, { kind: 'woken' }], after([{ kind: 'woken' }], out).state);
  assert.ok([after([{ kind: 'woken' }], out).kinds, asks.kinds].some(([kind]) => kind === 'enrol'));
  assert.equal(after([{ kind: 'connected' }], { ...asks.state, phase: 'connecting' }).state.refused, false);
});

test('while a person looks at it, it asks twice a day at most', () => {
  const held: ChannelEvent = { kind: 'failed', step: 'enrol', because: 'enrolment-held', draw: 0 };
  const { effects } = after([{ kind: 'initialised' }, held]);
  assert.deepEqual(effects.at(-1), { kind: 'wake', inMillis: HELD_DELAY / 2 });
});
