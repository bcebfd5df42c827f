import { randomInt } from 'node:crypto';
import type { Probe } from '../../model.ts';

/**
 * A password that no sensible rule refuses: letters of both cases and digits, no repeats, no neighbours in the
 * alphabet. 20 characters of 54 carry more than 100 bits. It is told to the redactor before it is used.
 */
export function strongPassword(probe: Pick<Probe, 'secret'>, length = 20): string {
  let made = '';
  while (made.length < length) {
    const next = LETTERS[randomInt(LETTERS.length)] ?? 'k';
    const distance =
      made === '' ? 9 : Math.abs(next.toLowerCase().charCodeAt(0) - made.toLowerCase().charCodeAt(made.length - 1));
    if (distance > 2 && !made.includes(next)) made += next;
  }
  const whole = /\d/.test(made) && /[a-z]/.test(made) && /[A-Z]/.test(made) ? made : strongPassword(probe, length);
  probe.secret(whole);
  return whole;
}
export const LETTERS = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
