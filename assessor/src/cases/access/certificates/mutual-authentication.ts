import type { Case, Judgement, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { judgeClients, type Rows } from './certificate-authentication.ts';
import { FALSE_SERVICE_KINDS, judgeDevice, observeFalseServices, otherConnections } from './false-services.ts';
import { Handshake, mutualReady, mutualServices, observeMutual } from './services.ts';

/**
 * Both ends prove themselves before data flows. The service’s end is met as its client: it shows a certificate of the
 * anchor that the target file names, and asks for one. The device’s end is met as its service, where the target file
 * gives a redirect: it says nothing to who is none.
 */
const KINDS = { handshake: Handshake, ...FALSE_SERVICE_KINDS };

export const mutualAuthentication: Case = {
  id: 'mutual-authentication',
  topic: 'mutual-authentication',
  title:
    'Looks whether the associated services prove themselves and ask every client for a certificate, and stands in for them to see whether the device speaks to a false one.',
  ready: mutualReady,
  // the device’s connections end, and come back
  effect: 'disturbing',
  observe: async (probe) => {
    await observeMutual(probe);
    await observeFalseServices(probe);
  },
  judge,
};

// G045 AU-3-2: device and service authenticate each other.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...mutualServices(seen.declaration).flatMap(({ id }) => [
        judgeClients(id, rows),
        judgeServer(id, rows),
        judgeDevice(id, rows),
      ]),
      ...otherConnections(seen.declaration),
    ],
    'no associated service with mutual authentication is declared',
  );
}

function judgeServer(name: string, rows: Rows): Part {
  const shown = of(rows.handshake, name).filter((row) => row.data.protocol !== '');
  if (shown.length === 0) return open(`${name}: its certificate was not seen`);
  const strangers = shown.filter((row) => !row.data.trusted);
  if (strangers.length > 0)
    return fail(`${name} shows a certificate that does not lead to the anchor given`, idsOf(strangers));
  const unasked = shown.filter((row) => !row.data.requested);
  if (unasked.length > 0) return fail(`${name} asks its clients for no certificate`, idsOf(unasked));
  return pass(`${name} proves itself by a certificate of the anchor given, and asks for the client’s`, idsOf(shown));
}
