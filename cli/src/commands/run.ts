import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { badInput, EXIT } from '../exit.ts';
import { say } from '../print.ts';
import { integrityCommand } from './device-integrity.ts';
import type { Parts } from '../start/processes.ts';
import { logCommand } from './device-log.ts';
import { backupCommand, backupsCommand, restoreCommand } from '../privacy/backups.ts';
import { algorithmsCommand, certificatesCommand, keysCommand } from './services-keys.ts';

/** Doors to the parts that `start` runs together; each can be run by itself. */

export const servicesCommand = (): Command => {
  const command = new Command('services').description('the manufacturer’s associated services');
  command
    .command('run')
    .description('run the services in the foreground, until Ctrl-C')
    .requiredOption('--data <folder>', 'their store, keys and certificates')
    .requiredOption('--declaration <file...>', 'declarations of the products that they serve')
    .option('--https <address:port>', 'public pages and console', '127.0.0.1:8440')
    .option('--enrolment <address:port>', 'enrolment of devices (EST)', '127.0.0.1:8443')
    .option('--mqtts <address:port>', 'messages of devices', '127.0.0.1:8441')
    .option('--privacy-replica <folder...>', 'where the vault of people’s keys is kept a second time, on other media')
    .option('--store <address>', 'a database of PostgreSQL as the store; absent: a file in the data folder')
    .addHelpText(
      'after',
      `
The address of a database is postgres://USER@HOST[:PORT]/DATABASE, with ?sslrootcert=FILE for the authority of the server’s
certificate, or ?host=FOLDER for a socket of this machine. The password is in the file of PGPASSFILE (docs/postgresql.md).

Examples:
  hearthward services run --data ./services --declaration examples/hub/declaration.ts
  hearthward services run --data ./services --declaration examples/hub/declaration.ts --store postgres://hearthward@db.example.org/hearthward`,
    )
    .action(
      async (options: {
        data: string;
        declaration: string[];
        https: string;
        enrolment: string;
        mqtts: string;
        privacyReplica?: string[];
        store?: string;
      }) => {
        const words = [
          '--data',
          options.data,
          ...options.declaration.flatMap((file) => ['--declaration', file]),
          '--https',
          options.https,
          '--enrolment',
          options.enrolment,
          '--mqtts',
          options.mqtts,
          ...(options.privacyReplica ?? []).flatMap((folder) => ['--privacy-replica', folder]),
          ...(options.store === undefined ? [] : ['--store', options.store]),
        ];
        await inForeground('services', fileURLToPath(import.meta.resolve('@hearthward/services/main')), words, {
          cached: true,
        });
      },
    );
  command.addCommand(keysCommand());
  command.addCommand(algorithmsCommand());
  command.addCommand(certificatesCommand());
  command.addCommand(backupCommand());
  command.addCommand(backupsCommand());
  command.addCommand(restoreCommand());
  return command;
};

