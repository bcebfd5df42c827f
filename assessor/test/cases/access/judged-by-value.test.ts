import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { ACCESS_CASES } from '../../../src/cases/access/index.ts';
import type { Data, Judgement, Observation } from '../../../src/model.ts';
import { LAMP, MECHANISM } from './fake-declaration.ts';

/** Judges of what the lamp has not: brokers, certificates, batches, units in factory default. */
type Told = readonly [kind: string, subject: string, data: Data];
function judge(id: string, declaration: Declaration, told: readonly Told[]): Judgement {
  const found = ACCESS_CASES.find((each) => each.id === id);
  assert.ok(found);
  const at = '2026-11-21T00:00:00.000Z';
  const observations: Observation[] = told.map(([kind, subject, data], n) => ({
    id: `${id}/${n + 1}`,
    case: id,
    kind,
    subject,
    at,
    data,
    blobs: [],
  }));
  return found.judge({ declaration, observations, assessedAt: at });
}

const BROKER: Declaration = {
  ...LAMP,
  authenticationMechanisms: [{ ...MECHANISM, id: 'broker-password', services: ['broker'], login: { kind: 'mqtt' } }],
  externalFunctions: [
    {
      id: 'hear',
      description: { en: 'hear' },
      service: 'broker',
      kind: 'subscribe',
      securityRelevant: false,
      personalData: false,
      request: { transport: 'mqtt', topic: 'home/#' },
      success: {},
    },
    {
      id: 'tell',
      description: { en: 'tell' },
      service: 'broker',
      kind: 'publish',
      securityRelevant: true,
      personalData: false,
      request: { transport: 'mqtt', topic: 'home/lamp' },
      success: {},
    },
  ],
};
const CLOSED = {
  returnCode: 5,
  granted: false,
  messages: 0,
  published: 'not-tried',
  delivered: false,
  control: true,
} as const;

test('a-broker-is-judged-by-messages-not-by-acknowledgements', () => {
  const access = (data: Data) => judge('access-authentication', BROKER, [['anonymous', 'hear', data]]).verdict;
  assert.equal(access(CLOSED), 'PASS');
  assert.equal(access({ ...CLOSED, control: false }), 'INCONCLUSIVE');
  assert.equal(access({ ...CLOSED, returnCode: 0, granted: true, messages: 2 }), 'FAIL');
  assert.equal(access({ ...CLOSED, returnCode: 0, granted: true }), 'INCONCLUSIVE');
  const { returnCode: _unanswered, ...silent } = CLOSED;
  assert.equal(access(silent), 'INCONCLUSIVE');
  const change = (data: Data) => judge('change-authentication', BROKER, [['anonymous', 'tell', data]]).verdict;
  assert.equal(change(CLOSED), 'PASS');
  assert.equal(change({ ...CLOSED, returnCode: 0, published: 'acknowledged' }), 'INCONCLUSIVE');
  assert.equal(change({ ...CLOSED, returnCode: 0, granted: true, published: 'acknowledged', delivered: true }), 'FAIL');
});

const CLOUD: Declaration = {
  ...LAMP,
  associatedServices: [
    {
      id: 'messages',
      name: { en: 'Messages' },
      operator: 'Lamp Works',
      protocol: 'mqtts',
      port: 8883,
      purpose: { en: 'Readings' },
      needed: false,
    },
  ],
  communicationMechanisms: [
    {
      id: 'up',
      description: { en: 'Up' },
      direction: 'outbound',
      service: 'messages',
      protocol: 'mqtts',
      authentication: 'mutual',
      cryptography: 'TLS 1.3',
      parameters: [],
      remotelyAccessible: true,
    },
  ],
};
const NONE = { client: 'none', ok: false, requested: true, trusted: false, protocol: '', because: 'tls' } as const;
const FORGED = { ...NONE, client: 'self-signed' } as const;
const GIVEN = {
  client: 'given',
  ok: true,
  returnCode: 0,
  requested: true,
  trusted: true,
  protocol: 'TLSv1.3',
  because: '',
} as const;
const handshakes = (...data: readonly Data[]): readonly Told[] => data.map((each) => ['handshake', 'messages', each]);

