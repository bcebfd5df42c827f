import { createRequire } from 'node:module';
import { dictionary } from '@zxcvbn-ts/language-common';
import { COMMON_PASSWORDS } from '../device/src/access/passwords/common.ts';
import { filterOf } from '../device/src/access/passwords/listed.ts';
import { normalForms } from '../device/src/access/passwords/rules.ts';

/** The device's list of common passwords, compiled: never the list itself, only whether something is on it. */

export const FILTER_FILE = 'device/src/access/passwords/common.filter';

const PACKAGE = '@zxcvbn-ts/language-common';

export const listedPasswords = (): readonly string[] => [
  ...COMMON_PASSWORDS,
  ...dictionary['passwords-common'].map((word) => word.normalize('NFC').toLowerCase()),
];

/** shorter ones would be met by chance in the middle of good passwords */
const LEAST = 3;

export function commonFilter(): Buffer {
  const forms = new Set(
    listedPasswords()
      .flatMap(normalForms)
      .filter((form) => form.length >= LEAST),
  );
  const { bits, hashes } = filterOf(forms);
  const { version, license } = createRequire(import.meta.url)(`${PACKAGE}/package.json`) as Record<string, string>;
  const head = `Common passwords as a Bloom filter: ${forms.size} forms, ${hashes} hashes of SHA-256; made from common.ts and ${PACKAGE} ${version} (${license}, https://github.com/zxcvbn-ts/zxcvbn)\n`;
  return Buffer.concat([Buffer.from(head), bits]);
}
