import type { Language } from '@hearthward/standards';
import type { EventKind, SecurityEvent } from '../seams.ts';

/** What an event says to the people of the home. */
export const textOf = (event: SecurityEvent, language: Language): string => {
  const [en, ms] = TEXTS[event.kind];
  const reason = REASONS[String(event.detail['because'] ?? '')];
  const text = language === 'ms' ? ms : en;
  return reason ? `${text} (${language === 'ms' ? reason[1] : reason[0]})` : text;
};

type Both = readonly [en: string, ms: string];

const TEXTS: Readonly<Record<EventKind, Both>> = {
  'login-succeeded': ['Someone logged in', 'Seseorang telah log masuk'],
  'login-failed': ['A login failed', 'Satu log masuk gagal'],
  'login-throttled': ['A login was held back after failures', 'Satu log masuk ditangguhkan selepas kegagalan'],
  logout: ['Someone logged out', 'Seseorang telah log keluar'],
  'session-ended': ['A session ended', 'Satu sesi telah tamat'],
  'password-changed': ['A password was changed', 'Satu kata laluan telah ditukar'],
  'set-up-completed': ['The set-up was completed', 'Penyediaan telah selesai'],
  'factory-reset': ['Everything was erased', 'Semuanya telah dipadamkan'],
  'setting-changed': ['A setting was changed', 'Satu tetapan telah ditukar'],
  'access-refused': ['A request was refused', 'Satu permintaan telah ditolak'],
  'device-started': ['The device started', 'Peranti telah dihidupkan'],
  enrolled: ['The device received its certificate', 'Peranti telah menerima sijilnya'],
  'channel-up': ['Connected to the manufacturer’s services', 'Disambungkan ke perkhidmatan pengeluar'],
  'channel-down': ['Connection to the manufacturer’s services lost', 'Sambungan ke perkhidmatan pengeluar terputus'],
  'exposure-drift': ['Something was open that is not declared', 'Sesuatu yang tidak diisytiharkan telah terbuka'],
};

const REASONS: Readonly<Record<string, Both>> = {
  idle: ['not used for a while', 'tidak digunakan seketika'],
  absolute: ['its time was over', 'tempohnya telah tamat'],
  clock: ['the clock was set back', 'jam telah diundurkan'],
  'another-login': ['someone logged in elsewhere', 'seseorang log masuk di tempat lain'],
  'password-changed': ['the password was changed', 'kata laluan telah ditukar'],
  reset: ['factory reset', 'set semula kilang'],
  'forged-request': ['it came from another site', 'ia datang dari laman lain'],
  'wrong-host': ['it named another host', 'ia menamakan hos lain'],
  'not-allowed': ['the account may not do that', 'akaun itu tidak dibenarkan berbuat demikian'],
};
