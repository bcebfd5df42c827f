import type { Target } from '@hearthward/assessor';
import type { Twin } from '../twin.ts';
import { declares, holding, KEEPS_A_COPY, through } from './printed.ts';

/** Faults in how a person's data goes from the services: what is left of it, what is said of that, and what a backup brings back. */

/** Signed by somebody who has the manufacturer's certificates, and not its key (DSSE 1.0, protocol.md). */
const SIGNED_BY_ANOTHER = `const { generateKeyPairSync, sign } = process.getBuiltinModule('node:crypto');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const payload = Buffer.from(said.payload, 'base64');
const head = \`DSSEv1 \${said.payloadType.length} \${said.payloadType} \${payload.length} \`;
const sig = sign('sha256', Buffer.concat([Buffer.from(head), payload]), privateKey).toString('base64');
return { ...said, signatures: [{ ...said.signatures[0], sig }] };`;

/** Backups of which one command prints something else. */
const backingUp =
  (which: 'copies' | 'restored', altering: string) =>
  (target: Target, dir: string): Target =>
    target.backups === undefined
      ? target
      : { ...target, backups: { ...target.backups, [which]: through(target.backups[which], altering, dir) } };

export const ERASING_TWINS: readonly Twin[] = [
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
  {
    name: 'signs-with-another-key',
    case: 'deletion-confirmation',
    topic: 'deletion-confirmation',
    fault: 'the confirmation is signed with a key that is none of the manufacturer’s',
    made: {
      by: 'artefact',
      plant: (target, dir) =>
        target.confirmed === undefined
          ? target
          : {
              ...target,
              confirmed: { ...target.confirmed, ask: through(target.confirmed.ask, SIGNED_BY_ANOTHER, dir) },
            },
    },
    unit: 'new-home',
  },
  {
    name: 'backs-its-keys-up-too',
    case: 'backup-sanitisation',
    topic: 'backup-sanitisation',
    fault: 'a copy has what makes it readable with it, so that restoring it brings people back who were erased',
    made: { by: 'artefact', plant: backingUp('restored', KEEPS_A_COPY) },
    unit: 'new-home',
  },
  {
    name: 'keeps-copies-for-years',
    case: 'backup-sanitisation',
    topic: 'backup-sanitisation',
    fault: 'copies are kept for longer than people are told',
    made: {
      by: 'artefact',
      plant: backingUp(
        'copies',
        'return said.map((copy) => ({ ...copy, until: new Date(Date.parse(copy.until) + 7e10).toISOString() }));',
      ),
    },
    unit: 'new-home',
  },
];
