import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import type { Declaration, ProductState } from '@hearthward/product';
import { decideExposure, NOTHING_OPEN, type ExposureState, type Sight } from '../../src/exposure/decide.ts';
import { inetRows, packetRows, sctpRows, unixRows, type KernelSocket } from '../../src/exposure/kernel.ts';

const PANEL = { address: '192.168.1.20', port: 443 };
const [panel] = declaration.softwareServices;
assert.ok(panel);
const declared: Declaration = {
  ...declaration,
  softwareServices: [
    panel,
    { ...panel, id: 'set-up', port: 8080, states: ['factory-default'] },
    { ...panel, id: 'names', protocol: 'mdns', transport: 'udp', port: 5353, states: ['initialised'] },
  ],
};
const LISTEN = { panel: PANEL, 'set-up': { address: PANEL.address, port: 8080 } };
const TARGETS = [
  { mechanism: 'messages', address: '203.0.113.5', port: 8883 },
  { mechanism: 'enrolment', address: '203.0.113.6', port: 8443 },
  { mechanism: 'updates', port: 443 },
];

/** What is told of one look, as `reason place`, in a state whose listeners are open. */
const toldOf = (
  state: ProductState,
  sockets: readonly KernelSocket[],
  { wholeSystem = false, connections = [] }: Partial<Sight> = {},
): readonly string[] => {
  const decide = decideExposure(declared, LISTEN);
  let now: ExposureState = NOTHING_OPEN;
  const entered = decide(now, { kind: 'entered', state });
  now = entered.state;
  for (const effect of entered.effects) {
    if (effect.kind === 'open') now = decide(now, { kind: 'opened', opening: effect.opening }).state;
  }
  const open = now.open.map(({ address, port }) => listener(address, port));
  const { effects } = decide(now, {
    kind: 'observed',
    sight: { sockets: [...open, ...sockets], wholeSystem, connections, targets: TARGETS },
  });
  return effects.map((effect) =>
    effect.kind === 'shut' || effect.kind === 'tell'
      ? `${effect.drift.because} ${effect.drift.listener}${effect.kind === 'shut' ? '' : ' (not ours to close)'}`
      : effect.kind,
  );
};
const listener = (address: string, port: number, own = true): KernelSocket => ({ family: 'tcp', address, port, own });
const socket = (family: KernelSocket['family'], address: string, port: number, own = true): KernelSocket => ({
  family,
  address,
  port,
  own,
});
const connection = (port: number, peer: string, peerPort: number, own = true): KernelSocket => ({
  ...listener(PANEL.address, port, own),
  peer: { address: peer, port: peerPort },
});

describe('what the kernel shows, held against the declaration', () => {
  test('what is declared for the state is no drift, in any state', () => {
    for (const state of ['factory-default', 'initialised', 'quarantine'] as const) {
      assert.deepEqual(toldOf(state, [connection(443, '192.168.1.7', 50_000)]), []);
    }
  });

  test('a listener that nobody declared is found in every family', () => {
    assert.deepEqual(
      toldOf('initialised', [
        listener('::', 23),
        socket('udp', '0.0.0.0', 1900),
        socket('udplite', '::', 9),
        socket('sctp', '0.0.0.0', 9899),
        socket('raw', '0.0.0.0', 1),
        socket('icmp', '0.0.0.0', 4),
        socket('packet', '*', 0),
        socket('unix', '*', 0),
      ]),
      [
        'not-declared :::23',
        'not-declared udp 0.0.0.0:1900',
        'not-declared udplite :::9',
        'not-declared sctp 0.0.0.0:9899',
        'not-declared raw 0.0.0.0:1',
        'not-declared icmp 0.0.0.0:4',
        'not-declared packet *:0',
        'not-declared unix *:0',
      ],
    );
  });

  test('a declared port at another address, or in a state that is not its own, is drift', () => {
    assert.deepEqual(toldOf('initialised', [listener('0.0.0.0', 443)]), ['wrong-address 0.0.0.0:443']);
    assert.deepEqual(toldOf('initialised', [listener(PANEL.address, 8080)]), ['wrong-state 192.168.1.20:8080']);
    assert.deepEqual(toldOf('factory-default', [listener('::', 8080)]), ['wrong-address :::8080']);
    const names = socket('udp', '0.0.0.0', 5353, false);
    assert.deepEqual(toldOf('initialised', [names], { wholeSystem: true }), []);
    assert.deepEqual(toldOf('quarantine', [names], { wholeSystem: true }), [
      'not-declared udp 0.0.0.0:5353 (not ours to close)',
    ]);
  });

  test('a connection that no declared mechanism made is drift, and one that its state does not have', () => {
    const made = { mechanism: 'messages', local: { address: PANEL.address, port: 40_001 }, peer: TARGETS[0] as never };
    const enrolling = {
      mechanism: 'enrolment',
      local: { address: PANEL.address, port: 40_002 },
      peer: TARGETS[1] as never,
    };
    const connections = [made, enrolling];
    const sockets = [connection(40_001, '203.0.113.5', 8883), connection(40_002, '203.0.113.6', 8443)];
    assert.deepEqual(toldOf('initialised', sockets, { connections }), []);
    assert.deepEqual(toldOf('quarantine', sockets, { connections }), ['undeclared-connection 203.0.113.6:8443']);
    assert.deepEqual(toldOf('factory-default', sockets, { connections }), [
      'undeclared-connection 203.0.113.5:8883',
      'undeclared-connection 203.0.113.6:8443',
    ]);
    // the port of a declared service is no leave to dial it by another way
    assert.deepEqual(toldOf('initialised', [connection(40_003, '203.0.113.5', 8883)], { connections }), [
      'undeclared-connection 203.0.113.5:8883',
    ]);
    assert.deepEqual(toldOf('initialised', [{ ...connection(40_004, '198.51.100.1', 9), family: 'udp' }]), [
      'undeclared-connection udp 198.51.100.1:9',
    ]);
    assert.deepEqual(toldOf('initialised', [{ ...connection(40_005, '192.168.1.1', 53), family: 'udp' }]), []);
  });

  test('other processes count where the network is the product’s own, and nowhere else', () => {
    const others = [
      listener('0.0.0.0', 22, false),
      socket('udp', '0.0.0.0', 69, false),
      connection(40_010, '198.51.100.1', 443, false),
      connection(40_011, '198.51.100.1', 6667, false),
      connection(40_012, '203.0.113.9', 8883, false),
      // what the system itself needs, as declared
      socket('udp', '0.0.0.0', 68, false),
      socket('packet', '*', 0, false),
      socket('raw', '::', 58, false),
      socket('unix', '*', 0, false),
      connection(40_013, '127.0.0.1', 5432, false),
    ];
    assert.deepEqual(toldOf('initialised', others), []);
    assert.deepEqual(toldOf('initialised', others, { wholeSystem: true }), [
      'not-declared 0.0.0.0:22 (not ours to close)',
      'not-declared udp 0.0.0.0:69 (not ours to close)',
      // the repository is declared by name: whatever its address, on this port
      'undeclared-connection 198.51.100.1:6667 (not ours to close)',
      'undeclared-connection 203.0.113.9:8883 (not ours to close)',
    ]);
  });
});

