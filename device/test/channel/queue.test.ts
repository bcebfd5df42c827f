import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideChannel, INITIAL_CHANNEL, type ChannelState, type Message } from '../../src/channel/decide.ts';
import { STATE, downTo, upFrom } from '../../src/store/migration/migrations.ts';

const say = (state: ChannelState, topic: Message['topic'], body: Record<string, unknown> = {}): ChannelState =>
  decideChannel(state, { kind: 'say', topic, body }, 0).state;
const offline: ChannelState = { ...INITIAL_CHANNEL, phase: 'backing-off' };
const countOf = (state: ChannelState, topic: Message['topic']): number =>
  state.queue.filter((each) => each.topic === topic).length;

test('a-withdrawal-or-an-erasure-that-waits-makes-way-for-nothing-but-its-like', () => {
  let state = say(offline, 'privacy', { first: true });
  for (let n = 0; n < 300; n += 1) state = say(say(state, 'telemetry', { fields: {} }), 'events');
  assert.deepEqual(
    [countOf(state, 'privacy'), countOf(state, 'telemetry'), state.queue.length, state.queue[0]?.topic],
    [1, 0, 256, 'privacy'],
  );
  for (let n = 0; n < 300; n += 1) state = say(state, 'privacy');
  assert.deepEqual([countOf(state, 'privacy'), state.queue.length], [256, 256]);
});

test('the-software-before-reads-a-queue-without-the-topic-that-it-does-not-know', () => {
  const state = say(say(offline, 'privacy'), 'telemetry', { fields: {} });
  const older = downTo(STATE, 2, 'channel', structuredClone(state)) as unknown as ChannelState;
  assert.deepEqual(
    [older.queue.map(({ topic }) => topic), older.nextSeq],
    [['telemetry'], 2],
    'and counts on, so that nothing new is taken for old',
  );
  assert.deepEqual(upFrom(STATE, 2, 'channel', structuredClone(older)), older);
});
