import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Backup } from '@hearthward/services';
import { asked } from '../asking.ts';
import { badInput } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, say, table } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';

/** Copies of the store: made while the services run, removed by them on their day, put back without anybody who was erased. */

interface Shown {
  readonly data: string;
  readonly json?: boolean;
}

export const backupCommand = (): Command =>
  new Command('backup')
    .description('a copy of the store of the running services, without the vault of people’s keys; removed on its day')
    .requiredOption('--data <folder>', 'data folder of the running services')
    .requiredOption('--out <folder>', 'where it is written, by the services; made where it is absent')
    .requiredOption('--keep-days <n>', 'how long it is kept; not longer than `backupsWithinDays` of the declaration')
    .requiredOption('--who <people>', 'who does it, for the record')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Keep it where the services find it again: they remove it on its day, and confirm an erasure for good only then. The vault
(privacy/ of the data folder) is in no copy; its own safekeeping is its replicas (--privacy-replica). Of a database the
copy is made by PostgreSQL’s pg_dump, of the server’s version or newer.

Example:
  hearthward services backup --data ./services --out /mnt/backups --keep-days 30 --who Alice`,
    )
    .action(async (options: Shown & { out: string; keepDays: string; who: string }) => {
      const { data, out, keepDays, who, json: asJson } = options;
      if (!/^[1-9]\d{0,3}$/.test(keepDays)) throw badInput(`${keepDays} is no number of days`);
      const wanted = { out: resolve(out), keepDays: Number(keepDays), who };
      const { backups } = await asked(data, { type: 'backup', ...wanted });
      const [made] = backups;
      if (asJson) return json(made);
      say(`${made?.file ?? ''}\nkept until ${made?.until ?? ''}`);
    });

export const backupsCommand = (): Command =>
  new Command('backups')
    .description('every copy of the store that was made, and until when it is kept')
    .requiredOption('--data <folder>', 'data folder of the running services')
    .option('--gone <id>', 'records that a copy which was moved by hand was removed by hand')
    .option('--who <people>', 'with --gone: who removed it')
    .option('--why <reason>', 'with --gone: how, in ten letters at least')
    .addOption(jsonOption())
    .action(async (options: Shown & { gone?: string; who?: string; why?: string }) => {
      const { data, gone, who = '', why = '', json: asJson } = options;
      if (gone !== undefined) {
        if (who === '') throw badInput('say who removed it: --who');
        await asked(data, { type: 'backup-gone', backup: gone, who, why });
      }
      const { backups } = await asked(data, { type: 'backups' });
      if (asJson) return json(backups);
      const now = Date.now();
      const rows = backups.map((each) => [each.id, `${each.bytes}`, each.until, stateOf(each, now), each.file]);
      say(table(['copy', 'bytes', 'kept until', 'state', 'file'], rows));
    });

const stateOf = ({ removedAt, until, digest }: Backup, now: number): string => {
  if (removedAt !== undefined) return `removed ${removedAt}`;
  if (digest === '') return 'being made';
  return Date.parse(until) <= now ? 'overdue' : 'there';
};

export const restoreCommand = (): Command =>
  new Command('restore')
    .description('puts a copy of the store in its place; whoever was erased since is erased from it first')
    .argument('<backup>', 'as `services backups` names the file')
    .requiredOption('--data <folder>', 'data folder of the services, which are stopped; with its vault')
    .requiredOption('--who <people>', 'who does it, for the record')
    .option(
      '--replace',
      'gives up the store that is there; what was asked since the copy is taken over where it can be read',
    )
    .option('--privacy-replica <folder...>', 'replicas of the vault, as the services are started with')
    .option('--store <address>', 'the database that is the store, as the services are started with')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A copy of a database (services-….dump) goes into a database: name it with --store. It takes PostgreSQL’s pg_restore.

Example:
  hearthward services restore /mnt/backups/services-….sqlite --data ./services --replace --who Alice`,
    )
    .action(
      async (
        backup: string,
        options: Shown & { who: string; replace?: true; privacyReplica?: readonly string[]; store?: string },
      ) => {
        const { restoreServices, systemClock } = await import('@hearthward/services');
        const { data, who, replace = false, privacyReplica: replicas = [], store } = options;
        const to = store === undefined ? {} : { address: store };
        const at = { backup: resolve(backup), dataDir: resolve(data), clock: systemClock };
        const wanted = { ...at, who, replace, replicas, ...to };
        const restored = await withMendable(() => restoreServices(wanted));
        if (options.json) return json(restored);
        say(
          `restored; ${restored.erased} people were erased since, and are not in it${restored.takenOver || !replace ? '' : '. The store that was there could not be read: whoever asked to be erased since the copy has to ask again'}`,
        );
      },
    );
