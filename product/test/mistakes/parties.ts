import type { DataParty, Declaration } from '../../src/index.ts';
import { part, type Mistake } from './mistake.ts';

const item = (it: Declaration, id: string) => part(it.personalData.find((one) => one.id === id));

const party: DataParty = {
  id: 'host',
  name: 'Example Hosting',
  role: 'processor',
  where: ['MY'],
  purpose: { en: 'Runs the machines.', ms: 'Mengendalikan mesin.' },
  items: ['room-climate'],
  erases: { how: 'on-call', withinDays: 7 },
};

const ended = { suite: 'hpke-next', publicKey: 'A'.repeat(43), from: '2024-01-01', until: '2025-01-01' };

/** Who else has personal data, and what is promised of its end. */
export const PARTY_MISTAKES: readonly Mistake[] = [
  {
    rule: 'party-without-row',
    name: 'a company that gets the climate and is declared nowhere',
    spoil: (it) => item(it, 'room-climate').recipients.push('Example Brokers'),
    path: '/personalData/1/recipients/0',
  },
  {
    rule: 'party-without-row',
    name: 'a company that works on usage and is declared nowhere',
    spoil: (it) => item(it, 'usage-statistics').processedBy.push('Example Hosting'),
    path: '/personalData/2/processedBy/1',
  },
  {
    rule: 'unknown-reference',
    name: 'a party with an item that is not declared',
    spoil: (it) => {
      it.dataParties = [{ ...party, items: ['habits'] }];
    },
    path: '/dataParties/0/items/0',
  },
  {
    rule: 'unknown-reference',
    name: 'climate that is sealed to nobody',
    spoil: (it) => (item(it, 'room-climate').sealedTo = 'owner-app'),
    path: '/personalData/1/sealedTo',
  },
  {
    rule: 'party-not-told',
    name: 'a host that no item names',
    spoil: (it) => {
      it.dataParties = [party];
    },
    path: '/dataParties/0/items/0',
  },
  {
    rule: 'party-not-told',
    name: 'usage that is sealed to somebody who does not have it',
    spoil: (it) => {
      it.dataParties = [{ ...party, sealingKeys: [{ ...ended, until: '2040-01-01' }] }];
      item(it, 'room-climate').processedBy.push(party.name);
      item(it, 'usage-statistics').sealedTo = party.id;
    },
    path: '/personalData/2/sealedTo',
  },
  {
    rule: 'sensitive-not-sealed',
    name: 'presence that a care service gets, readable for whoever carries it',
    spoil: (it) => {
      it.dataParties = [{ ...party, role: 'third-party' }];
      Object.assign(item(it, 'room-climate'), {
        sensitive: true,
        processedBy: ['the hub itself'],
        recipients: [party.name],
      });
    },
    path: '/personalData/1/sensitive',
  },
  {
    rule: 'sealed-without-key',
    name: 'climate that is sealed to a host without a key',
    spoil: (it) => {
      it.dataParties = [party];
      item(it, 'room-climate').processedBy.push(party.name);
      item(it, 'room-climate').sealedTo = party.id;
    },
    path: '/personalData/1/sealedTo',
  },
  {
    rule: 'sealed-without-key',
    name: 'climate that is sealed to a host whose key has ended',
    spoil: (it) => {
      it.dataParties = [{ ...party, sealingKeys: [ended] }];
      item(it, 'room-climate').processedBy.push(party.name);
      item(it, 'room-climate').sealedTo = party.id;
    },
    path: '/personalData/1/sealedTo',
  },
  {
    rule: 'advertiser-without-consent',
    name: 'an advertiser who gets what the product needs',
    spoil: (it) => {
      it.dataParties = [{ ...party, role: 'advertiser' }];
      item(it, 'room-climate').recipients.push(party.name);
    },
    path: '/dataParties/0/items/0',
  },
  {
    rule: 'withdrawal-without-time',
    name: 'consent that stops some day',
    spoil: (it) => delete part(item(it, 'usage-statistics').consent).withinSeconds,
    path: '/personalData/2/consent',
  },
  {
    rule: 'personal-data-not-removable',
    name: 'climate that stays at the services for ever',
    spoil: (it) => {
      for (const [code, ref] of REMOVAL) delete it.rows[code]?.[ref];
      const deletes = it.personalData.map(({ id }) => id).filter((id) => id !== 'room-climate');
      const before = it.deletionFunctions.filter(({ where }) => !where.includes('services'));
      const way = part(before[0]);
      it.deletionFunctions = [
        ...before,
        {
          id: 'removal',
          description: way.description,
          deletes,
          where: ['services'],
          backupsWithinDays: 30,
          confirmation: way.confirmation,
        },
      ];
    },
    path: '/personalData/1/storedAt',
  },
  {
    rule: 'confirmation-before-undo',
    name: 'data that is said to be gone while it can be had back',
    spoil: (it) => Object.assign(part(it.deletionFunctions[0]), { undoHours: 72, confirmedWithinHours: 24 }),
    path: '/deletionFunctions/0/confirmedWithinHours',
  },
  {
    rule: 'backups-without-end',
    name: 'backups that outlive what was deleted',
    spoil: (it) => {
      it.backupsKept = true;
      it.deletionFunctions = it.deletionFunctions.slice(0, 1);
      const way = part(it.deletionFunctions[0]);
      way.where.push('services');
      delete way.backupsWithinDays;
    },
    path: '/deletionFunctions/0/backupsWithinDays',
  },
  {
    rule: 'text-without-translation',
    name: 'a notice of which a part is in one language',
    spoil: (it) => (item(it, 'room-climate').category = 'weather indoors'),
    path: '/translations/ms',
  },
];

/** The rows of removal from services, which a product may have declared N. */
const REMOVAL = [
  ['etsi-ts-103-645@1.1.1', '4.11-1'],
  ['etsi-en-303-645@2.1.1', '5.11-2'],
  ['mcmc-g044@2023', '6.11.2'],
] as const;
