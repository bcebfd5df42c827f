import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openNews } from '../../src/privacy/erasure/news.ts';
import { askDevice } from '../../src/privacy/erasure/places.ts';
import { ALICE, DEVICE, HOUR, orderOf, type World, world } from './world.ts';

/** EN 303 645 5.11-4, G044 6.11.4: a device that could not erase says why, and that stands until it says something else. */

describe('a device that could not erase', () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    const news = openNews({ store: w.store, send: () => false });
    w.answers.set(`device:${DEVICE}`, (asked) => askDevice({ news, store: w.store }, DEVICE)(asked));
    await w.erasures.ask(orderOf(w, 'a'));
    await w.erasures.goOn();
  });
  afterEach(() => w.end());

  const id = 'a'.padEnd(22, '0');
  const place = async () => {
    const [progress] = await w.erasures.ofSubjects([ALICE]);
    const found = progress?.places.find((each) => each.place === `device:${DEVICE}`);
    return [found?.state, found?.because, progress?.confirmations.length];
  };
  const says = (because?: string) =>
    w.erasures.erasedHere(DEVICE, { kind: 'erased-here', id, ...(because === undefined ? {} : { because }) });

  it('is-shown-with-its-reason-while-it-is-asked-again-and-confirms-nothing', async () => {
    assert.equal((await place())[0], 'waiting');
    await says('disk-full');
    assert.deepEqual(await place(), ['failed', 'disk-full', 0]);
    for (let day = 0; day < 3; day++) {
      w.now += 24 * HOUR;
      await w.erasures.goOn();
      assert.deepEqual(await place(), ['failed', 'disk-full', 0]);
    }
    await says('data-damaged');
    assert.deepEqual(await place(), ['failed', 'data-damaged', 0]);
    await says();
    await w.erasures.goOn();
    assert.deepEqual(await place(), ['erased', undefined, 2]);
  });

  it('is-told-again-where-it-has-heard-and-not-done-it', async () => {
    await says('disk-full');
    const news = openNews({ store: w.store, send: () => false });
    const [last] = (await news.waiting(DEVICE)).toReversed();
    await news.heard(DEVICE, last?.n ?? 0);
    assert.ok(!(await news.waiting(DEVICE)).some((each) => each.news.kind === 'erase'));
    w.now += 24 * HOUR;
    await w.erasures.goOn();
    assert.ok((await news.waiting(DEVICE)).some((each) => each.news.kind === 'erase' && each.news.id === id));
  });
});
