import { ERASURE_TYPE, type KeyEntry } from '@hearthward/protocol';
import { LIFETIMES } from '../authority/lifetimes.ts';
import { DAY } from '../clock.ts';
import type { ServiceKeyId, ServiceOwner } from './register.ts';

/** The key whose signatures people keep. */
export const CONFIRMATIONS: KeyEntry<ServiceKeyId, ServiceOwner> = {
  id: 'confirmations',
  use: 'signature',
  purpose: 'signs confirmations of erasures (DSSE)',
  labels: [ERASURE_TYPE],
  owner: 'authority',
  releasedTo: 'privacy',
  kept: 'authority/, sealed; in memory while it signs',
  made: 'when the first erasure is confirmed, and with each certificate',
  rotation: {
    how: 'a new key and certificate; what was signed is held against the day it was signed on',
    everyDays: LIFETIMES.confirmations / DAY,
    asked: 'by nobody',
  },
  destroyed: 'overwritten by its successor',
};
