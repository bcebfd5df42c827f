import type { Language } from '@hearthward/standards';
import { accountRequestPage, droppedPage, requestPage, requestsPage, type RequestRow } from '../src/index.ts';
import { at, DAY, inside, outside } from './frames.ts';

/** Requests of people, as operators and as the people themselves see them. */
export function requestPages(language: Language): Record<string, () => string> {
  const operator = { ...inside(language), base: '/operator' };
  const person = { ...outside(language), base: '/person', maker: 'Example Maker' };
  const list = { ...operator, filter: {}, reports: REPORTS, late: [], today: at(0).slice(0, 10), page: 1 };
  const one = { ...operator, personPage: 'https://maker.example/account/request' };
  return {
    '/operator/requests': () =>
      requestsPage({
        ...list,
        requests: ROWS,
        total: 120,
        pages: 3,
        late: [{ erasure: 'A'.repeat(22), place: 'party:analytics', since: at(DAY) }],
      }),
    '/operator/requests-none': () =>
      requestsPage({
        ...list,
        filter: { state: 'overdue', kind: 'erasure' },
        requests: [],
        total: 0,
        pages: 1,
        notice: { kind: 'bad', key: 'refused.request-day' },
        refused: { kind: 'erasure', law: 'pdpa-my', via: 'call', received: '2999-01-01' },
      }),
    '/operator/dropped': () =>
      droppedPage({
        ...operator,
        filter: { item: 'room-climate' },
        items: ['room-climate', 'usage-statistics'],
        dropped: [0, 1].map((ago) => ({
          product: 'hub',
          item: 'room-climate',
          day: at(90 * DAY + ago * DAY).slice(0, 10),
          retentionDays: 90,
          rows: 1440,
          dueAt: at(ago * DAY),
          droppedAt: at(ago * DAY),
        })),
        total: 120,
        page: 2,
        pages: 3,
      }),
    '/operator/request': () =>
      requestPage({
        ...one,
        request: { ...ROW, acts: [] },
        notice: { kind: 'bad', key: 'refused.request-serial-unknown' },
        refused: { act: 'identify', field: 'serial', sent: { serial: 'HH 17', what: 'receipt' } },
      }),
    '/operator/request-erasing': () =>
      requestPage({
        ...one,
        request: {
          ...ROW,
          isIdentified: true,
          identified: { at: at(DAY), how: 'documents', what: 'receipt', by: 'alice', of: 'household' },
          extended: { at: at(DAY), because: 'two companies have to answer', by: 'alice' },
          acts: [{ at: at(DAY), what: 'erasure-asked', by: 'alice' }],
        },
        erasure: {
          state: 'under-way',
          undoUntil: at(DAY / 2),
          places: [
            { place: 'keys', state: 'erased', at: at(DAY / 2) },
            { place: 'party:weather', state: 'failed', at: at(DAY / 3), because: 'no answer' },
          ],
        },
      }),
    '/operator/request-closed': () =>
      requestPage({
        ...one,
        request: {
          ...ROW,
          timeliness: 'in-time',
          isIdentified: true,
          identified: { at: at(DAY), how: 'code', of: 'account' },
          acts: [{ at: at(DAY), what: 'exported', by: 'alice' }],
          closed: { at: at(DAY / 2), as: 'answered', said: 'sent on paper', by: 'alice' },
        },
      }),
    '/person/request': () => accountRequestPage({ ...person, trouble: 'unknown' }),
    '/person/request-new': () => accountRequestPage({ ...person, request: ROW, isNew: true }),
    '/person/request-wait': () => accountRequestPage({ ...person, trouble: { waitSeconds: 60 } }),
    '/person/request-answered': () =>
      accountRequestPage({
        ...person,
        request: { ...ROW, isIdentified: true, closed: { at: at(DAY), as: 'answered', said: 'sent on paper' } },
      }),
  };
}

const ROW: RequestRow = {
  id: 'abcdefgh23456789',
  kind: 'erasure',
  law: 'gdpr',
  via: 'form',
  receivedAt: at(20 * DAY),
  dueAt: at(-11 * DAY),
  timeliness: 'open',
  isIdentified: false,
};
const ROWS = (['overdue', 'soon', 'open', 'late', 'in-time'] as const).map((timeliness, i) => ({
  ...ROW,
  id: `abcdefgh2345678${i + 2}`,
  law: i % 2 === 0 ? ('gdpr' as const) : ('pdpa-my' as const),
  timeliness,
}));
const REPORTS = [
  {
    quarter: '2030-Q2',
    received: 12,
    inTime: 7,
    late: 0,
    open: 5,
    overdue: 1,
    refused: 1,
    extended: 2,
    medianDays: 3.5,
  },
  { quarter: '2030-Q1', received: 0, inTime: 0, late: 0, open: 0, overdue: 0, refused: 0, extended: 0 },
];
