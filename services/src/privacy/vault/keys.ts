import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DERIVATION, MAC, openValue, preferred, SEALING, sealValue, type Subject } from '@hearthward/protocol';
import { openSealedFolder } from '../../authority/sealed.ts';
import { ServicesFault } from '../../faults.ts';

/**
 * The key of each person, and what is done with it. In the vault it lies sealed under the wrapping key, which lies sealed
 * under `seal.key`: whoever has the vault's files alone opens nothing.
 */
export interface SubjectKeys {
  /** a new key, as it lies in the vault */
  readonly make: (subject: Subject) => Uint8Array;
  /** @throws ServicesFault `vault-seal` where it was wrapped under another vault's key */
  readonly of: (subject: Subject, wrapped: Uint8Array) => SubjectKey;
  /** the pseudonym of an enrolment whose device names none: reckoned, so that no row has to say whose an ended one was */
  readonly unnamed: (deviceId: string, epoch: number) => Subject;
  readonly forget: (subject: Subject) => void;
  readonly close: () => void;
}
export interface SubjectKey {
  readonly seal: (label: string, plain: Uint8Array) => Buffer;
  readonly open: (label: string, sealed: Uint8Array) => Buffer | undefined;
  /** the same for the same text; says nothing of it to who has no key */
  readonly mark: (text: string) => string;
}

/** @throws ServicesFault where keys are in the vault and what opens them is gone or of another vault */
export function openSubjectKeys(folder: string, isNew: boolean): SubjectKeys {
  const wrapping = ownKey(folder, 'wrapping', isNew);
  const naming = ownKey(folder, 'naming', isNew);
  const known = new Map<Subject, { readonly parts: readonly Buffer[]; readonly key: SubjectKey }>();
  const forget = (subject: Subject) => {
    for (const part of known.get(subject)?.parts ?? []) part.fill(0);
    known.delete(subject);
  };
  return {
    make(subject) {
      // key subject: one for each pseudonym
      const key = randomBytes(KEY_BYTES);
      const wrapped = sealValue(ALGORITHM, wrapping, labelOf(subject), key);
      key.fill(0);
      return wrapped;
    },
    of(subject, wrapped) {
      const found = known.get(subject);
      if (found) return found.key;
      // key vault-wrapping
      const root = openValue(() => wrapping, labelOf(subject), wrapped);
      if (!root) throw new ServicesFault('vault-seal', `${folder} has not the key that a subject’s was sealed under`);
      const [sealing, marking] = ['seal', 'mark'].map((purpose) => derive(root, purpose)) as [Buffer, Buffer];
      root.fill(0);
      const key: SubjectKey = {
        seal: (label, plain) => sealValue(ALGORITHM, sealing, label, plain),
        open: (label, sealed) => openValue(() => sealing, label, sealed),
        mark: (text) =>
          // key subject
          createHmac(MAC['hmac-sha256'].digest, marking)
            .update(text)
            .digest()
            .subarray(0, MARK_BYTES)
            .toString('base64url'),
      };
      const oldest = known.size >= KEYS_KEPT ? known.keys().next().value : undefined;
      if (oldest !== undefined) forget(oldest);
      known.set(subject, { parts: [sealing, marking], key });
      return key;
    },
    unnamed: (deviceId, epoch) =>
      // key vault-naming
      createHmac(MAC['hmac-sha256'].digest, naming)
        .update(`${deviceId}\n${epoch}`)
        .digest()
        .subarray(0, 16)
        .toString('base64url'),
    forget,
    close() {
      for (const subject of known.keys()) forget(subject);
      wrapping.fill(0);
      naming.fill(0);
    },
  };
}

const ALGORITHM = preferred('sealing', Date.now());
const KEY_BYTES = SEALING[ALGORITHM].keyBytes;
/** 96 bits: among a million messages of one person two meet with 10^-17 */
const MARK_BYTES = 12;
/** opened keys in memory; about 1 kB each */
const KEYS_KEPT = 10_000;

const labelOf = (subject: Subject) => `hearthward subject 1\n${subject}`;

const derive = (root: Uint8Array, purpose: string): Buffer =>
  // key subject: one for sealing, one for marks
  Buffer.from(hkdfSync(DERIVATION['hkdf-sha256'].digest, root, '', `hearthward subject ${purpose} 1`, KEY_BYTES));

function ownKey(folder: string, name: 'wrapping' | 'naming', isNew: boolean): Buffer {
  const file = `${name}.key`;
  const files = openSealedFolder(folder);
  let found;
  try {
    found = files.readSealed(file);
  } catch (error) {
    if (!(error instanceof ServicesFault) || error.code !== 'data-damaged') throw error;
    throw new ServicesFault(
      'vault-seal',
      `${join(folder, 'seal.key')} is not the one that this vault was sealed with`,
      error,
    );
  }
  if (found) return Buffer.from(found);
  if (!isNew) throw new ServicesFault('vault-seal', `${join(folder, file)} is missing`);
  // key vault-wrapping, vault-naming
  const key = randomBytes(KEY_BYTES);
  files.writeSealed(file, key);
  return key;
}
