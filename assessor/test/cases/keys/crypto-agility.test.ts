import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import type { Data, Judgement } from '../../../src/model.ts';
import { createBudget } from '../../../src/observe/budget.ts';
import { createManufacturer } from '../../../src/observe/manufacturer/asked.ts';
import type { Target } from '../../../src/target.ts';
import { is, judged, run } from '../exposure/fake-kettle-run.ts';
import { CLOUDY, parameter } from './fake-declaration.ts';

/** Whether another algorithm comes into use, judged of what was seen; and how it is asked for. */
type Told = Readonly<Record<string, readonly [kind: string, subject: string, data: Data]>>;
const SUFFICES = { uses: true, updateable: false, suffices: { until: '2035-12-31', source: 'a table' } };
const component = (cryptography: Declaration['softwareComponents'][number]['cryptography']) => ({
  id: 'firmware',
  name: 'firmware',
  version: '1',
  supplier: 'Kettle Works',
  notUpdateableBecause: 'it is a kettle',
  ...(cryptography ? { cryptography } : {}),
});
const AGILE: Declaration = {
  ...CLOUDY,
  support: { ...CLOUDY.support, until: '2032-12-31' },
  softwareComponents: [component(SUFFICES)],
  securityParameters: [parameter('link-key')],
  externalFunctions: CLOUDY.externalFunctions.map((each) =>
    each.id === 'set-heat' ? { ...each, id: 'new-keys', purpose: 'renew-keys' as const } : each,
  ),
  secureManagementProcesses: [
    {
      id: 'life-of-link-key',
      parameter: 'link-key',
      generation: 'made on the device',
      provisioning: 'never leaves it',
      storage: 'in a sealed store',
      update: 'once in ninety days',
      decommissioning: 'destroyed at reset',
      compromise: 'withdrawn, made anew',
      renewedBy: { function: 'new-keys' },
      algorithmShown: { function: 'status', element: 'algorithm' },
    },
  ],
};

const shown = (when: string, algorithm: string): Told[string] => ['shown', 'link-key', { when, algorithm }];
const RENEWED = { function: 'new-keys', reached: true, success: true, status: 200, shown: 2, gone: 1, fresh: 1 };
const SEEN: Told = {
  before: shown('before', 'ec-256'),
  asked: ['asked', 'link-key', { which: 'ask', because: '' }],
  changed: ['changed', 'link-key', RENEWED],
  other: shown('other', 'ec-384'),
  used: ['used', 'link-key', { service: 'messages', wentOn: true }],
  takenBack: ['asked', 'link-key', { which: 'takeBack', because: '' }],
  returned: ['returned', 'link-key', RENEWED],
  back: shown('back', 'ec-256'),
};
const agility = (change: Partial<Told> = {}, without: readonly string[] = [], declaration = AGILE): Judgement =>
  judged(
    'crypto-agility',
    Object.entries({ ...SEEN, ...change } as Told).flatMap(([name, row]) => (without.includes(name) ? [] : [row])),
    declaration,
  );

test('a key that stays what it is when another algorithm is asked for fails', () => {
  is(agility(), 'PASS');
  assert.equal(agility().decided, 'assisted');
  is(agility({ other: shown('other', 'ec-256') }), 'FAIL', /stays ec-256/);
  is(agility({ changed: ['changed', 'link-key', { ...RENEWED, success: false, status: 500 }] }), 'FAIL', /500/);
});

test('nothing passes without the change itself, its use and its end', () => {
  for (const name of Object.keys(SEEN).filter((each) => each !== 'asked' && each !== 'takenBack'))
    is(agility({}, [name]), 'INCONCLUSIVE');
  is(agility({ asked: ['asked', 'link-key', { which: 'ask', because: 'ended with 1' }] }), 'INCONCLUSIVE', /with 1/);
  is(agility({ takenBack: ['asked', 'link-key', { which: 'takeBack', because: 'ended with 1' }] }), 'INCONCLUSIVE');
  is(agility({ other: shown('other', '') }), 'INCONCLUSIVE', /should say/);
  is(agility({ back: shown('back', 'ec-384') }), 'INCONCLUSIVE', /again/);
  is(agility({ used: ['used', 'link-key', { service: 'messages', wentOn: false }] }), 'INCONCLUSIVE', /messages/);
  const slow = { ...RENEWED, gone: 0, fresh: 0 };
  is(agility({ other: shown('other', 'ec-256'), changed: ['changed', 'link-key', slow] }), 'INCONCLUSIVE');
  is(agility({}, [], { ...AGILE, secureManagementProcesses: [] }), 'INCONCLUSIVE');
});

test('what cannot be updated is not supported for longer than its algorithms may be used', () => {
  const built = (cryptography: Parameters<typeof component>[0]) =>
    agility({}, [], { ...AGILE, softwareComponents: [component(cryptography)] });
  is(built({ ...SUFFICES, suffices: { until: '2030-12-31', source: 'a table' } }), 'FAIL', /2030-12-31/);
  is(built({ uses: true, updateable: false }), 'FAIL', /nobody says/);
  is(built(undefined), 'INCONCLUSIVE', /whether firmware/);
  is(built({ uses: true, updateable: true }), 'PASS');
  is(built({ uses: false, updateable: false }), 'PASS');
});

test('a target file that does not say how another algorithm is asked for proves nothing', async () => {
  const ran = await run('crypto-agility', { declaration: AGILE });
  is(ran, 'INCONCLUSIVE', /does not say how/);
  assert.ok(ran.observations.every(({ kind }) => kind !== 'changed'));
});

test('the command that asks runs as it is written, and only what ends well is taken for arranged', async () => {
  const { execPath } = process;
  const asking = (ask: string[]) =>
    createManufacturer(
      { otherAlgorithms: { 'link-key': { ask, takeBack: [execPath, '--version'] } } } as unknown as Target,
      () => '.',
      createBudget(),
    );
  assert.deepEqual(await asking([execPath, '--eval', '', '$(exit 1); `exit 1`']).algorithm('link-key', 'ask'), {
    ok: true,
  });
  assert.deepEqual(await asking([execPath]).algorithm('link-key', 'takeBack'), { ok: true });
  const failed = await asking([execPath, '--eval', 'process.exit(3)']).algorithm('link-key', 'ask');
  assert.match(failed.ok ? '' : failed.because, /ended with 3/);
  const missing = await asking(['/nonexistent/desk']).algorithm('link-key', 'ask');
  assert.match(missing.ok ? '' : missing.because, /ENOENT/);
  const unnamed = await asking([execPath]).algorithm('panel-key', 'ask');
  assert.match(unnamed.ok ? '' : unnamed.because, /does not say/);
});
