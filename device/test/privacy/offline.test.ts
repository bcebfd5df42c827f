import assert from 'node:assert/strict';
import { test } from 'node:test';
import { by, DAY, openHome, type HomeBench } from './home.ts';

/** EN 303 645 5.11-4, 6-3: nobody answers for long, and the device starts again and again meanwhile. */

const HOUR = 3_600_000;
/** the power goes and comes back; what was on the disk and in the queue is there */
const restarted = async (home: HomeBench, given: Parameters<typeof openHome>[0] = {}): Promise<HomeBench> => {
  const again = openHome({ store: home.store, channel: home.channel(), at: home.now(), ...given });
  await again.privacy.start();
  await again.privacy.tick();
  return again;
};
const stateOf = (home: HomeBench): string | undefined => home.privacy.state().erasures.at(-1)?.state;

test('an-erasure-while-the-services-are-down-is-done-here-said-once-and-never-called-confirmed-until-it-is', async () => {
  let home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.deliver();
  assert.equal(await home.privacy.erase('owner', HOUR), undefined);
  const { id, subjects } = home.privacy.state().erasures[0] ?? assert.fail('it was not asked for');
  for (let days = 0; days < 400; days += 20) {
    home = await restarted(home);
    home.send(days);
    assert.ok(home.waiting().every(({ of = {} }) => !Object.values(of).some((each) => subjects.includes(each))));
    assert.equal(stateOf(home), days === 0 ? 'undo' : 'waiting', 'and is never called confirmed');
    home.wait(20 * DAY);
  }
  const said = home.words().filter((word) => 'id' in word && word.id === id);
  assert.deepEqual(
    said.map(({ kind }) => kind),
    ['erase', 'erased-here'],
  );
});

test('a-withdrawal-and-what-else-waits-outlast-starts-without-number-while-nobody-answers', async () => {
  let home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.deliver();
  home.send(1);
  await home.privacy.decide(by('owner', { steps: true }));
  // withdrawn, and the power goes before the channel has the word: another one waits there
  const channel = home.channel();
  await home.privacy.decide(by('owner', { usage: false }));
  home = await restarted(home, { channel });
  const before = home.channel().queue;
  for (let starts = 0; starts < 300; starts += 1) {
    home = await restarted(home);
    assert.ok(!home.privacy.flows().consents.has('usage'));
  }
  const { queue, dropped } = home.channel();
  assert.equal(dropped, 0);
  assert.deepEqual(queue.slice(0, before.length), before, 'measured values made way for nothing');
  assert.ok(queue.length < 2 * before.length + 10, String(queue.length));
  assert.deepEqual(
    home.words().flatMap((word) => (word.kind === 'consent' && word.item === 'usage' ? [[word.given, word.n]] : [])),
    [[false, 2]],
  );
  // an update is taken back: what the version of before reads
  const { consents } = home.store.read('settings') as { consents: Record<string, boolean> };
  assert.equal(consents['usage'], false);
  home.deliver();
  home.wait(DAY);
  home.send(2);
  assert.ok(home.waiting().every(({ fields }) => fields['lamp'] === undefined));
});
