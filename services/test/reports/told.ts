import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beginningOf, type EventMessage, reportLink, signReports } from '@hearthward/protocol';

/** A device that reports, by value: its chain, its seals. */

export const DEVICE = 'd0';
export const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const shownOf = (of: KeyObject) =>
  createPublicKey(of).export({ type: 'spki', format: 'der' }).toString('base64');

export type Report = EventMessage & { readonly place: NonNullable<EventMessage['place']>; readonly since: number };
type Seal = ReturnType<typeof sealOf>;
export type Message = { readonly report: Report } | { readonly seal: Seal };
export interface Device {
  readonly chain: number;
  readonly n: number;
  readonly link: string;
  readonly since: number;
  readonly boot: number;
  readonly up: number;
  readonly seq: number;
}
export const sealOf = ({ chain, n, link }: Device, by = key, device = DEVICE) => ({
  ...signReports({ device, chain, next: n, link }, by),
  key: shownOf(by),
});
export const newDevice = (since = 2, chain = 0): Device => ({
  chain,
  n: since,
  link: since === 0 ? beginningOf('reports', chain) : beginningOf('at home', since),
  since,
  boot: 1,
  up: 0,
  seq: 0,
});
/** One report, as a device makes it. */
export const told = (device: Device, what: string): readonly [Device, Report] => {
  const { chain, n, link, since, boot, up, seq } = device;
  const report: Report = {
    v: 1,
    seq,
    at: new Date(n * 1000).toISOString(),
    kind: 'update-refused',
    detail: { because: what },
    place: { chain, n, before: link, stamp: { boot, up, source: 'services' } },
    since,
  };
  return [{ ...device, n: n + 1, up: up + 5, seq: seq + 1, link: reportLink(report, report.place) }, report];
};
/** So many reports, a seal after each `sealEvery` of them and at the end. */
export const history = (
  from: Device,
  count: number,
  sealEvery = 3,
  what = 'w',
): readonly [Device, readonly Message[]] => {
  let device = from;
  const messages: Message[] = [];
  for (let each = 0; each < count; each += 1) {
    const [next, report] = told(device, `${what}${each}`);
    device = next;
    messages.push({ report });
    if (each % sealEvery === sealEvery - 1 || each === count - 1) messages.push({ seal: sealOf(device) });
  }
  return [device, messages];
};
