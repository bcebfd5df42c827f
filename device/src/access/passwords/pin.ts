import { COMMON_PASSWORDS } from './common.ts';

/**
 * A child's PIN, which a guardian sets. It is short, so what people try first is refused, and every guess passes the same
 * gate as a password; NIST SP 800-63B section 3.1.1.2 allows six digits where guesses are held back.
 */
export const PIN_LENGTH = { minimum: 6, maximum: 12 } as const;

export type PinRefusal = 'pin-shape' | 'pin-easy' | 'pin-date' | 'password-mismatch' | 'password-unchanged';

export interface NewPin {
  readonly pin: string;
  readonly repeat: string;
  readonly isPrevious: boolean;
}

// G045 AU-1-8, EN 303 645 5.1-1: what a PIN must be; every reason at once
export function pinRules({ pin, repeat, isPrevious }: NewPin): readonly PinRefusal[] {
  const refused: PinRefusal[] = [];
  if (pin !== repeat) refused.push('password-mismatch');
  if (!/^\d{6,12}$/.test(pin)) return [...refused, 'pin-shape'];
  if (isEasy(pin)) refused.push('pin-easy');
  if (isDate(pin)) refused.push('pin-date');
  if (isPrevious) refused.push('password-unchanged');
  return refused;
}

const LEAST_DISTINCT = 3;
const UP = '01234567890123456789';
const reversed = (digits: string): string => digits.split('').reverse().join('');
const DOWN = reversed(UP);

/** Few digits, one block over and over, four neighbours in a row, its own mirror, or one that everybody tries first. */
function isEasy(pin: string): boolean {
  if (new Set(pin).size < LEAST_DISTINCT || /^(\d{1,6}?)\1+$/.test(pin) || COMMON_PASSWORDS.has(pin)) return true;
  if (pin === reversed(pin) || /^(?:(\d)\1)+$/.test(pin)) return true;
  const fours = Array.from({ length: pin.length - 3 }, (_, at) => pin.slice(at, at + 4));
  return fours.some((four) => UP.includes(four) || DOWN.includes(four));
}

/** A day as people write it, of six or eight digits: birthdays are what others know of a child. */
function isDate(pin: string): boolean {
  const day = '(0[1-9]|[12]\\d|3[01])';
  const month = '(0[1-9]|1[0-2])';
  const year = pin.length === 8 ? '(19|20)\\d\\d' : '\\d\\d';
  if (pin.length !== 6 && pin.length !== 8) return false;
  return [day + month + year, month + day + year, year + month + day].some((form) => new RegExp(`^${form}$`).test(pin));
}
