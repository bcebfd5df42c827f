import type { AlteredPage } from '../stand-ins/altering-site.ts';
import type { Twin } from '../twin.ts';

/** Faults of what the manufacturer publishes: the good pages with one thing taken out on their way. */

const site = (
  name: string,
  id: Twin['case'],
  topic: Twin['topic'],
  fault: string,
  alter: (page: AlteredPage) => AlteredPage,
): Twin => ({
  name,
  case: id,
  topic,
  fault,
  made: { by: 'site', alter },
});
/** What people read, wherever it stands: text between tags, attributes, or plain text. */
const without =
  (words: RegExp) =>
  (page: AlteredPage): AlteredPage => ({ ...page, body: page.body.replace(words, '') });
/** One declared item of a page, whole. */
const withoutItem = (table: string, id: string) =>
  without(new RegExp(`<(article|tr|li)[^>]*data-table="${table}"[^>]*data-item="${id}"[^>]*>[\\s\\S]*?</\\1>`, 'i'));
const gone =
  (path: RegExp) =>
  (page: AlteredPage): AlteredPage =>
    path.test(page.path) ? { ...page, status: 404, body: '<p>Not found</p>' } : page;

export const PAGES_TWINS: readonly Twin[] = [
  site(
    'says-another-time-to-programs',
    'privacy-information',
    'privacy-information',
    'the notice as data says of each item that it is kept for another time than the page',
    (page) => ({
      ...page,
      body: page.path.endsWith('.json')
        ? page.body.replace(/"retentionDays":\s*(\d+)/g, (_, days) => `"retentionDays":${Number(days) + 335}`)
        : page.body,
    }),
  ),
  site(
    'names-no-contact',
    'disclosure-policy',
    'disclosure-policy',
    'the disclosure policy names nobody to write to',
    without(/[\w.+-]+@[\w.-]+|mailto:[^"<\s]*/g),
  ),
  site(
    'promises-no-time',
    'disclosure-policy',
    'disclosure-policy',
    'the disclosure policy gives no time for an answer',
    without(/\b\d+\s+(?:days?|hari)\b|data-days="\d+"/gi),
  ),
  site(
    'lets-security-txt-expire',
    'disclosure-policy',
    'disclosure-policy',
    'security.txt expired a year ago',
    (page) => ({
      ...page,
      body: page.body.replace(/^Expires: .*$/m, 'Expires: 2001-01-01T00:00:00.000Z'),
    }),
  ),
  site(
    'hides-its-end',
    'support-period',
    'support-period',
    'the product page does not say until when the product is supported',
    without(/\b20\d\d(?:-\d\d-\d\d)?\b/g),
  ),
  site(
    'hides-a-sensor',
    'sensing-documented',
    'sensing-documented',
    'one sensor is not told of',
    without(/humidity|kelembapan/gi),
  ),
  site(
    'hides-an-item',
    'privacy-information',
    'privacy-information',
    'the notice leaves out an item of personal data',
    withoutItem('personalData', 'owner-account'),
  ),
  {
    name: 'omits-a-party',
    case: 'privacy-information',
    topic: 'privacy-information',
    fault: 'the notice does not name an advertiser who has personal data',
    made: {
      by: 'declaration',
      alter: (good) => ({
        ...good,
        dataParties: [
          {
            id: 'adverts',
            name: 'Bright Signs',
            role: 'advertiser',
            where: ['SG'],
            purpose: { en: 'To show what sells at the climate of a home.' },
            items: ['room-climate'],
            erases: { how: 'by-request', withinDays: 30 },
          },
        ],
      }),
    },
  },
  site(
    'tells-less-in-malay',
    'privacy-information',
    'privacy-information',
    'the notice in Malay leaves out an item of personal data',
    (page) => (/lang="ms"/.test(page.body) ? withoutItem('personalData', 'usage-statistics')(page) : page),
  ),
  site(
    'hides-a-field',
    'telemetry-information',
    'telemetry-information',
    'one field of telemetry is not told of',
    withoutItem('telemetryData', 'target-temperature'),
  ),
  site(
    'has-no-way-to-delete',
    'deletion-instructions',
    'deletion-instructions',
    'there is no page on deleting one’s data',
    gone(/delete/),
  ),
  site(
    'has-no-guide',
    'setup-guidance',
    'setup-guidance',
    'there is no guide to set the product up securely',
    gone(/set-?up/),
  ),
  site(
    'has-no-check',
    'setup-check',
    'setup-check',
    'there is no guide to check whether it is securely set up',
    gone(/check/),
  ),
];
