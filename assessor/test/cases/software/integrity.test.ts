import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { integrityResponse } from '../../../src/cases/software/integrity/response.ts';
import { secureBoot } from '../../../src/cases/software/integrity/secure-boot.ts';
import { integrityVerification } from '../../../src/cases/software/integrity/verification.ts';
import type { Data, Judgement, Probe } from '../../../src/model.ts';
import type { Target } from '../../../src/target.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';
import { is, judged } from '../exposure/fake-kettle-run.ts';

/** What a product does about one changed byte, judged of what was seen of it. */
const [reads] = KETTLE.externalFunctions.filter(({ kind }) => kind === 'read');
const [changes] = KETTLE.externalFunctions.filter(({ kind }) => kind === 'change');
const way = (id: string, more: Partial<Declaration['communicationMechanisms'][number]> = {}) => ({
  ...(KETTLE.communicationMechanisms[0] ?? assert.fail('no mechanism')),
  id,
  direction: 'outbound' as const,
  service: id,
  ...more,
});
const WATCHED: Declaration = {
  ...KETTLE,
  communicationMechanisms: [way('cloud', { alert: true }), way('shop')],
  secureBoot: [{ id: 'loader', description: 'x', rootOfTrust: 'x', hardware: false }],
  integrity: {
    periodHours: 0.02,
    atStart: 'all',
    response: 'told',
    onDemand: changes?.id ?? '',
    shown: { function: reads?.id ?? '', whole: 'as made', altered: 'was altered' },
  },
};
const { onDemand: _asked, ...unasked } = WATCHED.integrity ?? assert.fail('no integrity');
const WAITED: Declaration = { ...WATCHED, integrity: unasked };

type Rows = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
const result = (subject: string, when: string, said: string, seconds = 1) =>
  ['result', subject, { when, said, seconds }] as const;
const handled = (subject: string, what: string, did = 'altered', because = '') =>
  ['handled', subject, { what, did, because }] as const;
const GOOD: Rows = {
  whole: result('product', 'whole', 'whole'),
  alters: handled('image', 'software'),
  asked: result('image', 'asked', 'altered'),
  mends: result('image', 'mended', 'whole'),
  started: result('image', 'started', 'unread'),
  again: result('image', 'mended', 'whole'),
  altersBundle: handled('bundle', 'configuration'),
  askedBundle: result('bundle', 'asked', 'altered'),
  startedBundle: result('bundle', 'started', 'altered'),
  mendsBundle: result('bundle', 'mended', 'whole'),
  againBundle: result('bundle', 'mended', 'whole'),
};
const but = (rows: Rows, change: Rows = {}, without: readonly string[] = []) =>
  Object.entries({ ...rows, ...change })
    .filter(([name]) => !without.includes(name))
    .map(([, [kind, subject, data]]): [string, string, Data] => [kind, subject, data]);
const verification = (change: Rows = {}, without: readonly string[] = [], declaration = WATCHED): Judgement =>
  judged('integrity-verification', but(GOOD, change, without), declaration);

test('a product that finds each changed byte when it is asked and when it starts passes', () => {
  is(verification(), 'PASS');
});

test('a product that does not find a changed byte fails', () => {
  for (const said of ['whole', 'nothing', 'both']) {
    is(verification({ asked: result('image', 'asked', said) }), 'FAIL', /software \(image\).*asked to look/);
    is(verification({ startedBundle: result('bundle', 'started', said) }), 'FAIL', /configuration .*switched on/);
  }
});

test('verification passes nothing that was not seen to its end', () => {
  for (const name of Object.keys(GOOD)) is(verification({}, [name]), 'INCONCLUSIVE');
  is(verification({ again: result('image', 'mended', 'unread') }), 'INCONCLUSIVE', /whole again/);
  is(verification({ asked: result('image', 'asked', 'unread') }), 'INCONCLUSIVE');
  is(verification({ whole: result('product', 'whole', 'altered') }), 'INCONCLUSIVE');
  is(verification({ alters: handled('image', 'software', 'altered', 'ended with 1') }, ['asked']), 'INCONCLUSIVE');
  is(verification({ asked: ['result', 'image', { when: 'asked' }] }), 'ERROR');
});

