import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '@hearthward/protocol';
import type { PanelContext } from '../../src/panel/context.ts';
import { decideUpdates } from '../../src/updates/decide.ts';
import { NOTHING_YET, type Notice, type UpdateState } from '../../src/updates/state.ts';
import type { UpdateEvent } from '../../src/updates/steps/events.ts';
import { bench, Browser, OWN, setUp } from './bench.ts';

/** What people meet of updates, on the machine itself; what it asks for is not carried out here. */

const NOW = Date.UTC(2026, 0, 1);
const RELEASE: Release = {
  v: 1,
  product: 'plug',
  version: '1.3.0',
  number: 3,
  models: ['QP-7'],
  kind: 'security',
  securityVersion: 2,
  summary: { en: 'Closes a way in.', ms: 'Menutup satu jalan masuk.' },
  risksRemoved: [
    { id: 'CVE-2026-10001', severity: 'high', risk: { en: 'A stranger could have <switched> the plug.' } },
  ],
  downtimeSeconds: 40,
  keepsWorking: [{ en: 'the switch on the plug' }],
  unpackedBytes: 1,
  pack: 'plug/security/1.3.0/full.pack',
  deltas: [],
  sbom: 'plug/security/1.3.0/sbom.cdx.json',
  provenance: 'plug/security/1.3.0/provenance.intoto.json',
};
const DIGEST = 'a'.repeat(64);
const OFFERED: UpdateState = {
  ...NOTHING_YET,
  phase: 'offered',
  candidate: {
    image: { digest: DIGEST, number: 3, securityVersion: 2 },
    version: '1.3.0',
    kind: 'security',
    downtimeSeconds: 40,
    path: 'plug/security/1.3.0/image.json',
    length: 100,
  },
  choice: {
    automatic: { security: false, feature: false },
    notices: { security: true, feature: true },
  },
  check: { minute: 0, nextAt: NOW + 3_600_000, lastAt: NOW - 3_600_000, failures: 0 },
};

const home = async (begin: UpdateState = OFFERED, ended?: Notice) => {
  const events: UpdateEvent[] = [];
  let state = begin;
  const hear = async (event: UpdateEvent): Promise<UpdateState> => {
    events.push(event);
    state = decideUpdates(state, event, NOW).state;
    return state;
  };
  const updates: NonNullable<PanelContext['updates']> = {
    state: () => state,
    release: () => RELEASE,
    ended: () => ended,
    progress: () => 0.25,
    agree: (digest) => hear({ kind: 'agreed', digest }),
    postpone: (until) => hear({ kind: 'postponed', until }),
    check: () => hear({ kind: 'check-asked' }),
    choose: (choice) => hear({ kind: 'chose', choice }),
  };
  const made = await bench({ updates });
  return { made, owner: await setUp(made.app), events, state: () => state };
};

test('people-read-which-risks-go-away-how-long-it-takes-and-what-keeps-working-before-anything-happens', async (t) => {
  const { made, owner, events } = await home();
  t.after(() => made.app.close());
  const { body } = await owner.get('/updates');
  for (const told of [
    '1.3.0',
    '1.2.3',
    'QP-7',
    'Closes a way in.',
    'CVE-2026-10001',
    '40 sec',
    'the switch on the plug',
  ]) {
    assert.ok(body.includes(told), told);
  }
  assert.ok(body.includes('A stranger could have &lt;switched&gt; the plug.'), 'the words of a release are text');
  assert.ok((await owner.get('/updates', { 'accept-language': 'ms' })).body.includes('Menutup satu jalan masuk.'));
  assert.match((await owner.get('/')).body, /1\.3\.0 makes this device safer/, 'and on every page');
  assert.deepEqual(events, []);
});

