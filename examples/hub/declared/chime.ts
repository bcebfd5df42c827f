import type { Declaration } from '@hearthward/product';

/** The one file that people bring to the hub: a sound of their own for the door. */

/** Five seconds of 8,000 samples a second, one byte each, and the header. */
const MOST_BYTES = 48_000;
/** A hundredth of a second of a tone. */
const TONE =
  'UklGRnQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YVAAAACAo7m5o4BdR0ddgKO5uaOAXUdHXYCjubmjgF1HR12Ao7m5o4BdR0ddgKO5uaOAXUdHXYCjubmjgF1HR12Ao7m5o4BdR0ddgKO5uaOAXUdHXQ==';

export const fileFunctions: Declaration['externalFunctions'] = [
  {
    id: 'set-chime',
    description: { en: 'Takes a sound for the door: a WAV file of at most five seconds' },
    service: 'panel',
    kind: 'change',
    securityRelevant: false,
    personalData: false,
    request: {
      transport: 'http',
      method: 'POST',
      path: '/functions/set-chime',
      encoding: 'multipart',
      page: '/',
      fields: [{ name: 'chime', type: 'file', minimum: 1, maximum: MOST_BYTES, media: ['audio/wav'], example: TONE }],
    },
    success: { status: [303] },
  },
];

export const malwareProtection: NonNullable<Declaration['malwareProtection']> = {
  scanner: 'none',
  covers: ['set-chime'],
  besides:
    'the samples alone are read out of a strictly checked WAV file and written into a new one; nothing else of the file is kept, and nothing that people bring is ever run: only software that the manufacturer signed starts',
};
