import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { compareStorages, type ValueKind } from './shared-values.ts';

/** Pairs of storages with one secret planted in both, to show that the comparison finds what it is for. */
export async function samples(): Promise<readonly { readonly kind: ValueKind; readonly found: boolean }[]> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const planted: Readonly<Record<ValueKind, Buffer>> = {
    'private key': between(privateKey.export({ type: 'pkcs8', format: 'der' })),
    'named secret': between(`{"updateKey":"${randomBytes(32).toString('base64url')}a1"}`),
    'key file': randomBytes(32),
    'random text': between(`{"c":"${randomBytes(32).toString('hex')}"}`),
    'random bytes': randomBytes(48),
  };
  const found: { kind: ValueKind; found: boolean }[] = [];
  for (const kind of Object.keys(planted) as ValueKind[]) {
    const both = () => storage(planted[kind]);
    const { shared } = await compareStorages(both, both);
    found.push({ kind, found: shared.some((each) => each.kind === kind) });
  }
  return found;
}

const between = (secret: string | Buffer): Buffer =>
  Buffer.concat([randomBytes(32), Buffer.from('\n'), Buffer.from(secret), Buffer.from('\n'), randomBytes(32)]);

async function* storage(bytes: Buffer): AsyncGenerator<{ readonly path: string; readonly bytes: Uint8Array }> {
  yield { path: 'planted', bytes };
}
