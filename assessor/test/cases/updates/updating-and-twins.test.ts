import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Declaration } from '@hearthward/product';
import { CASES } from '../../../src/cases/index.ts';
import type { Data } from '../../../src/model.ts';
import { is, judged, run, type Ran } from '../exposure/fake-kettle-run.ts';
import { UPDATING } from './fake-declaration.ts';
import { startUpdating, type UpdateFault } from './fake-updating.ts';

/** Each case of updates, with the real probes: passes on the good product, and catches the one that has its fault. */
const RELEASES = ['next', 'damaged', 'unsigned', 'older', 'failing', 'other-model'] as const;

const updating = async (
  id: string,
  fault?: UpdateFault,
  more: { readonly declaration?: Declaration; readonly without?: string } = {},
): Promise<Ran> => {
  const bench = mkdtempSync(join(tmpdir(), 'hearthward-bench-'));
  try {
    return await run(id, {
      start: () => startUpdating(bench, fault),
      declaration: more.declaration ?? UPDATING,
      target: (target) => {
        target['releases'] = Object.fromEntries(
          RELEASES.filter((release) => release !== more.without).map((release) => [
            release,
            { ask: ['mkdir', join(bench, release)], takeBack: ['rmdir', join(bench, release)] },
          ]),
        );
      },
    });
  } finally {
    rmSync(bench, { recursive: true, force: true });
  }
};

const CAUGHT: Readonly<Record<string, readonly (readonly [UpdateFault, RegExp])[]>> = {
  'update-check': [
    ['never-looks', /never looked/],
    ['looks-once', /asked to look .* does not/],
  ],
  'update-simple': [['refuses-the-press', /cannot be installed \(status 500\)/]],
  'update-automatic': [['waits-for-somebody', /waits for somebody/]],
  'update-information': [
    ['names-no-risk', /which risks go away/],
    ['hides-it-elsewhere', /is told of none/],
  ],
  'update-disruption': [
    ['names-no-downtime', /for how long/],
    ['forgets-its-heat', /set-heat is not set as it was/],
    ['never-comes-back', /does not answer any more/],
  ],
  'update-authorisation': [['asks-nobody', /who does not know the password/]],
  'update-mechanism': [
    ['installs-older', /installs 0\.9\.0, which is older/],
    ['installs-other-model', /for another model/],
  ],
  'update-trust': [['installs-unsigned', /installs 6\.6\.2, which is not signed/]],
  'update-authenticity': [
    ['installs-damaged', /installs 6\.6\.1, which is damaged/],
    ['installs-unsigned', /not signed/],
    ['tells-nobody', /tells nobody/],
  ],
  'update-rollback': [['stays-broken', /1\.0\.\d does not run again/]],
  'update-control': [
    ['keeps-its-choice', /stays as it was/],
    ['cannot-be-put-off', /as if it had not been/],
  ],
  'update-cryptography': [
    ['old-algorithms', /rsassa-pkcs1v15-sha1/],
    ['old-digests', /md5 alone/],
  ],
  'update-coverage': [],
};
/** Nobody who has one account alone sees what another role may do. */
const OPEN = new Set(['update-authorisation']);

for (const [id, faults] of Object.entries(CAUGHT)) {
  test(`${id}: the good product is seen to do right`, async () => {
    const ran = await updating(id);
    if (OPEN.has(id)) is(ran, 'INCONCLUSIVE', /account whose role may not/);
    else is(ran, 'PASS');
  });
  for (const [fault, word] of faults) {
    test(`${id}: a product that ${fault.replaceAll('-', ' ')} is caught`, async () =>
      is(await updating(id, fault), 'FAIL', word));
  }
}

test('a product that a slow machine keeps away for long is waited for', async () => {
  is(await updating('update-disruption', 'comes-back-late'), 'PASS');
});

test('a stranger who has an update installed is seen', async () => {
  is(await updating('update-authorisation', 'lets-strangers-in'), 'FAIL', /another version runs|who is not logged in/);
});

test('a component that is forgotten is found, and an explained one is not', async () => {
  const [firmware, loader] = UPDATING.softwareComponents;
  assert.ok(firmware && loader);
  const { notUpdateableBecause: _, ...silent } = loader;
  is(
    await updating('update-coverage', undefined, {
      declaration: { ...UPDATING, softwareComponents: [firmware, silent] },
    }),
    'FAIL',
    /loader: neither/,
  );
});

test('a target that gives no release of a kind proves nothing of it', async () => {
  is(await updating('update-authenticity', undefined, { without: 'unsigned' }), 'INCONCLUSIVE', /not signed/);
  is(await updating('update-rollback', undefined, { without: 'failing' }), 'INCONCLUSIVE', /does not come up/);
});

test('times that users are not told fail, and times that nobody confirms stay open', async () => {
  is(await updating('update-timely'), 'INCONCLUSIVE', /does not confirm/);
  const [procedure] = UPDATING.updateProcedures;
  assert.ok(procedure);
  const confirmed = { ...UPDATING, confirmations: [{ id: 'update-procedures' as const, confirmed: true }] };
  is(await updating('update-timely', undefined, { declaration: confirmed }), 'PASS');
  const slower = { ...procedure, targetDays: { critical: 14, other: 60 } };
  is(
    await updating('update-timely', undefined, { declaration: { ...confirmed, updateProcedures: [slower] } }),
    'FAIL',
    /14/,
  );
  is(await updating('update-timely', undefined, { declaration: { ...confirmed, updateProcedures: [] } }), 'FAIL');
});

for (const { id } of CASES.filter(({ topic }) => topic.startsWith('update-'))) {
  test(`${id}: nothing passes without what was seen, nor on rubbish`, () => {
    is(
      judged(id, [], UPDATING),
      id === 'update-control' || id === 'update-automatic' ? 'INCONCLUSIVE' : judged(id, [], UPDATING).verdict,
    );
    assert.notEqual(judged(id, [], UPDATING).verdict, 'PASS');
    const kinds = [
      'page',
      'asked',
      'called',
      'elsewhere',
      'gap',
      'kept',
      'refusal',
      'chosen',
      'role',
      'digests',
      'channel',
      'x',
    ];
    const row = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom('slots', 'support', ''), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
        const told = rows as readonly (readonly [string, string, Data])[];
        assert.notEqual(judged(id, told, UPDATING).verdict, 'PASS');
      }),
      { numRuns: 60, seed: 303 },
    );
  });
}
