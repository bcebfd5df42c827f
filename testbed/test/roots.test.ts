import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { begin, rollOver, systemClock, takeBack, withShares, type CeremonyRoom } from '@hearthward/services';
import { startFleet, until, type Fleet, type Member } from './fleet.ts';

/** EN 303 645 5.5-8, G044 6.5.8: the manufacturer's root is rolled over under devices that are in use, and under one that sleeps. */
describe('the root of the manufacturer is rolled over', { timeout: 400_000 }, () => {
  const ceremony = { who: 'alice', why: 'a test' };
  let fleet: Fleet;
  let awake: Member;
  let sleeper: Member;
  let first: string;
  before(async () => {
    fleet = await startFleet(2);
    const [one, other] = fleet.members;
    assert.ok(one && other);
    [awake, sleeper] = [one, other];
    first = fleet.services.anchorsPem.trim();
    await sleeper.running.stop();
  });
  after(() => fleet.stop());

  const inRoom = async (work: (room: CeremonyRoom) => Promise<unknown>): Promise<void> => {
    await withShares(fleet.authority, systemClock, [], work);
    await fleet.services.followAuthority();
  };
  /** newest first */
  const told = ({ running }: Member, kind: string) =>
    running
      .events(200)
      .filter((event) => event.kind === kind)
      .map(({ detail }) => detail);
  /** asks for a new certificate, as it does by itself after two thirds of the life of the one in use */
  const renewed = async (member: Member): Promise<void> => {
    const certificate = async () => (await fleet.services.registry.liveCertificate(member.deviceId))?.serial;
    const before = await certificate();
    const enrolled = told(member, 'enrolled').length;
    await member.running.keys.renew(['channel']);
    await until(async () => (await certificate()) !== before);
    // what it was given is in use once it has told of it
    await until(() => told(member, 'enrolled').length > enrolled && member.running.isConnected());
  };
  const comesBack = async (member: Member): Promise<void> => {
    await member.start();
    await until(() => member.running.isConnected());
  };

  it('learns-the-new-root-while-both-are-shown', async () => {
    await inRoom((room) => rollOver(room, 'root', ceremony));
    await inRoom((room) => rollOver(room, 'service', ceremony));
    assert.ok(fleet.services.anchorsPem.includes(first) && fleet.services.anchorsPem.trim() !== first);
    await renewed(awake);
    assert.deepEqual(told(awake, 'anchors-changed'), [{ learnt: 1, retired: 0 }]);
  });

  it('refuses-and-logs-a-root-that-no-root-vouches-for-even-from-its-own-services', async () => {
    // somebody has the disk of the services, and not the key of a root
    const strangers = join(fleet.authority, '..', 'false');
    mkdirSync(strangers);
    await withShares(strangers, systemClock, [], (room) => begin(room, ceremony));
    cpSync(join(strangers, 'root.pem'), join(fleet.authority, 'root.3.pem'));
    await fleet.services.followAuthority();
    await renewed(awake);
    assert.deepEqual(told(awake, 'anchors-refused'), [{ count: 1 }]);
    assert.equal(told(awake, 'anchors-changed').length, 1, 'nothing was learnt');
    rmSync(join(fleet.authority, 'root.3.pem'));
    await fleet.services.followAuthority();
  });

  it('drops-the-old-root-once-it-is-retired-and-goes-on-under-the-new-one', async () => {
    const retire = () => inRoom((room) => takeBack(room, 'root.1', 'superseded', ceremony));
    await assert.rejects(retire, { code: 'successor-needed' }, 'what devices get would lead to nowhere');
    await inRoom((room) => rollOver(room, 'operational', ceremony));
    await retire();
    assert.equal(fleet.services.anchorsPem.includes(first), false);
    await renewed(awake);
    assert.deepEqual(told(awake, 'anchors-changed')[0], { learnt: 0, retired: 1 });
    await awake.running.stop();
    await comesBack(awake);
    await renewed(awake);
  });

  it('lets-a-device-that-slept-through-all-of-it-come-back-by-itself', async () => {
    await comesBack(sleeper);
    await renewed(sleeper);
    assert.deepEqual(told(sleeper, 'anchors-changed'), [{ learnt: 1, retired: 1 }]);
    assert.deepEqual(told(sleeper, 'anchors-refused'), []);
    await sleeper.running.stop();
    await comesBack(sleeper);
  });
});
