import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redacted } from '../../src/logging/fields.ts';
import { describePlatform, isMemoryProtected, platformOf, type PlatformFiles } from '../../src/platform/decide.ts';
import { protectionOf } from '../../src/platform/protection.ts';
import { readPlatform } from '../../src/platform/reading.ts';

const GOOD: PlatformFiles = {
  architecture: 'x64',
  processor: 'processor\t: 0\nflags\t\t: fpu syscall nx rdtscp lm\n',
  randomise: '2\n',
  maps: '55d0-55d1 r-xp 00000000 08:01 7 /usr/bin/node\n7f00-7f01 rw-p 00000000 00:00 0\n',
  pages: '55d0-55d1 r-xp\nMMUPageSize:           4 kB\n',
  status: 'Uid:\t60722\t60722\t60722\t60722\nCapPrm:\t0000000000000000\nNoNewPrivs:\t1\n',
  secureBoot: '\x06\0\0\0\x01',
  mounts: 'rootfs / rootfs rw 0 0\n/dev/mapper/vroot / ext4 ro,relatime 0 0\n/dev/vda2 /var ext4 rw 0 0\n',
  mapped: [
    { name: 'data\n', uuid: 'CRYPT-LUKS2-aa-data\n' },
    { name: 'vroot\n', uuid: 'CRYPT-VERITY-bb-vroot\n' },
  ],
  lockdown: 'none [integrity] confidentiality\n',
};

test('memory is protected only where processor, kernel and pages say so', () => {
  const isProtected = (other: Partial<PlatformFiles>): boolean => isMemoryProtected(platformOf({ ...GOOD, ...other }));
  assert.ok(isProtected({}));
  assert.ok(
    isProtected({ architecture: 'arm64', processor: 'Features : fp asimd\n' }),
    'every such processor has the bit',
  );
  assert.ok(!isProtected({ processor: 'flags\t\t: fpu syscall nxt lm\n' }), 'no bit of that name');
  assert.ok(!isProtected({ processor: '' }));
  for (const randomise of ['0\n', '1\n', '', 'x']) assert.ok(!isProtected({ randomise }), randomise);
  assert.ok(!isProtected({ pages: '' }));
});

test('a process that root runs, or that may still gain rights, is not called unprivileged', () => {
  const unprivileged = (from: string, to: string): boolean =>
    platformOf({ ...GOOD, status: GOOD.status.replace(from, to) }).unprivileged;
  assert.ok(unprivileged('', ''));
  assert.ok(unprivileged('0000000000000000', '0000000000000400'), 'a low port is no right over anything else');
  assert.ok(!unprivileged('60722\t60722\t60722\t60722', '60722\t0\t60722\t60722'));
  assert.ok(!unprivileged('0000000000000000', '0000000000000080'));
  assert.ok(!unprivileged('NoNewPrivs:\t1', 'NoNewPrivs:\t0'));
  assert.ok(!platformOf({ ...GOOD, status: '' }).unprivileged);
});

test('how the system was started is what it shows, and none where it shows none', () => {
  const started = (other: Partial<PlatformFiles> = {}) => platformOf({ ...GOOD, ...other }).started;
  const whole = { firmware: 'on', verifiedRoot: true, lockdown: 'integrity' };
  assert.deepEqual(started(), whole);
  assert.deepEqual(started({ mounts: '/dev/dm-1 / squashfs ro 0 0\n' }), whole);
  for (const mounts of [
    '/dev/mapper/data / ext4 ro 0 0',
    '/dev/mapper/vroot / ext4 rw 0 0',
    '/dev/vda1 / ext4 ro 0 0',
    '',
  ])
    assert.deepEqual(started({ mounts }), { ...whole, verifiedRoot: false }, mounts);
  assert.equal(started({ secureBoot: '\x06\0\0\0\0' }).firmware, 'off');
  const none = { secureBoot: '', mounts: '', mapped: [], lockdown: '' };
  assert.deepEqual(started(none), { firmware: 'none', verifiedRoot: false, lockdown: 'none' });
  assert.equal(started({ lockdown: '[none] integrity\n' }).lockdown, 'none');
});

test('what can be written and executed at once is counted', () => {
  const maps = `${GOOD.maps}7f10-7f20 rwxp 00000000 00:00 0\n7f30-7f40 -wxp 00000000 00:00 0\n`;
  assert.equal(platformOf({ ...GOOD, maps }).writableCode, 2);
});

test(
  'the line about this very machine is one that the log takes',
  { skip: process.platform !== 'linux' && 'it reads /proc' },
  () => {
    const platform = readPlatform();
    assert.ok(platform?.ownPages);
    for (const apart of [true, false]) {
      const said: string = `version 1.0.0, up 7 s, ${describePlatform(platform, apart)}`;
      assert.equal(redacted({ outcome: 'outcome' }, { outcome: said })['outcome'], said);
    }
    assert.equal(protectionOf(true)?.apart, platform.unprivileged);
  },
);
