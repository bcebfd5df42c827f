import { PrivacyNews } from '@hearthward/protocol';
import { Value } from 'typebox/value';

/** Hostile bytes from the services, or from whoever speaks in their name; undefined where they are no news. */
export function readNews(payload: Uint8Array): PrivacyNews | undefined {
  try {
    // boundary privacy-news: the services, whoever speaks in their name -> PrivacyNews, at most MAX_MESSAGE_BYTES, else not heard;
    // device/test/privacy/news.test.ts
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return Value.Check(PrivacyNews, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
