import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decideForwarding,
  type Forwarding,
  type ForwardingEvent,
  LASTS_FOR,
  LINE_DOWN,
  type LogServer,
  NOT_FORWARDED,
} from '../../../src/logging/forwarding/decide.ts';
import { logServerOf } from '../../../src/logging/forwarding/typed.ts';
import { framed, syslogMessage } from '../../../src/logging/forwarding/message.ts';
import { EVENT_KINDS } from '../../../src/logging/catalogue.ts';
import { DEVICE, writtenFrom } from '../written.ts';

const SERVER: LogServer = { host: '192.0.2.7', port: 6514, fingerprint: 'ab'.repeat(32) };
const OFF: Forwarding = { state: NOT_FORWARDED, line: LINE_DOWN };
const after = (events: readonly (readonly [at: number, event: ForwardingEvent])[], from = OFF) => {
  let state = from;
  const effects: string[] = [];
  for (const [at, event] of events) {
    const next = decideForwarding(state, event, at);
    state = next.state;
    effects.push(...next.effects.map((effect) => ('from' in effect ? `send ${effect.from}` : effect.kind)));
  }
  return { state, effects };
};
const chosen: ForwardingEvent = { kind: 'chosen', server: SERVER, from: { chain: 0, below: 5 } };
const looked = { kind: 'looked', chain: 0 } as const;
const down = { kind: 'down', because: 'x', draw: 0 } as const;

describe('forwarding to a server of the owner’s', () => {
  test('nothing is dialled until the owner has named a server, and from then on only what happens after', () => {
    assert.deepEqual(after([[0, looked]]).effects, []);
    const { effects } = after([
      [0, chosen],
      [1, looked],
      [2, { kind: 'up' }],
    ]);
    assert.deepEqual(effects, ['disconnect', 'connect', 'send 5']);
  });

  test('an entry counts as sent once its connection has lasted; else it is written again to the next one', () => {
    const up = [
      [0, chosen],
      [1, looked],
      [2, { kind: 'up' }],
      [3, { kind: 'written', below: 9 }],
    ] as const;
    const soon = after([...up, [LASTS_FOR, looked]]).state;
    assert.equal(soon.state.sent.below, 5);
    const lasted = after([[LASTS_FOR + 3, looked]], soon).state;
    assert.deepEqual([lasted.state.sent.below, lasted.line.marks], [9, []]);
    const again = after(
      [
        [10, down],
        [1_000, looked],
        [1_001, { kind: 'up' }],
      ],
      soon,
    );
    assert.deepEqual(again.effects, ['disconnect', 'tell', 'connect', 'send 5']);
    const onward = after(
      [
        [LASTS_FOR + 4, down],
        [99_999, looked],
        [99_999, { kind: 'up' }],
      ],
      lasted,
    );
    assert.ok(onward.effects.includes('send 9'));
  });

  test('an outage is one event, tries come slower and slower, and never further apart than a quarter of an hour', () => {
    let state = after([[0, chosen]]).state;
    let now = 0;
    let told = 0;
    for (let each = 0; each < 40; each += 1) {
      const failed = after(
        [
          [now, looked],
          [now, { ...down, draw: 1 }],
        ],
        state,
      );
      told += failed.effects.filter((effect) => effect === 'tell').length;
      ({ state } = failed);
      const wait = state.line.tryAt - now;
      assert.ok(wait > 0 && wait <= 15 * 60_000, String(wait));
      assert.deepEqual(after([[now + wait - 1, looked]], state).effects, [], 'not before');
      now += wait;
    }
    assert.equal(told, 1);
  });

  test('an erased log begins anew, and what the owner ends has ended', () => {
    const up = after([
      [0, chosen],
      [1, looked],
      [2, { kind: 'up' }],
      [3, { kind: 'written', below: 9 }],
    ]).state;
    const erased = after([[4, { kind: 'looked', chain: 1 }]], up).state;
    assert.deepEqual(erased.state.sent, { chain: 1, below: 0 });
    const ended = after(
      [
        [5, { ...chosen, server: undefined }],
        [6, looked],
        [999_999, looked],
      ],
      up,
    );
    assert.deepEqual([ended.effects, ended.state.state.server], [['disconnect'], null]);
  });

  test('whatever happens, what counts as sent never exceeds what was written', () => {
    const event = fc.oneof(
      fc.constant<ForwardingEvent>(looked),
      fc.constant<ForwardingEvent>({ kind: 'up' }),
      fc.record({ kind: fc.constant('written' as const), below: fc.integer({ min: 0, max: 50 }) }),
      fc.constant<ForwardingEvent>(down),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), event), { maxLength: 40 }), (steps) => {
        let state = after([[0, chosen]]).state;
        let now = 0;
        let most = 5;
        for (const [later, step] of steps) {
          now += later;
          // what is written was asked for, and only on a connection that stands
          if (step.kind === 'up' && state.line.phase !== 'connecting') continue;
          if (step.kind === 'written' && state.line.phase === 'up') most = Math.max(most, step.below);
          ({ state } = after([[now, step]], state));
          assert.ok(state.state.sent.below <= most);
        }
      }),
    );
  });
});

