import { randomBytes } from 'node:crypto';
import type { Server } from 'node:tls';
import { HOUR } from '../clock.ts';

/**
 * Session tickets of a front-end (RFC 8446, 4.6.1; RFC 5077, 4), so that a fleet that comes back costs little: the
 * device keeps the state of its session, sealed under a key that only front-ends know. Keys live in memory alone, the
 * newest seals, the ones before still open what they sealed, and each is wiped when the last of its tickets has ended.
 */
export interface TicketKey {
  /** 16 bytes in the clear before each ticket */
  readonly name: Buffer;
  readonly hmac: Buffer;
  readonly aes: Buffer;
  readonly madeAt: number;
}

// G045 DS-3-2, CR-1-2: a recorded session is not opened with a key found later, since none lives for longer than this
export const ROTATED_EVERY = 4 * HOUR;
/** how long a session may be resumed; far below the 90 days of a certificate, whose own end is checked besides */
export const SESSION_LASTS = 12 * HOUR;

export const newTicketKey = (now: number): TicketKey => ({
  // no key: a name
  name: randomBytes(16),
  // key tickets: its half for the tag
  hmac: randomBytes(16),
  // key tickets: its half for the content
  aes: randomBytes(16),
  madeAt: now,
});

/** Newest first; those that no living ticket needs are left out (pure; the caller brings the new key). */
export function rotate(keys: readonly TicketKey[], fresh: TicketKey, now: number): readonly TicketKey[] {
  const [newest] = keys;
  const due = newest === undefined || now - newest.madeAt >= ROTATED_EVERY || now < newest.madeAt;
  const kept = keys.filter((key) => now - key.madeAt < ROTATED_EVERY + SESSION_LASTS && now >= key.madeAt);
  return due ? [fresh, ...kept] : kept;
}

/** What to do with a ticket: open it with its key, and give a new one where it is not the newest any more. */
export const keyFor = (keys: readonly TicketKey[], name: Uint8Array): TicketKey | undefined =>
  keys.find((key) => key.name.equals(name));

/**
 * Gives a server rotating ticket keys. Node's public interface knows one key at a time; with several, its context asks
 * this callback (lib/_tls_wrap.js and src/crypto/crypto_context.cc of the pinned version). Where it is gone, one key
 * is set, and a rotation costs the fleet one full handshake each.
 */
export function useTickets(
  server: Server,
  now: () => number,
): { readonly apply: () => void; readonly close: () => void } {
  let keys = rotate([], newTicketKey(now()), now());

  const current = (): readonly TicketKey[] => {
    const before = keys;
    keys = rotate(before, newTicketKey(now()), now());
    for (const key of before) if (!keys.includes(key)) wipe(key);
    return keys;
  };

  const callback = (name: Uint8Array, iv: Buffer, sealing: boolean): TicketAnswer => {
    const all = current();
    const [newest = EMPTY] = all;
    if (sealing) return [SEALED, newest.hmac, newest.aes, newest.name, iv];
    const key = keyFor(all, name);
    // Renewed whenever it is used: a ticket serves once (RFC 8446, C.4).
    // Refused is not failed: a full handshake follows. Node wants buffers with it all the same, or the process ends.
    return key ? [OPENED_AND_RENEWED, key.hmac, key.aes] : [REFUSED, EMPTY.hmac, EMPTY.aes];
  };

  return {
    /** to be called again after `setSecureContext`, which makes a new context */
    apply() {
      const { [CREDENTIALS]: credentials } = server as ServerInside;
      const context = credentials?.context;
      const [newest] = current();
      if (context?.enableTicketKeyCallback) {
        context.onticketkeycallback = callback;
        context.enableTicketKeyCallback();
      } else if (newest) server.setTicketKeys(Buffer.concat([newest.name, newest.hmac, newest.aes]));
    },
    close() {
      for (const key of keys) wipe(key);
      keys = [];
    },
  };
}

const EMPTY: TicketKey = { name: Buffer.alloc(16), hmac: Buffer.alloc(16), aes: Buffer.alloc(16), madeAt: 0 };

/** answers of OpenSSL's SSL_CTX_set_tlsext_ticket_key_cb(3) */
const REFUSED = 0;
const SEALED = 1;
const OPENED_AND_RENEWED = 2;
type TicketAnswer = readonly [number, Buffer, Buffer, ...Buffer[]];

const CREDENTIALS = '_sharedCreds';
interface ServerInside {
  readonly [CREDENTIALS]?: {
    readonly context?: {
      enableTicketKeyCallback?: () => void;
      onticketkeycallback?: (name: Uint8Array, iv: Buffer, sealing: boolean) => TicketAnswer;
    };
  };
}

function wipe({ hmac, aes }: TicketKey): void {
  hmac.fill(0);
  aes.fill(0);
}
