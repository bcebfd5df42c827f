import type { BodyOutcome } from './body.ts';

/**
 * A form with files (RFC 7578), read strictly: the parts one after the other, two headers, each name once. What a client
 * calls its file, and says that it is, is not read. Text is text, a file is its bytes.
 */
const MAX_PARTS = 16;
const MAX_HEAD_BYTES = 1_024;
/** RFC 2046, 5.1.1: 1 to 70 characters */
const BOUNDARY = /^multipart\/form-data; ?boundary="?([0-9A-Za-z'()+_,./:=?-]{1,70})"?$/i;
const DISPOSITION = /^content-disposition: form-data; name="([\w-]{1,64})"(; filename="[^"\r\n]*")?$/i;
const TYPE = /^content-type: [\w!#$&^.+;= /-]{1,127}$/i;

// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1: what is not exactly a form with files is refused
// boundary panel-files: anyone on the home network -> readMultipart, at most 64 KiB more than the declared files, else 400 or 413;
// device/test/panel/files.test.ts
export function readMultipart(bytes: Uint8Array, mediaType: string): BodyOutcome {
  const boundary = BOUNDARY.exec(mediaType.trim())?.[1];
  if (boundary === undefined) return malformed('no boundary');
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Map<string, unknown>();
  if (!body.subarray(0, boundary.length + 4).equals(Buffer.from(`--${boundary}\r\n`))) return malformed('no part');
  let at = boundary.length + 4;
  for (;;) {
    const head = body.subarray(at, at + MAX_HEAD_BYTES).indexOf('\r\n\r\n');
    const said = head < 0 ? undefined : headOf(body.toString('utf8', at, at + head));
    if (!said || fields.has(said.name) || fields.size >= MAX_PARTS) return malformed('a part that is none');
    const from = at + head + 4;
    const to = body.indexOf(`\r\n--${boundary}`, from);
    if (to < 0) return malformed('a part without end');
    const value = valueOf(body.subarray(from, to), said.isFile);
    if (value === undefined) return malformed('not UTF-8');
    fields.set(said.name, value);
    at = to + boundary.length + 4;
    const next = body.toString('latin1', at, at + 2);
    if (next === '--')
      return /^(?:\r\n)?$/.test(body.toString('latin1', at + 2)) ? { ok: true, fields } : malformed('more');
    if (next !== '\r\n') return malformed('a part without end');
    at += 2;
  }
}

function headOf(text: string): { readonly name: string; readonly isFile: boolean } | undefined {
  const [first = '', second, ...more] = text.split('\r\n');
  const found = DISPOSITION.exec(first);
  if (!found?.[1] || more.length > 0 || (second !== undefined && !TYPE.test(second))) return undefined;
  return { name: found[1], isFile: found[2] !== undefined };
}

/** A copy: what came is overwritten. */
function valueOf(bytes: Buffer, isFile: boolean): string | Uint8Array | undefined {
  if (isFile) return new Uint8Array(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const malformed = (because: string): BodyOutcome => ({ ok: false, code: 'malformed', because });
