import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, open, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { KNOWN, LISTENER_KINDS, observeListeners } from './listeners.ts';
import { judgeTcp, judgeUdp, unusedInterfaces } from './unused-interfaces.ts';

/** Telnet, FTP, SNMP, UPnP and the like run only where the declaration gives their purpose. */
export const softwareServices: Case = {
  id: 'software-services',
  topic: 'software-services',
  title: 'Looks for services that the product does not declare a purpose for, the often attacked ones by name.',
  ready: unusedInterfaces.ready,
  effect: 'reading',
  observe: observeListeners,
  judge,
};

// EN 303 645 5.6-5, TS 103 645 4.6-3, G044 6.6.5, G045 PL-3-1: no service without a need.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, LISTENER_KINDS);
  const risky: Part[] = rows.scan.flatMap((row) => {
    const told = row.data.declared
      .filter((each) => NEVER.has(KNOWN[each.port] ?? '') && row.data.open.includes(each.port))
      .map((each) => `${KNOWN[each.port] ?? ''} (${each.service})`);
    return told.length === 0
      ? []
      : [fail(`a service runs that no consumer product needs: ${told.join(', ')}`, [row.id])];
  });
  const purposeless = seen.declaration.softwareServices.filter((each) => each.purpose.trim() === '');
  return weigh(
    [
      ...parts,
      ...risky,
      ...purposeless.map((each) => open(`${each.id}: its purpose is not declared`)),
      ...judgeTcp(rows.scan),
      ...judgeUdp(rows.udp, rows.scan),
    ],
    'nothing was scanned',
  );
}
/** Without any protection by their nature; a declaration does not make them needed. */
const NEVER = new Set(['Telnet', 'FTP', 'rexec', 'rlogin', 'rsh']);
