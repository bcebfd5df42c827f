/** Cookies of the panel: `__Host-`, so that no other host or path can plant or read them. */

export const FORM_COOKIE = '__Host-form';
/** id of a sign-in that has not come to its end */
export const SIGN_IN_COOKIE = '__Host-sign-in';
/** Ours are 256 bits as base64url; whatever else has these characters is looked up, and not found. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The value of a cookie; undefined where it is absent, sent twice, or no id of ours. */
// boundary panel-cookies: anyone on the home network -> cookieOf, at most 16 KiB, as Node bounds headers, else no session;
// testbed/test/hostile-inputs.test.ts, device/test/panel/requests.test.ts
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && ID.test(values[0] ?? '') ? values[0] : undefined;
}

/** By which the gate knows a device again that somebody came in with before. */
export const DEVICE_COOKIE = '__Host-device';
/** 400 days, the longest that browsers keep one (RFC 6265bis section 5.5) */
const KEPT_SECONDS = 400 * 86_400;

/** What happened just now, for the page that comes after a form: one of these words and nothing else. */
export const NOTICE_COOKIE = '__Host-notice';
const NOTICES = [
  'signed-out',
  'session-ended',
  'sign-in-cancelled',
  'people-saved',
  'signed-out-everywhere',
  'password-changed',
  'factor-added',
  'factor-removed',
  'saved',
  'choices-saved',
  'name-saved',
  'quarantine-ended',
  'integrity-whole',
  'integrity-altered',
  'integrity-unknown',
  'setup-well',
  'setup-attention',
  'setup-unanswered',
  'setup-not-now',
  'tamper-known',
  'erased',
  'erased-asked',
  'erased-scrapped',
  'data-erasing',
  'data-kept',
  'code-linked',
] as const;
export type Notice = (typeof NOTICES)[number];
export const noticeOf = (header: string | undefined): Notice | undefined =>
  NOTICES.find((notice) => notice === cookieOf(header, NOTICE_COOKIE));

// G045 DS-3-2, EN 303 645 5.5-7: only over TLS, out of reach of scripts, never with a request from another site
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
export const setCookie = (name: string, value: string): string => `${name}=${value}; ${ATTRIBUTES}`;
export const keepCookie = (name: string, value: string): string => `${setCookie(name, value)}; Max-Age=${KEPT_SECONDS}`;
export const dropCookie = (name: string): string => `${name}=; ${ATTRIBUTES}; Max-Age=0`;
