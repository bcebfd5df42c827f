import { ServicesFault } from '../../faults.ts';

/**
 * What PostgreSQL said, as a fault of ours. Its own words may repeat a value of a row, so that they go no further than the cause;
 * https://www.postgresql.org/docs/15/errcodes-appendix.html.
 */
export function postgresFault(error: unknown, where: string, phase: 'connecting' | 'working'): Error {
  if (error instanceof ServicesFault) return error;
  const code = codeOf(error);
  const fault = (name: ConstructorParameters<typeof ServicesFault>[0], what: string) =>
    new ServicesFault(name, what, error);
  switch (code) {
    case '28000':
    case '28P01':
      return fault('store-refused', `${where} does not know this user or password`);
    case '3D000':
      return fault('store-refused', `there is no ${where}`);
    case '42501':
      return fault('store-rights', `${where} does not let this user do what is needed`);
    case '25006':
      return fault('data-unwritable', `${where} can only be read, as a standby can`);
    case '53100':
      return fault('disk-full', `no space left for ${where}`);
    case 'ECONNREFUSED':
    case 'ENOENT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fault('store-unreachable', `${where} is not reachable (${code})`);
    default:
  }
  if (isUntrusted(error, code)) return fault('store-untrusted', `${where} does not prove that it is what is meant`);
  if (isLost(error, code))
    return phase === 'connecting'
      ? fault('store-unreachable', `${where} is not reachable`)
      : fault('store-lost', `the connection to ${where} was lost`);
  return Object.assign(new Error(`${where} refused a statement (${code ?? 'without a code'})`, { cause: error }), {
    code,
  });
}

/** whether the connection that said it is of no use any more */
export const isLost = (error: unknown, code = codeOf(error)): boolean =>
  code === undefined
    ? error instanceof Error && /^(Connection terminated|Client |timeout )/i.test(error.message)
    : /^08|^57P0|^53300$|^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED)$/.test(code);

/** what another try may mend, as long as nothing of it was done */
export const mayPass = (error: unknown): boolean =>
  isLost(error) || ['ECONNREFUSED', 'ENOENT', 'EAI_AGAIN'].includes(codeOf(error) ?? '');

const isUntrusted = (error: unknown, code: string | undefined): boolean =>
  (code !== undefined && /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(code)) ||
  (error instanceof Error && /does not support SSL/.test(error.message));

/** an SQLSTATE, or what the operating system calls it */
const codeOf = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
};
