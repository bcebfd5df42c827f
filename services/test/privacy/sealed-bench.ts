import type { Declaration } from '@hearthward/product';
import { declarationOf } from '../declaration.ts';
import { base } from './kept-bench.ts';

/** A hub that tells a care service whether somebody moves at home, sealed to it. */

export const SUITE = 'hpke-x25519-chacha20-poly1305';

export const sealedDeclaration = (publicKeys: readonly string[], more: Partial<Declaration> = {}): Declaration =>
  declarationOf('hub', {
    personalData: [
      ...base.personalData,
      {
        ...base.personalData[0]!,
        id: 'presence',
        sensitive: true,
        processedBy: ['the hub itself'],
        recipients: ['Example Care'],
        sealedTo: 'care',
      },
    ],
    telemetryData: [
      ...base.telemetryData,
      {
        id: 'movements',
        name: { en: 'Movements' },
        type: 'number',
        everySeconds: 60,
        personalData: 'presence',
        purpose: { en: 'To notice that somebody needs help.' },
        usedBy: ['Example Care'],
        over: 'messages',
      },
    ],
    dataParties: [
      {
        id: 'care',
        name: 'Example Care',
        role: 'third-party',
        where: ['MY'],
        purpose: { en: 'To notice that somebody needs help.' },
        items: ['presence'],
        erases: { how: 'by-request', withinDays: 7 },
        sealingKeys: publicKeys.map((publicKey) => ({
          suite: SUITE,
          publicKey,
          from: '2026-01-01',
          until: '2027-01-01',
        })),
      },
    ],
    ...more,
  });
