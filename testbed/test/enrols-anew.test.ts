import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Subject } from '@hearthward/protocol';
import { until } from './fleet.ts';
import { HOUSEHOLD, openHousehold, PERSON, type Household, type Person } from './household.ts';

/**
 * EN 303 645 5.11-2, 6-2: a device loses its certificate and enrols once more, with the same people in the house. Real
 * services and a real device: each has its part in it, and neither is right alone.
 */

describe('a device that enrols once more', { timeout: 180_000 }, () => {
  let home: Household;
  let owner: Person;
  let code: string;
  let earlier: readonly Subject[];
  before(async () => {
    home = await openHousehold();
    owner = await home.owner();
    assert.equal((await owner.browser.post('/privacy', '/privacy/sharing', { [PERSON]: 'on' })).status, 303);
    code = await home.code(owner);
    earlier = home.subjectsOf(code);
    await hasDataOf(earlier);
    await home.services.custody.hold(home.deviceId, 'two-places');
    assert.equal(await home.services.custody.release(home.deviceId, 'operator'), true);
    await home.isConnected();
  });
  after(() => home?.stop());

  /** What the lamp is told is its person's. */
  const hasDataOf = (subjects: readonly Subject[]) =>
    until(async () => {
      await owner.browser.post('/', '/functions/set-lamp', { lamp: 'on' });
      const rows = await home.readable(subjects);
      return [HOUSEHOLD, PERSON].every((item) => rows.some((row) => row.item === item));
    });
  const later = () => home.subjectsOf(code).filter((subject) => !earlier.includes(subject));

  it('goes on with its people and what they decided, and their code opens what came before and after', async () => {
    await until(() => later().length === earlier.length);
    await hasDataOf(later());
    const account = await home.account(code);
    assert.match(
      await account.page('/account/consents'),
      /action="\/account\/consents\/withdraw"/,
      'what is given can be taken back',
    );
    const rows = await home.readable(earlier);
    assert.ok(rows.length > 0, 'what was kept is theirs as ever');
  });

  it('has both erased by one press', async () => {
    const { status } = await owner.browser.post('/privacy/erase', '/privacy/erase', {
      when: 'now',
      current: owner.password,
    });
    assert.equal(status, 303);
    const both = [...earlier, ...later()];
    await until(async () => {
      await home.goOn();
      return both.every((subject) => home.services.privacy.vault.stateOf(subject) === 'ended');
    });
    assert.deepEqual(await home.readable(both), []);
    await until(async () => {
      await home.goOn();
      return /Confirmed, signed by the manufacturer/.test(await owner.browser.page('/privacy'));
    });
  });
});
