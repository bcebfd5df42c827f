import type { Desk, HttpFunction } from './desk.ts';
import type { Input } from './http/validate.ts';

/** Room beside the files of a form: its other fields, and the marks between its parts. */
const BESIDE_BYTES = 64 * 1024;

/** The limit of a body with the declared files in it; undefined where the function takes none. */
export function bodyLimitOf({ request: { encoding, fields } }: HttpFunction): number | undefined {
  if (encoding !== 'multipart') return undefined;
  const files = fields.filter(({ type }) => type === 'file').map(({ maximum }) => maximum ?? 0);
  return files.reduce((sum, each) => sum + each, BESIDE_BYTES);
}

/** The same input with each file as it was made anew, base64; undefined where one was refused, which is in the log then. */
export async function withFiles(desk: Desk, declared: HttpFunction, input: Input): Promise<Input | undefined> {
  const taken: Record<string, Input[string]> = { ...input };
  for (const { name, type, media } of declared.request.fields) {
    if (type !== 'file') continue;
    const bytes = Buffer.from(String(input[name]), 'base64');
    const { parts, scan } = desk.context;
    const file = await parts.takeFile(scan, media ?? [], bytes);
    if (!file.ok) {
      desk.record('file-refused', { function: declared.id, because: file.because });
      return undefined;
    }
    taken[name] = Buffer.from(file.bytes).toString('base64');
  }
  return taken;
}