describe('an entry as a syslog message', () => {
  const { entries } = writtenFrom(EVENT_KINDS, { routine: 99, notable: 99, vital: 99 });
  /** RFC 5424, 6. */
  const FORM =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) (\[timeQuality tzKnown="1" isSynced="[01]"\]\[meta sequenceId="\d+" sysUpTime="\d+"\]) ([ -~]*)$/;

  test('every kind is one line of RFC 5424, numbered without a gap', () => {
    for (const [index, entry] of entries.entries()) {
      const [, pri, , host, product, , id, data] =
        FORM.exec(syslogMessage(entry, { deviceId: DEVICE, product: 'hub' })) ?? assert.fail(entry.kind);
      assert.deepEqual([Math.floor(Number(pri) / 8), host, product, id], [13, DEVICE, 'hub', entry.kind]);
      assert.match(String(data), new RegExp(`sequenceId="${index + 1}"`));
    }
  });

  test('what would begin another line or end a value does not get through, whoever wrote it', () => {
    const [entry] = entries;
    assert.ok(entry);
    const nasty = { ...entry, detail: { because: 'x"\n<13>1 - forged\\' }, repeats: { count: 3, since: '2026' } };
    const said = syslogMessage(nasty, { deviceId: 'a b\nc', product: '' });
    assert.match(said, FORM);
    assert.match(said, / abc - /);
    assert.match(said, /because="x<13>1 - forged" repeats="3" since="2026"$/);
  });

  test('a frame says its length in octets', () => {
    assert.equal(framed('aé').toString('utf8'), '3 aé');
  });
});

test('an address or a name and a fingerprint make a server; anything else is none', () => {
  const typed = (host: string, fingerprint = 'AB:'.repeat(31) + 'AB') => logServerOf({ host, port: 6514, fingerprint });
  for (const [host, read] of [
    ['192.0.2.7', '192.0.2.7'],
    [' Logs.Example ', 'logs.example'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['nas', 'nas'],
  ] as const) {
    assert.deepEqual(typed(host), { host: read, port: 6514, fingerprint: 'ab'.repeat(32) });
  }
  for (const host of [
    '',
    'a b',
    'http://x',
    'x/y',
    '192.0.2',
    '999.1.1.1',
    '-a',
    'a..b',
    'a'.repeat(64),
    'x\ny',
    'x:1',
  ]) {
    assert.equal(typed(host), undefined, host);
  }
  for (const fingerprint of ['', 'ab', 'zz'.repeat(32), 'ab'.repeat(33)])
    assert.equal(typed('nas', fingerprint), undefined);
});