test('a-service-that-lets-clients-in-without-their-certificate-fails', () => {
  const verdict = (...data: readonly Data[]) => judge('certificate-authentication', CLOUD, handshakes(...data)).verdict;
  assert.equal(verdict(NONE, FORGED, GIVEN), 'PASS');
  assert.equal(verdict(NONE, GIVEN), 'INCONCLUSIVE', 'a self-signed certificate was not tried');
  assert.equal(verdict(NONE, FORGED), 'INCONCLUSIVE', 'no positive control');
  assert.equal(
    verdict({ ...NONE, because: 'refused', requested: false }, FORGED, GIVEN),
    'INCONCLUSIVE',
    'a service that is down refuses nobody',
  );
  assert.equal(verdict({ ...GIVEN, client: 'none' }, FORGED, GIVEN), 'FAIL');
  assert.equal(verdict(NONE, { ...GIVEN, client: 'self-signed' }, GIVEN), 'FAIL');
  assert.equal(
    verdict({ ...GIVEN, client: 'none', returnCode: 5 }, FORGED, GIVEN),
    'PASS',
    'refused by the broker itself',
  );
  assert.equal(verdict(), 'INCONCLUSIVE');
});

const met = (mask: string, more: Readonly<Record<string, Data>> = {}): Told => [
  'met',
  'messages',
  { mask, outcome: 'refused', bytes: 0, said: '', ...more },
];
const ledOn = (after: string, wentOn = true): Told => ['led-on', 'messages', { after, wentOn }];
const REFUSED = [met('self-signed'), met('foreign-authority', { alert: 48 }), met('misnamed')] as const;
const WENT_ON = ledOn('misnamed');

test('mutual-authentication-needs-a-service-that-proves-itself-and-asks', () => {
  const verdict = (...data: readonly Data[]) =>
    judge('mutual-authentication', CLOUD, [...handshakes(...data), ...REFUSED, WENT_ON]);
  const good = verdict(NONE, FORGED, GIVEN);
  assert.deepEqual([good.verdict, good.uncovered], ['PASS', []], good.because);
  assert.equal(verdict(NONE, FORGED, { ...GIVEN, trusted: false }).verdict, 'FAIL');
  assert.equal(verdict(NONE, FORGED, { ...GIVEN, requested: false }).verdict, 'FAIL');
});

test('mutual-authentication-needs-a-device-that-says-nothing-to-a-false-service', () => {
  const verdict = (...told: readonly Told[]) =>
    judge('mutual-authentication', CLOUD, [...handshakes(NONE, FORGED, GIVEN), ...told]).verdict;
  const [vouching, foreign, misnamed] = REFUSED;
  assert.equal(verdict(...REFUSED, WENT_ON), 'PASS');
  assert.equal(verdict(met('self-signed', { outcome: 'spoke', bytes: 40, said: 'mqtt-connect' })), 'FAIL');
  assert.equal(verdict(vouching, foreign, met('misnamed', { outcome: 'spoke', bytes: 9 }), WENT_ON), 'FAIL');
  assert.equal(verdict(met('self-signed', { outcome: 'plain', bytes: 9 })), 'FAIL', 'it does not even ask');
  assert.equal(verdict(), 'INCONCLUSIVE', 'the device was not looked at');
  assert.equal(verdict(vouching, foreign, ledOn('foreign-authority')), 'INCONCLUSIVE', 'one was not tried');
  assert.equal(verdict(...REFUSED), 'INCONCLUSIVE', 'a device that is off refuses everybody');
  assert.equal(verdict(...REFUSED, ledOn('foreign-authority')), 'INCONCLUSIVE', 'and may have gone off since');
  assert.equal(verdict(...REFUSED, ledOn('misnamed', false)), 'INCONCLUSIVE');
  assert.equal(verdict(vouching, foreign, met('misnamed', { outcome: 'stayed' }), WENT_ON), 'INCONCLUSIVE');
  assert.equal(
    verdict(vouching, foreign, misnamed, WENT_ON, ['blocked', 'messages', { because: 'it did not dial' }]),
    'INCONCLUSIVE',
  );
});