test('who cannot be asked is waited for, and fails only once its own period is over', () => {
  const waited = (image: string, seconds: number) =>
    verification(
      { asked: result('image', 'waited', image, seconds), askedBundle: result('bundle', 'waited', 'altered') },
      [],
      WAITED,
    );
  is(waited('altered', 3), 'PASS');
  is(waited('whole', 71), 'INCONCLUSIVE', /longer than was waited/);
  is(waited('whole', 72), 'FAIL', /declared period/);
});

const RESPONSE: Rows = {
  whole: result('product', 'whole', 'whole'),
  dials: ['dialled', 'shop', { when: 'whole', dialled: true }],
  before: ['alerted', 'product', { when: 'whole', heard: false, because: 'nothing' }],
  alters: handled('image', 'software'),
  asked: result('image', 'asked', 'altered'),
  silent: ['dialled', 'shop', { when: 'altered', dialled: false }],
  heard: ['alerted', 'product', { when: 'altered', heard: true, because: '' }],
  mends: result('image', 'mended', 'whole'),
};
const response = (change: Rows = {}, without: readonly string[] = [], declaration = WATCHED): Judgement =>
  judged('integrity-response', but(RESPONSE, change, without), declaration);

test('a product that tells its people and its maker, and dials nobody else, passes', () => {
  is(response(), 'PASS');
});

test('a product that tells somebody less, or dials somebody more, fails', () => {
  is(response({ asked: result('image', 'asked', 'whole') }), 'FAIL', /does not say so to its people/);
  const unheard = { when: 'altered', heard: false, because: 'ended with 1' };
  is(response({ heard: ['alerted', 'product', unheard] }), 'FAIL', /manufacturer hears nothing/);
  is(response({ silent: ['dialled', 'shop', { when: 'altered', dialled: true }] }), 'FAIL', /goes on to dial shop/);
  const silent = { ...WATCHED, communicationMechanisms: [way('cloud'), way('shop')] };
  is(response({}, [], silent), 'FAIL', /no way is declared/);
});

test('a response passes nothing that was not seen to its end, and no silence of a unit that never spoke', () => {
  for (const name of Object.keys(RESPONSE)) is(response({}, [name]), 'INCONCLUSIVE');
  is(response({ dials: ['dialled', 'shop', { when: 'whole', dialled: false }] }), 'INCONCLUSIVE', /dials shop/);
  is(response({ mends: result('image', 'mended', 'altered') }), 'INCONCLUSIVE');
  is(response({ heard: ['alerted', 'product', {}] }), 'ERROR');
});

const STARTS: Rows = {
  whole: result('product', 'whole', 'whole'),
  alters: handled('image', 'software'),
  started: result('image', 'started', 'unread'),
  mends: result('image', 'mended', 'whole'),
};
const SHOWN = { firmware: 'on', verifiedRoot: true, lockdown: 'integrity' };
const booted = (rows: [string, string, Data][], mechanism: Partial<Declaration['secureBoot'][number]> = {}) =>
  judged('secure-boot', rows, {
    ...WATCHED,
    secureBoot: WATCHED.secureBoot.map((each) => ({ ...each, ...mechanism })),
  });

test('a product passes whose changed software does not start, or starts and is told of', () => {
  is(booted(but(STARTS)), 'PASS', /does not start, and starts again/);
  is(booted(but(STARTS, { started: result('image', 'started', 'altered') })), 'PASS');
});

test('a product fails that starts what was changed', () => {
  for (const said of ['whole', 'nothing', 'both'])
    is(booted(but(STARTS, { started: result('image', 'started', said) })), 'FAIL', /starts and does not say so/);
});

test('secure boot passes nothing that was not seen to its end, nor hardware that nobody saw', () => {
  for (const name of Object.keys(STARTS)) is(booted(but(STARTS, {}, [name])), 'INCONCLUSIVE');
  is(booted(but(STARTS, { mends: result('image', 'mended', 'unread') })), 'INCONCLUSIVE', /starts again/);
  is(booted(but(STARTS), { hardware: true }), 'INCONCLUSIVE', /root of trust is in hardware/);
  is(booted([]), 'INCONCLUSIVE');
});

