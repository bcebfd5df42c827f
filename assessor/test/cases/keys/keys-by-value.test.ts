import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import type { Data, Judgement } from '../../../src/model.ts';
import { is, judged, run } from '../exposure/fake-kettle-run.ts';
import { CLOUDY, parameter } from './fake-declaration.ts';

/** What keys are for, and how they live, judged of what was seen of them. */
type Told = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
const judge = (id: string, told: Told, change: Partial<Told>, without: readonly string[], declaration: Declaration) =>
  judged(
    id,
    Object.entries({ ...told, ...change } as Told).flatMap(([name, row]) => (without.includes(name) ? [] : [row])),
    declaration,
  );
const key = (subject: string, role: string, name: string, more: Readonly<Record<string, Data>> = {}): Told[string] => [
  'key',
  subject,
  {
    role,
    key: name,
    keyType: 'ec',
    keyBits: 256,
    usages: USAGES[role] ?? [],
    ca: role === 'authority',
    days: 90,
    ...more,
  },
];
const USAGES: Readonly<Record<string, string[]>> = {
  'device-server': ['digitalSignature', 'serverAuth'],
  'service-server': ['digitalSignature', 'serverAuth'],
  'device-client': ['digitalSignature', 'clientAuth'],
  authority: ['keyCertSign', 'cRLSign'],
  kept: ['digitalSignature', 'clientAuth'],
};
const stages = (id: string, more: object = {}): Declaration['secureManagementProcesses'][number] => ({
  id: `life-of-${id}`,
  parameter: id,
  generation: 'made on the device',
  provisioning: 'never leaves it',
  storage: 'in a sealed store',
  update: 'once in ninety days',
  decommissioning: 'destroyed at reset',
  compromise: 'withdrawn, made anew',
  ...more,
});
const LIVED: Declaration = {
  ...CLOUDY,
  securityParameters: [
    parameter('born-with', { identity: true, keyUse: 'client-authentication', keyKinds: ['ec-256'] }),
    parameter('link-key', { keyUse: 'client-authentication', keyKinds: ['ec-256'] }),
    parameter('panel-key', { keyUse: 'server-authentication', keyKinds: ['ec-256'] }),
  ],
  externalFunctions: CLOUDY.externalFunctions.map((each) =>
    each.id === 'set-heat' ? { ...each, id: 'new-keys', purpose: 'renew-keys' as const } : each,
  ),
  secureManagementProcesses: [
    stages('born-with'),
    stages('link-key', { longestDays: 90, renewedBy: { function: 'new-keys' } }),
    stages('panel-key'),
  ],
  confirmations: [{ id: 'secure-management', confirmed: true }],
};

const PURPOSES: Told = {
  panel: key('panel', 'device-server', 'p'),
  messages: key('messages', 'service-server', 's'),
  joining: key('joining', 'service-server', 's'),
  unit: key('product', 'device-client', 'c'),
  root: key('joining', 'authority', 'r'),
  born: key('product', 'kept', 'b'),
  commands: key('product', 'verifies', 'v'),
};
const purpose = (change: Partial<Told> = {}, without: readonly string[] = [], declaration = LIVED): Judgement =>
  judge('key-single-purpose', PURPOSES, change, without, declaration);

test('a key that does two things, or may do so by its certificate, fails', () => {
  is(purpose(), 'PASS');
  const second: readonly (readonly [Told[string], RegExp])[] = [
    [key('product', 'device-client', 'p'), /proves a client and proves a server/],
    [key('messages', 'service-server', 'p'), /a device and a service/],
    [key('joining', 'authority', 'c'), /certifies and proves a client/],
    [key('product', 'verifies', 's'), /signs messages/],
    [key('product', 'kept', 'p'), /proves a client and proves a server/],
    [key('x', 'device-server', 'n', { usages: ['serverAuth', 'clientAuth'] }), /client and proves a server/],
    [key('x', 'device-server', 'n', { usages: ['digitalSignature', 'keyEncipherment', 'serverAuth'] }), /encrypts/],
    [key('x', 'device-server', 'n', { usages: ['anyExtendedKeyUsage'] }), /anything/],
  ];
  for (const [row, said] of second) is(purpose({ more: row }), 'FAIL', said);
  is(purpose({ panel: key('panel', 'device-server', 'p', { usages: [] }) }), 'INCONCLUSIVE', /keeps it to one/);
  is(purpose({}, ['panel']), 'INCONCLUSIVE', /panel/);
  is(purpose({}, ['unit']), 'INCONCLUSIVE', /proves itself to services/);
});

