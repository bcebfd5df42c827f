import { Argument, Command } from 'commander';
import type { Proposal } from '@hearthward/services/desk';
import { wrongUsage } from '../exit.ts';
import { writeNew } from '../new-file.ts';
import { jsonOption } from '../options.ts';
import { json, say } from '../print.ts';
import { passphrasesIn, withMendable } from '../commands/ceremony.ts';
import { publicKeysIn, publishedIn, type Recorded, recorded, repeated, roomIn, updatesIn } from './room.ts';

/** Keys of the update repository. A holder makes a key; a ceremony proposes; `release sign` and `release publish` carry it out. */
export const keysCommand = (): Command => {
  const command = new Command('keys').description('keys of the update repository: made, rotated, revoked, renewed');
  for (const each of [make(), token(), begin(), addProduct(), rotate(), revoke(), renew()]) command.addCommand(each);
  return command;
};

const NEXT = 'sign it with `hearthward release sign`, then `hearthward release publish`';

const make = (): Command =>
  new Command('make')
    .description('a new key of one holder: a file that their passphrase opens, and beside it what they give away')
    .requiredOption('--holder <name>', 'whose it is')
    .requiredOption('--passphrase-file <file>', 'the holder’s passphrase, 12 bytes or more')
    .requiredOption('--out <file>', 'a new file; the public key comes into the same name with .pub')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys make --holder Alice --passphrase-file A/pass --out A/alice.key',
    )
    .action(async (options: { holder: string; passphraseFile: string; out: string; json?: boolean }) => {
      const { makeKeyFile } = await import('@hearthward/services/desk');
      const { text, key } = await withMendable(() =>
        passphrasesIn([options.passphraseFile], ([passphrase = new Uint8Array()]) =>
          makeKeyFile(options.holder, passphrase),
        ),
      );
      writeNew(options.out, text, 0o600);
      writeNew(`${options.out}.pub`, `${JSON.stringify(key, null, 2)}\n`, 0o644);
      if (options.json) return json({ keyid: key.keyid, holder: key.holder, file: options.out });
      return say(`made: ${key.keyid} of ${key.holder}, ${options.out} and ${options.out}.pub`);
    });

const token = (): Command =>
  new Command('token')
    .description('a new key of one holder in a PKCS#11 token, which it cannot leave')
    .requiredOption('--holder <name>', 'whose it is')
    .requiredOption('--module <library>', 'shared library of the token’s maker')
    .requiredOption('--token <label>', 'label of the token')
    .requiredOption('--pin-file <file>', 'the PIN; only this user may read it')
    .requiredOption('--out <file>', 'a new file for the public key')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys token --holder Dora --module /usr/lib/softhsm/libsofthsm2.so --token dora --pin-file D/pin --out D/dora.pub',
    )
    .action(
      async (options: {
        holder: string;
        module: string;
        token: string;
        pinFile: string;
        out: string;
        json?: boolean;
      }) => {
        const { makeTokenKey } = await import('@hearthward/services/desk');
        const { holder, out, json: asJson, ...settings } = options;
        const { id, key } = await withMendable(() => makeTokenKey(settings, holder));
        writeNew(out, `${JSON.stringify(key, null, 2)}\n`, 0o644);
        if (asJson) return json({ id, keyid: key.keyid, holder });
        return say(`made: ${key.keyid} of ${holder}, in the token as ${id}; public key in ${out}`);
      },
    );

interface Proposing extends Recorded {
  readonly out: string;
}
const proposing = (name: string): Command =>
  recorded(name).requiredOption('--out <folder>', 'a new folder for what people are asked to sign');

interface Joining extends Proposing {
  readonly product: string;
  readonly releaseKey: readonly string[];
  readonly securityKey: readonly string[];
}
const joining = (name: string): Command =>
  proposing(name)
    .requiredOption('--product <id>', 'product line, as its declaration names it')
    .addOption(repeated('--release-key <file>', 'public key of somebody who signs releases, two at least'))
    .addOption(
      repeated('--security-key <file>', 'of somebody who signs releases that only mend; else the same people'),
    );

const holdersIn = async ({ product, releaseKey, securityKey }: Joining) => ({
  product,
  releases: await publicKeysIn(releaseKey),
  ...(securityKey.length > 0 ? { security: await publicKeysIn(securityKey) } : {}),
});

