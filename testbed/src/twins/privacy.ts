import type { Twin } from '../twin.ts';
import { part } from './access.ts';
import { declares, holding } from './printed.ts';

/** Faults in what people decide of their data, and in what is held of them. */

export const PRIVACY_TWINS: readonly Twin[] = [
  declares(
    'collects-more-than-it-says',
    'telemetry-minimisation',
    'telemetry-minimisation',
    'a field is collected that the declaration does not name',
    (good) => ({ ...good, telemetryData: good.telemetryData.filter(({ id }) => id !== 'target-temperature') }),
  ),
  declares(
    'is-more-precise-than-it-says',
    'telemetry-minimisation',
    'telemetry-minimisation',
    'a measurement of the home is collected more precisely than declared',
    (good) => ({
      ...good,
      telemetryData: good.telemetryData.map((field) => (field.id === 'temperature' ? { ...field, step: 7 } : field)),
    }),
  ),
  declares(
    'asks-more-often-than-it-says',
    'telemetry-minimisation',
    'telemetry-minimisation',
    'measurements of the home are collected more often than declared',
    (good) => ({
      ...good,
      telemetryData: good.telemetryData.map((field) =>
        field.personalData === 'room-climate' ? { ...field, everySeconds: 60 } : field,
      ),
    }),
  ),
  {
    name: 'goes-on-collecting',
    case: 'consent-withdrawal',
    topic: 'consent-withdrawal',
    fault: 'after consent was withdrawn, the services still get what was consented to',
    made: {
      by: 'artefact',
      plant: holding(
        'const now = Date.now(); return [...said, ...Array.from({ length: Math.floor((now / 1000) % 100_000) }, () => ({ field: "lamp", at: new Date(now).toISOString(), value: 1 }))];',
      ),
    },
  },
  part(
    'forgets-a-withdrawal',
    'consent-withdrawal',
    'consent-withdrawal',
    'consent can be given on the privacy page, and is not taken back there',
    (good) => ({
      validate: (fields, given, encoding) =>
        good.validate(
          fields,
          new Map([...given].map(([name, value]) => [name, name === 'usage-statistics' ? 'on' : value])),
          encoding,
        ),
    }),
  ),
  {
    ...part(
      'ticks-beforehand',
      'consent-valid',
      'consent-valid',
      'the set-up offers consent with the box already ticked',
      (good) => ({
        pages: {
          ...good.pages,
          setupPage: (view) => good.pages.setupPage(view).replace('name="usage-statistics"', '$& checked'),
        },
      }),
    ),
    unit: 'factory-default',
  },
  {
    ...part(
      'takes-silence-for-consent',
      'consent-valid',
      'consent-valid',
      'whoever ticks nothing at set-up counts as having consented',
      (good) => ({
        validate: (fields, given, encoding) =>
          good.validate(fields, given.has('step') ? withYes(given) : given, encoding),
      }),
    ),
    unit: 'factory-default',
  },
  {
    ...declares(
      'bundles-consents',
      'consent-valid',
      'consent-valid',
      'one answer is taken for two purposes',
      (good) => ({
        ...good,
        personalData: good.personalData.flatMap((item) =>
          item.legalBasis === 'consent' ? [item, { ...item, id: 'advice-by-others' }] : [item],
        ),
      }),
    ),
    unit: 'factory-default',
  },
  {
    ...part(
      'asks-what-it-does-not-need',
      'setup-usability',
      'setup-usability',
      'the set-up asks for a telephone number, which no declared decision is',
      (good) => ({
        pages: {
          ...good.pages,
          setupPage: (view) =>
            good.pages
              .setupPage(view)
              .replace(
                '<input type="hidden" name="step"',
                '<label for="phone">Telephone</label><input id="phone" name="phone" required />$&',
              ),
        },
      }),
    ),
    unit: 'factory-default',
  },
  part(
    'checks-itself-and-finds-nothing',
    'secure-setup-check',
    'setup-check',
    'its own check says that all is well, whatever is switched on',
    (good) => ({ selfCheck: (...asked) => good.selfCheck(...asked).map((each) => ({ ...each, good: true })) }),
  ),
  part(
    'hears-well-from-its-manufacturer',
    'secure-setup-check',
    'setup-check',
    'whatever the manufacturer answers, it shows that all is well',
    (good) => ({
      setupAnswer: (...asked) => {
        const came = good.setupAnswer(...asked);
        if (came.kind === 'unanswered') return came;
        return { kind: 'answered', verdict: 'well', findings: came.findings.map((each) => ({ ...each, good: true })) };
      },
    }),
  ),
  part(
    'is-given-away-as-it-was',
    'disposal-reset',
    'disposal-reset',
    'a factory reset says that it is done, and the next owner finds the product of the one before',
    (good) => ({
      setup: (state, event) => (event.kind === 'reset' ? { state, effects: [] } : good.setup(state, event)),
    }),
  ),
  {
    name: 'says-nothing-of-parting',
    case: 'disposal-reset',
    topic: 'disposal-reset',
    fault: 'nobody is told to wipe the product before they part with it',
    made: {
      by: 'site',
      alter: (page) => ({
        ...page,
        body: page.body.replace(/\b(?:sell|sold|give|given|hand|dispos|discard|scrap|throw|return|recycl)\w*/gi, 'use'),
      }),
    },
  },
];

const withYes = (given: ReadonlyMap<string, unknown>): Map<string, unknown> =>
  new Map([...given].map(([name, value]) => [name, name === 'usage-statistics' ? 'on' : value]));
