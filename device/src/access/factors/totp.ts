import { createHmac, timingSafeEqual } from 'node:crypto';
import { MAC } from '@hearthward/protocol';
import { wiping } from '../../secrets/wiping.ts';
import type { Millis } from '../../seams.ts';

/**
 * One-time codes by time, RFC 6238: HMAC-SHA-1, six digits, steps of thirty seconds, as every authenticator app makes
 * them. SHA-1 stands here inside HMAC, where its collisions do not matter (RFC 6238 section 1.2, RFC 4226 appendix B).
 */
const STEP_MS = 30_000;
const DIGITS = 6;
/** RFC 6238 section 5.2: one step of tolerance to either side, for clocks that differ and people who type slowly. */
const TOLERANCE = 1;
/** RFC 4226 section 4, R6: 160 bits. */
export const SECRET_BYTES = 20;

export const stepAt = (now: Millis): number => Math.floor(now / STEP_MS);

/** RFC 4226 section 5.3; `step` is the moving factor. */
export function codeAt(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  // key code
  const digest = wiping(fromBase32(secret), (key) => createHmac(MAC['hmac-sha1'].digest, key).update(counter).digest());
  const offset = (digest.at(-1) ?? 0) & 0x0f;
  const number = (digest.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, '0');
}

/** The step of which `code` is the code, now or one step around; undefined where it is none of theirs. */
export function stepOf(secret: string, code: string, now: Millis): number | undefined {
  const current = stepAt(now);
  let found: number | undefined;
  // every candidate is compared, so that the time says nothing of which one it was
  for (let step = Math.max(0, current - TOLERANCE); step <= current + TOLERANCE; step += 1)
    if (same(codeAt(secret, step), code)) found = step;
  return found;
}

const same = (expected: string, given: string): boolean =>
  given.length === expected.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));

/** What an authenticator app reads: Key Uri Format; names are what people see there beside the code. */
export function appAddress(secret: string, device: string, account: string): string {
  const label = `${encodeURIComponent(device)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(device)}`;
}

/** RFC 4648 section 6, without padding: twenty bytes are 32 letters. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += LETTERS[(held >>> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + LETTERS[(held << (5 - bits)) & 31];
}

function fromBase32(text: string): Buffer {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    held = ((held << 5) | LETTERS.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >>> bits) & 0xff;
  }
  return bytes;
}
