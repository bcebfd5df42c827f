import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import type { AuthorityName, CeremonyRoom, Reason } from '@hearthward/services';
import { badInput, wrongUsage } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, say, table } from '../print.ts';
import { folderIn, inCeremony, passphrasesIn, withMendable } from './ceremony.ts';

/** The manufacturer's keys (docs/ceremonies.md). Each use is on record with its person and reason before it is made. */
export const authorityCommand = (): Command => {
  const command = new Command('authority').description(
    'the manufacturer’s keys: ceremonies, and the log of their uses',
  );
  for (const each of [begin(), status(), split(), rollOver(), takeBack(), list(), uses()]) command.addCommand(each);
  return command;
};

interface Shown {
  readonly data: string;
  readonly json?: boolean;
}
interface Recorded extends Shown {
  readonly who: string;
  readonly why: string;
  readonly share: readonly string[];
  readonly passphraseFile: readonly string[];
}

const shown = (name: string): Command =>
  new Command(name).requiredOption('--data <folder>', 'data folder of the services').addOption(jsonOption());

const recorded = (name: string): Command =>
  shown(name)
    .requiredOption('--who <people>', 'who does it, for the log of uses')
    .requiredOption('--why <reason>', 'why, for the log of uses');

const withRoot = (name: string): Command =>
  recorded(name)
    .addOption(repeated('--share <file>', 'a share of the root’s key, where it is offline; once for each'))
    .addOption(repeated('--passphrase-file <file>', 'the passphrase of that share, in the same order'));

const repeated = (flags: string, description: string): Option =>
  new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([] as readonly string[], 'none');

const begin = (): Command =>
  recorded('begin')
    .description('makes the root and the authorities below it in a folder that has none, with the root’s list')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward authority begin --data ./services --who "A, B, C" --why "first root"',
    )
    .action(async (options: Recorded) => {
      const services = await import('@hearthward/services');
      const folder = join(options.data, 'authority');
      const made = await withMendable(() =>
        services.withShares(folder, services.systemClock, [], async (room) => {
          await services.begin(room, ceremonyIn(options));
          return services.withShares(folder, services.systemClock, [], async (whole) => services.statusOf(whole));
        }),
      );
      if (options.json) return json(made);
      return say(`made: ${made.map(({ label }) => label).join(', ')}; the root’s key is here until it is split`);
    });

const status = (): Command =>
  shown('status')
    .description('every root and authority: what it is good for, until when, and where its key is')
    .addHelpText('after', '\nExample:\n  hearthward authority status --data ./services')
    .action(async (options: Shown) => {
      const found = await inRoom(options, [], async (room) => (await import('@hearthward/services')).statusOf(room));
      if (options.json) return json(found);
      return say(
        table(
          ['authority', 'state', 'key', 'until', 'certificate (SHA-256)'],
          found.map(({ label, state, key, until, fingerprint }) => [
            label,
            state,
            key,
            until.slice(0, 10),
            fingerprint,
          ]),
        ),
      );
    });

const split = (): Command =>
  withRoot('split')
    .description('takes the root’s key offline: a share for each holder, tried, and only then the key is removed')
    .addOption(
      repeated('--holder <file>', 'the passphrase of a holder of a new share; once for each').makeOptionMandatory(),
    )
    .requiredOption('--needed <n>', 'how many shares give the key again')
    .requiredOption('--out <folder>', 'a new folder for the shares: hand them out, then destroy it')
    .addHelpText(
      'after',
      `
Examples:
  hearthward authority split --data ./services --holder a.txt --holder b.txt --holder c.txt --needed 2 --out ./shares --who "A, B, C" --why "root goes offline"
  hearthward authority split --data ./services --share 1.txt --passphrase-file a.txt --share 2.txt --passphrase-file b.txt --holder a.txt --holder b.txt --holder d.txt --needed 2 --out ./shares --who "A, B, D" --why "C lost a share"

The key that is split is that of the newest root whose key is here, or the one whose shares are brought.`,
    )
    .action(async (options: Recorded & { holder: readonly string[]; needed: string; out: string }) => {
      const { SHARES_MOST, splitRoot } = await import('@hearthward/services');
      const many = options.holder.length;
      const needed = /^\d+$/.test(options.needed) ? Number(options.needed) : Number.NaN;
      if (many < 2 || many > SHARES_MOST) throw wrongUsage(`${many} holders: give --holder 2 to ${SHARES_MOST} times`);
      if (!(needed >= 2 && needed <= many))
        throw wrongUsage(`--needed ${options.needed}: give a whole number from 2 to ${many}, the number of holders`);
      const made = await passphrasesIn(options.holder, (passphrases) =>
        inRoom(options, options.share, (room) =>
          splitRoot(room, { needed, passphrases }, options.out, ceremonyIn(options)),
        ),
      );
      if (options.json) return json({ ...made, needed });
      for (const file of made.files) say(file);
      return say(
        `${made.root} is offline: ${needed} of ${many} shares give its key; hand them out, then destroy ${options.out}`,
      );
    });

