import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHeld } from '../../src/operators/held.ts';
import { declaration, DEVICE, START, useKept } from './kept-bench.ts';

describe('all that is held of a device', () => {
  const { on, send, begin } = useKept();
  const by = { who: 'Alice', why: 'request 12, access' };
  const held = (named: string, how = by) =>
    openHeld({ store: on.store, clock: { now: () => on.now }, privacy: on.privacy, declarations: [declaration] })(
      named,
      how,
    );
  const looks = () =>
    on.store.db
      .selectFrom('audit')
      .select(['actor', 'subject', 'detail'])
      .where('action', '=', 'personal-data-read')
      .execute();

  it('is-had-out-by-id-or-serial-and-who-and-why-is-on-record', async () => {
    const subject = await begin();
    await send(1, { temperature: 21.5, starts: 3 }, { climate: subject });
    const at = new Date(START).toISOString();
    const values = [
      { field: 'starts', at, value: 3 },
      { field: 'temperature', at, value: 21.5 },
    ];
    const answer = await held(DEVICE);
    assert.deepEqual(answer, { type: 'held', values, cut: false });
    const [look, ...others] = await looks();
    assert.deepEqual([look?.actor, look?.subject, others.length], ['Alice', DEVICE, 0]);
    assert.match(String(look?.detail), /request 12, access/);
    assert.doesNotMatch(String(look?.detail), /21\.5/);
  });

  it('is-nothing-once-its-people-were-erased-but-what-is-nobody-s', async () => {
    const subject = await begin();
    await send(1, { temperature: 21.5, starts: 3 }, { climate: subject });
    await on.privacy.vault.end([subject], 'e1');
    const answer = await held(DEVICE);
    assert.ok(answer.type === 'held');
    assert.deepEqual(
      answer.values.map(({ field }) => field),
      ['starts'],
    );
  });

  it('is-refused-without-a-reason-and-of-a-device-that-is-none-and-nothing-is-read', async () => {
    const refusals = [await held(DEVICE, { who: 'Alice', why: ' because ' }), await held('nobody')];
    assert.deepEqual(
      refusals.map((answer) => answer.type === 'refused' && answer.code),
      ['reason-missing', 'device-unknown'],
    );
    assert.deepEqual(await looks(), []);
  });
});
