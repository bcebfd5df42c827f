import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFactoryBundle } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import { memberOf, type Offer, type Offers } from '@hearthward/protocol';
import type { Target } from '@hearthward/assessor';
import type { Kept } from '../data-folder.ts';
import { putBack, replace } from './aside.ts';
import { newest, offer, offered, offerOf, publishOnce, repositoryOf } from './repository.ts';
import { buildNow, laterImage, smallImage } from './software.ts';
import { firstWords, laterWords, olderWords } from './words.ts';

/** The releases that an assessor has the bench offer this one unit, and takes back: good ones, and one of each way to be bad. */
export type Kind = keyof NonNullable<Target['releases']>;
export const KINDS: readonly Kind[] = ['next', 'damaged', 'unsigned', 'older', 'failing', 'other-model'];
const { id: PRODUCT } = declaration.product;

export const ask = async (kept: Kept, kind: Kind): Promise<void> => {
  await takeBack(kept);
  writeFileSync(beforeFile(kept), JSON.stringify(await offered(kept, PRODUCT)));
  switch (kind) {
    case 'next': {
      const words = laterWords(declaration, await newest(kept, PRODUCT));
      return offerAlso(kept, await buildNow(kept, laterImage(kept, words), words, [firstWords(declaration).version]));
    }
    case 'older':
      return offerAlso(kept, join(kept.releases, olderWords(declaration).version));
    case 'other-model': {
      const words = { ...laterWords(declaration, await newest(kept, PRODUCT)), models: [OTHER_MODEL] };
      return offerAlso(kept, await buildNow(kept, smallImage(kept), words));
    }
    case 'failing':
      return offerAlso(
        kept,
        await buildNow(kept, smallImage(kept), laterWords(declaration, await newest(kept, PRODUCT))),
      );
    case 'damaged': {
      const folder = await buildNow(kept, smallImage(kept), laterWords(declaration, await newest(kept, PRODUCT)));
      await offerAlso(kept, folder);
      return damagePack(kept, folder);
    }
    case 'unsigned':
      return offerUnsigned(kept);
  }
};
const OTHER_MODEL = `${declaration.product.model.designation}-OTHER`;

/** What was offered before is offered again; nothing where nothing was asked for. */
export const takeBack = async (kept: Kept): Promise<void> => {
  putBack(kept, await repositoryOf(kept));
  const file = beforeFile(kept);
  if (!existsSync(file)) return;
  // no boundary: written by this command into this data folder
  await offer(kept, JSON.parse(readFileSync(file, 'utf8')) as Offers);
  rmSync(file);
};
const beforeFile = (kept: Kept): string => join(kept.releases, 'offered-before.json');

const offerAlso = async (kept: Kept, folder: string): Promise<void> => {
  const release = await publishOnce(kept, folder);
  const { offers } = await offered(kept, PRODUCT);
  await offer(kept, { v: 1, product: PRODUCT, offers: [toThisUnit(kept, offerOf(release)), ...offers] });
};

const toThisUnit = (kept: Kept, all: Offer): Offer => ({
  ...all,
  below: 0,
  members: [memberOf(all.salt, readFactoryBundle(kept.hub).bundle.deviceId)],
});

/** One bit of the last frame. */
const damagePack = async (kept: Kept, folder: string): Promise<void> => {
  const { hashedName, readReleaseFolder } = await import('@hearthward/services/desk');
  const read = await readReleaseFolder(folder);
  if (!read.ok) throw new Error(read.because);
  const { release, targets } = read.value;
  const path = hashedName(release.pack, targets[release.pack]?.sha256 ?? '');
  const repository = await repositoryOf(kept);
  const bytes = readFileSync(join(repository, path));
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  replace(kept, repository, path, bytes);
};

/** By whoever has the online keys and no others: an offer of a release that no offline role has signed. */
const offerUnsigned = async (kept: Kept): Promise<void> => {
  // another each time, since a device tells of each once
  const number = Math.floor(Date.now() / 1000);
  const { version, kind } = laterWords(declaration, number - 1);
  const { offers } = await offered(kept, PRODUCT);
  const unsigned = toThisUnit(kept, offerOf({ product: PRODUCT, version, number, kind }));
  await offer(kept, { v: 1, product: PRODUCT, offers: [unsigned, ...offers] }, () => undefined);
};