const begin = (): Command =>
  joining('begin')
    .description('the first root and targets of a repository, with its first product line; makes the online keys')
    .addOption(repeated('--root-key <file>', 'public key of a holder of the root, three at least'))
    .addOption(repeated('--targets-key <file>', 'of somebody who says whose products these are, two at least'))
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys begin --data ./services --root-key a.pub --root-key b.pub --root-key c.pub --targets-key d.pub --targets-key e.pub --product hub --release-key d.pub --release-key e.pub --who "A, B, C, D, E" --why "first root" --out ./first',
    )
    .action(async (options: Joining & { rootKey: readonly string[]; targetsKey: readonly string[] }) =>
      propose(options, async (services) => {
        const room = services.openUpdateRoom(await updatesIn(options.data), services.systemClock);
        const keys = {
          root: await publicKeysIn(options.rootKey),
          targets: await publicKeysIn(options.targetsKey),
          products: [await holdersIn(options)],
        };
        return services.beginRepository(room, services.readState(room.files), keys, options);
      }),
    );

const addProduct = (): Command =>
  joining('add-product')
    .description('another product line with people of its own')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys add-product --data ./services --product camera --release-key d.pub --release-key f.pub --who "D, E" --why "new line" --out ./camera',
    )
    .action(async (options: Joining) =>
      propose(options, async (services) =>
        services.addProduct(
          await roomIn(options.data),
          await publishedIn(options.data),
          await holdersIn(options),
          options,
        ),
      ),
    );

const rotate = (): Command =>
  proposing('rotate')
    .description('other keys for one role; of an online role the services make a new one themselves')
    .addArgument(new Argument('<role>', 'as `release status` names it'))
    .addOption(repeated('--add <file>', 'public key that joins'))
    .addOption(repeated('--remove <keyid>', 'key that leaves, by 8 hex digits or more'))
    .addHelpText(
      'after',
      '\nExamples:\n  hearthward release keys rotate root --add g.pub --remove 3fa9c2d1 --data ./services --who "A, B" --why "C left" --out ./root-2\n  hearthward release keys rotate timestamp --data ./services --who "A, B" --why "services were broken into" --out ./root-3',
    )
    .action(async (role: string, options: Proposing & { add: readonly string[]; remove: readonly string[] }) =>
      propose(options, async (services) => {
        const change = { role, add: await publicKeysIn(options.add), remove: options.remove };
        return services.rotateKeys(await roomIn(options.data), await publishedIn(options.data), change, options);
      }),
    );

const revoke = (): Command =>
  proposing('revoke')
    .description('takes a key out of every role that has it')
    .addArgument(new Argument('<keyid>', '8 hex digits or more, as `release status` shows it'))
    .option('--replacement <file>', 'public key that takes its place')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys revoke 3fa9c2d1 --replacement g.pub --data ./services --who "A, B, D" --why "laptop stolen" --out ./revoked',
    )
    .action(async (keyid: string, options: Proposing & { replacement?: string }) =>
      propose(options, async (services) => {
        const [replacement] = await publicKeysIn(options.replacement === undefined ? [] : [options.replacement]);
        const change = { keyid, ...(replacement ? { replacement } : {}) };
        return services.revokeKey(await roomIn(options.data), await publishedIn(options.data), change, options);
      }),
    );

const renew = (): Command =>
  proposing('renew')
    .description('the same again for longer, before it ends')
    .addArgument(new Argument('<role...>', 'root, targets, or roles of products'))
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release keys renew root targets hub hub-security --data ./services --who "A, B" --why "yearly" --out ./2027',
    )
    .action(async (roles: readonly string[], options: Proposing) =>
      propose(options, async (services) =>
        services.renewRoles(await roomIn(options.data), await publishedIn(options.data), roles, options),
      ),
    );

type Services = typeof import('@hearthward/services/desk');

const propose = async (options: Proposing, work: (services: Services) => Promise<Proposal>): Promise<void> => {
  const services = await import('@hearthward/services/desk');
  if (services.hasProposal(options.out)) throw wrongUsage(`--out ${options.out} has a proposal: name a new folder`);
  const proposal = await withMendable(async () => {
    const made = await work(services);
    services.writeProposal(options.out, made);
    return made;
  });
  const documents = proposal.docs.map(({ role, metadata }) => `${metadata.signed.version}.${role}`);
  if (options.json) return json({ folder: options.out, what: proposal.about.what, documents });
  return say(`${options.out}: ${proposal.about.what} (${documents.join(', ')}); ${NEXT}`);
};
