import { ServicesFault } from '../../faults.ts';
import { type Ending, KEPT, type Kept, type KeptWithdrawal, type Run, type VaultFile, WITHDRAWN } from './file.ts';

/** What is written into every file alike, and how one that was away is brought level. */

/** A subject is there, as it stands in `kept`; what stood there before is overwritten. */
export function putSubject(run: Run, kept: Kept): void {
  run(
    'update keys set wrapped = ? where slot = (select slot from subjects where subject = ?)',
    kept.wrapped,
    kept.subject,
  );
  run(
    'insert into keys (wrapped) select ? where not exists (select 1 from subjects where subject = ?)',
    kept.wrapped,
    kept.subject,
  );
  run(
    `insert into subjects (subject, slot, device_id, epoch, items, state, changed)
     values (?, coalesce((select slot from subjects where subject = ?), last_insert_rowid()), ?, ?, ?, ?, ?)
     on conflict (subject) do update set device_id = excluded.device_id, epoch = excluded.epoch, items = excluded.items, 
       state = excluded.state, changed = excluded.changed`,
    kept.subject,
    kept.subject,
    kept.device_id,
    kept.epoch,
    kept.items,
    kept.state,
    kept.changed,
  );
}

export function putLink(run: Run, subject: string, account: string, verifier: string): void {
  run('insert into accounts (account, verifier) values (?, ?) on conflict do nothing', account, verifier);
  run(
    'insert into links (subject, account) values (?, ?) on conflict (subject) do update set account = excluded.account',
    subject,
    account,
  );
}

/** Nothing leads from the code to anybody any more, and nothing will: a device that still has it links nothing to it. */
export function putAccountEnd(run: Run, account: string, at: number): void {
  run('delete from links where account = ?', account);
  run('delete from accounts where account = ?', account);
  run('insert into ended_accounts (account, at) values (?, ?) on conflict do nothing', account, at);
}

/** The later one counts, in whatever order they come. */
export function putWithdrawal(run: Run, { subject, item, n, record }: KeptWithdrawal): void {
  run(
    `insert into withdrawals (subject, item, n, record) values (?, ?, ?, ?)
     on conflict (subject, item) do update set n = excluded.n, record = excluded.record where excluded.n > n`,
    subject,
    item,
    n,
    record,
  );
}

/** Its key is overwritten where it lies, its links are gone, and that it was ended stays. Again: the same. */
// EN 303 645 5.11-1, 5.11-2, G044 6.11.1, 6.11.2: what was kept of this person is unreadable, in every copy, from here on
export function putEnding(run: Run, { subject, erasure_id: erasureId, at }: Ending): void {
  run(
    'update keys set wrapped = zeroblob(length(wrapped)) where slot = (select slot from subjects where subject = ?)',
    subject,
  );
  run('delete from subjects where subject = ?', subject);
  run('delete from withdrawals where subject = ?', subject);
  const account = '(select account from links where subject = ?)';
  run(
    `delete from accounts where account = ${account} and not exists (select 1 from links l where l.account = ${account} and l.subject <> ?)`,
    subject,
    subject,
    subject,
  );
  run('delete from links where subject = ?', subject);
  run('insert into endings (subject, erasure_id, at) values (?, ?, ?) on conflict do nothing', subject, erasureId, at);
}

/**
 * Files that do not end with the same write are made one: what was ended in any is ended in all, whichever is the older;
 * else the row that was written later counts. Answers the count that the next write goes on from.
 */
export function level(primary: VaultFile, replicas: readonly VaultFile[], nextHead: (after: number) => string): number {
  const files = [primary, ...replicas];
  const latest = Math.max(...files.map((file) => countIn(file)));
  if (files.every((file) => file.head() === primary.head())) return latest;
  const head = nextHead(latest);
  const endings = files.flatMap((file) => file.all('select subject, erasure_id, at from endings') as readonly Ending[]);
  const ended = new Set(endings.map(({ subject }) => subject));
  const kept = new Map<string, Kept>();
  for (const file of files)
    for (const row of file.all(KEPT) as readonly Kept[]) {
      const other = kept.get(row.subject);
      if (!ended.has(row.subject) && (!other || other.changed < row.changed)) kept.set(row.subject, row);
    }
  const links = files.flatMap(
    (file) =>
      file.all(
        'select l.subject, l.account, a.verifier from links l join accounts a on a.account = l.account',
      ) as readonly { subject: string; account: string; verifier: string }[],
  );
  const endedAccounts = files.flatMap(
    (file) => file.all('select account, at from ended_accounts') as readonly { account: string; at: number }[],
  );
  const withdrawn = files.flatMap((file) => file.all(WITHDRAWN) as readonly KeptWithdrawal[]);
  for (const file of files) {
    file.write(head, (run) => {
      for (const row of kept.values()) putSubject(run, row);
      for (const row of withdrawn) putWithdrawal(run, row);
      for (const { subject, account, verifier } of links)
        if (kept.has(subject)) putLink(run, subject, account, verifier);
      for (const { account, at } of endedAccounts) putAccountEnd(run, account, at);
      for (const ending of endings) putEnding(run, ending);
    });
    file.scrub();
  }
  return latest + 1;
}

/** A head is `COUNT.RANDOM`: files with the same one have the same rows. */
const countIn = (file: VaultFile): number => {
  const head = file.head();
  const count = head === '' ? 0 : Number(head.split('.')[0]);
  if (!Number.isSafeInteger(count))
    throw new ServicesFault('vault-damaged', `${file.where} does not say how far it is`);
  return count;
};
