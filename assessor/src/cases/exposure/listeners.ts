import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { PortProbe, Probe } from '../../model.ts';
import { UDP_QUESTIONS } from '../../observe/raw/udp.ts';
import { portsOf } from '../../observe/wire/ports.ts';
import type { Target } from '../../target.ts';
import { portOf } from './endpoints.ts';

/** What listens on the target’s address, TCP by full connect and a few UDP ports by their own questions. */
export const Scan = Type.Object(
  {
    asked: Type.Integer(),
    scanned: Type.Integer(),
    whole: Type.Boolean(),
    open: Type.Array(Type.Integer()),
    /** undeclared at first sight and still open when asked again */
    extra: Type.Array(Type.Integer()),
    /** of the extra ones, those that answer on the control address too */
    shared: Type.Array(Type.Integer()),
    control: Type.Boolean(),
    loopback: Type.Boolean(),
    declared: Type.Array(
      Type.Object({ service: Type.String(), port: Type.Integer() }, { additionalProperties: false }),
    ),
    /** of the shared ones, those that answered before the product was started, by the target file */
    before: Type.Optional(Type.Array(Type.Integer())),
    /** other endpoints of the target file on the same address, such as the maker’s services on a test bed */
    others: Type.Array(Type.Integer()),
  },
  { additionalProperties: false },
);
export type Scan = Static<typeof Scan>;
const State = Type.Union([Type.Literal('closed'), Type.Literal('answered'), Type.Literal('silent')]);
export const Udp = Type.Object(
  {
    port: Type.Integer(),
    service: Type.String(),
    state: State,
    control: Type.Union([State, Type.Literal('none')]),
    declared: Type.Boolean(),
  },
  { additionalProperties: false },
);
export const LISTENER_KINDS = { scan: Scan, udp: Udp };
const ALL_PORTS = '1-65535';

/** Several cases rest on one scan: it is made once per run, and each case records it. */
const made = new WeakMap<PortProbe, Promise<Scan>>();

export async function observeListeners(probe: Probe): Promise<void> {
  const host = probe.target.host;
  if (host === undefined) return;
  const scan = made.get(probe.ports) ?? scanned(probe, host);
  made.set(probe.ports, scan);
  probe.record('scan', 'product', await scan);
  await observeUdp(probe, host);
}

async function scanned(probe: Probe, host: NonNullable<Target['host']>): Promise<Scan> {
  const ports = host.ports ?? ALL_PORTS;
  const { open, scanned: count } = await probe.ports.scanTcp(host.address, ports);
  const declared = declaredTcp(probe.declaration, probe.target);
  const others = otherPorts(probe.target, host.address);
  const unexplained = open.filter((port) => !declared.some((each) => each.port === port) && !others.includes(port));
  // a passing connection of another program is gone by now
  const again = unexplained.length === 0 ? [] : (await probe.ports.scanTcp(host.address, unexplained.join(','))).open;
  const shared =
    again.length === 0 || host.control === undefined
      ? []
      : (await probe.ports.scanTcp(host.control, again.join(','))).open;
  const whole = portsOf(ports).length === 65_535;
  const loopback = /^(127\.|::1$|localhost$)/.test(host.address);
  return {
    asked: portsOf(ports).length,
    scanned: count,
    whole,
    open: [...open],
    extra: [...again],
    shared: [...shared],
    before: shared.filter((port) => host.before?.includes(port)),
    control: host.control !== undefined,
    loopback,
    declared,
    others: [...others],
  };
}

/** Where the target file gives an endpoint, its port counts: a test bed may map ports. */
function declaredTcp(declaration: Declaration, target: Target): { service: string; port: number }[] {
  return declaration.softwareServices
    .filter((each) => each.transport === 'tcp')
    .map((each) => {
      const url = target.services[each.id]?.url;
      return { service: each.id, port: url === undefined ? each.port : portOf(new URL(url)) };
    });
}

function otherPorts(target: Target, address: string): readonly number[] {
  const endpoints = [
    ...Object.values(target.associatedServices ?? {}),
    ...(target.site === undefined ? [] : [target.site]),
  ];
  return endpoints
    .map((each) => new URL(each.url))
    .filter((url) => url.hostname.replace(/^\[|\]$/g, '') === address)
    .map(portOf);
}

async function observeUdp(probe: Probe, host: NonNullable<Target['host']>): Promise<void> {
  const { address, control } = host;
  const declared = new Set(
    probe.declaration.softwareServices.filter((each) => each.transport === 'udp').map((each) => each.port),
  );
  await Promise.all(
    UDP_QUESTIONS.map(async ({ port, service, payload }) => {
      const state = await probe.ports.udp(address, port, payload);
      const beside =
        state === 'closed' || control === undefined ? 'none' : await probe.ports.udp(control, port, payload);
      probe.record('udp', 'product', { port, service, state, control: beside, declared: declared.has(port) });
    }),
  );
}

/** Services that an attacker looks for first, by their usual TCP port. */
export const KNOWN: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  25: 'SMTP',
  80: 'HTTP',
  111: 'RPC port mapper',
  139: 'NetBIOS',
  445: 'SMB',
  512: 'rexec',
  513: 'rlogin',
  514: 'rsh',
  554: 'RTSP',
  873: 'rsync',
  1883: 'MQTT',
  2049: 'NFS',
  2323: 'Telnet',
  3389: 'RDP',
  5000: 'UPnP',
  5555: 'Android debug bridge',
  5900: 'VNC',
  6379: 'Redis',
  7547: 'TR-069',
  8080: 'HTTP',
  9229: 'Node.js inspector',
  49_152: 'UPnP',
};
export const named = (port: number): string =>
  KNOWN[port] === undefined ? `port ${port}` : `${KNOWN[port]} (port ${port})`;