test('mutual-authentication-leaves-open-what-goes-to-nobody-declared', () => {
  const told = [...handshakes(NONE, FORGED, GIVEN), ...REFUSED, WENT_ON];
  const [up] = CLOUD.communicationMechanisms;
  assert.ok(up);
  const { service: _none, ...nowhere } = up;
  const beside = (each: typeof nowhere): Declaration => ({
    ...CLOUD,
    communicationMechanisms: [up, { ...each, id: 'bulb' }],
  });
  assert.equal(judge('mutual-authentication', beside(nowhere), told).verdict, 'INCONCLUSIVE');
});

const STATISTICS = {
  rows: 60,
  distinct: 60,
  shortest: 16,
  longest: 16,
  outside: 0,
  capacityBits: 80,
  observedBits: 80,
  nearPairs: 0,
  nearExpected: 0,
  tied: 0,
  tiedByChance: 0,
  digested: 0,
  order: 0.3,
};

test('a-batch-of-initial-passwords-that-can-be-guessed-fails', () => {
  const verdict = (more: Partial<typeof STATISTICS>) =>
    judge('password-generation', LAMP, [['batch', 'panel-password', { ...STATISTICS, ...more }]]);
  assert.equal(verdict({}).verdict, 'PASS');
  assert.equal(verdict({}).decided, 'assisted');
  assert.equal(verdict({ rows: 10, distinct: 10 }).verdict, 'INCONCLUSIVE');
  const faults = [
    { distinct: 59 },
    { outside: 1 },
    { capacityBits: 60 },
    { observedBits: 40 },
    { nearPairs: 30 },
    { tied: 50 },
    { digested: 1 },
    { order: -6 },
  ];
  for (const fault of faults) assert.equal(verdict(fault).verdict, 'FAIL', JSON.stringify(fault));
});

const LOGIN = { outcome: { kind: 'in', status: 303, ms: 5 } } as const;

test('a-login-without-tls-fails-and-an-old-version-too', () => {
  const best = {
    service: 'panel',
    offered: 'best',
    ok: true,
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    keyType: 'ec',
    keyBits: 256,
    because: '',
  };
  const refused = (offered: string) => ({
    service: 'panel',
    offered,
    ok: false,
    protocol: '',
    cipher: '',
    keyType: '',
    keyBits: 0,
    because: 'tls',
  });
  const told = (
    more: Readonly<Record<string, Data>> = {},
    old: Data = refused('old-versions'),
    scheme = 'https',
  ): readonly Told[] => [
    ['scheme', 'panel-password', { service: 'panel', scheme }],
    ['handshake', 'panel-password', { ...best, ...more }],
    ['handshake', 'panel-password', old],
    ['handshake', 'panel-password', refused('no-aead')],
    ['plain', 'panel-password', { service: 'panel', answered: false, status: 0, form: false, toTls: false }],
    ['login', 'panel-password', { ...LOGIN, inAddress: false, formMethod: 'post', openCookies: [] }],
  ];
  const verdict = (...given: Parameters<typeof told>) =>
    judge('authentication-cryptography', LAMP, told(...given)).verdict;
  assert.equal(verdict(), 'PASS');
  assert.equal(verdict({}, { ...best, offered: 'old-versions', protocol: 'TLSv1.1' }), 'FAIL');
  assert.equal(verdict({ keyType: 'rsa', keyBits: 1024 }), 'FAIL');
  assert.equal(verdict({ cipher: 'TLS_RSA_WITH_AES_128_CBC_SHA', protocol: 'TLSv1.2' }), 'FAIL');
  assert.equal(verdict({}, refused('old-versions'), 'http'), 'FAIL');
  assert.equal(verdict({}, { ...refused('old-versions'), because: 'timeout' }), 'INCONCLUSIVE');
});