export const deviceCommand = (): Command => {
  const command = new Command('device').description('a device built on the runtime');
  command
    .command('run')
    .description('run a device in the foreground, until Ctrl-C')
    .argument('<module>', 'the module that calls runDevice')
    .requiredOption('--data <folder>', 'the data folder that the factory made')
    .addHelpText('after', '\nExample:\n  hearthward device run examples/hub/hub.ts --data .hearthward/hub')
    .action(async (module: string, options: { data: string }) => {
      await mustBeAModule(module);
      await inForeground('device', resolve(module), ['--data', options.data], { cure: `mend ${module}` });
    });
  command
    .command('recover')
    .description('erase a device whose keys are lost (TPM reset, token gone) and prepare it for the factory anew')
    .argument('<module>', 'the module that calls runDevice')
    .requiredOption('--data <folder>', 'its data folder')
    .option('--yes', 'erase its identity, accounts, settings and data for good')
    .option('--element-lost', 'the TPM or token does not answer, and never will')
    .addHelpText(
      'after',
      `
Refused where the keys open. Prints the request for the device’s new identity (JSON), which the factory signs.

Example:
  hearthward device recover examples/hub/hub.ts --data .hearthward/hub --yes > request.json`,
    )
    .action(async (module: string, options: { data: string; yes?: true; elementLost?: true }) => {
      await mustBeAModule(module);
      const flags = [...(options.yes ? ['--yes'] : []), ...(options.elementLost ? ['--element-lost'] : [])];
      const { spawnSync } = await import('node:child_process');
      const args = [resolve(module), '--data', resolve(options.data), '--recover', ...flags];
      const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
      process.exitCode = status ?? EXIT.fault;
    });
  command
    .command('press')
    .description('press the button of the device that runs on a data folder, once')
    .requiredOption('--data <folder>', 'the data folder that it was started with')
    .option('--long', 'hold it: accounts, settings and data are erased, and the label’s password is good again')
    .addHelpText(
      'after',
      '\nFor a while, people on its network may then sign in although others guess, or choose a new password.\n\nExample:\n  hearthward device press --data .hearthward/hub',
    )
    .action(async (options: { data: string; long?: true }) => {
      const { pressButton } = await import('@hearthward/device');
      pressButton(resolve(options.data), options.long ? 'long' : 'short');
      say(options.long ? 'held' : 'pressed');
    });
  command
    .command('units')
    .description('write the systemd service that confines a device, and the accounts of its processes')
    .argument('<file>', 'declaration (.ts or .json)')
    .requiredOption('--out <folder>', 'where the files are written; made where it is absent')
    .option('--node <path>', 'Node 26 on the device', '/usr/bin/node')
    .option('--loader <path>', 'the first stage on the device', '/opt/hearthward/src/processes/loader.js')
    .option('--data <path>', 'the data folder on the device', '/var/lib/hearthward')
    .option('--signatures <path>', 'folder of the scanner’s signatures, which the account of the updater owns')
    .option('--tpm <path>', 'device file of the TPM that keeps the floor of versions, such as /dev/tpmrm0')
    .addHelpText(
      'after',
      `
hearthward.service belongs into /etc/systemd/system, hearthward.conf into /etc/sysusers.d. How exposed the service is,
systemd itself says: systemd-analyze security --offline=true FOLDER/hearthward.service

Example:
  hearthward device units examples/hub/declaration.ts --out units`,
    )
    .action(async (file: string, { out, ...places }: Placed & { readonly out: string }) => {
      const [{ declarationIn }, { unitsOf }, { mkdirSync, writeFileSync }, { isAbsolute, join }] = await Promise.all([
        import('./product.ts'),
        import('@hearthward/device/units'),
        import('node:fs'),
        import('node:path'),
      ]);
      const declaration = await declarationIn(file);
      for (const [name, path] of Object.entries(places))
        if (!isAbsolute(path) || /[\s%"'\\$]/.test(path))
          throw badInput(`--${name} ${path}: name an absolute path without spaces, quotes, $ or %`);
      mkdirSync(out, { recursive: true });
      for (const [name, text] of Object.entries(unitsOf(declaration, places).files)) {
        writeFileSync(join(out, name), text);
        say(join(out, name));
      }
    });
  command.addCommand(logCommand());
  command.addCommand(integrityCommand());
  return command;
};

interface Placed {
  readonly node: string;
  readonly loader: string;
  readonly data: string;
  readonly signatures?: string;
  readonly tpm?: string;
}

const mustBeAModule = async (module: string): Promise<void> => {
  const { statSync } = await import('node:fs');
  if (!statSync(module, { throwIfNoEntry: false })?.isFile())
    throw badInput(`${module}: there is no such file; name the module that calls runDevice`);
};

/** Prints where the part listens, passes on what it says, and ends it with this process. */
const inForeground = async (
  name: string,
  module: string,
  args: readonly string[],
  more?: Parameters<Parts['start']>[3],
): Promise<void> => {
  const { aborted, abortOnSignals, Interrupted } = await import('../start/interrupt.ts');
  const { openParts } = await import('../start/processes.ts');
  const stopping = new AbortController();
  const signals = abortOnSignals(stopping);
  // Before it is ready, its last words are told once, as the command's own line.
  let isUp = false;
  const parts = openParts(stopping, (line) => isUp && process.stderr.write(`${line}\n`));
  try {
    const { ready } = await parts.start(name, module, args, more);
    isUp = true;
    for (const [what, where] of listeners(ready)) say(`${what.padEnd(8)} ${where}`);
    const reason = await aborted(stopping.signal);
    if (!(reason instanceof Interrupted)) throw reason;
  } finally {
    await parts.stop();
    signals.release();
  }
};

/** `{ addresses }` of the services, `{ listen }` of a device: name to address and port. */
const listeners = (ready: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] =>
  Object.entries(
    (ready['addresses'] ?? ready['listen'] ?? {}) as Record<string, { address: string; port: number }>,
  ).map(([name, { address, port }]) => [name, `${address}:${port}`] as const);
