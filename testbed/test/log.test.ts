import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examineLog } from '@hearthward/device';
import { startFleet, until } from './fleet.ts';

/** G045 PL-4-2, PL-4-3: a device and real services, over the real channel. */
test('a connected device dates its log by the services, and the log is whole after restarts', async () => {
  const fleet = await startFleet(1);
  try {
    const [member] = fleet.members;
    assert.ok(member);
    const stampOf = (kind: string): unknown => {
      const [newest] = member.running.events(50).filter((event) => event.kind === kind);
      return newest && 'stamp' in newest ? newest.stamp : undefined;
    };
    const first = stampOf('device-started');
    await until(() => {
      member.running.press('short');
      return (stampOf('button-pressed') as { source?: string } | undefined)?.source === 'services';
    });
    await member.running.stop();
    const stopped = await examineLog(member.dataDir);
    assert.ok(stopped.ok && stopped.unsealed === 0, JSON.stringify(stopped));
    await member.start();
    const second = stampOf('device-started');
    assert.deepEqual(
      [first, second].map((stamp) => (stamp as { boot: number }).boot),
      [1, 2],
    );
    assert.ok(member.running.events(200).length > stopped.entries, 'nothing is gone');
  } finally {
    await fleet.stop();
  }
});
