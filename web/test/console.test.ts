import assert from 'node:assert/strict';
import test from 'node:test';
import { devicePage, fleetPage, type DeviceView, type FleetView } from '../src/index.ts';

const frame = {
  language: 'en',
  csrf: 'token-1',
  base: '/operator',
  account: { name: 'op', role: 'operator' },
} as const;
const row = { deviceId: 'a/b?c', serial: 'S-1', model: 'M-1', state: 'silent' } as const;
const fleet: FleetView = {
  ...frame,
  counts: { made: 1, enrolled: 2, connected: 3, silent: 4, doubted: 0 },
  filter: { state: 'silent', search: 'S & "x"' },
  devices: [row],
  total: 30,
  page: 2,
  pages: 3,
};

test('keeps-the-filter-in-every-address', () => {
  const page = fleetPage(fleet);
  const query = 'search=S+%26+%22x%22&amp;state=silent';
  for (const address of [
    `/operator/fleet.csv?${query}`,
    `/operator/fleet?${query}`,
    `/operator/fleet?${query}&amp;page=3`,
  ]) {
    assert.ok(page.includes(`href="${address}"`), address);
  }
  assert.ok(page.includes('value="S &amp; &quot;x&quot;"'));
  assert.match(page, /<option value="silent"\s+selected>/);
});

test('points-at-logs-in-doubt-only-while-there-are-some', () => {
  assert.doesNotMatch(fleetPage(fleet), /Log in doubt/);
  const some = fleetPage({
    ...fleet,
    counts: { ...fleet.counts, doubted: 2 },
    devices: [{ ...row, doubtedAt: '2026-01-01T00:00:00Z' }],
  });
  assert.match(some, /href="\/operator\/fleet\?log=doubted"/);
  assert.equal(some.match(/Log in doubt/g)?.length, 2, 'the alert, and the device');
  const chosen = fleetPage({ ...fleet, filter: { doubted: true } });
  assert.match(chosen, /href="\/operator\/fleet\.csv\?log=doubted"/, 'the filter goes with the export');
});

test('keeps-a-hostile-device-id-inside-its-path', () => {
  assert.ok(fleetPage(fleet).includes('href="/operator/devices/a%2Fb%3Fc"'));
});

test('says-a-state-in-a-word-and-a-sign', () => {
  assert.match(fleetPage(fleet), /<span class="state"\s*><svg class="mark bad"[\s\S]*?<\/svg>\s*Silent<\/span/);
});

test('draws-every-point-and-says-the-same-in-words', () => {
  const points = [
    [0, 10],
    [60_000, 20],
    [120_000, 15],
  ] as const;
  const markup = deviceWith([{ field: 'temperature', unit: '°C', points }]);
  const path = /class="line" d="([^"]+)"/.exec(markup)?.[1] ?? '';
  assert.equal(path.match(/[ML]/g)?.length, points.length);
  assert.doesNotMatch(path, /NaN|Infinity/);
  assert.match(
    markup,
    /3 values from 1 Jan 1970, 00:00 UTC to 1 Jan 1970, 00:02 UTC, between 10 °C and 20 °C; the last is 15 °C/,
  );
  assert.equal(markup.match(/<td>\d+ °C<\/td>/g)?.length, points.length);
});

test('draws-one-point-a-flat-line-and-none', () => {
  for (const points of [
    [[5, 0]],
    [
      [5, 7],
      [9, 7],
    ],
    [
      [5, -3],
      [6, -3.5],
    ],
  ] as const) {
    assert.doesNotMatch(deviceWith([{ field: 'x', points }]), /NaN|Infinity/);
  }
  assert.match(deviceWith([{ field: 'x', points: [] }]), /No values yet/);
});

const deviceWith = (series: DeviceView['series']): string =>
  devicePage({
    ...frame,
    device: row,
    commands: ['status'],
    custody: { state: 'trusted' as const, copies: 0 },
    certificates: [],
    events: [],
    series,
  });
