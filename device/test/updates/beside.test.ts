import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standBeside } from '../../src/updates/running/beside.ts';
import type { UpdatesLink } from '../../src/updates/running/link.ts';
import { FIRST_CHOICE, NOTHING_YET, type Notice } from '../../src/updates/state.ts';

/** What core makes of what the updater and the services say to it. */

const made = () => {
  const asked: string[] = [];
  const recorded: { kind: string; detail: unknown }[] = [];
  const time = { at: 0 };
  let told: (notice: Notice) => void = () => assert.fail('nobody hears');
  let hint: (payload: Uint8Array) => void = () => assert.fail('nobody hears');
  const wish = (what: string) => async () => {
    asked.push(what);
    return NOTHING_YET;
  };
  const link: UpdatesLink = {
    updates: {
      state: () => NOTHING_YET,
      release: () => undefined,
      ended: () => undefined,
      progress: () => undefined,
      initialised: wish('initialised'),
      check: wish('check'),
      agree: wish('agree'),
      postpone: async (until) => wish(`postpone ${until}`)(),
      choose: async (choice) => wish(`choose ${JSON.stringify(choice)}`)(),
    },
    hear: (hearer) => {
      told = hearer;
    },
    feel: ({ apiUp }) => void asked.push(`feel ${apiUp}`),
    trust: (anchors) => void asked.push(`trust ${anchors.join()}`),
  };
  const beside = standBeside(link, {
    record: (kind, detail) => void recorded.push({ kind, detail }),
    anchors: () => ['root'],
    health: () => ({ apiUp: true, storeOpens: true, controlTicks: true }),
    listen: (hear) => {
      hint = hear;
    },
    now: () => time.at,
    confirmed: () => void asked.push('confirmed'),
    fault: (thrown) => assert.fail(String(thrown)),
  });
  return {
    asked,
    recorded,
    time,
    beside,
    tell: (notice: Notice) => told(notice),
    hint: (text: string) => hint(Buffer.from(text)),
  };
};
const NOTICE: Notice = {
  seq: 1,
  at: 0,
  to: 'people',
  what: 'refused',
  version: '2.0.0',
  number: 2,
  because: 'too-large',
};

test('hints-hasten-a-check-and-however-many-come-not-a-second-within-ten-minutes', () => {
  const { asked, time, hint } = made();
  for (let times = 0; times < 100; times++) hint('{"v":1}');
  assert.deepEqual(asked, ['check']);
  time.at = 599_999;
  hint('{"v":1}');
  assert.equal(asked.length, 1);
  time.at = 600_000;
  hint('{"v":1}');
  assert.equal(asked.length, 2);
});

test('what-is-no-hint-asks-for-nothing', () => {
  const { asked, hint } = made();
  for (const text of ['', 'null', '{"v":2}', '{"v":1,"url":"https://elsewhere.example"}', '[]', '\u0000']) hint(text);
  assert.deepEqual(asked, []);
});

test('what-both-are-told-is-written-down-once', () => {
  const { recorded, tell } = made();
  tell(NOTICE);
  tell({ ...NOTICE, seq: 2, to: 'manufacturer' });
  assert.deepEqual(recorded, [
    { kind: 'update-refused', detail: { version: '2.0.0', number: 2, because: 'too-large' } },
  ]);
  tell({ ...NOTICE, what: 'available', because: null });
  assert.equal(recorded.at(-1)?.kind, 'update-available');
});

test('what-was-kept-for-the-image-before-goes-once-the-new-one-is-confirmed', () => {
  const { asked, tell } = made();
  tell({ ...NOTICE, what: 'rolled-back' });
  assert.deepEqual(asked, []);
  tell({ ...NOTICE, what: 'installed', because: null });
  assert.deepEqual(asked, ['confirmed']);
});

test('the-next-owner-finds-the-choices-of-the-factory', () => {
  const { asked, beside } = made();
  beside.reset();
  assert.deepEqual(asked, [`choose ${JSON.stringify(FIRST_CHOICE)}`, 'postpone null']);
  beside.feel();
  assert.deepEqual(asked.slice(2), ['feel true', 'trust root']);
});
