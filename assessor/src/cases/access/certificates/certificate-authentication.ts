import type { Case, Judgement, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { Handshake, mutualReady, mutualServices, observeMutual } from './services.ts';

/** The device proves itself with a certificate: its service lets nobody in without one. */
const KINDS = { handshake: Handshake };
export type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const certificateAuthentication: Case = {
  id: 'certificate-authentication',
  topic: 'certificate-authentication',
  title:
    'Connects to the associated services without a certificate, with one of its own making, and with the one given.',
  ready: mutualReady,
  effect: 'reading',
  observe: observeMutual,
  judge,
};

// G045 AU-1-9: devices are recognised by their certificates.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...mutualServices(seen.declaration).map((service) => judgeClients(service.id, rows))],
    'no associated service with mutual authentication is declared',
  );
}

export function judgeClients(name: string, rows: Rows): Part {
  const mine = of(rows.handshake, name);
  const by = (client: string) => mine.filter((row) => row.data.client === client);
  // Where TLS itself refuses who has no certificate, whoever gets past it was accepted for theirs.
  const byTls = by('none').some((row) => refusedByTls(row.data) && !row.data.ok);
  const forgers = by('self-signed').filter((row) => accepted(row.data) || (byTls && row.data.ok && answered(row.data)));
  const entered = [...by('none').filter((row) => accepted(row.data)), ...forgers];
  if (entered.length > 0) {
    const how = entered.map((row) =>
      row.data.client === 'none' ? 'without a certificate' : 'with a self-signed certificate',
    );
    return fail(`${name} lets a client in ${[...new Set(how)].join(' and ')}`, idsOf(entered));
  }
  const refused = by('none').filter((row) => refusedByTls(row.data));
  if (refused.length === 0) return open(`${name}: that a client without a certificate is refused`, idsOf(mine));
  const control = by('given').filter((row) => accepted(row.data) || (byTls && row.data.ok));
  if (control.length === 0) return open(`${name}: that the certificate given is accepted`, idsOf(mine));
  const forged = by('self-signed').filter((row) => refusedByTls(row.data));
  return pass(
    `${name} lets a client in with a certificate of its issuer only`,
    idsOf([...refused, ...forged, ...control]),
    forged.length > 0 ? [] : [`${name}: that a self-signed client certificate is refused`],
  );
}

export const accepted = (row: Handshake): boolean => row.ok && (row.returnCode ?? 0) === 0 && (row.status ?? 200) < 400;
/** A page that is not there was still looked for on behalf of somebody known. */
const answered = (row: Handshake): boolean => (row.returnCode ?? 0) === 0 && row.status !== 401 && row.status !== 403;
/** A service that is down refuses everybody; only a refusal in or after the handshake counts. */
export const refusedByTls = (row: Handshake): boolean =>
  row.returnCode !== undefined
    ? row.returnCode !== 0
    : row.status === 401 ||
      row.status === 403 ||
      (!row.ok && (row.because === 'tls' || row.because === 'reset' || row.requested));
