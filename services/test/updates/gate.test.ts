import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { build } from '../../src/updates/release/build.ts';
import { type Catalogue, type OsvRecord, readCatalogue, readDecisions } from '../../src/updates/release/catalogue.ts';
import { findingsOf } from '../../src/updates/release/gate.ts';

const scratch = (t: TestContext): string => {
  const dir = mkdtempSync(join(tmpdir(), 'gate-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
const npm = (name: string, version: string) => ({ name, version, purl: `pkg:npm/${name}@${version}` });
const catalogue = (records: readonly OsvRecord[], product = 'Other'): Catalogue => ({
  exploited: new Map([['CVE-2026-1000', { name: 'Left escape', product }]]),
  released: '2026.1 of 2026-01-01',
  records,
});
const record = (
  events: { introduced?: string; fixed?: string; last_affected?: string }[],
  more: object = {},
): OsvRecord => ({
  id: 'GHSA-aaaa',
  aliases: ['CVE-2026-1000'],
  affected: [{ package: { ecosystem: 'npm', name: 'left' }, ranges: [{ type: 'SEMVER', events }] }],
  ...more,
});
const hit = (version: string, of: OsvRecord) => findingsOf([npm('left', version)], catalogue([of]), []).length === 1;

test('a-component-is-found-by-the-ranges-of-the-record', () => {
  const until = record([{ introduced: '0' }, { fixed: '1.4.2' }]);
  for (const [version, found] of [
    ['1.0.0', true],
    ['1.4.1', true],
    ['1.4.2-beta.1', true],
    ['1.4.2', false],
    ['2.0.0', false],
    ['not-a-version', true],
  ] as const)
    assert.equal(hit(version, until), found, version);
  const twice = record([{ fixed: '1.2.0' }, { introduced: '2.0.0' }, { introduced: '1.0.0' }, { fixed: '2.1.0' }]);
  for (const [version, found] of [
    ['0.9.0', false],
    ['1.1.0', true],
    ['1.2.0', false],
    ['2.0.5', true],
    ['2.1.0', false],
  ] as const)
    assert.equal(hit(version, twice), found, version);
  const last = record([{ introduced: '1.0.0' }, { last_affected: '1.5.0' }]);
  assert.deepEqual(
    ['1.5.0', '1.5.1'].map((version) => hit(version, last)),
    [true, false],
  );
  const listed = record([], { affected: [{ package: { ecosystem: 'npm', name: 'left' }, versions: ['1.0.0'] }] });
  assert.deepEqual(
    ['1.0.0', '1.0.1'].map((version) => hit(version, listed)),
    [true, false],
  );
  const all = record([], { affected: [{ package: { ecosystem: 'npm', name: 'left' } }] });
  assert.ok(hit('9.9.9', all));
});

test('another-ecosystem-another-name-what-is-withdrawn-and-what-nobody-exploits-stops-nothing', () => {
  const always = [{ introduced: '0' }];
  assert.equal(hit('1.0.0', record(always)), true);
  for (const quiet of [
    record(always, { withdrawn: '2026-01-02T00:00:00Z' }),
    record(always, { aliases: ['CVE-2026-1001'] }),
    record([], { affected: [{ package: { ecosystem: 'PyPI', name: 'left' } }] }),
    record([], { affected: [{ package: { ecosystem: 'npm', name: 'leftish' } }] }),
  ])
    assert.equal(hit('1.0.0', quiet), false);
});

test('where-no-record-speaks-of-it-the-name-of-the-product-asks-for-a-decision', () => {
  const by = (name: string) => findingsOf([npm(name, '1.0.0')], catalogue([], 'Left Pad'), []);
  assert.match(by('left-pad')[0]?.by ?? '', /name/);
  assert.equal(by('left').length, 0);
});

test('a-decision-lets-one-version-of-one-component-pass-and-is-kept-with-the-release', async (t) => {
  const dir = scratch(t);
  const image = join(dir, 'image');
  mkdirSync(join(image, 'node_modules/left'), { recursive: true });
  writeFileSync(join(image, 'main.js'), 'run();');
  writeFileSync(join(image, 'node_modules/left/package.json'), '{"name":"left","version":"1.0.0"}');
  const kev = join(dir, 'kev.json');
  const entry = { cveID: 'CVE-2026-1000', vendorProject: 'x', product: 'y', vulnerabilityName: 'Left escape' };
  writeFileSync(
    kev,
    JSON.stringify({ catalogVersion: '2026.1', dateReleased: '2026-01-01', count: 1, vulnerabilities: [entry] }),
  );
  const osv = join(dir, 'osv');
  mkdirSync(osv);
  writeFileSync(join(osv, 'a.json'), JSON.stringify(record([{ introduced: '0' }])));
  const decisionsFile = join(dir, 'decisions.json');
  const decision = {
    vulnerability: 'CVE-2026-1000',
    component: 'pkg:npm/left@1.0.0',
    status: 'not_affected',
    reason: 'The function with the hole is never called.',
    who: 'Alice',
    date: '2026-02-01',
  };
  const words = {
    product: 'hub',
    version: '1.0.0',
    number: 1,
    models: ['HW-1'],
    kind: 'feature',
    securityVersion: 1,
    summary: { en: 'x' },
    risksRemoved: [],
    downtimeSeconds: 0,
    keepsWorking: [],
    entry: 'main.js',
  } as const;
  const given = {
    image,
    words: { ...words, models: [...words.models], risksRemoved: [], keepsWorking: [] },
    from: [],
    catalogue: readCatalogue(kev, [osv]),
  };
  const attempt = (decisions: object, out: string) => {
    writeFileSync(decisionsFile, JSON.stringify(decisions));
    return build({ ...given, out: join(dir, out), decisions: readDecisions(decisionsFile) });
  };
  for (const other of [
    [],
    [{ ...decision, component: 'pkg:npm/left@1.0.1' }],
    [{ ...decision, vulnerability: 'CVE-2026-1001' }],
  ]) {
    const refused = await attempt({ v: 1, decisions: other }, 'none');
    assert.ok(!refused.ok);
    assert.equal(refused.code, 'exploited-vulnerability');
    assert.match(
      refused.lines.join(),
      /^CVE-2026-1000 in pkg:npm\/left@1\.0\.0 is known to be exploited \(Left escape; by GHSA-aaaa\)/,
    );
  }
  const passed = await attempt({ v: 1, decisions: [decision] }, 'own');
  assert.ok(passed.ok);
  assert.equal(passed.findings[0]?.decision?.who, 'Alice');
  const vex = (status: string) => ({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    author: 'Bob',
    timestamp: '2026-02-01T10:00:00Z',
    statements: [
      {
        vulnerability: { name: 'CVE-2026-1000' },
        products: [{ '@id': 'pkg:generic/hub@1.0.0', subcomponents: [{ '@id': 'pkg:npm/left@1.0.0' }] }],
        status,
        justification: 'vulnerable_code_not_in_execute_path',
      },
    ],
  });
  assert.ok((await attempt(vex('not_affected'), 'vex')).ok);
  for (const status of ['affected', 'under_investigation']) assert.ok(!(await attempt(vex(status), 'none')).ok);
  for (const broken of [{ v: 1, decisions: [{ ...decision, reason: 'fine' }] }, { v: 2 }, []])
    await assert.rejects(async () => attempt(broken, 'none'), /holds no decisions/);
  writeFileSync(kev, '{');
  assert.throws(() => readCatalogue(kev, []), /is not JSON/);
  writeFileSync(kev, '{"vulnerabilities":[]}');
  assert.throws(() => readCatalogue(kev, []), /is no catalogue/);
});
