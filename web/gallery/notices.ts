import { noticeDocument, versionOfNotice, type Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { noticeHistoryPage, publicPage, type NoticeShown, type PublicView } from '../src/index.ts';
import { sampleDeclaration } from './declaration.ts';

/** The privacy notice with everything that it can say, an earlier one, and all of them over time. */
export function noticePages(language: Language): Record<string, () => string> {
  const [first, second] = published;
  const history = '/p/privacy/history';
  const view: PublicView = {
    language,
    declaration: PARTIES,
    links: {
      product: '/p/product',
      privacy: '/p/privacy-parties',
      today: '/p/privacy-parties',
      history,
      en: '?lang=en',
      ms: '?lang=ms',
      json: '/p/privacy.json',
    },
  };
  return {
    '/p/privacy-parties': () => publicPage('privacy', { ...view, notice: second }),
    '/p/privacy-past': () => publicPage('privacy', { ...view, notice: first }),
    [history]: () => noticeHistoryPage({ ...view, published }),
    '/p/privacy/history-none': () => noticeHistoryPage({ ...view, published: [first], none: true }),
    '/p/privacy/history-compared': () => noticeHistoryPage({ ...view, published, compared: { before: 0, after: 1 } }),
  };
}

/** With an advertiser, a host and an app, each of which has the climate. */
const PARTIES: Declaration = structuredClone(sampleDeclaration);
const [climate] = PARTIES.personalData;
if (climate === undefined) throw new Error('the sample has no personal data');
const party = {
  purpose: { en: 'To keep it where it is safe', ms: 'Untuk menyimpannya di tempat yang selamat' },
  items: [climate.id],
  erases: { how: 'on-call', withinDays: 7 },
} as const;
PARTIES.dataParties = [
  { ...party, id: 'host', name: 'Example Hosting', role: 'processor', where: ['MY'], items: [...party.items] },
  {
    ...party,
    id: 'adverts',
    name: 'Example Adverts',
    role: 'advertiser',
    where: ['SG', 'DE'],
    items: [...party.items],
  },
  {
    ...party,
    id: 'app',
    name: 'Example App',
    role: 'app',
    where: ['MY'],
    items: [...party.items],
    erases: { how: 'by-request', withinDays: 14 },
  },
];
climate.processedBy.push('Example Hosting', 'Example App');
climate.recipients.push('Example Adverts');
climate.pseudonymDays = 30;
climate.sealedTo = 'app';
Object.assign(climate.consent ?? {}, { withinSeconds: 60 });
const noticeOf = (declaration: Declaration, from: string, until?: string): NoticeShown & { from: string } => {
  const document = noticeDocument(declaration);
  return { document, version: versionOfNotice(document), from, ...(until !== undefined && { until }) };
};
const published = [
  noticeOf(sampleDeclaration, '2029-01-01T08:00:00.000Z', '2030-03-01T08:00:00.000Z'),
  noticeOf(PARTIES, '2030-03-01T08:00:00.000Z'),
] as const;
