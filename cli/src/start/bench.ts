import { X509Certificate } from 'node:crypto';
import declaration from '@hearthward/example-hub';
import type { FactoryBundle } from '@hearthward/protocol';
import { makeBenchIdentity } from '@hearthward/testbed';
import type { DataFolder } from './data-folder.ts';
import type { Part } from './processes.ts';

/** Less than this left and the certificate is made again: an assessment must not end with a certificate that did. */
const RENEW_BEFORE_MS = 7 * 86_400_000;

/** Files of a client certificate that the services accept: of an unsold unit, made once and again when it is near its end. */
export const keepBenchIdentity = async (
  data: DataFolder,
  services: Part,
): Promise<{ readonly certificate: string; readonly key: string }> => {
  const files = { certificate: data.secretFile('bench.crt'), key: data.secretFile('bench.key') };
  if (isGood(data.secret('bench.crt'), data.secret('bench.key'))) return files;
  const made = await makeBenchIdentity(declaration.product.id, async (request, batch) => {
    const answer = await services.ask({ type: 'make-device', request, batch });
    return answer['bundle'] as FactoryBundle;
  });
  // The certificate last: it is what says that both are there.
  data.keepSecret('bench.key', made.key);
  data.keepSecret('bench.crt', made.certificate);
  return files;
};

const isGood = (certificate: string | undefined, key: string | undefined): boolean =>
  certificate !== undefined &&
  key !== undefined &&
  new X509Certificate(certificate).validToDate.getTime() - Date.now() > RENEW_BEFORE_MS;