test('what the platform is declared to hold, the running system shows', () => {
  const platform = ['uefi-secure-boot', 'dm-verity', 'kernel-lockdown'] as const;
  const declared = { hardware: true, platform: [...platform] };
  is(booted([['started', 'product', SHOWN]], declared), 'PASS');
  is(booted([], declared), 'INCONCLUSIVE');
  for (const lacks of [{ firmware: 'off' }, { firmware: 'none' }, { verifiedRoot: false }, { lockdown: 'none' }])
    is(booted([['started', 'product', { ...SHOWN, ...lacks }]], declared), 'FAIL');
  is(booted([['started', 'product', { ...SHOWN, firmware: 'perhaps' }]], declared), 'ERROR');
});

/** Files as Linux shows them (efivarfs, proc(5), the device mapper's sysfs, kernel_lockdown(7)). */
const EFI = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const SYSTEM: Readonly<Record<string, string>> = {
  [EFI]: '\x06\0\0\0\x01',
  'proc/mounts': 'rootfs / rootfs rw 0 0\n/dev/mapper/vroot / ext4 ro,relatime 0 0\n/dev/vda2 /var ext4 rw 0 0\n',
  'sys/block/dm-0/dm/name': 'data\n',
  'sys/block/dm-0/dm/uuid': 'CRYPT-LUKS2-aa-data\n',
  'sys/block/dm-1/dm/name': 'vroot\n',
  'sys/block/dm-1/dm/uuid': 'CRYPT-VERITY-bb-vroot\n',
  'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
};
const readOf = async (change: Readonly<Record<string, string | undefined>> = {}): Promise<Data> => {
  const files = { ...SYSTEM, ...change };
  let seen: Data = null;
  await secureBoot.observe({
    declaration: KETTLE,
    target: { artefacts: { runningSystem: ['/'] } } as unknown as Target,
    system: { text: async (path: string) => files[path], processes: async () => [] },
    record: (_kind: string, _subject: string, data: Data) => (seen = data),
  } as unknown as Probe);
  return seen;
};

test('how a system was started is read where Linux shows it, and never assumed', async () => {
  assert.deepEqual(await readOf(), SHOWN);
  assert.deepEqual(await readOf({ 'proc/mounts': '/dev/dm-1 / squashfs ro 0 0\n' }), SHOWN);
  const mounts = (line: string) => readOf({ 'proc/mounts': `${line}\n` });
  for (const line of ['/dev/mapper/data / ext4 ro 0 0', '/dev/mapper/vroot / ext4 rw 0 0', '/dev/vda1 / ext4 ro 0 0'])
    assert.deepEqual(await mounts(line), { ...SHOWN, verifiedRoot: false }, line);
  assert.deepEqual(await readOf({ [EFI]: '\x06\0\0\0\0' }), { ...SHOWN, firmware: 'off' });
  const none = Object.fromEntries(Object.keys(SYSTEM).map((path) => [path, undefined]));
  assert.deepEqual(await readOf(none), { firmware: 'none', verifiedRoot: false, lockdown: 'none' });
  assert.deepEqual(await readOf({ 'sys/kernel/security/lockdown': '[none] integrity\n' }), {
    ...SHOWN,
    lockdown: 'none',
  });
});

test('a unit is altered only by hands that the target file gives, and with leave to change it', () => {
  const asked = { ask: ['true'], takeBack: ['true'] };
  const [guard] = KETTLE.authenticationMechanisms;
  const target = {
    authorisation: { changes: true },
    accounts: { [guard?.id ?? '']: { password: 'x' } },
    handling: { powerCycle: ['true'], alterSoftware: { image: asked } },
  } as unknown as Target;
  const cases = [integrityVerification, integrityResponse, secureBoot];
  for (const each of cases) assert.deepEqual(each.ready(WATCHED, target), { ok: true }, each.id);
  const { shown: _shown, ...unshown } = WATCHED.integrity ?? assert.fail('no integrity');
  const others: readonly (readonly [Declaration, Target])[] = [
    [{ ...WATCHED, integrity: unshown }, target],
    [WATCHED, { ...target, accounts: {} }],
    [WATCHED, { ...target, authorisation: { ...target.authorisation, changes: false } }],
    [WATCHED, { ...target, handling: { powerCycle: ['true'] } }],
  ];
  for (const [declaration, given] of others)
    for (const each of cases) assert.equal(each.ready(declaration, given).ok, false, each.id);
  assert.equal(secureBoot.ready(WATCHED, { ...target, handling: { alterSoftware: { image: asked } } }).ok, false);
  assert.equal(secureBoot.ready({ ...WATCHED, secureBoot: [] }, target).ok, false);
});
