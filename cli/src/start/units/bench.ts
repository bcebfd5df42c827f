import { createPrivateKey, X509Certificate } from 'node:crypto';
import declaration from '@hearthward/example-hub';
import type { FactoryBundle } from '@hearthward/protocol';
import { makeBenchIdentity } from '@hearthward/testbed';
import type { BenchUnit, DataFolder } from '../data-folder.ts';
import type { Part } from '../processes.ts';

/** Less than this left and the certificate is made again: an assessment must not end with a certificate that did. */
const RENEW_BEFORE_MS = 7 * 86_400_000;

/** Files of a client certificate that the services accept: of an unsold unit, made once and again when it is near its end. */
export const keepBenchIdentity = async (
  data: DataFolder,
  services: Part,
  unit: BenchUnit,
): Promise<{ readonly certificate: string; readonly key: string }> => {
  const [certificate, key] = [`${unit}.crt`, `${unit}.key`] as const;
  const files = { certificate: data.secretFile(certificate), key: data.secretFile(key) };
  if (isGood(data.secret(certificate), data.secret(key))) return files;
  const made = await makeBenchIdentity(declaration.product.id, async (request, batch) => {
    const answer = await services.ask({ type: 'make-device', request, batch });
    return answer['bundle'] as FactoryBundle;
  });
  // The certificate last: it is what says that both are there.
  data.keepSecret(key, made.key);
  data.keepSecret(certificate, made.certificate);
  return files;
};

const isGood = (certificate: string | undefined, key: string | undefined): boolean => {
  if (certificate === undefined || key === undefined) return false;
  const read = new X509Certificate(certificate);
  // an assessor that renews it replaces two files, and may have been ended between them
  if (!read.checkPrivateKey(createPrivateKey(key))) return false;
  return read.validToDate.getTime() - Date.now() > RENEW_BEFORE_MS;
};
