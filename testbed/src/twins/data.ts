import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import type { Declaration } from '@hearthward/product';
import { type DeclaredKey, newRecipientKey, publicOf, type SuiteId } from '@hearthward/protocol';
import { inPlaceOf } from '../stand-ins/impostor.ts';
import { keepingOldFiles } from '../stand-ins/old-files.ts';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';
import { holding } from './printed.ts';

/** Faults of what is kept, shipped and printed. */

const artefact = (
  name: string,
  id: Twin['case'],
  topic: Twin['topic'],
  fault: string,
  plant: (target: Target, dir: string) => Target,
): Twin => ({
  name,
  case: id,
  topic,
  fault,
  made: { by: 'artefact', plant },
});

/** Software with one secret in it. */
const ships = (name: string, fault: string, module: () => string): Twin =>
  artefact(name, 'hard-coded-secrets', 'hard-coded-secrets', fault, (target, dir) => {
    const folder = fresh(dir, name);
    writeFileSync(join(folder, 'index.js'), 'export const start = () => 0;\n');
    writeFileSync(join(folder, 'update.js'), module());
    return { ...target, artefacts: { ...target.artefacts, software: [folder] } };
  });

const fresh = (dir: string, name: string): string => {
  const folder = join(dir, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
};

export const SUITE: SuiteId = 'hpke-x25519-chacha20-poly1305';
/** of a key that nobody has kept */
const CARE_KEY = { suite: SUITE, publicKey: publicOf(newRecipientKey(SUITE)), from: '2020-01-01', until: '2040-01-01' };

/** The climate of the room tells who is at home: a hub that sends it to a care service alone, sealed. */
export const sealedClimate = (hub: Declaration, key: DeclaredKey = CARE_KEY): Declaration => ({
  ...hub,
  personalData: hub.personalData.map((item) =>
    item.id === 'room-climate'
      ? { ...item, sensitive: true, processedBy: ['the hub itself'], recipients: ['Example Care'], sealedTo: 'care' }
      : item,
  ),
  dataParties: [
    {
      id: 'care',
      name: 'Example Care',
      role: 'third-party',
      where: ['MY'],
      purpose: { en: 'To notice that somebody needs help.', ms: 'Untuk mengesan seseorang memerlukan bantuan.' },
      items: ['room-climate'],
      erases: { how: 'by-request', withinDays: 7 },
      sealingKeys: [key],
    },
  ],
});

export const DATA_TWINS: readonly Twin[] = [
  part(
    'resets-in-name-only',
    'erase-device-data',
    'erase-device-data',
    'a factory reset says that it is done and leaves what people have put in',
    (good) => ({
      setup: (state, event) => (event.kind === 'reset' ? { state, effects: [] } : good.setup(state, event)),
    }),
  ),
  {
    name: 'keeps-its-old-files',
    case: 'secure-erase',
    topic: 'secure-erase',
    fault: 'copies of its files, as they were before people erased their data, stay in the storage',
    made: { by: 'company', start: keepingOldFiles },
    unit: 'new-home',
  },
  artefact(
    'numbers-its-passwords',
    'password-generation',
    'password-generation',
    'initial passwords are counted up',
    (target, dir) => {
      const file = join(dir, 'counted.csv');
      const rows = Array.from(
        { length: 600 },
        (_, index) =>
          `HH${String(index).padStart(8, '0')},02:00:00:00:${hex(index >> 8)}:${hex(index)},HEARTHWARD${String(100_000 + index)}`,
      );
      writeFileSync(file, `serial,mac,password\n${rows.join('\n')}\n`);
      return { ...target, artefacts: { ...target.artefacts, initialPasswords: file } };
    },
  ),
  artefact(
    'derives-passwords-from-serials',
    'password-generation',
    'password-generation',
    'initial passwords hold the serial number',
    (target, dir) => {
      const file = join(dir, 'derived.csv');
      const rows = Array.from({ length: 600 }, (_, index) => {
        const serial = `HH${String((index * 7_919) % 100_000_000).padStart(8, '0')}`;
        return `${serial},02:00:00:00:${hex(index >> 8)}:${hex(index)},QK${serial}ZTWP3M`;
      });
      writeFileSync(file, `serial,mac,password\n${rows.join('\n')}\n`);
      return { ...target, artefacts: { ...target.artefacts, initialPasswords: file } };
    },
  ),
  ships(
    'ships-a-key',
    'the software that ships holds a private key',
    () =>
      `export const key = ${JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))};\n`,
  ),
  ships(
    'ships-a-key-in-pieces',
    'the software that ships holds a private key in base64, in pieces and without its name',
    () => {
      const der = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
        type: 'pkcs8',
        format: 'der',
      });
      const pieces = der.toString('base64').match(/.{1,40}/g) ?? [];
      return `const blob =\n  ${pieces.map((piece) => `'${piece}'`).join(' +\n  ')};\nexport const load = () => atob(blob);\n`;
    },
  ),
  ships(
    'ships-a-token',
    'the software that ships holds a token for a service of others',
    () => `export const headers = { authorization: 'token ghp_${randomBytes(18).toString('hex')}' };\n`,
  ),
  ships(
    'ships-a-password',
    'the software that ships holds the password of a service account',
    () => "export const service = { user: 'support', password: 'changeme' };\n",
  ),
  artefact(
    'keeps-passwords-in-clear',
    'secure-storage',
    'secure-storage',
    'the owner’s password lies in the storage as it was typed',
    (target, dir) => {
      const folder = fresh(dir, 'storage-with-password');
      for (const from of target.artefacts?.storage ?? []) cpSync(from, folder, { recursive: true });
      const password = Object.values(target.accounts ?? {})[0]?.password ?? '';
      writeFileSync(join(folder, 'settings.json'), JSON.stringify({ owner: { password } }));
      return { ...target, artefacts: { ...target.artefacts, storage: [folder] } };
    },
  ),
  part(
    'keeps-names-in-plain',
    'personal-data-at-rest',
    'personal-data-at-rest',
    'what is sealed on the disk lies there in the clear as well',
    (good) => ({
      sealing: (...given) => {
        const sealer = good.sealing(...given);
        return {
          ...sealer,
          seal: (purpose, plain, by) => {
            const length = Buffer.alloc(4);
            length.writeUInt32BE(plain.length);
            return Buffer.concat([sealer.seal(purpose, plain, by), plain, length]);
          },
          // what lies there from before has nothing behind it
          open: (purpose, bytes) => sealer.open(purpose, bytes) ?? sealer.open(purpose, withoutPlain(bytes)),
        };
      },
    }),
  ),
  {
    name: 'gives-no-reason',
    case: 'justification',
    topic: 'justification',
    fault: 'a recommendation is declared as not followed, without a reason',
    made: {
      by: 'declaration',
      alter: (good) => ({
        ...good,
        rows: {
          ...good.rows,
          'etsi-en-303-645@2.1.1': { ...good.rows['etsi-en-303-645@2.1.1'], '5.7-1': { support: 'N', reason: ' ' } },
        },
      }),
    },
  },
  {
    name: 'carries-personal-data-over-tls-1-0',
    case: 'personal-data-in-transit',
    topic: 'personal-data-in-transit',
    fault: 'the service that takes personal data agrees to TLS 1.0 and nothing better',
    made: {
      by: 'company',
      start: (target) =>
        inPlaceOf(target, 'messages', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    },
  },
  {
    name: 'carries-sensitive-data-over-tls-1-0',
    case: 'sensitive-data-in-transit',
    topic: 'sensitive-data-in-transit',
    fault: 'the service that takes sensitive data of people agrees to TLS 1.0 and nothing better',
    declares: sealedClimate,
    runs: true,
    made: {
      by: 'company',
      start: (target) =>
        inPlaceOf(target, 'messages', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    },
  },
  {
    name: 'reads-what-is-sealed-to-somebody-else',
    case: 'sensitive-data-in-transit',
    topic: 'sensitive-data-in-transit',
    fault: 'the manufacturer’s services hold readable what is declared as sealed to a care service',
    declares: sealedClimate,
    runs: true,
    made: {
      by: 'artefact',
      plant: holding(
        'return said.map(({ sealedTo, ...row }) => sealedTo === undefined ? row : { ...row, field: "temperature", value: 21.5 });',
      ),
    },
  },
  {
    name: 'calls-sealed-what-anybody-reads',
    case: 'sensitive-data-in-transit',
    topic: 'sensitive-data-in-transit',
    fault: 'what is said to be sealed is the value in another writing',
    declares: sealedClimate,
    runs: true,
    made: {
      by: 'artefact',
      plant: holding(
        'const value = Buffer.from(JSON.stringify({ temperature: 21.5, humidity: 40, at: "at home" })).toString("base64url"); return said.map((row) => row.sealedTo === undefined ? row : { ...row, value });',
      ),
    },
  },
];

const withoutPlain = (bytes: Uint8Array): Uint8Array => {
  const behind = bytes.length < 4 ? 0 : Buffer.from(bytes).readUInt32BE(bytes.length - 4) + 4;
  return bytes.subarray(0, Math.max(0, bytes.length - behind));
};
const hex = (value: number): string => (value & 255).toString(16).padStart(2, '0');
