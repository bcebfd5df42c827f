import { buildImage, type BuiltImage, type ImageIn } from './build.ts';
import { closureOf, imageRefused } from './closure.ts';
import { HERE } from './native.ts';

/**
 * The first stage of a product, as a folder of the device that no update replaces: the runtime's loader in the version
 * that the product stands on, and what that can reach, as the runtime's own list has it. It belongs where only the system writes, as `/opt/hearthward`.
 */
// EN 303 645 5.7-1, G044 6.7.1: what verifies every start is made as what it verifies, and holds nothing else
export async function buildFirstStage({
  product,
  out,
  platform = HERE,
  renewList = false,
}: Pick<ImageIn, 'product' | 'out' | 'platform' | 'renewList'>): Promise<BuiltImage> {
  const read = closureOf(product, platform);
  if (!read.ok) return read;
  const runtime = read.closure.packages.find(({ manifest }) => manifest.name === RUNTIME);
  if (!runtime) return imageRefused('package-not-found', [`${product} does not depend on ${RUNTIME}`]);
  return buildImage({ product: runtime.folder, out, platform, starts: [LOADER], renewList });
}
const RUNTIME = '@hearthward/device';
const LOADER = './src/processes/loader.ts';