describe('the kernel’s tables', () => {
  const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const row = (local: string, remote: string, state: string, inode: number) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0`;
  const [NONE, NONE6] = ['00000000:0000', `${'0'.repeat(32)}:0000`];

  test('tell listeners and connections from what is over', () => {
    const rows = inetRows('tcp')(
      [
        HEAD,
        row('0100007F:01BB', NONE, '0A', 7),
        row('0100007F:01BC', '0200007F:1F90', '01', 8),
        row('0100007F:01BD', '0200007F:1F90', '06', 9),
        row(`${'0'.repeat(32)}:0016`, NONE6, '0A', 10),
        row('B80D0120000000000000000001000000:0016', NONE6, '0A', 11),
        row('0000000000000000FFFF00000100007F:01BB', NONE6, '0A', 12),
        'nonsense',
        '',
      ].join('\n'),
    );
    assert.deepEqual(
      rows.map(({ address, port, peer, inode }) => [address, port, peer?.address, peer?.port, inode]),
      [
        ['127.0.0.1', 443, undefined, undefined, '7'],
        ['127.0.0.1', 444, '127.0.0.2', 8080, '8'],
        ['::', 22, undefined, undefined, '10'],
        ['2001:db8::1', 22, undefined, undefined, '11'],
        ['127.0.0.1', 443, undefined, undefined, '12'],
      ],
    );
  });

  test('have datagram sockets that take what comes, and such that are connected', () => {
    const rows = inetRows('udp')(
      [HEAD, row('00000000:14E9', NONE, '07', 5), row('0100007F:9999', '0100007F:0035', '01', 6)].join('\n'),
    );
    assert.deepEqual(
      rows.map(({ port, peer }) => [port, peer?.port]),
      [
        [5353, undefined],
        [0x9999, 53],
      ],
    );
  });

  test('of frames, named sockets and SCTP have forms of their own', () => {
    const packet =
      'sk       RefCnt Type Proto  Iface R Rmem   User   Inode\nffff8881 3      3    0003   2     1 0      0      4711  \n';
    assert.deepEqual(packetRows(packet), [{ family: 'packet', address: '*', port: 0, inode: '4711' }]);
    const unix = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      'ffff8881: 00000002 00000000 00010000 0001 01 20001 /run/x.sock',
      'ffff8882: 00000003 00000000 00000000 0001 03 20002',
    ].join('\n');
    assert.deepEqual(unixRows(unix), [{ family: 'unix', address: '*', port: 0, inode: '20001' }]);
    const sctp =
      ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\nffff8881 ffff8882 2   10  29   9899      0 30001 127.0.0.1 \n';
    assert.deepEqual(sctpRows(sctp), [{ family: 'sctp', address: '127.0.0.1', port: 9899, inode: '30001' }]);
  });
});
