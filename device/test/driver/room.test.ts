import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diskFull } from '../../src/driver/faults.ts';
import { openRoom, type RoomDefinition } from '../../src/driver/room.ts';
import type { Plain } from '../../src/seams.ts';
import { memoryStore } from '../stand-in/memory.ts';

type State = { readonly count: number; readonly owed: number };
type Event =
  | { readonly kind: 'add' }
  | { readonly kind: 'paid' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'resumed' };
type Effect = { readonly kind: 'pay' };

/** Owes one payment per `add` until it is paid. */
const debt = (pay: () => void | Promise<void>): RoomDefinition<State, Event, Effect> => ({
  name: 'debt',
  initial: { count: 0, owed: 0 },
  read: (stored: Plain) => stored as unknown as State,
  decide: (state, event) => {
    switch (event.kind) {
      case 'add':
        return { state: { count: state.count + 1, owed: state.owed + 1 }, effects: [{ kind: 'pay' }] };
      case 'paid':
        return { state: { ...state, owed: state.owed - 1 }, effects: [] };
      case 'failed':
        return { state: { ...state, count: -1 }, effects: [] };
      case 'resumed':
        return { state, effects: Array.from({ length: state.owed }, () => ({ kind: 'pay' }) as const) };
    }
  },
  executors: {
    pay: async () => {
      await pay();
      return { kind: 'paid' };
    },
  },
  failed: () => ({ kind: 'failed' }),
  resumed: { kind: 'resumed' },
});
const clock = { now: () => 0 };
const never = (thrown: unknown) => assert.fail(String(thrown));

test('the state is on disk before the effect is carried out', async () => {
  const store = memoryStore();
  const seen: unknown[] = [];
  const room = openRoom(
    debt(() => void seen.push(store.documents.get('debt'))),
    { store, clock, fault: never },
  );
  await room.dispatch({ kind: 'add' });
  await room.idle();
  assert.deepEqual(seen, [{ count: 1, owed: 1 }]);
  assert.deepEqual(store.documents.get('debt'), { count: 1, owed: 0 });
});

test('an effect that a crash swallowed is carried out at the next start', async () => {
  const store = memoryStore();
  const crashed = openRoom(
    debt(() => new Promise<never>(() => undefined)),
    { store, clock, fault: never },
  );
  void crashed.dispatch({ kind: 'add' });
  await new Promise(setImmediate);
  assert.deepEqual(store.documents.get('debt'), { count: 1, owed: 1 }, 'persisted, not paid');

  let paid = 0;
  const again = openRoom(
    debt(() => void paid++),
    { store: memoryStore(store.documents), clock, fault: never },
  );
  await again.idle();
  assert.equal(paid, 1);
  assert.deepEqual(again.state(), { count: 1, owed: 0 });
});

test('the failure of an effect is an event of its room', async () => {
  const store = memoryStore();
  const failing = debt(() => Promise.reject(new Error('no')));
  const room = openRoom(failing, { store, clock, fault: never });
  await room.dispatch({ kind: 'add' });
  await room.idle();
  assert.equal(room.state().count, -1);
});

test('a full disk leaves the state as it was, and carries out nothing', async () => {
  const store = memoryStore();
  let paid = 0;
  const room = openRoom(
    debt(() => void paid++),
    { store, clock, fault: never },
  );
  await room.idle();
  store.failure = diskFull(new Error('ENOSPC'));
  await assert.rejects(room.dispatch({ kind: 'add' }), { code: 'disk-full' });
  assert.deepEqual([room.state(), paid], [{ count: 0, owed: 0 }, 0]);
  store.failure = undefined;
  await room.dispatch({ kind: 'add' });
  assert.equal(paid, 1, 'the queue goes on once there is space again');
});

test('events are decided one after the other, however slow an effect is', async () => {
  const store = memoryStore();
  const order: string[] = [];
  let running = 0;
  const room = openRoom(
    debt(async () => {
      running++;
      order.push(`in ${running}`);
      await new Promise(setImmediate);
      running--;
    }),
    { store, clock, fault: never },
  );
  await Promise.all([room.dispatch({ kind: 'add' }), room.dispatch({ kind: 'add' }), room.dispatch({ kind: 'add' })]);
  await room.idle();
  assert.deepEqual(order, ['in 1', 'in 1', 'in 1']);
  assert.deepEqual(room.state(), { count: 3, owed: 0 });
});
