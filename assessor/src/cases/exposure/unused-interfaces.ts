import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { LISTENER_KINDS, named, observeListeners, type Scan } from './listeners.ts';

/** Whatever listens must be declared. */
export const unusedInterfaces: Case = {
  id: 'unused-interfaces',
  topic: 'unused-interfaces',
  title: 'Tries every TCP port and the best known UDP ports of the product against the services that it declares.',
  ready: (_declaration, target) =>
    target.host === undefined ? { ok: false, because: 'the target file gives no host address to scan' } : { ok: true },
  effect: 'reading',
  observe: observeListeners,
  judge,
};

// EN 303 645 5.6-1, G044 6.6.1: what is not used is off.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, LISTENER_KINDS);
  return weigh(
    [...parts, ...judgeTcp(rows.scan), ...judgeUdp(rows.udp, rows.scan), ...unseen(seen.declaration)],
    'nothing was scanned',
  );
}

type Rows = ReturnType<typeof readEvidence<typeof LISTENER_KINDS>>['rows'];

export function judgeTcp(rows: readonly Reading<Scan>[]): readonly Part[] {
  if (rows.length === 0) return [open('the TCP ports were not scanned')];
  return rows.map((row) => judgeScan(row));
}

function judgeScan({ id, data }: Reading<Scan>): Part {
  const declared = new Set([...data.declared.map((each) => each.port), ...data.others]);
  // A port that was taken before the product started, and that answers beside it too, cannot be the product's.
  const hosts = new Set((data.before ?? []).filter((port) => data.shared.includes(port)));
  const extra = data.extra.filter((port) => !declared.has(port) && !hosts.has(port));
  const shared = extra.filter((port) => data.shared.includes(port));
  const own = extra.filter((port) => !data.shared.includes(port));
  const list = own.map(named).join(', ');
  if (own.length > 0 && (data.control || !data.loopback)) {
    return fail(`undeclared services answer: ${list}`, [id]);
  }
  const found = data.declared.filter((each) => data.open.includes(each.port));
  const closed = data.declared.filter((each) => !data.open.includes(each.port)).map((each) => each.service);
  const uncovered = [
    ...(own.length > 0 ? [`whether ${list} belong to the product or to the machine that it runs on`] : []),
    ...(shared.length > 0
      ? [`whether ${shared.map(named).join(', ')}, which answer on the control address too, belong to the product`]
      : []),
    ...(data.whole ? [] : [`TCP ports outside the ${data.asked} that the target file names`]),
    ...(data.scanned < data.asked || data.asked === 0
      ? [`${Math.max(1, data.asked - data.scanned)} TCP ports that could not be tried`]
      : []),
    ...(found.length === 0 ? ['that the scan finds a service that is there: no declared port answered'] : []),
  ];
  const note = [
    ...(closed.length === 0 ? [] : [` (declared but closed: ${closed.join(', ')})`]),
    ...(hosts.size === 0
      ? []
      : [`, but for ${[...hosts].map(named).join(', ')} of the host, taken before the product was started`]),
  ].join('');
  return pass(`of ${data.scanned} TCP ports only declared ones answer${note}`, [id], uncovered);
}

/** `scan`: whether the address is a loopback one, which its own host answers on too, and has a control beside it. */
export function judgeUdp(rows: Rows['udp'], scan: Rows['scan']): readonly Part[] {
  if (rows.length === 0) return [open('UDP ports were not tried')];
  const undeclared = rows.filter((row) => !row.data.declared);
  // a host that answers on another of its addresses too may be answering for itself
  const hidden = scan.length > 0 && scan.every(({ data }) => data.loopback && !data.control);
  const answered = undeclared.filter(
    (row) => row.data.state === 'answered' && row.data.control !== 'answered' && !hidden,
  );
  if (answered.length > 0)
    return [fail(`undeclared services answer: ${answered.map(udpName).join(', ')}`, idsOf(answered))];
  const unclear = undeclared.filter((row) => row.data.state !== 'closed');
  const beside = unclear.filter((row) => row.data.state === 'answered');
  const silent = unclear.filter((row) => row.data.state !== 'answered');
  const closed = undeclared.filter((row) => row.data.state === 'closed');
  return [
    pass(`${closed.length} well-known UDP ports are closed`, idsOf(rows), [
      ...(silent.length === 0 ? [] : [`whether ${silent.map(udpName).join(', ')} are closed: no refusal came`]),
      ...(beside.length === 0
        ? []
        : [`whether ${beside.map(udpName).join(', ')} belong to the product or to the machine that it runs on`]),
      ...(closed.length === 0 ? ['any UDP port that is seen to be closed'] : []),
      ...(new Set(rows.map((row) => row.data.port)).size < LEAST_UDP
        ? ['the well-known UDP ports that were not tried']
        : []),
    ]),
  ];
}
/** as many as are asked */
const LEAST_UDP = 10;
const udpName = (row: Rows['udp'][number]): string => `${row.data.service} (UDP ${row.data.port})`;

/** Interfaces that no scan of an address reaches. */
function unseen(declaration: Declaration): readonly Part[] {
  return declaration.interfaces
    .filter((each) => each.kind === 'radio')
    .map((each) => open(`${each.id}: what answers over this radio`));
}
