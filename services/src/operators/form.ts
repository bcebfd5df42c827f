import { parse, type ParsedUrlQuery } from 'node:querystring';
import { Type } from 'typebox';
import { LONGEST_REASON } from '../management/commands.ts';

/** Ten letters that say something: blanks are no reason. */
export const Reason = Type.String({ pattern: String.raw`^\s*\S[\s\S]{8,}\S\s*$`, maxLength: LONGEST_REASON });

/** Fields that are read; no form of the console has so many. */
const MOST_FIELDS = 64;

/** A form’s hostile bytes as fields, to be read by a schema: a name that comes twice has a list. The bytes are zero afterwards. */
// EN 303 645 5.4-1, G045 CR-1-2: a password stands in them
export function readForm(bytes: Uint8Array): ParsedUrlQuery {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return parse(text, '&', '=', { maxKeys: MOST_FIELDS });
  } finally {
    bytes.fill(0);
  }
}
