import type { Declaration } from '@hearthward/product';
import type { Case, Data, Judgement } from '../../../src/model.ts';
import { LAMP } from '../access/fake-declaration.ts';

/** A lamp whose people decide of two things, and that sends three. */
const words = (en: string) => ({ en });
const item = (id: string, more: Partial<Declaration['personalData'][number]> = {}) => ({
  id,
  name: words(`Data of ${id}`),
  category: 'usage',
  sensitive: false,
  purpose: words(`To know of ${id}`),
  legalBasis: 'consent' as const,
  processedBy: ['Lamps Ltd'],
  recipients: [],
  storedAt: ['services' as const],
  retentionDays: 30,
  communicatedOver: ['cloud'],
  consent: {
    how: 'asked',
    withdraw: 'any time',
    withinSeconds: 0,
    control: {
      function: 'set-choices',
      field: id,
      given: 'yes',
      withdrawn: 'no',
      shown: { function: 'home', field: id },
    },
  },
  ...more,
});
const { consent: _, ...byContract } = item('climate', { legalBasis: 'contract' });
const field = (id: string, personalData: string | false, everySeconds: number) => ({
  id,
  name: words(id),
  type: 'number' as const,
  minimum: 0,
  maximum: 100,
  step: 0.5,
  everySeconds,
  personalData,
  purpose: words('To know.'),
  usedBy: ['Lamps Ltd'],
  over: 'cloud',
});
const choice = (name: string) => ({
  name,
  type: 'choice' as const,
  choices: ['yes', 'no'],
  example: 'no',
  absent: 'no',
});

export const TELLING_LAMP: Declaration = {
  ...LAMP,
  personalData: [byContract, item('habits'), item('advice')],
  telemetryData: [field('warmth', 'climate', 10), field('use', 'habits', 2), field('advised', 'advice', 2)],
  externalFunctions: [
    ...LAMP.externalFunctions,
    {
      id: 'set-choices',
      description: words('Decides'),
      service: 'panel',
      kind: 'change',
      securityRelevant: false,
      personalData: true,
      request: {
        transport: 'http',
        method: 'POST',
        path: '/choices',
        encoding: 'form',
        page: '/choices',
        fields: [choice('habits'), choice('advice')],
      },
      success: { status: [303] },
    },
  ],
};

/** The same, and a function by which a person has their data erased. */
export const ERASE = 'erase-mine';
export const FORGETFUL_LAMP: typeof TELLING_LAMP = {
  ...TELLING_LAMP,
  dataParties: [
    {
      id: 'weather',
      name: 'Weather Ltd',
      role: 'processor',
      where: ['MY'],
      purpose: words('To know the weather.'),
      items: ['climate'],
      erases: { how: 'on-call', withinDays: 1 },
    },
  ],
  deletionFunctions: [
    {
      id: ERASE,
      description: words('Erases my data'),
      deletes: ['climate', 'habits', 'advice'],
      where: ['device', 'services'],
      function: ERASE,
      confirmation: 'signed',
      scope: 'own-data',
      confirmedWithinHours: 24,
    },
  ],
  externalFunctions: [
    ...TELLING_LAMP.externalFunctions,
    {
      id: ERASE,
      description: words('Erases my data'),
      service: 'panel',
      kind: 'change',
      securityRelevant: false,
      personalData: true,
      purpose: 'erase-own-data',
      request: { transport: 'http', method: 'POST', path: '/erase', encoding: 'form', page: '/erase', fields: [] },
      success: { status: [303] },
    },
  ],
};

export type Told = readonly [kind: string, subject: string, data: Data];
export function judged(one: Case, told: readonly Told[], declaration = TELLING_LAMP): Judgement {
  const at = '2026-11-21T00:00:00.000Z';
  const observations = told.map(([kind, subject, data], n) => {
    return { id: `${one.id}/${n + 1}`, case: one.id, kind, subject, at, data, blobs: [] };
  });
  return one.judge({ declaration, observations, assessedAt: at });
}
