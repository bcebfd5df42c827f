import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { tlsParameters } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Clock, MINUTE, SECOND } from '../../clock.ts';
import type { Store } from '../../store/open.ts';
import type { Said } from './decide.ts';
import type { Asked, Asking } from './places.ts';
import { answerOf, type ConcernedParty } from './rows.ts';

/**
 * Parties beside the manufacturer that have personal data (`dataParties` of the declaration). One that erases on call is asked
 * over HTTPS, with what it needs to find the data and nothing else; its answer counts when it says that it is done. One that is
 * asked by people waits until an operator has recorded what it said.
 *
 *     POST URL, authorization: Bearer SECRET
 *     {"v":1,"id":ID,"subjects":[PSEUDONYM...],"items":[ITEM...]}
 *     200 {"state":"erased","at":INSTANT} | {"state":"held","until":INSTANT,"because":LAW}
 *     202 asked again later | application/problem+json (RFC 9457) it failed
 *
 * The same order comes again until one of the first two is answered, so that a party may take its time and forget nothing.
 */
const strict = { additionalProperties: false } as const;
const Instant = Type.String({ maxLength: 30 });
export const PartyAnswer = Type.Union([
  Type.Object({ state: Type.Literal('erased'), at: Instant }, strict),
  Type.Object({ state: Type.Literal('held'), until: Instant, because: Type.String({ maxLength: 150 }) }, strict),
]);
const Problem = Type.Object({ title: Type.Optional(Type.String()) });

/** Where a party is called; the file is for the services' own user alone, since it has secrets. */
const Addresses = Type.Record(
  Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }),
  Type.Object(
    {
      url: Type.String({ pattern: '^https://', maxLength: 1000 }),
      bearer: Type.String({ minLength: 16, maxLength: 1000, pattern: '^[A-Za-z0-9._~+/=-]+$' }),
      /** PEM of the authority of the party’s own; those that the system trusts where absent */
      ca: Type.Optional(Type.String({ maxLength: 65_536 })),
    },
    strict,
  ),
  { additionalProperties: false },
);
type Address = Static<typeof Addresses>[string];

export const PARTIES_FILE = 'parties.json';
/** for the whole call, and for the answer */
export const PATIENCE = 10 * SECOND;
const LONGEST_ANSWER = 16_384;
const LONGEST_FILE = 1_048_576;
/** of a party's clock before ours */
const AHEAD = 5 * MINUTE;

export const askParty =
  (
    parts: {
      readonly store: Store;
      readonly clock: Clock;
      /** PARTIES_FILE of the data folder */
      readonly file: string;
      readonly patience?: number;
    },
    party: ConcernedParty,
  ): Asking =>
  async (asked) => {
    if (party.how === 'by-request') {
      const answer = await answerOf(parts.store.db, asked.order.id, party.id);
      return answer ?? { state: 'waiting', at: asked.now, because: 'somebody asks it and records its answer' };
    }
    const failed = (because: string): Said => ({ state: 'failed', at: asked.now, because });
    const address = addressOf(parts.file, party.id);
    if (typeof address === 'string') return failed(address);
    const { order } = asked;
    const body = JSON.stringify({ v: 1, id: order.id, subjects: party.subjects, items: party.items });
    const answered = await post(address, body, parts.clock.now(), parts.patience ?? PATIENCE);
    return 'because' in answered ? failed(answered.because) : saidBy(answered, asked);
  };

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function saidBy({ status, type, text }: Answered, { order, now }: Asked): Said {
  if (status === 202) return { state: 'waiting', at: now, because: 'it has begun' };
  const value = parsed(text);
  if (status !== 200) {
    const isProblem = /^application\/problem\+json\b/.test(type) && Value.Check(Problem, value);
    const title = isProblem ? plain(value.title ?? '') : '';
    return { state: 'failed', at: now, because: `it answered ${status}${title ? `: ${title}` : ''}` };
  }
  if (!Value.Check(PartyAnswer, value))
    return { state: 'failed', at: now, because: 'its answer says neither erased nor held' };
  if (value.state === 'held') {
    const until = Date.parse(value.until);
    if (Number.isNaN(until) || until <= now)
      return { state: 'failed', at: now, because: 'it holds it until a moment that is none' };
    return { state: 'held', at: now, until, because: plain(value.because) };
  }
  const at = Date.parse(value.at);
  // a moment before anybody asked is no answer to this order
  if (Number.isNaN(at) || at < order.askedAt - AHEAD || at > now + AHEAD)
    return { state: 'failed', at: now, because: 'it says that it was done at an impossible moment' };
  return { state: 'erased', at: Math.min(at, now) };
}

/** Read at each call, so that a new secret needs no restart. Words where there is no address. */
// EN 303 645 5.4-1, G045 CR-1-2: a secret that others can read is not used
function addressOf(file: string, party: string): Address | string {
  try {
    const { mode, size } = statSync(file);
    if ((mode & 0o077) !== 0) return `others can read privacy/${PARTIES_FILE}: chmod 600`;
    if (size > LONGEST_FILE) return `privacy/${PARTIES_FILE} is too long`;
    const value = parsed(readFileSync(file, 'utf8'));
    if (!Value.Check(Addresses, value)) return `privacy/${PARTIES_FILE} is not as services/README.md shows`;
    return Object.hasOwn(value, party) ? (value[party] as Address) : `no address in privacy/${PARTIES_FILE}`;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return `no address in privacy/${PARTIES_FILE}`;
    return `privacy/${PARTIES_FILE} cannot be read`;
  }
}

/** One call, without redirects; whatever goes wrong is said in a few words that name no address and no secret. */
// EN 303 645 5.8-1, 5.5-1, TS 103 645 4.8-1: whose data it is goes only to whom the certificate names
function post(
  { url, bearer, ca }: Address,
  body: string,
  now: number,
  patience: number,
): Promise<Answered | { readonly because: string }> {
  return new Promise((resolve) => {
    const failed = (because: string) => resolve({ because });
    const asking = request(
      url,
      {
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(patience),
        ...tlsParameters('TLSv1_2', now),
        ...(ca === undefined ? {} : { ca }),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json, application/problem+json',
          authorization: `Bearer ${bearer}`,
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length <= LONGEST_ANSWER) return;
          asking.destroy();
          failed('its answer is too long');
        });
        answer.once('error', () => failed('its answer broke off'));
        answer.once('end', () =>
          resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text }),
        );
      },
    );
    asking.once('error', (error: Error & { code?: string }) =>
      failed(
        error.name === 'AbortError' || error.name === 'TimeoutError'
          ? 'it did not answer in time'
          : `it cannot be reached (${plain(error.code ?? 'unknown')})`,
      ),
    );
    asking.end(body);
  });
}

/** What a party writes is shown to people: letters, in one line. */
const plain = (text: string): string =>
  text
    .replaceAll(/[^\p{L}\p{N} .,;:()/§-]+/gu, ' ')
    .trim()
    .slice(0, 120);

function parsed(text: string): unknown {
  try {
    // boundary party-answer: a declared party, or a file of who runs the services -> PartyAnswer, at most LONGEST_ANSWER, else the place has failed and is asked again;
    // services/test/privacy/parties.test.ts
    return JSON.parse(text);
  } catch {
    // says nothing
    return undefined;
  }
}
