import { createHash, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import {
  channelBindingOf,
  DIGESTS,
  MAX_SETUP_CHECK_BYTES,
  readSetupChallenge,
  SETUP_CHECK_PATHS,
  type SetupStatement,
} from '@hearthward/protocol';
import { askOver, OneConnection, type Content } from '../../channel/one-connection.ts';
import { asFault } from '../../driver/faults.ts';
import type { Millis } from '../../seams.ts';
import type { Signer } from '../../secrets/signer.ts';
import { type answerTo, type CheckOutcome, unanswered, unansweredBy, whyStatus } from './decide.ts';

/** What one conversation takes; nothing of an earlier one is used again. */
export interface Conversation {
  /** a connection to `target` of its own, both ends authenticated */
  readonly connect: () => Promise<TLSSocket>;
  readonly target: () => URL;
  readonly signer: Pick<Signer, 'attest'>;
  /** what the device says of itself at this moment */
  readonly says: () => Promise<Stated>;
  /** what the device takes the time for */
  readonly now: () => Millis;
  readonly answer: typeof answerTo;
  readonly withinMillis: Millis;
}

/** What a device states of itself, whatever the connection. */
export type Stated = Pick<SetupStatement, 'device' | 'version' | 'integrity' | 'settings'>;

/** Challenge, statement, answer. Never throws: whatever goes wrong is why there is no answer. */
export const converse = async (given: Conversation): Promise<CheckOutcome> => {
  try {
    // looked at before anybody is called: reading all of the software takes longer than a connection stays open for nothing
    return await talkWithin(given, await given.says());
  } catch (thrown) {
    return unansweredBy(asFault(thrown).code);
  }
};

const talkWithin = async (given: Conversation, stated: Stated): Promise<CheckOutcome> => {
  let tls: TLSSocket | undefined;
  let over = false;
  let patience: NodeJS.Timeout | undefined;
  const tooLate = new Promise<CheckOutcome>((resolve) => {
    patience = setTimeout(() => resolve(unanswered('too-late')), given.withinMillis);
  });
  const talk = async (): Promise<CheckOutcome> => {
    tls = await given.connect();
    // nobody waits for it any more
    if (over) tls.destroy();
    return askAndState(given, stated, tls);
  };
  try {
    const talking = talk();
    // what comes of it after the time is over is nobody's
    talking.catch(() => undefined);
    return await Promise.race([talking, tooLate]);
  } finally {
    over = true;
    clearTimeout(patience);
    tls?.destroy();
  }
};

// EN 303 645 5.12-3, 5.5-7, G044 6.12.3: the device's capacity to speak securely is tried by speaking, both ends proven
const askAndState = async (given: Conversation, stated: Stated, tls: TLSSocket): Promise<CheckOutcome> => {
  // a connection that breaks has its reason from whoever waits for an answer
  tls.on('error', () => undefined);
  const one = new OneConnection(tls);
  const target = given.target();
  const post = (path: string, content: object) => askOver(one, target, path, MAX_SETUP_CHECK_BYTES, json(content));
  const challenged = await post(SETUP_CHECK_PATHS.challenge, { v: 1 });
  const because = whyStatus(challenged.status);
  if (because) return unanswered(because);
  const challenge = readSetupChallenge(challenged.body);
  if (!challenge) return unanswered('unreadable');
  // no key: makes each question another one
  const ask = randomBytes(32).toString('base64url');
  const statement = JSON.stringify({
    v: 1,
    ...stated,
    at: given.now(),
    nonce: challenge.nonce,
    ask,
    channel: channelBindingOf(tls),
    tls: endOf(tls),
  } satisfies SetupStatement);
  const signed = await given.signer.attest(statement);
  const { status, body } = await post(SETUP_CHECK_PATHS.statement, signed);
  return given.answer({ ask, statement: digestOf(statement) }, status, body);
};

const json = (content: object): Content => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
});

/** What this end of the connection is, as it was negotiated. */
const endOf = (tls: TLSSocket): SetupStatement['tls'] => {
  const { name = '' } = tls.getEphemeralKeyInfo() as { readonly name?: string };
  return { version: tls.getProtocol() ?? '', suite: tls.getCipher().standardName, group: name };
};

const digestOf = (text: string): string => createHash(DIGESTS.sha256.digest).update(text).digest('hex');