test('a key is declared for one purpose, and used for that one', () => {
  const declared = (more: Partial<Declaration['securityParameters'][number]>) =>
    purpose({}, [], {
      ...LIVED,
      securityParameters: LIVED.securityParameters.map((each) =>
        each.id === 'link-key' ? { ...each, ...more } : each,
      ),
    });
  is(declared({ keyUse: 'server-authentication' }), 'FAIL', /declared for server-authentication/);
  const { keyUse: _untold, ...untold } = parameter('link-key');
  is(purpose({}, [], { ...LIVED, securityParameters: [untold] }), 'INCONCLUSIVE', /one purpose/);
  const shared = LIVED.communicationMechanisms.map((each) => ({ ...each, parameters: ['panel-key'] }));
  is(purpose({}, [], { ...LIVED, communicationMechanisms: shared }), 'FAIL', /to the device and from it/);
});

test('a kettle whose pages of the manufacturer are served with the key of its panel fails', async () => {
  const ran = await run('key-single-purpose', { declaration: LIVED });
  const shown = ran.observations.find(({ kind, subject }) => kind === 'key' && subject === 'panel');
  assert.partialDeepStrictEqual(shown?.data, { role: 'device-server', keyType: 'ec', keyBits: 256, ca: true });
  is(ran, 'FAIL', /a device and a service/);
  const alone = (target: Record<string, unknown>): void => void delete target['site'];
  is(await run('key-single-purpose', { declaration: LIVED, target: alone }), 'INCONCLUSIVE');
});

const certificate = (name: string): Data => ({
  subject: 'CN=b',
  serialNumber: name,
  key: name,
  validFrom: '2026-10-23',
  validTo: '2027-01-21',
});
const hands = (kind: string, client: string, returnCode = 0): Told[string] => [
  kind,
  'messages',
  { client, ok: true, returnCode, requested: true, trusted: true, protocol: 'TLSv1.3', because: '' },
];
const RENEWING = { function: 'new-keys', reached: true, success: true, status: 200, shown: 2, gone: 1, fresh: 1 };
const LIFE: Told = {
  panel: key('panel', 'device-server', 'p', { days: 9000 }),
  unit: key('product', 'device-client', 'c'),
  searched: ['searched', 'product', { files: 3, found: [] }],
  renewing: ['renewing', 'link-key', RENEWING],
  second: ['unit', 'product', { identity: 'for-renewal', certificate: certificate('k1') }],
  before: hands('before', 'for-renewal'),
  renewed: [
    'renewed',
    'joining',
    { name: 'own', at: '2026-11-21', status: 200, authorities: 2, certificate: certificate('k2'), chain: true },
  ],
  replaced: hands('replaced', 'replaced', 5),
  last: hands('last', 'for-renewal'),
};
const life = (change: Partial<Told> = {}, without: readonly string[] = [], declaration = LIVED): Judgement =>
  judge('key-management', LIFE, change, without, declaration);

test('a key that does not live as it is declared to fails', () => {
  is(life(), 'PASS');
  assert.equal(life().decided, 'assisted');
  is(life({ panel: key('panel', 'device-server', 'p', { keyType: 'rsa', keyBits: 1024 }) }), 'FAIL', /rsa-1024/);
  is(life({ unit: key('product', 'device-client', 'c', { days: 400 }) }), 'FAIL', /400 days, and 90/);
  is(life({ searched: ['searched', 'product', { files: 3, found: ['private key (PEM) in a'] }] }), 'FAIL', /read/);
  is(life({ replaced: hands('replaced', 'replaced') }), 'FAIL', /still takes/);
  is(life({ second: ['unit', 'product', { identity: 'for-renewal', certificate: certificate('k2') }] }), 'FAIL');
  const renewing = (more: object) => life({ renewing: ['renewing', 'link-key', { ...RENEWING, ...more }] });
  is(renewing({ success: false, status: 500 }), 'FAIL', /500/);
  is(renewing({ gone: 0, fresh: 0 }), 'FAIL', /stays/);
  is(renewing({ gone: 0 }), 'FAIL');
  is(renewing({ reached: false, success: false, status: 0 }), 'INCONCLUSIVE');
  for (const name of ['searched', 'renewing', 'second', 'before', 'renewed', 'replaced', 'last'])
    is(life({}, [name]), 'INCONCLUSIVE');
});

test('a life that is not declared, or that nobody says is followed, does not pass', () => {
  const processes = LIVED.secureManagementProcesses;
  is(life({}, [], { ...LIVED, secureManagementProcesses: processes.slice(1) }), 'FAIL', /born-with/);
  const blank = [...processes.slice(0, 2), stages('panel-key', { compromise: '-' })];
  is(life({}, [], { ...LIVED, secureManagementProcesses: blank }), 'FAIL', /compromise/);
  const lost = [...processes.slice(0, 2), stages('panel-key', { renewedBy: { function: 'nobody' } })];
  is(life({}, [], { ...LIVED, secureManagementProcesses: lost }), 'FAIL', /not declared/);
  is(life({}, [], { ...LIVED, confirmations: [] }), 'INCONCLUSIVE', /follows/);
});
