import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Proposal, RoleKey } from '@hearthward/services/desk';
import type { Kept } from '../data-folder.ts';

/**
 * The people of the demonstration's update repository, whom this command plays: three hold the root, two sign releases and
 * say whose products these are. A key and its passphrase lie side by side here; nobody's do who makes real products.
 */
export const ROOT_HOLDERS = ['root-1', 'root-2', 'root-3'] as const;
export const RELEASE_HOLDERS = ['release-1', 'release-2'] as const;
export type Holder = (typeof ROOT_HOLDERS | typeof RELEASE_HOLDERS)[number];

/** What they give away; made where it is not there yet. */
export const keysOf = (data: Kept, holders: readonly Holder[]): Promise<readonly RoleKey[]> =>
  Promise.all(holders.map((holder) => keyOf(data, holder)));

/** A slow hash protects what people can remember; 192 random bits need none. */
const QUICK = { memoryKib: 72, passes: 1, parallelism: 1 } as const;

const keyOf = async (data: Kept, holder: Holder): Promise<RoleKey> => {
  const services = await import('@hearthward/services/desk');
  const kept = data.secret(`${holder}.pub`);
  if (kept !== undefined) return services.readRoleKey(kept, `${holder}.pub`);
  // key update-holder: its passphrase
  const passphrase = randomBytes(24).toString('base64url');
  const { text, key } = await services.makeKeyFile(holder, Buffer.from(passphrase), QUICK);
  data.keepSecret(`${holder}.passphrase`, passphrase);
  data.keepSecret(`${holder}.key`, text);
  // the last: it is what says that all are there
  data.keepSecret(`${holder}.pub`, JSON.stringify(key));
  return key;
};

/** As each of them would with `hearthward release sign`, in a folder that is given on. */
export const signAs = async (
  data: Kept,
  holders: readonly Holder[],
  folder: string,
  proposal: Proposal,
): Promise<Proposal> => {
  const services = await import('@hearthward/services/desk');
  const state = services.readState(services.openStatic(join(data.services, services.UPDATES_FOLDER)));
  services.dropProposal(folder);
  services.writeProposal(folder, proposal);
  for (const holder of holders) {
    const passphrase = Buffer.from(data.secret(`${holder}.passphrase`) ?? '');
    const signer = await services.openKeyFile(data.secret(`${holder}.key`) ?? '', passphrase, holder);
    passphrase.fill(0);
    try {
      services.signProposal(folder, services.readProposal(folder), state, signer);
    } finally {
      signer.close();
    }
  }
  return services.readProposal(folder);
};