const rollOver = (): Command =>
  withRoot('roll-over')
    .description('makes the next generation of a root or authority; running services take it up within a minute')
    .addArgument(new Argument('<name>', 'what is rolled over').choices(['root', 'initial', 'operational', 'service']))
    .addHelpText(
      'after',
      '\nExample:\n  hearthward authority roll-over operational --data ./services --share 1.txt --passphrase-file a.txt --share 3.txt --passphrase-file c.txt --who "A, C" --why "ends next year"',
    )
    .action(async (name: AuthorityName, options: Recorded) => {
      const services = await import('@hearthward/services');
      const label = await inRoom(options, options.share, async (room) => {
        const made = await services.rollOver(room, name, ceremonyIn(options));
        return `${made.name}.${made.number}`;
      });
      if (options.json) return json({ made: label });
      return say(`made: ${label}${name === 'root' ? '; its key is here until it is split' : ''}`);
    });

const takeBack = (): Command =>
  withRoot('take-back')
    .description('ends a root or authority that has a successor: nobody is shown it, or trusts it, any more')
    .argument('<label>', 'root or authority with its generation, as status shows it: operational.1')
    .addOption(
      new Option('--reason <reason>', 'as the list has it (RFC 5280 5.3.1)')
        .choices(['key-compromise', 'authority-compromise', 'superseded', 'out-of-service'])
        .makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      '\nExample:\n  hearthward authority take-back operational.1 --reason authority-compromise --data ./services --share 1.txt --passphrase-file a.txt --share 3.txt --passphrase-file c.txt --who "A, C" --why "disk stolen"',
    )
    .action(async (label: string, options: Recorded & { reason: Reason }) => {
      const services = await import('@hearthward/services');
      await inRoom(options, options.share, (room) =>
        services.takeBack(room, label, options.reason, ceremonyIn(options)),
      );
      if (options.json) return json({ takenBack: label, reason: options.reason });
      return say(`taken back: ${label}`);
    });

const list = (): Command =>
  withRoot('list')
    .description('signs the roots’ lists of ended authorities anew; each is good for a year')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward authority list --data ./services --share 1.txt --passphrase-file a.txt --share 2.txt --passphrase-file b.txt --who "A, B" --why "yearly list"',
    )
    .action(async (options: Recorded) => {
      const services = await import('@hearthward/services');
      const roots = await inRoom(options, options.share, (room) => services.renewRootLists(room, ceremonyIn(options)));
      if (options.json) return json({ renewed: roots });
      return say(`renewed: the lists of ${roots.join(', ')}`);
    });

const uses = (): Command =>
  shown('uses')
    .description('the log of every use of a manufacturer’s key')
    .option('--verify', 'whether it is whole and has all that was signed in the folder; ends with 65 where it has not')
    .option('--head <hash>', 'with --verify: the head that was written down, which must still be in it')
    .addHelpText(
      'after',
      '\nExamples:\n  hearthward authority uses --data ./services\n  hearthward authority uses --data ./services --verify',
    )
    .action(async (options: Shown & { verify?: boolean; head?: string }) => {
      const { examineUses, listUses } = await import('@hearthward/services');
      if (options.head !== undefined && !(options.verify && /^[0-9a-f]{64}$/.test(options.head)))
        throw wrongUsage('--head: give the 64 hex digits that an earlier --verify printed, with --verify');
      const folder = await folderIn(options.data);
      if (options.verify) {
        const examined = await withMendable(() => examineUses(folder, options.head));
        if (options.json) json(examined);
        else if (examined.ok) say(`${examined.count} uses, whole; write down the head: ${examined.head}`);
        if (!examined.ok) throw badInput(`the log of uses is not whole: ${examined.because}`);
        return undefined;
      }
      const found = await withMendable(() => listUses(folder));
      if (options.json) return json(found);
      return say(
        table(
          ['n', 'at', 'key', 'who', 'signed', 'why'],
          found.map(({ n, at, key, who, why, signed }) => [
            String(n),
            at,
            key,
            who,
            signed.what === 'nothing' ? '-' : `${signed.what} ${signed.subject} ${signed.serial}`,
            why,
          ]),
        ),
      );
    });

const ceremonyIn = ({ who, why }: Recorded) => ({ who, why });

const inRoom = <T>(
  options: Shown & { readonly passphraseFile?: readonly string[] },
  shares: readonly string[],
  work: (room: CeremonyRoom) => Promise<T>,
): Promise<T> => inCeremony(options.data, shares, options.passphraseFile ?? [], work);
