import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const NO_BUS = spawnSync('which', ['dbus-daemon']).status === 0 ? false : 'needs dbus-daemon';

/** A D-Bus of its own in `folder`, which anybody may own names on. */
export const startBus = async (
  folder: string,
): Promise<{ readonly address: string; readonly stop: () => Promise<void> }> => {
  mkdirSync(folder, { recursive: true });
  const address = `unix:path=${join(folder, 'bus')}`;
  const config = join(folder, 'bus.conf');
  writeFileSync(
    config,
    `<busconfig><type>session</type><listen>${address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
  );
  const daemon = spawn('dbus-daemon', ['--nofork', '--nopidfile', `--config-file=${config}`, '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // it says where it listens once it does
  await once(daemon.stdout, 'data');
  return {
    address,
    stop: async () => {
      const gone = once(daemon, 'exit');
      daemon.kill();
      await gone;
    },
  };
};
