import type { Language } from '@hearthward/standards';
import { devicePage, fleetPage, operatorLoginPage, type DeviceRow } from '../src/index.ts';
import { rolloutPages } from './rollouts.ts';
import { at, DAY, EVENTS, inside, NOON, outside } from './frames.ts';

/** The operator console's pages, each with a sample view. */

export function consolePages(language: Language): Record<string, () => string> {
  const fleet = {
    ...inside(language),
    base: '/operator',
    counts: { made: 120, enrolled: 34, connected: 18_204, silent: 61, doubted: 2 },
    filter: {},
    devices: Array.from({ length: 12 }, (_, i) => deviceRow(i)),
    total: 18_419,
    page: 2,
    pages: 1535,
  };
  return {
    ...rolloutPages(language),
    '/operator/login': () => operatorLoginPage({ ...outside(language), base: '/operator', failed: false }),
    '/operator/fleet': () => fleetPage(fleet),
    '/operator/fleet-none': () =>
      fleetPage({ ...fleet, filter: { state: 'silent', search: 'ZZ' }, devices: [], total: 0, page: 1, pages: 1 }),
    '/operator/device': () =>
      devicePage({
        ...inside(language),
        base: '/operator',
        device: deviceRow(0),
        commands: ['status', 'send-log'],
        certificate: { serial: '4f:12:aa:09:7c:00:51:d3', notBefore: at(90 * DAY), notAfter: at(-275 * DAY) },
        custody: { state: 'held', since: at(DAY), because: 'two-places', copies: 3 },
        log: {
          reports: 412,
          missing: 3,
          sealed: 409,
          doubtedAt: at(DAY),
          doubts: [
            { what: 'missing', count: 1, first: at(2 * DAY), last: at(2 * DAY), n: 288 },
            { what: 'rewritten', count: 4, first: at(DAY), last: at(DAY / 2), n: 301 },
          ],
        },
        certificates: [
          {
            kind: 'operational',
            state: 'live',
            serial: '4f12aa097c0051d3',
            notBefore: at(DAY),
            notAfter: at(-89 * DAY),
          },
          {
            kind: 'operational',
            state: 'superseded',
            serial: '4e0b17c2',
            notBefore: at(61 * DAY),
            notAfter: at(-29 * DAY),
          },
          { kind: 'initial', state: 'live', serial: '41d0a1b2', notBefore: at(400 * DAY), notAfter: at(-6900 * DAY) },
        ],
        events: EVENTS.map((event) => ({ at: event.at, kind: event.kind, detail: 'account owner' })),
        series: [
          { field: 'temperature', unit: '°C', points: curve(96, (i) => 19.5 + 2 * Math.sin(i / 9)) },
          { field: 'restarts', points: curve(7, (i) => Math.floor(i / 3)) },
          { field: 'humidity', unit: '%', points: [] },
        ],
      }),
    '/operator/device-new': () =>
      devicePage({
        ...inside(language),
        base: '/operator',
        device: deviceRow(3),
        custody: { state: 'trusted', copies: 0 },
        certificates: [],
        commands: ['status'],
        events: [],
        series: [],
      }),
  };
}

const STATES: readonly DeviceRow['state'][] = ['connected', 'connected', 'silent', 'made', 'enrolled'];
function deviceRow(i: number): DeviceRow {
  const state = STATES[i % STATES.length] ?? 'connected';
  const known = state === 'made' ? {} : { lastSeen: at(i * 7_200_000), enrolledAt: at(30 * DAY) };
  return {
    deviceId: `device-${1000 + i}`,
    serial: `ST100-${String(123 + i).padStart(6, '0')}`,
    model: 'ST-100',
    state,
    ...known,
  };
}
const curve = (n: number, value: (i: number) => number): readonly (readonly [number, number])[] =>
  Array.from({ length: n }, (_, i) => [NOON - (n - 1 - i) * 900_000, Math.round(value(i) * 2) / 2]);
