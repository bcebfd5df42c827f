import type { Declaration } from '@hearthward/product';
import { openPossession } from '@hearthward/protocol';
import { checkPage, type CheckedDevice, languages, paths } from '@hearthward/web';
import type { FastifyInstance } from 'fastify';
import { type Clock, DAY } from '../clock.ts';
import { HTML } from '../front/headers.ts';
import { languageOf } from '../front/language.ts';
import { partedAt } from '../registry/enrolments.ts';
import type { Device, Registry } from '../registry/devices.ts';
import type { Store } from '../store/open.ts';

/** What who has a device in their hands is told of it: by its own signed word of today, and by nothing that is printed or known. */
export interface CheckParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly registry: Pick<Registry, 'find'>;
  readonly declarations: readonly Declaration[];
}

export function checkRoute(app: FastifyInstance, parts: CheckParts): void {
  const maker = parts.declarations[0]?.manufacturer.name ?? '';
  app.get(paths.check, async (request, reply) => {
    const { word } = request.query as { readonly word?: unknown };
    const asked = typeof word === 'string' ? await answerTo(parts, word) : 'none';
    const again = typeof word === 'string' && typeof asked !== 'string' ? `word=${encodeURIComponent(word)}&` : '';
    const links = Object.fromEntries(languages.map(({ id }) => [id, `${paths.check}?${again}lang=${id}`]));
    const language = languageOf(request.query, request.headers['accept-language']);
    return reply.type(HTML).send(checkPage({ language, maker, links, asked }));
  });
}

/** A word is good on its day, by whichever of the two clocks is behind. */
const GOOD_FOR = DAY;

/** The same for a word that is none, one of a stranger, and one of a device that nobody made. */
// G045 AU-3-2, DS-1-5, EN 303 645 5.6-2: a serial number, a label or a photograph of it opens nothing
async function answerTo(
  { store, clock, registry, declarations }: CheckParts,
  word: string,
): Promise<'unknown' | 'old' | CheckedDevice> {
  const opened = openPossession(word);
  const row =
    opened &&
    (await store.db
      .selectFrom('certificates')
      .select('device_id')
      .where('fingerprint', '=', opened.fingerprint)
      .where('kind', '=', 'initial')
      .executeTakeFirst());
  const device = row && (await registry.find(row.device_id));
  const declaration = device && declarations.find(({ product }) => product.id === device.productId);
  if (!opened || !declaration) return 'unknown';
  if (Math.abs(clock.now() - opened.at) > GOOD_FOR) return 'old';
  return {
    product: declaration.product.name,
    model: declaration.product.model.designation,
    serial: device.serial,
    supportUntil: declaration.support.until,
    software: declaration.product.softwareVersion,
    state: await stateOf(store, device),
  };
}

async function stateOf(store: Store, { deviceId, epoch, held, revokedAt }: Device): Promise<CheckedDevice['state']> {
  if (held?.because === 'scrapped') return 'scrapped';
  if (held || revokedAt !== undefined) return 'refused';
  if (epoch === 0) return 'new';
  return (await partedAt(store.db, deviceId, epoch)) === undefined ? 'set-up' : 'reset';
}
