import assert from 'node:assert/strict';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { CheckOutcome } from '../../src/setup/check/decide.ts';
import { unanswered, UNANSWERED } from '../../src/setup/check/decide.ts';
import { bench, Browser, setUp } from './bench.ts';

/** The button by which the owner has the manufacturer check: what people read, and who may press it. */

async function home() {
  let [next, last]: [CheckOutcome | 'not-now', { at: number; outcome: CheckOutcome } | undefined] = [
    unanswered('failed'),
    undefined,
  ];
  let asked = 0;
  const made = await bench({
    declaration,
    setupCheck: {
      offered: true,
      self: () => [
        { code: 'password', good: true, text: 'The password is your own.' },
        {
          code: 'remote-help',
          good: false,
          text: 'Somebody may help.',
          cure: { path: '/safety#remote_help', label: 'Look' },
        },
      ],
      ask: async () => {
        asked++;
        if (next !== 'not-now') last = { at: made.context.clock.now(), outcome: next };
        return next;
      },
      last: () => last,
    },
  });
  const owner = await setUp(made.app);
  const press = async (outcome: CheckOutcome | 'not-now'): Promise<string> => {
    next = outcome;
    const answer = await owner.submit('/safety', '/safety/check', {});
    assert.equal(answer.statusCode, 303);
    return (await owner.get('/safety')).body;
  };
  return { made, owner, press, asked: () => asked };
}
const WELL: CheckOutcome = {
  kind: 'answered',
  verdict: 'well',
  findings: [
    { code: 'certificate', good: true, about: '2027-03-01' },
    { code: 'setting', good: true, about: 'password' },
  ],
};
const AMISS: CheckOutcome = {
  kind: 'answered',
  verdict: 'attention',
  findings: [
    { code: 'software', good: false, about: '1.2.0' },
    { code: 'setting', good: false, about: 'remote-help' },
    { code: 'phase-of-the-moon', good: false },
  ],
};

test('nobody is asked before the owner presses, and the answer stays to be read with its age', async (t) => {
  const { made, owner, press, asked } = await home();
  t.after(() => made.app.close());
  assert.match((await owner.get('/safety')).body, /The manufacturer was not asked yet\./);
  assert.equal(asked(), 0);
  const page = await press(WELL);
  assert.match(page, /Yes, it is securely set up, says the manufacturer\./);
  assert.match(page, /holds until 1 March 2027/);
  made.wait(130);
  assert.match((await owner.get('/safety')).body, /2 minutes ago/);
  assert.equal(asked(), 1);
});

test('what is amiss has words and a way to mend it, and what a newer manufacturer finds is not passed over', async (t) => {
  const { made, press } = await home();
  t.after(() => made.app.close());
  const page = await press(AMISS);
  assert.match(page, /Not quite, says the manufacturer\. To be done: 3/);
  assert.match(page, /There is newer software: 1\.2\.0\.[^]*href="\/updates"/);
  assert.match(page, /A point above is to be done: help from afar\./);
  assert.match(page, /something that this version of the device has no words for/);
});

test('each way of having no answer is said in words of its own, and none of them looks like one', async (t) => {
  const { made, press } = await home();
  t.after(() => made.app.close());
  const said = new Set<string>();
  for (const because of UNANSWERED) {
    const page = await press(unanswered(because));
    assert.doesNotMatch(page, /securely set up, says/);
    const words = /There is no answer from the manufacturer\.<\/span><\/p>\s*<p>([^<]+)<\/p>/.exec(page)?.[1];
    assert.ok(words, because);
    said.add(words);
  }
  assert.equal(said.size, UNANSWERED.length);
});

test('one press too many is said, and takes the last answer away from nobody', async (t) => {
  const { made, press } = await home();
  t.after(() => made.app.close());
  await press(WELL);
  assert.match(await press('not-now'), /often enough within this hour[^]*says the manufacturer/);
});

test('as data it says of each thing whether it is in order, and nothing of people', async (t) => {
  const { made, owner, press } = await home();
  t.after(() => made.app.close());
  const read = async () => JSON.parse((await owner.get('/api/setup-check')).body) as Record<string, unknown>;
  const self = [
    { code: 'password', good: true },
    { code: 'remote-help', good: false },
  ];
  assert.deepEqual(await read(), { self, manufacturer: { kind: 'never' } });
  await press(AMISS);
  assert.deepEqual(await read(), {
    self,
    manufacturer: {
      at: new Date(made.context.clock.now()).toISOString(),
      kind: 'answered',
      verdict: 'attention',
      findings: [
        { code: 'software', good: false, about: '1.2.0' },
        { code: 'setting-remote-help', good: false },
        { code: 'phase-of-the-moon', good: false },
      ],
    },
  });
});

test('nobody but the owner asks, and not from another page', async (t) => {
  const { made, owner, asked } = await home();
  t.after(() => made.app.close());
  assert.equal((await owner.post('/safety/check', {})).statusCode, 403);
  const stranger = new Browser(made.app);
  assert.notEqual((await stranger.post('/safety/check', {})).statusCode, 303);
  assert.notEqual((await stranger.get('/api/setup-check')).statusCode, 200);
  assert.equal(asked(), 0);
});
