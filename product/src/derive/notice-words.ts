import type { Language } from '@hearthward/standards';
import type { PersonalData } from '../schema/declaration.ts';

/** The fixed words of the privacy notice, by language. */
export interface NoticeWords {
  readonly title: string;
  readonly sensors: string;
  readonly personalData: string;
  readonly telemetry: string;
  readonly deletion: string;
  readonly contact: string;
  readonly none: string;
  readonly nobody: string;
  readonly more: string;
  readonly confirmation: string;
  readonly purpose: string;
  readonly category: string;
  readonly sensitive: string;
  readonly basis: string;
  readonly processedBy: string;
  readonly recipients: string;
  readonly storedAt: string;
  readonly kept: string;
  readonly untilDeleted: string;
  readonly consent: string;
  readonly withdraw: string;
  readonly usedBy: string;
  readonly rounded: string;
  readonly personal: string;
  readonly notPersonal: string;
  readonly days: (count: number) => string;
  readonly every: (seconds: number) => string;
  readonly legalBasis: Readonly<Record<PersonalData['legalBasis'], string>>;
  readonly places: Readonly<Record<PersonalData['storedAt'][number], string>>;
}

export const NOTICE_WORDS: Readonly<Record<Language, NoticeWords>> = {
  en: {
    title: 'Privacy notice',
    sensors: 'What it senses',
    personalData: 'What it keeps about you and your home',
    telemetry: 'What it sends',
    deletion: 'How to delete it',
    contact: 'Whom to ask',
    none: 'Nothing.',
    nobody: 'nobody',
    more: 'Step by step',
    confirmation: 'You see that it is done',
    purpose: 'Purpose',
    category: 'Kind of data',
    sensitive: 'sensitive',
    basis: 'Why this is allowed',
    processedBy: 'Processed by',
    recipients: 'Passed on to',
    storedAt: 'Stored',
    kept: 'Kept for',
    untilDeleted: 'until you delete it',
    consent: 'Your consent',
    withdraw: 'To withdraw it',
    usedBy: 'Used by',
    rounded: 'rounded to',
    personal: 'personal data',
    notPersonal: 'not personal data',
    days: (count) => (count === 1 ? '1 day' : `${count} days`),
    every: (seconds) => `at most every ${seconds} s`,
    legalBasis: {
      contract: 'needed for what you bought',
      consent: 'your consent',
      'legal-obligation': 'the law asks for it',
      'legitimate-interest': 'a legitimate interest of the manufacturer',
    },
    places: {
      device: 'on the device',
      services: 'at the manufacturer’s services',
      app: 'in the app',
      'third-party': 'at a third party',
    },
  },
  ms: {
    title: 'Notis privasi',
    sensors: 'Apa yang dikesan',
    personalData: 'Apa yang disimpan tentang anda dan rumah anda',
    telemetry: 'Apa yang dihantar',
    deletion: 'Cara memadamkannya',
    contact: 'Siapa yang boleh dihubungi',
    none: 'Tiada.',
    nobody: 'tiada sesiapa',
    more: 'Langkah demi langkah',
    confirmation: 'Anda melihat bahawa ia selesai',
    purpose: 'Tujuan',
    category: 'Jenis data',
    sensitive: 'sensitif',
    basis: 'Asas pemprosesan',
    processedBy: 'Diproses oleh',
    recipients: 'Diserahkan kepada',
    storedAt: 'Disimpan',
    kept: 'Tempoh simpanan',
    untilDeleted: 'sehingga anda memadamkannya',
    consent: 'Persetujuan anda',
    withdraw: 'Untuk menarik balik',
    usedBy: 'Digunakan oleh',
    rounded: 'dibundarkan kepada',
    personal: 'data peribadi',
    notPersonal: 'bukan data peribadi',
    days: (count) => `${count} hari`,
    every: (seconds) => `paling kerap setiap ${seconds} s`,
    legalBasis: {
      contract: 'diperlukan untuk produk yang anda beli',
      consent: 'persetujuan anda',
      'legal-obligation': 'dikehendaki oleh undang-undang',
      'legitimate-interest': 'kepentingan sah pengeluar',
    },
    places: {
      device: 'pada peranti',
      services: 'pada perkhidmatan pengeluar',
      app: 'dalam aplikasi',
      'third-party': 'pada pihak ketiga',
    },
  },
};
