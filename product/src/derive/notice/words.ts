import type { Language } from '@hearthward/standards';
import type { DataParty, PersonalData } from '../../schema/declaration.ts';

/** The fixed words of the privacy notice, by language. */
export interface NoticeWords {
  readonly title: string;
  readonly version: string;
  readonly sensors: string;
  readonly personalData: string;
  readonly telemetry: string;
  readonly parties: string;
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
  readonly advertisers: string;
  readonly of: string;
  readonly storedAt: string;
  readonly kept: string;
  readonly untilDeleted: string;
  readonly consent: string;
  readonly withdraw: string;
  readonly stops: string;
  readonly pseudonym: string;
  readonly usedBy: string;
  readonly rounded: string;
  readonly personal: string;
  readonly notPersonal: string;
  readonly days: (count: number) => string;
  readonly every: (seconds: number) => string;
  readonly within: (seconds: number) => string;
  readonly whose: Readonly<Record<NonNullable<PersonalData['of']>, string>>;
  readonly roles: Readonly<Record<DataParty['role'], string>>;
  readonly legalBasis: Readonly<Record<PersonalData['legalBasis'], string>>;
  readonly places: Readonly<Record<PersonalData['storedAt'][number], string>>;
}

export const NOTICE_WORDS: Readonly<Record<Language, NoticeWords>> = {
  en: {
    title: 'Privacy notice',
    version: 'Version of this notice',
    sensors: 'What it senses',
    personalData: 'What it keeps about you and your home',
    telemetry: 'What it sends',
    parties: 'Who else has it',
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
    advertisers: 'Advertisers who get it',
    of: 'Whose it is',
    storedAt: 'Stored',
    kept: 'Kept for',
    untilDeleted: 'until you delete it',
    consent: 'Your consent',
    withdraw: 'To withdraw it',
    stops: 'After that it stops',
    pseudonym: 'Sent under a number that changes after',
    usedBy: 'Used by',
    rounded: 'rounded to',
    personal: 'personal data',
    notPersonal: 'not personal data',
    days: (count) => (count === 1 ? '1 day' : `${count} days`),
    every: (seconds) => `at most every ${seconds} s`,
    within: (seconds) => (seconds === 0 ? 'at once' : `within ${seconds} s`),
    whose: { household: 'of everybody who lives with the device', person: 'of each person who uses it' },
    roles: {
      processor: 'works for the manufacturer',
      'third-party': 'another company',
      advertiser: 'advertiser',
      app: 'app',
    },
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
    version: 'Versi notis ini',
    sensors: 'Apa yang dikesan',
    personalData: 'Apa yang disimpan tentang anda dan rumah anda',
    telemetry: 'Apa yang dihantar',
    parties: 'Siapa lagi yang memilikinya',
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
    advertisers: 'Pengiklan yang menerimanya',
    of: 'Milik siapa',
    storedAt: 'Disimpan',
    kept: 'Tempoh simpanan',
    untilDeleted: 'sehingga anda memadamkannya',
    consent: 'Persetujuan anda',
    withdraw: 'Untuk menarik balik',
    stops: 'Selepas itu ia berhenti',
    pseudonym: 'Dihantar di bawah nombor yang berubah selepas',
    usedBy: 'Digunakan oleh',
    rounded: 'dibundarkan kepada',
    personal: 'data peribadi',
    notPersonal: 'bukan data peribadi',
    days: (count) => `${count} hari`,
    every: (seconds) => `paling kerap setiap ${seconds} s`,
    within: (seconds) => (seconds === 0 ? 'serta-merta' : `dalam ${seconds} s`),
    whose: { household: 'semua orang yang tinggal dengan peranti', person: 'setiap orang yang menggunakannya' },
    roles: {
      processor: 'bekerja untuk pengeluar',
      'third-party': 'syarikat lain',
      advertiser: 'pengiklan',
      app: 'aplikasi',
    },
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
