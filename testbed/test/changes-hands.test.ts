import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Subject } from '@hearthward/protocol';
import { until } from './fleet.ts';
import { HOUSEHOLD, openHousehold, PERSON, type Household, type Person } from './household.ts';

/**
 * EN 303 645 5.11-1, 5.11-2, G044 6.11.1, G045 AU-1-10: a device is reset while its manufacturer cannot be reached, and somebody else sets
 * it up. Real services and a real device; what each of both people is shown, and what is left to whom.
 */

describe('a device that was reset without a connection, and changes hands', { timeout: 180_000 }, () => {
  let home: Household;
  let [former, next]: Person[] = [];
  let codes: { readonly former: string; readonly next: string };
  const of = (who: 'former' | 'next'): readonly Subject[] => home.subjectsOf(codes[who]);
  const lives = async (person: Person): Promise<string> => {
    const { browser } = person;
    assert.equal((await browser.post('/privacy', '/privacy/sharing', { [PERSON]: 'on' })).status, 303);
    const code = await home.code(person);
    await until(async () => {
      await browser.post('/', '/functions/set-lamp', { lamp: 'on' });
      const rows = await home.readable(home.subjectsOf(code));
      return [HOUSEHOLD, PERSON].every((item) => rows.some((row) => row.item === item));
    });
    return code;
  };
  before(async () => {
    home = await openHousehold();
    former = await home.owner();
    const code = await lives(former);
    await home.cut();
    const { status } = await former.browser.post('/reset', '/reset', { password: former.password });
    assert.equal(status, 303);
    await home.mend();
    next = await home.nextOwner();
    codes = { former: code, next: await lives(next) };
  });
  after(() => home?.stop());

  it('is another household, and neither sees anything of the other', async () => {
    assert.deepEqual(
      of('former').filter((subject) => of('next').includes(subject)),
      [],
    );
    const device = JSON.parse((await next?.browser.page('/api/my-data')) ?? '') as {
      pseudonyms: { subject: string }[];
    };
    assert.deepEqual(
      new Set(device.pseudonyms.map(({ subject }) => subject)),
      new Set(of('next')),
      'what it has is of whoever has it now',
    );
    const pages = { former: await home.account(codes.former), next: await home.account(codes.next) };
    assert.match(await pages.former.page('/account/data'), /no longer yours/);
    assert.doesNotMatch(await pages.next.page('/account/data'), /no longer yours/);
  });

  it('erases what was of whoever had it, at their wish, and leaves whoever has it as they are', async () => {
    const [gone, kept] = [of('former'), of('next')];
    const account = await home.account(codes.former);
    const order = /name="order" value="([^"]+)"/.exec(await account.page('/account/erase'))?.[1] ?? assert.fail();
    const form = { order, scope: 'everything', code: codes.former };
    assert.equal((await account.post('/account/erase', '/account/erase', form)).status, 303);
    home.wait(25 * 3_600_000);
    const again = await home.account(codes.former);
    await until(async () => {
      await home.goOn();
      return (await again.page('/account/erasures')).includes('/1"');
    });
    assert.deepEqual(await home.readable(gone), []);
    for (const subject of kept) assert.equal(home.services.privacy.vault.stateOf(subject), 'open');
    assert.ok((await home.readable(kept)).length > 0);
    const { browser } = await home.again(next ?? assert.fail());
    const { consents } = JSON.parse(await browser.page('/api/my-data')) as { consents: unknown[] };
    assert.ok(consents.length > 0, 'what the next owner has decided holds');
  });
});
