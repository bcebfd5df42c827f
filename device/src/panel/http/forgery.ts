import { createHmac, timingSafeEqual } from 'node:crypto';
import { MAC } from '@hearthward/protocol';

/** Whether a change comes from a page of ours, in the browser of the person whose session it uses. */

/** Bound to the session id (or, before login, to the id in the form cookie), so that it needs no storage. */
export const formToken = (secret: string): string =>
  // key form
  createHmac(MAC['hmac-sha256'].digest, secret).update('hearthward form token 1').digest('base64url');

export interface ForgeryFacts {
  readonly encoding: 'form' | 'multipart' | 'json' | 'none';
  /** session id or form cookie; undefined where the client has neither */
  readonly secret: string | undefined;
  readonly token: unknown;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

// EN 303 645 5.5-5, G045 DS-3-2: a session is used only by the pages that it was made for
export function isGenuine(facts: ForgeryFacts): boolean {
  if (facts.origin !== undefined && facts.origin !== `https://${facts.host}`) return false;
  if (facts.fetchSite !== undefined && facts.fetchSite !== 'same-origin' && facts.fetchSite !== 'none') return false;
  // A JSON body cannot be sent to another origin without its consent (Fetch standard, CORS-safelisted types), and we never consent.
  if (facts.encoding === 'json' || facts.encoding === 'none') return true;
  if (facts.secret === undefined || typeof facts.token !== 'string') return false;
  const expected = Buffer.from(formToken(facts.secret));
  const given = Buffer.from(facts.token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
