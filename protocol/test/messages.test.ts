import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import {
  EventMessage,
  FactoryBundle,
  IdentityRequest,
  PasswordRecord,
  TelemetryMessage,
  topicsOf,
} from '../src/index.ts';

const telemetry = {
  v: 1,
  seq: 0,
  at: '2026-01-01T00:00:00.000Z',
  fields: { temperature: 20.5, lamp: true, mode: 'eco' },
};

test('reads a telemetry message as a device sends it', () => {
  assert.ok(Value.Check(TelemetryMessage, telemetry));
});

test('refuses what no version of the protocol has said', () => {
  const wrong = [
    { ...telemetry, v: 2 },
    { ...telemetry, seq: -1 },
    { ...telemetry, seq: 0.5 },
    { ...telemetry, extra: 1 },
    { ...telemetry, fields: { 'Not-Kebab': 1 } },
    { ...telemetry, fields: { __proto__x: 1 } },
    { ...telemetry, fields: { note: 'x'.repeat(65) } },
    { ...telemetry, fields: { nested: { a: 1 } } },
    { ...telemetry, fields: undefined },
    [],
    null,
  ];
  assert.deepEqual(
    wrong.filter((message) => Value.Check(TelemetryMessage, message)),
    [],
  );
});

test('an event carries words and counts, and nothing long', () => {
  const event = {
    v: 1,
    seq: 3,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'login-throttled',
    detail: { by: 'source', waitSeconds: 4 },
  };
  assert.ok(Value.Check(EventMessage, event));
  assert.ok(!Value.Check(EventMessage, { ...event, detail: { text: 'x'.repeat(201) } }));
  assert.ok(!Value.Check(EventMessage, { ...event, detail: { nested: {} } }));
});

test('each device has topics of its own', () => {
  const [one, other] = [topicsOf('aaaaaaaa'), topicsOf('bbbbbbbb')];
  const all = [...Object.values(one), ...Object.values(other)];
  assert.equal(new Set(all).size, all.length);
  assert.ok(Object.values(one).every((topic) => topic.startsWith('hearthward/1/aaaaaaaa/')));
});

test('a device asks for its identity by serial and address in one form only', () => {
  const request = {
    v: 1,
    productId: 'hub',
    serial: 'HH0000000001',
    mac: '02:00:00:00:00:01',
    csr: 'x',
    panelCertificate: 'y',
  };
  assert.ok(Value.Check(IdentityRequest, request));
  for (const wrong of [
    { serial: 'hh-1' },
    { serial: "'; drop" },
    { mac: '02-00-00-00-00-01' },
    { mac: '02:00:00:00:00:0G' },
    { key: 'private' },
  ]) {
    assert.ok(!Value.Check(IdentityRequest, { ...request, ...wrong }), JSON.stringify(wrong));
  }
});

test('a password record is argon2id with its parameters, and holds no password', () => {
  const record = { algorithm: 'argon2id', memoryKib: 19_456, passes: 2, parallelism: 1, salt: 'AAAA', tag: 'AAAA' };
  assert.ok(Value.Check(PasswordRecord, record));
  assert.ok(!Value.Check(PasswordRecord, { ...record, algorithm: 'sha256' }));
  assert.ok(!Value.Check(PasswordRecord, { ...record, password: 'x' }));
});

test('a factory bundle brings a chain and an anchor at least', () => {
  const bundle = {
    v: 1,
    deviceId: 'a1b2c3d4e5',
    serial: 'HH0000000001',
    initialIdentity: ['pem'],
    anchors: ['pem'],
    initialPassword: { algorithm: 'argon2id', memoryKib: 19_456, passes: 2, parallelism: 1, salt: 'AAAA', tag: 'AAAA' },
    services: { enrolment: 'https://a', messages: 'mqtts://a', site: 'https://a' },
    madeAt: '2026-01-01T00:00:00.000Z',
  };
  assert.ok(Value.Check(FactoryBundle, bundle));
  assert.ok(!Value.Check(FactoryBundle, { ...bundle, anchors: [] }));
  assert.ok(!Value.Check(FactoryBundle, { ...bundle, initialIdentity: [] }));
  assert.ok(!Value.Check(FactoryBundle, { ...bundle, deviceId: 'HH-100-1' }));
});
