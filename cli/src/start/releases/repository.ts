import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BUCKETS, DIGESTS, offersPath, Offers, releasePaths, rolesOf, type Offer } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import type { Release } from '@hearthward/protocol';
import { badInput } from '../../exit.ts';
import type { Kept } from '../data-folder.ts';
import { keysOf, RELEASE_HOLDERS, ROOT_HOLDERS, signAs } from './holders.ts';

/** The update repository of the demonstration, beside the services that run: begun once, and what is published and offered there. */
const WHO = 'the people whom `hearthward start` plays';
const WHY = 'the demonstration of this machine';

/** The static files, as everybody gets them. */
export const repositoryOf = async (data: Kept): Promise<string> => (await roomOf(data)).files.path;

const roomOf = async (data: Kept) => {
  const services = await import('@hearthward/services/desk');
  return services.openUpdateRoom(join(data.services, services.UPDATES_FOLDER), services.systemClock);
};

/** Its first root, signed by two of three, and the product line of the hub; nothing where it is there. */
export const beginOnce = async (data: Kept, product: string): Promise<void> => {
  const services = await import('@hearthward/services/desk');
  const room = await roomOf(data);
  if (services.readState(room.files)) return;
  const releases = await keysOf(data, RELEASE_HOLDERS);
  const keys = { root: await keysOf(data, ROOT_HOLDERS), targets: releases, products: [{ product, releases }] };
  const begun = services.beginRepository(room, undefined, keys, { who: WHO, why: WHY });
  const folder = join(data.releases, 'first');
  const { docs, about } = await signAs(data, [...ROOT_HOLDERS.slice(1), ...RELEASE_HOLDERS], folder, begun);
  const done = services.publishProposal(room, { docs, holders: about.holders, who: WHO, why: WHY });
  if (!done.ok)
    throw badInput(`the update repository could not be begun: ${done.because}; name another folder with --data`);
};

/** Signed by two, and published; nothing where it is. Its number is above every other's. */
export const publishOnce = async (data: Kept, folder: string): Promise<Release> => {
  const services = await import('@hearthward/services/desk');
  const room = await roomOf(data);
  const read = await services.readReleaseFolder(folder);
  const state = services.readState(room.files);
  if (!read.ok || !state)
    throw badInput(`${folder}: ${read.ok ? 'nothing is begun' : read.because}; remove that folder, and start again`);
  const { release } = read.value;
  if (services.releasesIn(state, release.product).some(({ version }) => version === release.version)) return release;
  await signAs(data, RELEASE_HOLDERS, folder, services.proposeRelease(room, state, read.value, { who: WHO, why: WHY }));
  const done = await services.publishRelease(room, folder, { who: WHO, why: WHY });
  if (!done.ok) throw badInput(`${folder}: ${done.because}; remove that folder, and start again`);
  return release;
};

/** The highest number that was published. */
export const newest = async (data: Kept, product: string): Promise<number> => {
  const services = await import('@hearthward/services/desk');
  const state = services.readState((await roomOf(data)).files);
  return Math.max(0, ...(state ? services.releasesIn(state, product) : []).map(({ number }) => number));
};

/** What is offered to whom now. */
export const offered = async (data: Kept, product: string): Promise<Offers> => {
  const services = await import('@hearthward/services/desk');
  const { files } = await roomOf(data);
  const target = services.readState(files)?.delegated.get(rolesOf(product).rollout)?.metadata.signed.targets[
    offersPath(product)
  ];
  const bytes = target && files.read(services.hashedName(target.path, target.hashes[DIGESTS.sha256.digest] ?? ''));
  // no boundary: its digest is signed by ourselves; read by its schema all the same
  const offers: unknown = bytes ? JSON.parse(bytes.toString('utf8')) : { v: 1, product, offers: [] };
  if (!Value.Check(Offers, offers))
    throw badInput(`${data.services}: what is offered cannot be read; name another folder with --data`);
  return offers;
};

/** To every device, beside nothing else. */
export const offerOf = ({
  product,
  version,
  number,
  kind,
}: Pick<Release, 'product' | 'version' | 'number' | 'kind'>): Offer => ({
  version,
  number,
  image: releasePaths(product, kind === 'security' ? 'security' : 'releases', version).image,
  state: 'offered',
  // no key: draws the order of devices, and is published
  salt: randomBytes(16).toString('hex'),
  below: BUCKETS,
  members: [],
  jitterSeconds: 0,
});

/** `rule` as in `publishOffers`: whoever plays a thief has none. */
export const offer = async (data: Kept, offers: Offers, rule?: () => void): Promise<void> => {
  const { publishOffers } = await import('@hearthward/services/desk');
  const done = publishOffers(await roomOf(data), offers, WHY, rule);
  if (!done.ok) throw badInput(`${done.because}; set the clock of this machine`);
};
