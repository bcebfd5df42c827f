/** Cookies as a browser keeps them for one host (RFC 6265, 5.2 and 5.3), as far as a login needs. */
export type Cookies = Readonly<Record<string, string>>;

/** The jar after an answer's `Set-Cookie` lines; `now` in milliseconds. */
export function withCookies(jar: Cookies, setCookie: readonly string[], now: number): Cookies {
  const next: Record<string, string> = { ...jar };
  for (const line of setCookie) {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = pair.slice(0, at).trim();
    if (expired(attributes, now)) delete next[name];
    else next[name] = pair.slice(at + 1).trim();
  }
  return next;
}

function expired(attributes: readonly string[], now: number): boolean {
  const named = new Map(
    attributes.map((attribute) => {
      const [name = '', ...value] = attribute.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  const age = named.get('max-age');
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0;
  const expires = Date.parse(named.get('expires') ?? '');
  return Number.isFinite(expires) && expires <= now;
}
