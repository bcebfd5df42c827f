import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placesOf, systemDisk, verifySlot } from '@hearthward/device/updates';
import { makeRelease, offerOf, publishOffers, publishRelease } from '../../src/updates/product-line.ts';
import { DAY, homeOf, ONE, tree, TWO, until, WELL, whats } from './home.ts';

test('a-release-goes-from-its-offer-to-the-confirmed-slot-and-only-what-changed-is-fetched', async (t) => {
  const home = await homeOf(t);
  const two = publishRelease(home.repository, TWO, [ONE]);
  publishOffers(home.repository, 'hub', [offerOf(two)]);
  const device = await home.live(30 * 60_000);
  assert.equal(device.state().phase, 'confirmed');
  assert.deepEqual([device.state().installed?.digest, home.runs(), home.slot()], [TWO.digest, TWO.digest, 'b']);
  assert.ok(home.asked.some((path) => path.includes('from-1.1.0.pack')));
  assert.equal(
    home.asked.some((path) => path.includes('full.pack')),
    false,
  );
  assert.ok(whats(home.reports).includes('installed'));
  // once confirmed, nothing is asked for but metadata
  const before = home.asked.length;
  await home.live(DAY);
  assert.equal(
    home.asked.slice(before).some((path) => path.includes('.pack')),
    false,
  );
});

test('an-image-that-does-not-come-up-gives-way-to-the-one-before-and-is-not-tried-again', async (t) => {
  const home = await homeOf(t);
  home.health = { ...WELL, controlTicks: false };
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  const device = await home.live(30 * 60_000);
  assert.deepEqual([device.state().phase, home.runs()], ['rolled-back', ONE.digest]);
  const told = home.reports.find(({ what }) => what === 'rolled-back');
  assert.deepEqual([told?.number, told?.because], [2, 'unhealthy-control']);
  assert.ok(whats(home.notices).includes('rolled-back'), 'people are told as well');
  const bytes = home.fetched();
  await home.live(3 * DAY);
  assert.equal(home.runs(), ONE.digest);
  assert.ok(home.fetched() - bytes < 100_000, 'the same digest is not fetched again');
});

test('an-image-whose-starts-all-end-in-a-power-cut-gives-way-by-itself', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  let device = await until(home, 'armed');
  await device.close();
  const started: string[] = [];
  for (let cut = 0; cut < 5; cut++) started.push(home.runs());
  assert.deepEqual(started.slice(0, 3), [TWO.digest, TWO.digest, TWO.digest]);
  assert.deepEqual(started.slice(3), [ONE.digest, ONE.digest]);
  home.crash();
  device = await home.live(60_000);
  assert.deepEqual(device.state().lastGivenUp, { digest: TWO.digest, because: 'tries-exhausted' });
  assert.ok(whats(home.reports).includes('rolled-back'));
});

test('what-people-keep-for-themselves-waits-for-their-word', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  let device = await home.start();
  const { choice } = device.state();
  await device.choose({ ...choice, automatic: { ...choice.automatic, feature: false } });
  device = await home.live(2 * DAY);
  assert.deepEqual([device.state().phase, home.runs()], ['offered', ONE.digest]);
  assert.ok(whats(home.notices).includes('available'));
  assert.equal(device.release()?.summary.en, 'Release 2');
  await device.agree(TWO.digest);
  assert.equal((await home.live(30 * 60_000)).state().phase, 'confirmed');
});

test('a-release-that-is-halted-before-it-begins-is-withdrawn', async (t) => {
  const home = await homeOf(t);
  const two = publishRelease(home.repository, TWO);
  publishOffers(home.repository, 'hub', [offerOf(two, { jitterSeconds: 7 * 86_400 })]);
  const device = await home.live(60_000);
  assert.equal(device.state().phase, 'authorised');
  publishOffers(home.repository, 'hub', [offerOf(two, { state: 'halted' })]);
  assert.equal((await home.live(2 * DAY)).state().candidate, null);
  assert.equal(
    home.asked.some((path) => path.includes('.pack')),
    false,
  );
});

test('who-has-the-online-keys-makes-no-release', async (t) => {
  const home = await homeOf(t);
  const evil = makeRelease(tree('evil'), { product: 'hub', number: 9 });
  // the image lies in the repository, named by the role that may only time
  home.repository.addTarget('hub-rollout', offerOf(evil).image, evil.manifest, { ...evil.release });
  publishOffers(home.repository, 'hub', [offerOf(evil)]);
  const device = await home.live(3 * DAY);
  assert.deepEqual([device.state().candidate, home.runs()], [null, ONE.digest]);
  // nor does the role of mending releases bring a feature
  home.repository.addTarget('hub-security', 'hub/security/1.9.0/image.json', evil.manifest, { ...evil.release });
  home.repository.publish('hub-security', 'snapshot', 'timestamp');
  publishOffers(home.repository, 'hub', [offerOf(evil, { image: 'hub/security/1.9.0/image.json' })]);
  await home.live(3 * DAY);
  assert.equal(home.runs(), ONE.digest);
  assert.equal(
    home.asked.some((path) => path.includes('.pack')),
    false,
  );
});

test('a-network-that-goes-a-login-page-and-a-damaged-pack-cost-time-and-nothing-else', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  home.answer = () => 'nobody';
  assert.equal((await home.live(DAY)).state().candidate, null);
  home.answer = () => Buffer.from('<html>please log in</html>');
  assert.equal((await home.live(DAY)).state().candidate, null);
  home.answer = (path) => (path.includes('.pack') ? Buffer.alloc(5000, 0x41) : undefined);
  await home.live(DAY);
  assert.equal(home.runs(), ONE.digest);
  home.answer = () => undefined;
  assert.equal(verifySlot(systemDisk, join(home.folder, 'slots'), home.slot(), ONE.digest).ok, true);
});

test('a-slot-that-decays-before-the-switch-is-written-anew-and-never-started', async (t) => {
  const home = await homeOf(t);
  publishOffers(home.repository, 'hub', [offerOf(publishRelease(home.repository, TWO))]);
  const slots = join(home.folder, 'slots');
  await until(home, 'staged');
  writeFileSync(join(placesOf(slots, 'b').files, 'lib/changed.js'), 'decayed');
  await home.live(DAY);
  assert.ok(whats(home.reports).includes('installed'));
  assert.deepEqual([home.runs(), verifySlot(systemDisk, slots, 'b', TWO.digest).ok], [TWO.digest, true]);
});
