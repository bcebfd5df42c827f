import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import declaration from '@hearthward/example-hub';
import type { Kept } from '../data-folder.ts';
import { beginOnce, offer, offerOf, publishOnce } from './repository.ts';
import { buildNow, clearHalfMade, imageOf, releaseOf, smallImage, softwareOf } from './software.ts';
import { firstWords, olderWords } from './words.ts';

/** The release that the hub leaves its factory with. Each step is done once, whenever the line is interrupted. */
export const firstFolder = (data: Kept): string => join(data.releases, firstWords(declaration).version);

/** Image and release, in processes of their own: needs nothing that runs. */
export const buildFirst = async (data: Kept, signal: AbortSignal): Promise<void> => {
  clearHalfMade(data);
  const folder = await releaseOf(data, await imageOf(data, signal), firstWords(declaration), signal);
  copyFileSync(join(folder, 'files', 'image.json'), join(softwareOf(data), 'image.json'));
};

/** Beside the services, which have their data folder. */
export const publishFirst = async (data: Kept): Promise<void> => {
  const { id } = declaration.product;
  await beginOnce(data, id);
  const older = olderWords(declaration);
  const folder = join(data.releases, older.version);
  await publishOnce(data, existsSync(folder) ? folder : await buildNow(data, smallImage(data), older));
  const release = await publishOnce(data, firstFolder(data));
  await offer(data, { v: 1, product: id, offers: [offerOf(release)] });
};
