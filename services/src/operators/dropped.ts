import { droppedPage, paths } from '@hearthward/web';
import type { FastifyInstance } from 'fastify';
import { csvRow } from '../front/csv.ts';
import { CSV, HTML } from '../front/headers.ts';
import { countDropped, type DroppedFilter, droppedItems, droppedTables } from '../privacy/kept/dropped.ts';
import { BASE, type ConsoleParts, frameOf } from './console.ts';
import { EXPORT_STEP, PER_PAGE, pageIn } from './paging.ts';

/** What was kept no longer, as a page and as a file; the caller has made sure of a session. It says nothing of any person. */
export async function droppedRoutes(app: FastifyInstance, { store }: Pick<ConsoleParts, 'store'>): Promise<void> {
  app.get(BASE + paths.console.dropped, async (request, reply) => {
    const filter = filterIn(request.query);
    const total = await countDropped(store.db, filter);
    const pages = Math.max(1, Math.ceil(total / PER_PAGE));
    const page = Math.min(pageIn(request.query), pages);
    const dropped = await droppedTables(store.db, filter, { offset: (page - 1) * PER_PAGE, limit: PER_PAGE });
    return reply.type(HTML).send(
      droppedPage({
        ...frameOf(request, BASE + paths.console.dropped),
        filter,
        items: await droppedItems(store.db),
        dropped,
        total,
        page,
        pages,
      }),
    );
  });

  app.get(BASE + paths.console.droppedExport, async (request, reply) => {
    const filter = filterIn(request.query);
    const lines = [csvRow(['product', 'item', 'measured on', 'kept days', 'values', 'due', 'dropped'])];
    for (let offset = 0; ; offset += EXPORT_STEP) {
      const some = await droppedTables(store.db, filter, { offset, limit: EXPORT_STEP });
      lines.push(
        ...some.map((each) =>
          csvRow([each.product, each.item, each.day, each.retentionDays, each.rows, each.dueAt, each.droppedAt]),
        ),
      );
      if (some.length < EXPORT_STEP) break;
    }
    return reply.type(CSV).header('content-disposition', 'attachment; filename="dropped.csv"').send(lines.join(''));
  });
}

/** Hostile: whatever stands in the address. An item that nobody knows has no rows. */
function filterIn(query: unknown): DroppedFilter {
  const { item } = query as Readonly<Record<string, unknown>>;
  return typeof item === 'string' && item !== '' ? { item: item.slice(0, LONGEST_ID) } : {};
}
const LONGEST_ID = 64;
