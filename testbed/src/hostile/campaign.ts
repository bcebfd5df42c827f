import type { ConnectionOptions } from 'node:tls';
import type { HostileRequest } from './requests.ts';
import { openWire, type Reaction, type Wire } from './wire.ts';

/** Sends many hostile requests over several connections and says what each was answered with, and what was wrong about it. */
export interface Campaign {
  readonly inputs: readonly HostileRequest[];
  /** how the nth connection is made; a source of its own each, where the server counts requests per source */
  readonly connection: (n: number) => ConnectionOptions;
  readonly lanes?: number;
  readonly perConnection?: number;
  /** called now and then: throws where the server does not serve others any more */
  readonly healthy: () => Promise<void>;
  readonly healthyEvery?: number;
}
export interface Outcome {
  /** status, or `closed`/`silent`, to how often */
  readonly answers: Readonly<Record<string, number>>;
  /** what must not be, with the input's number */
  readonly complaints: readonly string[];
}

const LANES = 8;
const PER_CONNECTION = 250;
const HEALTHY_EVERY = 5_000;
const COMPLAINTS_KEPT = 10;

export const campaign = async ({
  inputs,
  connection,
  lanes = LANES,
  perConnection = PER_CONNECTION,
  healthy,
  healthyEvery = HEALTHY_EVERY,
}: Campaign): Promise<Outcome> => {
  const answers: Record<string, number> = {};
  const complaints: string[] = [];
  let next = 0;
  let connections = 0;

  const lane = async (): Promise<void> => {
    let wire: Wire | undefined;
    let sent = 0;
    for (;;) {
      const at = next++;
      const input = inputs[at];
      if (input === undefined || complaints.length >= COMPLAINTS_KEPT) break;
      if (at > 0 && at % healthyEvery === 0) await healthy();
      if (wire === undefined || !wire.open() || sent >= perConnection) {
        wire?.end();
        wire = await openWire(connection(connections++));
        sent = 0;
      }
      const how = { head: input.bytes.toString('latin1', 0, 5) === 'HEAD ', whole: input.kind !== 'broken' };
      let reaction = await wire.send(input.bytes, how);
      if (reaction === 'closed' && sent > 0) {
        // a kept connection may end between two requests (RFC 9112, 9.3.1): the request is made again on a new one
        wire = await openWire(connection(connections++));
        sent = 0;
        reaction = await wire.send(input.bytes, how);
      }
      sent += 1;
      const said = typeof reaction === 'string' ? reaction : String(reaction.status);
      answers[said] = (answers[said] ?? 0) + 1;
      const wrong = complaintAbout(input, reaction);
      if (wrong !== undefined)
        complaints.push(
          `input ${at} (${input.kind}): ${wrong}: ${JSON.stringify(input.bytes.toString('latin1', 0, 300))}`,
        );
      // what stands behind a request that was cut or smuggled is no answer to the next one
      if (input.kind === 'broken' || typeof reaction === 'string' || reaction.closed) {
        wire.end();
        wire = undefined;
      }
    }
    wire?.end();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await healthy();
  return { answers, complaints };
};

/** Refusals that HTTP has for what a server does not do or cannot do now (RFC 9110, 15.6). */
const CLEAR: ReadonlySet<number> = new Set([501, 503, 505]);

/** Whether a browser would take the answer for a page: JSON that may not be sniffed is data, with whatever name a person gave. */
const wouldBeShown = (head: string): boolean =>
  !(/^content-type: application\/json\b/im.test(head) && /^x-content-type-options: nosniff\r?$/im.test(head));

function complaintAbout({ kind }: HostileRequest, reaction: Reaction): string | undefined {
  if (typeof reaction === 'string') return kind === 'broken' ? undefined : `no answer (${reaction})`;
  const { status, head, body } = reaction;
  if (status >= 500 && !CLEAR.has(status)) return `status ${status}`;
  if (/^set-cookie: a=b/im.test(head)) return 'a header of the input came back as a header';
  if (wouldBeShown(head) && /<script>alert\(1\)|<img src=x onerror/i.test(body))
    return 'markup of the input came back unescaped';
  if (/\n\s+at .*:\d+:\d+|node_modules|\/src\/[\w/-]+\.ts/.test(body)) return 'an answer tells of the program';
  return undefined;
}
