import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Proposal, RoleSigner, State } from '@hearthward/services/desk';
import { badInput, wrongUsage } from '../exit.ts';
import { json, say } from '../print.ts';
import { passphrasesIn, withMendable } from '../commands/ceremony.ts';
import { type InData, inData, publishedIn, readSmall, updatesIn } from './room.ts';

interface Signing extends InData {
  readonly approve?: string;
  readonly key?: string;
  readonly passphraseFile?: string;
  readonly module?: string;
  readonly token?: string;
  readonly pinFile?: string;
  readonly keyId?: string;
  readonly holder?: string;
}

export const signCommand = (): Command =>
  inData('sign')
    .description('shows what is to be signed, and with --approve adds one person’s signature to it')
    .argument('<folder>', 'a release, signatures, or what `release keys` proposed')
    .option('--approve <code>', 'the code under what was shown; without it nothing is signed')
    .option('--key <file>', 'file of the holder’s key')
    .option('--passphrase-file <file>', 'with --key: its passphrase')
    .option('--module <library>', 'or a PKCS#11 token: shared library of its maker')
    .option('--token <label>', 'with --module: label of the token')
    .option('--pin-file <file>', 'with --module: the PIN; only this user may read it')
    .option('--key-id <id>', 'with --module: id of the key, as `release keys token` printed it')
    .option('--holder <name>', 'with --module: whose it is')
    .addHelpText(
      'after',
      '\nExamples:\n  hearthward release sign ./1.2.0 --data ./services\n  hearthward release sign ./1.2.0 --data ./services --key A/alice.key --passphrase-file A/pass --approve 4c1f0e9d2b7a6358\n\nOn a machine without the services, DIR/updates/repository/metadata of theirs in --data DIR is enough.',
    )
    .action(async (folder: string, options: Signing) => {
      const services = await import('@hearthward/services/desk');
      const { state, proposal, lines } = await withMendable(() => open(folder, options.data));
      const code = services.approvalOf(proposal);
      if (options.approve === undefined) {
        if (options.json) return json({ what: proposal.about.what, lines, approve: code });
        for (const line of lines) say(line);
        return say(`to sign exactly this: --approve ${code}`);
      }
      if (options.approve !== code)
        throw badInput(`--approve ${options.approve}: this is ${code}; look at it again without --approve`);
      const signed = await withMendable(() =>
        withSigner(options, (signer) => services.signProposal(folder, proposal, state, signer)),
      );
      if (signed.length === 0) throw badInput('that key has no part in any of it: bring the key of somebody who has');
      const counts = await countsOf(folder, state);
      if (options.json) return json({ signed, counts });
      for (const { role, count, threshold, by } of counts) say(`${role}${by}: ${count} of ${threshold} signatures`);
      return say(`signed: ${signed.join(', ')}`);
    });

/** What is published, what is proposed, and what a person sees of it; a release becomes a proposal when it is first looked at. */
const open = async (folder: string, data: string) => {
  const services = await import('@hearthward/services/desk');
  const files = services.openStatic(await updatesIn(data));
  const isRelease = existsSync(join(folder, services.RELEASE_FILE));
  const state = isRelease ? await publishedIn(data) : services.readState(files);
  if (isRelease && state) await proposeAnew(folder, state);
  const proposal = services.readProposal(folder);
  const because = services.whyUnpublishable(state, proposal, services.systemClock.now());
  if (because) throw badInput(`${because.because}: nothing was signed; propose it again`);
  // whose is whose stands in the services' folder; a copy of the metadata alone shows key ids
  const known = services.hasHolders(await updatesIn(data))
    ? services.holdersIn(services.openUpdateRoom(await updatesIn(data), services.systemClock))
    : {};
  return { state, proposal, lines: services.linesOf(state, proposal, { ...known, ...proposal.about.holders }) };
};

const proposeAnew = async (folder: string, state: State): Promise<void> => {
  const services = await import('@hearthward/services/desk');
  const read = await services.readReleaseFolder(folder);
  if (!read.ok) throw badInput(`${folder}: ${read.because}; build it again, or copy it again`);
  const refused = services.whyNotRelease(state, read.value.release);
  if (refused) throw badInput(`${refused.because}: change the words, and build it again`);
  if (services.hasProposal(folder)) {
    const stale = services.whyUnpublishable(state, services.readProposal(folder), services.systemClock.now());
    if (!stale) return;
    process.stderr.write(`${stale.because}: what was signed before is void, and begins anew\n`);
    services.dropProposal(folder);
  }
  const { product, version } = read.value.release;
  const why = { who: 'release', why: `release ${product} ${version}` };
  services.writeProposal(folder, services.proposeRelease({ clock: services.systemClock }, state, read.value, why));
};

const withSigner = async <T>(options: Signing, work: (signer: RoleSigner) => T): Promise<T> => {
  const { openKeyFile, openToken } = await import('@hearthward/services/desk');
  const { key, passphraseFile, module, token, pinFile, keyId, holder } = options;
  if (key !== undefined && passphraseFile !== undefined && module === undefined)
    return passphrasesIn([passphraseFile], async ([passphrase = new Uint8Array()]) => {
      const signer = await openKeyFile(readSmall(key), passphrase, key);
      try {
        return work(signer);
      } finally {
        signer.close();
      }
    });
  if (
    module !== undefined &&
    token !== undefined &&
    pinFile !== undefined &&
    keyId !== undefined &&
    holder !== undefined &&
    key === undefined
  )
    return work(openToken({ module, token, pinFile }, keyId, holder));
  throw wrongUsage('give --key and --passphrase-file, or --module, --token, --pin-file, --key-id and --holder');
};

const countsOf = async (folder: string, state: State | undefined) => {
  const { countOf, grantsFor, readProposal } = await import('@hearthward/services/desk');
  const { docs }: Proposal = readProposal(folder);
  return docs.flatMap((doc) =>
    grantsFor(state, docs, doc).map((by) => ({
      ...countOf(by, doc),
      by: doc.role === 'root' ? ` (for root ${by.metadata.signed.version})` : '',
    })),
  );
};