test('a-session-alone-installs-nothing-and-the-password-does', async (t) => {
  const { made, owner, events, state } = await home();
  t.after(() => made.app.close());
  const ask = (current: string, number = '3') => owner.submit('/updates', '/updates/apply', { number, current });
  assert.equal((await ask('not-Their-password-9')).statusCode, 403);
  assert.equal(
    (await owner.post('/updates/apply', { number: '3', current: OWN })).statusCode,
    403,
    'no form of its own',
  );
  assert.equal((await ask(OWN, '4')).statusCode, 409, 'another release than the one shown');
  assert.deepEqual(events, []);
  assert.equal((await ask(OWN)).statusCode, 303);
  assert.deepEqual(events, [{ kind: 'agreed', digest: DIGEST }]);
  assert.equal(state().authorisedBy, 'user');
  assert.match((await owner.get('/updates')).body, /25 %/);
});

test('who-has-not-signed-in-neither-reads-nor-installs', async (t) => {
  const { made, events } = await home();
  t.after(() => made.app.close());
  const stranger = new Browser(made.app, '192.0.2.77');
  for (const path of ['/updates', '/']) assert.doesNotMatch((await stranger.get(path)).body, /1\.3\.0|CVE/);
  for (const path of ['apply', 'postpone', 'check', 'choice']) {
    await stranger.post(`/updates/${path}`, { number: '3', current: OWN, hours: '8' });
  }
  assert.deepEqual(events, []);
});

test('an-update-is-put-off-for-as-long-as-the-form-offers', async (t) => {
  const { made, owner, state } = await home();
  t.after(() => made.app.close());
  assert.equal((await owner.submit('/updates', '/updates/postpone', { number: '3', hours: '24' })).statusCode, 303);
  assert.equal(state().postponed?.until, NOW + 24 * 3_600_000);
  assert.equal((await owner.submit('/updates', '/updates/postpone', { number: '3', hours: '8760' })).statusCode, 422);
  assert.match((await owner.get('/')).body, /makes this device safer/, 'put off, and still told of');
});

test('each-kind-is-chosen-by-itself-and-a-box-that-is-not-ticked-means-no', async (t) => {
  const { made, owner, state } = await home();
  t.after(() => made.app.close());
  await owner.submit('/updates', '/updates/choice', { 'automatic-security': 'on', 'notices-feature': 'on' });
  assert.deepEqual(state().choice, {
    automatic: { security: true, feature: false },
    notices: { security: false, feature: true },
  });
  assert.doesNotMatch(
    (await owner.get('/')).body,
    /makes this device safer/,
    'who does not want to hear of it does not',
  );
});

test('a-person-has-the-device-look-now', async (t) => {
  const { made, owner, events } = await home({ ...OFFERED, phase: 'idle', candidate: null });
  t.after(() => made.app.close());
  assert.equal((await owner.submit('/updates', '/updates/check', {})).statusCode, 303);
  assert.deepEqual(events, [{ kind: 'check-asked' }]);
  assert.match((await owner.get('/updates')).body, /Nothing newer is due/);
});

test('a-way-back-is-told-with-its-reason', async (t) => {
  const ended: Notice = {
    seq: 1,
    at: NOW,
    to: 'people',
    what: 'rolled-back',
    version: '1.3.0',
    number: 3,
    because: 'unhealthy-control',
  };
  const { made, owner } = await home({ ...OFFERED, phase: 'idle', candidate: null }, ended);
  t.after(() => made.app.close());
  const { body } = await owner.get('/updates');
  assert.match(body, /1\.3\.0 did not work here/);
  assert.match(body, /a part of the device did not come up/);
});

test('no-reason-is-told-that-the-device-does-not-have', async (t) => {
  const ended = { seq: 1, at: NOW, to: 'people', what: 'rejected', version: '1.3.0', number: 3 } as const;
  const quiet = { ...OFFERED, phase: 'idle', candidate: null } as const;
  const { made, owner } = await home(
    { ...quiet, check: { ...OFFERED.check, failures: 2 } },
    { ...ended, because: 'fault' },
  );
  t.after(() => made.app.close());
  const { body } = await owner.get('/updates');
  assert.match(body, /1\.3\.0 was not installed/);
  assert.doesNotMatch(body, /damaged|does not come from|not made for this device/);
  assert.match(body, /has not answered since/);
  assert.doesNotMatch(body, /Nothing newer is due/);
});
