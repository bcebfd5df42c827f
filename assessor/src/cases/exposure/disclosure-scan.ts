import type { Declaration } from '@hearthward/product';

/**
 * What a stranger could learn from a text: pure, so that it runs in the judge. Every pattern is bounded; the texts
 * are hostile input.
 */
export interface Hit {
  readonly kind:
    | 'software version'
    | 'model designation'
    | 'component'
    | 'server software'
    | 'stack trace'
    | 'file path'
    | 'hardware address';
  readonly value: string;
}
export interface Told {
  readonly headers: string;
  readonly body: string;
}

export function hitsIn(declaration: Declaration, told: Told): readonly Hit[] {
  const body = withoutAddresses(told.body);
  const all = `${told.headers}\n${body}`;
  const hits: Hit[] = [];
  const add = (kind: Hit['kind'], value: string | undefined): void => {
    if (value !== undefined && value !== '') hits.push({ kind, value: value.trim().slice(0, 120) });
  };
  if (hasToken(all, declaration.product.softwareVersion)) add('software version', declaration.product.softwareVersion);
  if (hasToken(all, declaration.product.model.designation))
    add('model designation', declaration.product.model.designation);
  for (const each of declaration.softwareComponents) {
    if (hasToken(all, each.version) && hasToken(all, each.name)) add('component', `${each.name} ${each.version}`);
  }
  for (const found of all.matchAll(SLASHED)) if (!PROTOCOLS.test(found[1] ?? '')) add('component', found[1]);
  for (const found of all.matchAll(FRAMEWORK)) add('component', found[0]);
  for (const found of told.headers.matchAll(SERVER)) add('server software', found[0]);
  for (const found of body.matchAll(GENERATOR)) add('server software', found[1]);
  for (const pattern of TRACES) add('stack trace', pattern.exec(all)?.[0]);
  add('file path', UNIX_PATH.exec(all)?.[1]);
  add('file path', WINDOWS_PATH.exec(all)?.[0]);
  add('hardware address', HARDWARE.exec(all)?.[0]);
  return hits.filter(
    (hit, index) => hits.findIndex((each) => each.kind === hit.kind && each.value === hit.value) === index,
  );
}

/** A value as a word of its own, whatever its case; `1.2.3` is not found in `11.2.3` or `1.2.34`. */
export function hasToken(text: string, value: string): boolean {
  const wanted = value.trim();
  if (wanted.length < 2) return false;
  const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}])(?<!\d\.)${pattern}(?![\p{L}\p{N}])(?!\.\d)`, 'iu').test(text);
}

/** Declared word for word. What helps nobody but an attacker is not made better by declaring it. */
export function isDeclared(hit: Hit, discloses: readonly string[]): boolean {
  if (hit.kind === 'stack trace' || hit.kind === 'file path') return false;
  return discloses.some((each) => hasToken(each, hit.value));
}

/** Addresses in links and scripts look like file paths, and tell no more than where to click. */
const withoutAddresses = (html: string): string =>
  html.replace(/\b(?:href|src|action|content-security-policy)\s*=\s*(?:"[^"]*"|'[^']*')/gi, '');

const SLASHED = /(?<![\w./@-])([A-Za-z][A-Za-z0-9_+-]{1,40}\/v?\d{1,5}(?:\.\d{1,6}){1,4}[\w.-]{0,20})/g;
const PROTOCOLS = /^(?:https?|tls|ssl|ssh|rtsp|sip|mozilla|dtd|xhtml|html|xml|svg|charset|q)\//i;
const FRAMEWORK =
  /(?<![\w-])(?:express|fastify|koa|node(?:\.js)?|node-red|nginx|apache|httpd|lighttpd|boa|goahead|mini_httpd|uhttpd|thttpd|php|python|django|flask|werkzeug|tornado|jetty|tomcat|openssl|dropbear|openssh|busybox|linux(?: kernel| version)?|openwrt|uvicorn|gunicorn|aiohttp|mosquitto|aedes|emqx|vernemq|freertos|zephyr|esp-idf|lwip)(?: version)?[ /_-]?v?\d{1,4}(?:\.\d{1,6}){1,4}/gi;
const SERVER =
  /^(?:x-powered-by|x-aspnet-version|x-generator):[^\n]+|^(?:server|via):[^\n]*(?:\d+\.\d+|express|nginx|apache|lighttpd|boa|goahead|httpd|iis|jetty|tomcat|werkzeug|caddy)[^\n]*/gim;
const GENERATOR = /<meta\b[^>]{0,200}name\s*=\s*["']?generator["']?[^>]{0,200}content\s*=\s*["']([^"']{1,120})["']/gi;
const TRACES = [
  /\bat (?:async )?[\w.<>$ [\]]{0,80}\(?(?:file:\/\/|node:|\/|[A-Z]:\\)[^\s()]{1,200}:\d+:\d+\)?/,
  /Traceback \(most recent call last\)/,
  /\bat [\w.$]{3,120}\([\w]{1,60}\.java:\d+\)/,
  /goroutine \d+ \[/,
  /\b(?:Fatal error|Warning|Notice)<?\/?b?>?: [^\n]{1,200} on line /,
];
const UNIX_PATH =
  /(?:^|[\s"'(>=:])(\/(?:home|usr|var|opt|etc|root|srv|tmp|proc|mnt|app|data|lib)\/[\w.@-]+(?:\/[\w.@-]+)*)/;
const WINDOWS_PATH = /\b[A-Z]:\\(?:[\w. -]{1,60}\\)+[\w. -]{1,60}/;
const HARDWARE = /(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])/i;
