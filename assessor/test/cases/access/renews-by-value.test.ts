import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateRenewal } from '../../../src/cases/access/certificates/renews-in-time.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import { CLOUD } from './fake-cloud.ts';

/** Whether a device comes for its next certificate, judged of what was seen from the place of its services. */
type Told = Readonly<Record<string, readonly [kind: string, data: Data]>>;
const asked = (which: string, because = ''): Told[string] => ['asked', { which, because }];
const came = (prompted: boolean, afterMs: number, wentOn = true): Told[string] => [
  'came',
  { service: 'joining', prompted, wentOn, afterMs },
];
const letIn = (stood: boolean): Told[string] => ['let-in', { service: 'messages', stood }];
const SEEN: Told = {
  asked: asked('ask'),
  first: came(true, 0),
  own: came(false, 5000),
  waited: ['waited', { service: 'joining', ms: 15_000, seconds: 15 }],
  back: asked('takeBack'),
  after: letIn(true),
};
function judge(change: Partial<Told> = {}, without: readonly string[] = []): Judgement {
  const rows = Object.entries({ ...SEEN, ...change } as Told).filter(([name]) => !without.includes(name));
  const observations = rows.map(([, [kind, data]], n) => ({
    id: `renewal/${n + 1}`,
    case: 'certificate-renewal',
    kind,
    subject: 'local-identity',
    at: '2026-11-21T00:00:00.000Z',
    data,
    blobs: [],
  }));
  return certificateRenewal.judge({ declaration: CLOUD, observations, assessedAt: '2026-11-21T00:00:00.000Z' });
}

test('a-device-that-lets-its-certificate-end-fails-where-it-is-seen-to-be-out', () => {
  const good = judge();
  assert.deepEqual([good.verdict, good.uncovered, good.decided], ['PASS', [], 'assisted'], good.because);
  assert.equal(judge({ after: letIn(false) }, ['own']).verdict, 'FAIL');
  assert.equal(judge({ own: came(false, 15_000), after: letIn(false) }).verdict, 'FAIL', 'after the end is too late');
  assert.equal(judge({ own: came(false, 5000, false), after: letIn(false) }).verdict, 'FAIL', 'it only knocked');
});

test('a-device-that-does-not-come-and-is-let-in-may-have-a-certificate-that-lasts', () => {
  const stays = judge({}, ['own']);
  assert.deepEqual([stays.verdict, /before the one in use ends/.test(stays.because)], ['INCONCLUSIVE', true]);
});

test('nothing-passes-that-was-not-seen-to-its-end', () => {
  for (const name of Object.keys(SEEN)) assert.equal(judge({}, [name]).verdict, 'INCONCLUSIVE', name);
  assert.equal(judge({ asked: asked('ask', 'ended with 1') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ back: asked('takeBack', 'ended with 1') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ after: letIn(false) }).verdict, 'INCONCLUSIVE', 'it came, and the services are out of reach');
  assert.equal(judge({ first: came(true, 0, false), after: letIn(false) }, ['own']).verdict, 'INCONCLUSIVE');
  const early: Told[string] = ['waited', { service: 'joining', ms: 9000, seconds: 15 }];
  assert.equal(judge({ waited: early, after: letIn(false) }, ['own']).verdict, 'INCONCLUSIVE');
});

test('it-is-tried-only-where-a-certificate-can-be-had-that-ends-soon', () => {
  const target = { services: {}, redirects: { joining: {} }, shortLives: { 'local-identity': { seconds: 9 } } };
  const ready = (without: string) =>
    certificateRenewal.ready(CLOUD, { ...target, [without]: undefined } as unknown as Parameters<
      typeof certificateRenewal.ready
    >[1]).ok;
  assert.deepEqual([ready('services'), ready('shortLives'), ready('redirects')], [true, false, false]);
});
