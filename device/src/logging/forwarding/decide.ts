import { Type, type Static } from 'typebox';
import { backOffDelay } from '../../channel/decide.ts';
import type { Decision, Millis } from '../../seams.ts';

/**
 * Forwarding to a syslog server of the owner's, as decisions. Syslog has no acknowledgement: an entry counts as sent once
 * the connection that it was written to has lasted for a while after; what is not, is written again to the next one. So an
 * entry can arrive twice, which its number shows, and is lost only where the server lost it. The log itself is the buffer.
 */
const Count = Type.Integer({ minimum: 0 });
const strict = { additionalProperties: false } as const;
export const LogServer = Type.Object(
  {
    /** a name or an address */
    host: Type.String({ minLength: 1, maxLength: 253 }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    /** SHA-256 of the server's certificate, lower-case hex */
    fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
);
export type LogServer = Static<typeof LogServer>;

export const ForwardingState = Type.Object(
  {
    server: Type.Union([LogServer, Type.Null()]),
    /** entries of this chain below this number count as sent */
    sent: Type.Object({ chain: Count, below: Count }, strict),
  },
  strict,
);
export type ForwardingState = Static<typeof ForwardingState>;
export const NOT_FORWARDED: ForwardingState = { server: null, sent: { chain: 0, below: 0 } };

/** Of a connection, in memory: how it stands, and what was written to it and when. */
export interface Line {
  readonly phase: 'down' | 'connecting' | 'up';
  readonly failures: number;
  /** running time of the next try */
  readonly tryAt: Millis;
  /** numbers below this were written to the connection that stands */
  readonly written: number;
  readonly marks: readonly { readonly below: number; readonly at: Millis }[];
}
export const LINE_DOWN: Line = { phase: 'down', failures: 0, tryAt: 0, written: 0, marks: [] };

export interface Forwarding {
  readonly state: ForwardingState;
  readonly line: Line;
}
export type ForwardingEvent =
  /** undefined: no more; `from`: the first entry that goes there */
  | { readonly kind: 'chosen'; readonly server: LogServer | undefined; readonly from: ForwardingState['sent'] }
  | { readonly kind: 'looked'; readonly chain: number }
  | { readonly kind: 'up' }
  | { readonly kind: 'written'; readonly below: number }
  | { readonly kind: 'down'; readonly because: string; readonly draw: number };
export type ForwardingEffect =
  | { readonly kind: 'connect'; readonly server: LogServer }
  | { readonly kind: 'disconnect' }
  /** entries from this number on */
  | { readonly kind: 'send'; readonly from: number }
  | { readonly kind: 'tell'; readonly because: string };

type Next = Decision<Forwarding, ForwardingEffect>;

/** A connection that stands for so long after took what was written to it. */
export const LASTS_FOR = 30_000;

/** `now` is the device's running time. */
export const decideForwarding = ({ state, line }: Forwarding, event: ForwardingEvent, now: Millis): Next => {
  const next = (change: Partial<Forwarding>, ...effects: readonly ForwardingEffect[]): Next => ({
    state: { state, line, ...change },
    effects,
  });
  switch (event.kind) {
    case 'chosen': {
      const server = event.server ?? null;
      return next({ state: { server, sent: event.from }, line: { ...LINE_DOWN, tryAt: now } }, { kind: 'disconnect' });
    }
    case 'looked': {
      if (state.server === null) return next({});
      // an erased log begins anew, and so does what goes out of it
      if (state.sent.chain !== event.chain) {
        return next({
          state: { ...state, sent: { chain: event.chain, below: 0 } },
          line: { ...line, written: 0, marks: [] },
        });
      }
      if (line.phase === 'up') return next(settled({ state, line }, now), { kind: 'send', from: line.written });
      if (line.phase === 'connecting' || now < line.tryAt) return next({});
      return next({ line: { ...line, phase: 'connecting' } }, { kind: 'connect', server: state.server });
    }
    case 'up': {
      const { below } = state.sent;
      return next({ line: { ...LINE_DOWN, phase: 'up', written: below } }, { kind: 'send', from: below });
    }
    case 'written':
      if (line.phase !== 'up' || event.below <= line.written) return next({});
      return next({ line: { ...line, written: event.below, marks: [...line.marks, { below: event.below, at: now }] } });
    case 'down': {
      if (state.server === null || line.phase === 'down') return next({});
      const failures = line.failures + 1;
      const tryAt = now + backOffDelay(line.failures, event.draw);
      // one record for an outage, not one for every try
      const tell = line.failures === 0 ? [{ kind: 'tell', because: event.because } as const] : [];
      return next({ line: { ...LINE_DOWN, failures, tryAt } }, { kind: 'disconnect' }, ...tell);
    }
  }
};

const settled = ({ state, line }: Forwarding, now: Millis): Forwarding => {
  const old = line.marks.filter(({ at }) => now - at >= LASTS_FOR);
  const below = old.at(-1)?.below;
  if (below === undefined) return { state, line };
  return {
    state: { ...state, sent: { ...state.sent, below } },
    line: { ...line, marks: line.marks.slice(old.length) },
  };
};
