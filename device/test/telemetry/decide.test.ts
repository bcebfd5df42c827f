import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { PersonalData, TelemetryData } from '@hearthward/product';
import { decideTelemetry, NOTHING_SENT, type TelemetryState } from '../../src/telemetry/decide.ts';

const field = (id: string, more: Partial<TelemetryData>): TelemetryData => ({
  id,
  name: { en: id },
  type: 'number',
  everySeconds: 10,
  personalData: false,
  purpose: { en: id },
  usedBy: ['us'],
  over: 'messages',
  ...more,
});
const declared = [
  field('temperature', { minimum: -20, maximum: 60, step: 0.5, personalData: 'climate' }),
  field('lamp', { type: 'boolean', personalData: 'usage' }),
  field('uptime', { type: 'integer', minimum: 0, step: 60 }),
  field('mode', { type: 'choice', choices: ['day', 'night'] }),
];
const personalData = [
  { id: 'climate', legalBasis: 'contract' },
  { id: 'usage', legalBasis: 'consent' },
] as PersonalData[];
const NOW = Date.UTC(2026, 0, 1);

const tick = (
  values: Record<string, unknown>,
  given: { state?: TelemetryState; consents?: string[]; now?: number } = {},
) => {
  const { state = NOTHING_SENT, consents = [], now = NOW } = given;
  const decided = decideTelemetry(
    state,
    { kind: 'tick', declared, personalData, consents: new Set(consents), values },
    now,
  );
  const send = decided.effects.find((effect) => effect.kind === 'send');
  return {
    state: decided.state,
    sent: send?.kind === 'send' ? send.fields : {},
    withheld: Object.fromEntries(
      decided.effects.flatMap((each) => (each.kind === 'withhold' ? [[each.field, each.because]] : [])),
    ),
  };
};

test('nothing-undeclared-leaves-the-home-whatever-the-product-says', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (values) => {
      for (const id of Object.keys(tick(values, { consents: ['usage'] }).sent)) {
        assert.ok(
          declared.some((each) => each.id === id),
          id,
        );
      }
    }),
  );
  assert.deepEqual(tick({ location: 3 }), { state: NOTHING_SENT, sent: {}, withheld: { location: 'not-declared' } });
});

test('values-are-no-more-precise-than-declared', () => {
  assert.deepEqual(tick({ temperature: 21.3741, uptime: 3599 }).sent, { temperature: 21.5, uptime: 3600 });
});

test('values-outside-the-declared-range-or-type-stay-at-home', () => {
  const bad = { temperature: 1000, lamp: 'on', uptime: -60, mode: 'party' };
  assert.deepEqual(tick(bad, { consents: ['usage'] }).withheld, {
    temperature: 'out-of-range',
    lamp: 'wrong-type',
    uptime: 'out-of-range',
    mode: 'not-a-choice',
  });
  assert.deepEqual(tick({ temperature: Number.NaN }).withheld, { temperature: 'wrong-type' });
});

test('nothing-that-rests-on-consent-is-sent-without-it', () => {
  assert.deepEqual(tick({ lamp: true }).withheld, { lamp: 'no-consent' });
  assert.deepEqual(tick({ lamp: true }, { consents: ['usage'] }).sent, { lamp: true });
});

test('a-field-is-not-sent-more-often-than-declared', () => {
  const first = tick({ temperature: 20 });
  assert.deepEqual(tick({ temperature: 22 }, { state: first.state, now: NOW + 9_999 }).sent, {});
  assert.deepEqual(tick({ temperature: 22 }, { state: first.state, now: NOW + 10_000 }).sent, { temperature: 22 });
});
