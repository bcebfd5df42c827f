/** What every answer carries. Nothing names the software that gives it. */

export type Headers = Readonly<Record<string, string>>;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  // the empty icon of the pages is a data address
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

// EN 303 645 5.6-2, G044 6.6.2, G045 DS-1-2: no banner, no framing, no caching, no foreign script
export const responseHeaders = (): Headers => ({
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch standard), which `isGenuine` refuses
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
});
