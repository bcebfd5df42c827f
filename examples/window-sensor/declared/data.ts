import type { Declaration } from '@hearthward/product';

/** What it senses, keeps and sends: IXIT 21, 22, 24, 25. All of it stays at home. */
export const data: Pick<
  Declaration,
  'personalData' | 'dataParties' | 'externalSensors' | 'telemetryData' | 'deletionFunctions'
> = {
  dataParties: [],
  personalData: [
    {
      id: 'window-state',
      name: { en: 'Window open or closed', ms: 'Tingkap terbuka atau tertutup' },
      category: 'household observation',
      sensitive: false,
      purpose: { en: 'To show you which windows are open.', ms: 'Untuk menunjukkan tingkap yang terbuka.' },
      legalBasis: 'contract',
      processedBy: ['the hub at home'],
      recipients: [],
      of: 'household',
      storedAt: ['device'],
      retentionDays: 0,
      communicatedOver: ['hub-link'],
    },
  ],
  externalSensors: [
    {
      id: 'contact',
      name: { en: 'Contact sensor', ms: 'Penderia sentuh' },
      senses: { en: 'Whether the window is open', ms: 'Sama ada tingkap terbuka' },
      purpose: { en: 'To show which windows are open.', ms: 'Untuk menunjukkan tingkap yang terbuka.' },
      indicator: 'a light blinks once when the window opens or closes',
    },
  ],
  telemetryData: [
    {
      id: 'open',
      name: { en: 'Window open', ms: 'Tingkap terbuka' },
      type: 'boolean',
      everySeconds: 1,
      personalData: 'window-state',
      sensor: 'contact',
      purpose: { en: 'To show which windows are open.', ms: 'Untuk menunjukkan tingkap yang terbuka.' },
      usedBy: ['the hub at home'],
      over: 'hub-link',
    },
    {
      id: 'battery',
      name: { en: 'Battery', ms: 'Bateri' },
      type: 'integer',
      unit: '%',
      minimum: 0,
      maximum: 100,
      step: 10,
      everySeconds: 3600,
      personalData: false,
      purpose: { en: 'To ask for a new battery in time.', ms: 'Untuk meminta bateri baharu tepat pada masanya.' },
      usedBy: ['the hub at home'],
      over: 'hub-link',
    },
  ],
  deletionFunctions: [
    {
      id: 'reset-button',
      description: {
        en: 'Hold the button for ten seconds: the sensor forgets its hub and its last state.',
        ms: 'Tekan butang selama sepuluh saat: penderia melupakan hab dan keadaan terakhirnya.',
      },
      deletes: ['window-state', 'user-configuration', 'credentials'],
      where: ['device'],
      confirmation: 'the light blinks five times',
    },
  ],
};
