import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { hardening, notHardened, type Declaration, type Hardening } from '../src/index.ts';
import { example } from './examples.ts';

/** The image of a product that is as it was derived; `spoil` makes one mistake in it. */
const found = (
  wanted: Hardening,
  spoil: (put: (path: string, text: string) => void, root: string) => void,
  line?: string,
) => {
  const root = mkdtempSync(join(tmpdir(), 'hardening-'));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    for (const file of wanted.files) {
      if ('text' in file) put(file.path, file.text);
      else {
        mkdirSync(dirname(join(root, file.path)), { recursive: true });
        symlinkSync(file.link, join(root, file.path));
      }
    }
    spoil(put, root);
    return notHardened(wanted, root, line);
  } finally {
    rmSync(root, { recursive: true });
  }
};

describe('an image that has nothing on which the declaration has off', async () => {
  const hub = await example('hub');
  const wanted = hardening(hub);
  const good = 'quiet systemd.getty_auto=0 console=tty1';

  test('is found in order', () =>
    assert.deepEqual(
      found(wanted, () => undefined, good),
      [],
    ));

  const mistakes: readonly (readonly [string, RegExp, Parameters<typeof found>[1], string?])[] = [
    [
      'a unit that is not masked',
      /serial-getty@\.service is not masked/,
      (_, root) => rmSync(join(root, 'etc/systemd/system/serial-getty@.service')),
    ],
    [
      'a unit put where its mask was',
      /debug-shell\.service is not masked/,
      (put, root) => {
        rmSync(join(root, 'etc/systemd/system/debug-shell.service'));
        put('etc/systemd/system/debug-shell.service', '[Service]\n');
      },
    ],
    [
      'a login that was switched on by name',
      /serial-getty@ttyS0\.service starts a login/,
      (put) => put('etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service', ''),
    ],
    [
      'a login of BusyBox',
      /inittab starts a login: ttyS0/,
      (put) => put('etc/inittab', '#ttyS1::respawn:x\nttyS0::respawn:/sbin/getty -L ttyS0 115200\n'),
    ],
    [
      'a setting that a later file undoes',
      /etc\/sysctl\.d\/99-dev\.conf leaves kernel\.sysrq at 1/,
      (put) => put('etc/sysctl.d/99-dev.conf', 'kernel/sysrq = 1\n'),
    ],
    [
      'a setting that is missing',
      /90-hearthward\.conf is not as it was derived/,
      (put) => put('etc/sysctl.d/90-hearthward.conf', 'kernel.sysrq = 0\n'),
    ],
    [
      'sticks that are taken',
      /90-hearthward\.rules is not as it was derived/,
      (_, root) => rmSync(join(root, 'etc/udev/rules.d/90-hearthward.rules')),
    ],
    ['a debugger', /usr\/bin\/gdbserver is in the image/, (put) => put('usr/bin/gdbserver', '')],
    ['a debug bridge', /sbin\/adbd is in the image/, (put) => put('sbin/adbd', '')],
    ['a console on a line', /command line has console=ttyS0,115200/, () => undefined, `${good} console=ttyS0,115200`],
    ['a shell in place of everything', /command line has init=\/bin\/sh/, () => undefined, `${good} init=/bin/sh`],
    ['a command line that starts logins', /has not systemd\.getty_auto=0/, () => undefined, 'quiet'],
  ];
  for (const [name, expected, spoil, line] of mistakes)
    test(`refuses ${name}`, () => {
      const all = found(wanted, spoil, line);
      assert.ok(
        all.some((each) => expected.test(each)),
        all.join('\n'),
      );
    });

  test('says nothing against what is declared as on', () => {
    const open: Declaration = {
      ...hub,
      interfaces: hub.interfaces.map((it) => (it.port?.kind === 'serial' ? { ...it, enabled: ['initialised'] } : it)),
    };
    const has = hardening(open);
    assert.deepEqual(has.commandLine, []);
    assert.ok(!JSON.stringify(has).includes('getty') && !JSON.stringify(has).includes('console='));
    const line = 'console=ttyS0';
    assert.deepEqual(
      found(has, (put) => put('etc/inittab', 'ttyS0::respawn:/sbin/getty ttyS0\n'), line),
      [],
    );
  });
});
