import { type PrivacyNews, topicsOf } from '@hearthward/protocol';
import type { Store } from '../../store/open.ts';
import type { News, NewsBody } from '../seams.ts';

/**
 * News for devices, each kept until the device has said that it heard it. A device that is away is told when it subscribes;
 * one that is there at once, and again whenever it subscribes. What is no longer true is not told: later news about the
 * same thing take the place of earlier ones.
 */
export function openNews(parts: {
  readonly store: Store;
  /** false where the device has no connection */
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
}): News {
  const { store, send } = parts;
  return {
    async tell(deviceId, news) {
      const about = aboutOf(news);
      const text = JSON.stringify(news);
      const n = await store.transaction(async (tx) => {
        const waiting = await tx
          .selectFrom('privacy_news')
          .select(['n', 'news'])
          .where('device_id', '=', deviceId)
          .where('about', '=', about)
          .executeTakeFirst();
        // said again, and not heard yet: the same news
        if (waiting?.news === text) return Number(waiting.n);
        const last = await tx
          .selectFrom('privacy_news_told')
          .select('n')
          .where('device_id', '=', deviceId)
          .executeTakeFirst();
        const next = Number(last?.n ?? 0) + 1;
        const row = { device_id: deviceId, n: next };
        await tx
          .insertInto('privacy_news_told')
          .values(row)
          .onConflict((conflict) => conflict.column('device_id').doUpdateSet({ n: next }))
          .execute();
        await tx.deleteFrom('privacy_news').where('device_id', '=', deviceId).where('about', '=', about).execute();
        await tx
          .insertInto('privacy_news')
          .values({ ...row, about, news: text })
          .execute();
        // a device that asks and never listens costs a bounded place
        await tx
          .deleteFrom('privacy_news')
          .where('device_id', '=', deviceId)
          .where('n', '<=', next - NEWS_MOST)
          .execute();
        return next;
      });
      // on the disk first: whoever is told and answers at once finds it
      const payload: PrivacyNews = { v: 1, n, news };
      send(deviceId, topicsOf(deviceId).told, JSON.stringify(payload));
    },
    async heard(deviceId, n) {
      await store.db.deleteFrom('privacy_news').where('device_id', '=', deviceId).where('n', '<=', n).execute();
    },
    async waiting(deviceId) {
      const rows = await store.db
        .selectFrom('privacy_news')
        .select(['n', 'news'])
        .where('device_id', '=', deviceId)
        .orderBy('n')
        .execute();
      // no boundary: rows of our own store
      return rows.map(({ n, news }) => ({ n: Number(n), news: JSON.parse(news) as NewsBody }));
    },
  };
}

/** of one device: more than the people that it may name, each with an order and its end */
const NEWS_MOST = 1000;

const aboutOf = (news: NewsBody): string => {
  switch (news.kind) {
    case 'erasure':
    case 'erase':
      return `${news.kind} ${news.id}`;
    case 'consent':
      return `consent ${news.subject} ${news.item}`;
    case 'tell-again':
      return news.kind;
    case 'begin-anew':
    case 'ended':
      return `${news.kind} ${news.subject}`;
  }
};
