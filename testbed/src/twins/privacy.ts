import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import type { Declaration } from '@hearthward/product';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults in what people decide of their data, and in what is held of them. */

const declares = (
  name: string,
  id: Twin['case'],
  topic: Twin['topic'],
  fault: string,
  alter: (good: Declaration) => Declaration,
): Twin => ({ name, case: id, topic, fault, made: { by: 'declaration', alter } });

/** Services that hold something else: what they print goes through `altering`, the body of a function of `rows`. */
const holding =
  (altering: string) =>
  (target: Target, dir: string): Target => {
    const file = join(dir, 'holds.mjs');
    writeFileSync(
      file,
      `import { execFileSync } from 'node:child_process';
const [program, ...rest] = process.argv.slice(2);
const rows = JSON.parse(execFileSync(program, rest, { encoding: 'utf8' }));
process.stdout.write(JSON.stringify(((rows) => { ${altering} })(rows)));
`,
    );
    return { ...target, held: [process.execPath, file, ...(target.held ?? [])] };
  };

/** All that was ever held, in a file beside the program. */
const KEEPS_A_COPY = `const fs = process.getBuiltinModule('node:fs'); const file = process.argv[1] + '.' + process.ppid;
const seen = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
for (const row of rows) seen[JSON.stringify(row)] = row;
fs.writeFileSync(file, JSON.stringify(seen)); return Object.values(seen);`;

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
        'const now = Date.now(); return [...rows, ...Array.from({ length: Math.floor((now / 1000) % 100_000) }, () => ({ field: "lamp", at: new Date(now).toISOString(), value: 1 }))];',
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
  {
    name: 'keeps-a-copy',
    case: 'erase-service-data',
    topic: 'erase-service-data',
    fault: 'what was erased is confirmed to be gone, and still held by the services',
    made: { by: 'artefact', plant: holding(KEEPS_A_COPY) },
    unit: 'new-home',
  },
  {
    ...declares(
      'erases-a-part',
      'erase-service-data',
      'erase-service-data',
      'one item that the services hold is erased by no function of the device',
      (good) => ({
        ...good,
        deletionFunctions: good.deletionFunctions.map((row) =>
          row.scope === 'own-data'
            ? { ...row, deletes: row.deletes.filter((item) => item !== 'usage-statistics') }
            : row,
        ),
      }),
    ),
    unit: 'new-home',
  },
  {
    name: 'confirms-what-it-keeps',
    case: 'deletion-confirmation',
    topic: 'deletion-confirmation',
    fault: 'a person gets a confirmation while the services still hold what was erased',
    made: { by: 'artefact', plant: holding(KEEPS_A_COPY) },
    unit: 'new-home',
  },
  {
    ...declares(
      'confirms-for-a-party-that-nobody-asked',
      'deletion-confirmation',
      'deletion-confirmation',
      'the confirmation says nothing of an advertiser who has the data too',
      (good) => ({
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
    ),
    unit: 'new-home',
  },
];

const withYes = (given: ReadonlyMap<string, unknown>): Map<string, unknown> =>
  new Map([...given].map(([name, value]) => [name, name === 'usage-statistics' ? 'on' : value]));
