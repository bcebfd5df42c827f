import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { observeRunning, Running, systemIsGiven, UNDECLARED } from './running.ts';

/** Each process runs under the account that is declared for it, with no right beyond it, and cannot change what it runs. */
export const leastPrivilegeSoftware: Case = {
  id: 'least-privilege-software',
  topic: 'least-privilege-software',
  title: 'Reads accounts, capabilities, sockets and code of the product’s processes from the running system.',
  ready: systemIsGiven,
  effect: 'reading',
  observe: observeRunning,
  judge,
};

const ROOT = 0;

// EN 303 645 5.6-7, TS 103 645 4.6-5, G044 6.6.7: what runs has the rights that its work needs, and no others
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, { process: Running });
  const declared = seen.declaration.privilegeControls;
  const running = rows.process;
  if (running.length === 0) return weigh(parts, 'no process of the product was seen');
  const unseen = declared.filter(({ id }) => !running.some(({ subject }) => subject === id));
  return weigh(
    [
      ...parts,
      ...running.flatMap((each) => ofOne(each, seen)),
      ...sharedAccounts(running, seen),
      ...unseen.map(({ id, commandLine }) =>
        open(commandLine ? `${id} was not running` : `by which words ${id} is known is not declared`),
      ),
      pass(`${running.length} processes have the accounts and rights that are declared for them`, idsOf(running)),
    ],
    'no process of the product was seen',
  );
}

const ofOne = ({ id, subject, data }: Reading<Running>, { declaration }: Seen): readonly Part[] => {
  const row = declaration.privilegeControls.find((each) => each.id === subject);
  const name = row?.id ?? `process ${data.pid}`;
  const isRoot = data.users.includes(ROOT);
  const kept = data.capabilities.filter((each) => !row?.capabilities?.includes(each));
  const found: Part[] = [];
  if (isRoot && data.network) found.push(fail(`${name} has a connection to the network and runs as root`, [id]));
  else if (isRoot && row?.user !== 'root') found.push(fail(`${name} runs as root, which is not declared`, [id]));
  if (!isRoot && row?.user === 'root') found.push(open(`${name} is declared to be root’s and is not`, [id]));
  if (!isRoot && kept.length > 0) found.push(fail(`${name} keeps ${kept.join(', ')}`, [id]));
  if (!isRoot && data.writable.length > 0)
    found.push(fail(`${name} can change what it runs: ${data.writable.join(', ')}`, [id]));
  if (!isRoot && data.code === 0) found.push(open(`the code of ${name} was not seen`, [id]));
  if (data.unread.length > 0) found.push(open(`${name}: ${data.unread.join(', ')} could not be read`, [id]));
  if (subject === UNDECLARED) found.push(open(`process ${data.pid} is none of those that are declared`, [id]));
  return found;
};

/** An account that two have gives each the rights of the other. */
const sharedAccounts = (running: readonly Reading<Running>[], { declaration }: Seen): readonly Part[] => {
  const userOf = (id: string): string | undefined => declaration.privilegeControls.find((each) => each.id === id)?.user;
  return running.flatMap((one, at) =>
    running.slice(at + 1).flatMap((other) => {
      const shared = one.data.users.find((user) => user !== ROOT && other.data.users.includes(user));
      const apart = userOf(one.subject) !== userOf(other.subject);
      if (shared === undefined || one.subject === other.subject) return [];
      const both = `${one.subject} and ${other.subject} have the same account (${shared})`;
      if (apart) return [fail(`${both}, and are declared to have different ones`, [one.id, other.id])];
      if (one.data.network !== other.data.network)
        return [open(`whether ${both} although only one has the network is necessary`, [one.id, other.id])];
      return [];
    }),
  );
};
