import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccountLink, Subject } from '@hearthward/protocol';
import type { Clock } from '../../clock.ts';
import { ServicesFault } from '../../faults.ts';
import type { ConsentRecord, SubjectOrigin, Vault } from '../seams.ts';
import {
  type Ending,
  hasVault,
  KEPT,
  type Kept,
  type KeptWithdrawal,
  openVaultFile,
  type Run,
  type VaultFile,
  WITHDRAWN,
} from './file.ts';
import { openSubjectKeys } from './keys.ts';
import { level, putAccountEnd, putEnding, putLink, putSubject, putWithdrawal } from './level.ts';

/** Who each pseudonym is, and its key, apart from what devices send; the same on the disk in every replica. */

/** of one device's enrolment: pseudonyms that are changed each day for ten years */
export const SUBJECTS_MOST = 4096;

export interface VaultFolders {
  /** `vault.sqlite` and the keys that open it */
  readonly folder: string;
  /** folders on other media, each with a `vault.sqlite` and no key */
  readonly replicas?: readonly string[];
  readonly clock: Clock;
  /** whether the store has data that only this vault's keys open: then a vault that is gone is not begun anew in silence */
  readonly expected?: boolean;
  readonly openFile?: typeof openVaultFile;
}

/** @throws ServicesFault where it is gone, damaged, owned, sealed by another key, or a replica cannot be used */
export function openVault({
  folder,
  replicas = [],
  clock,
  expected = false,
  openFile = openVaultFile,
}: VaultFolders): Vault {
  const isNew = ![folder, ...replicas].some(hasVault);
  if (isNew && expected) throw new ServicesFault('vault-gone', `${folder} has no vault`);
  const keys = openSubjectKeys(folder, isNew);
  const files: VaultFile[] = [];
  let count: number;
  try {
    for (const each of [folder, ...replicas]) files.push(openFile(each));
    count = level(primary(), files.slice(1), (after) => headOf(after + 1));
  } catch (error) {
    for (const file of files) file.close();
    keys.close();
    throw error;
  }

  // each message asks for one or two; a write forgets what it touched
  const found = new Map<Subject, Found | undefined>();
  const lookUp = (subject: Subject): Found | undefined => {
    if (found.has(subject)) return found.get(subject);
    if (found.size >= FOUND_KEPT) found.clear();
    const kept = primary().first(`${KEPT} where s.subject = ?`, subject) as Kept | undefined;
    const row = kept && { kept, origin: originIn(kept) };
    found.set(subject, row);
    return row;
  };
  const find = (subject: Subject) => lookUp(subject)?.kept;
  const isEnded = (subject: Subject) =>
    primary().first('select 1 from endings where subject = ?', subject) !== undefined;
  const keyOf = (subject: Subject) => {
    const kept = find(subject);
    return kept?.state === 'open' ? keys.of(subject, kept.wrapped) : undefined;
  };

  const vault: Vault = {
    async begin(subject, { deviceId, epoch, items, account: named }) {
      const account = named && hasEnded(named.account) ? undefined : named;
      if (isEnded(subject)) return 'ended';
      const kept = find(subject);
      if (kept && (kept.device_id !== deviceId || kept.epoch !== epoch)) return 'foreign';
      if (account && !mayLink(account)) return 'foreign';
      if (!kept && countFrom(deviceId, epoch) >= SUBJECTS_MOST) return 'too-many';
      const known = kept ? itemsIn(kept) : [];
      const all = [...new Set([...known, ...items])].sort();
      const isLinked = !account || linkOf(subject) === account.account;
      if (kept && isLinked && all.length === known.length) return 'known';
      const wrapped = kept?.wrapped ?? keys.make(subject);
      const row = { subject, wrapped, device_id: deviceId, epoch, items: JSON.stringify(all) };
      write([subject], (run, changed) => {
        putSubject(run, { ...row, state: kept?.state ?? 'open', changed });
        if (account) putLink(run, subject, account.account, account.verifier);
      });
      return kept ? 'known' : 'begun';
    },
    async unnamed(deviceId, epoch) {
      const subject = keys.unnamed(deviceId, epoch);
      if (!find(subject)) await vault.begin(subject, { deviceId, epoch, items: [] });
      return subject;
    },
    stateOf: (subject) => find(subject)?.state ?? (isEnded(subject) ? 'ended' : undefined),
    originOf: (subject) => lookUp(subject)?.origin,
    seal: (subject, label, plain) => keyOf(subject)?.seal(label, plain),
    open: (subject, label, sealed) => keyOf(subject)?.open(label, sealed),
    mark: (subject, text) => keyOf(subject)?.mark(text),
    subjectsOf: (account) =>
      (
        primary().all('select subject from links where account = ? order by subject', account) as readonly {
          subject: Subject;
        }[]
      ).map(({ subject }) => subject),
    subjectsFrom: (deviceId, epoch) =>
      (
        primary().all(
          'select subject from subjects where device_id = ? and epoch = coalesce(?, epoch) order by epoch, subject',
          deviceId,
          epoch ?? null,
        ) as readonly { subject: Subject }[]
      ).map(({ subject }) => subject),
    // the same work whether there is such an account or not
    verifies({ account, verifier }) {
      const found = verifierOf(account);
      return sameText(found ?? NOBODY, verifier) && found !== undefined;
    },
    async unlink(account) {
      const at = clock.now();
      write(vault.subjectsOf(account), (run) => putAccountEnd(run, account, at));
      for (const file of files) file.scrub();
    },
    async block(subjects, on) {
      const state = on ? 'blocked' : 'open';
      write(subjects, (run, changed) => {
        for (const subject of subjects)
          run('update subjects set state = ?, changed = ? where subject = ?', state, changed, subject);
      });
    },
    async end(subjects, erasureId) {
      const at = clock.now();
      count += 1;
      const head = headOf(count);
      const failures: unknown[] = [];
      // here first, so that nothing is read from now on, whatever a replica does; then each, and all again if one failed
      for (const file of files)
        try {
          file.write(head, (run) => {
            for (const subject of subjects) putEnding(run, { subject, erasure_id: erasureId, at });
          });
          for (const subject of subjects) {
            keys.forget(subject);
            found.delete(subject);
          }
          file.scrub();
        } catch (error) {
          failures.push(error);
        }
      if (failures.length > 0) throw failures[0];
    },
    async noteWithdrawal(record) {
      const { subject, item, n } = record;
      write([], (run) => putWithdrawal(run, { subject, item, n, record: JSON.stringify(record) }));
    },
    *withdrawals() {
      for (const { record } of primary().all(WITHDRAWN) as readonly KeptWithdrawal[])
        // no boundary: a row of our own vault
        yield JSON.parse(record) as ConsentRecord;
    },
    async compact() {
      const ended = ['endings', 'ended_accounts'] as const;
      for (const file of files) {
        const counts = ended.map((table) => file.first(`select count(*) as n from ${table}`) as { readonly n: number });
        file.compact(counts.reduce((sum, { n }) => sum + n, 0));
      }
    },
    *endings() {
      for (const row of primary().all(
        'select subject, erasure_id, at from endings order by at, subject',
      ) as readonly Ending[])
        yield { subject: row.subject, erasureId: row.erasure_id, at: row.at };
    },
    async close() {
      for (const file of files) file.close();
      keys.close();
    },
  };
  return vault;

  function primary(): VaultFile {
    const [first] = files;
    if (!first) throw new ServicesFault('vault-gone', `${folder} has no vault`);
    return first;
  }

  /** In every replica before it is here: what is here is everywhere. @throws ServicesFault naming the file that failed */
  function write(subjects: readonly Subject[], work: (run: Run, changed: number) => void): void {
    count += 1;
    const head = headOf(count);
    try {
      for (const file of files.toReversed()) file.write(head, (run) => work(run, count));
    } finally {
      for (const subject of subjects) found.delete(subject);
    }
  }

  function originIn({ subject, device_id: deviceId, epoch, items }: Kept): SubjectOrigin {
    const account = linkOf(subject);
    const verifier = account === undefined ? undefined : verifierOf(account);
    return {
      deviceId,
      epoch,
      items: itemsIn({ items }),
      ...(account === undefined || verifier === undefined ? {} : { account: { account, verifier } }),
    };
  }

  function linkOf(subject: Subject): string | undefined {
    return (primary().first('select account from links where subject = ?', subject) as { account: string } | undefined)
      ?.account;
  }

  function verifierOf(account: string): string | undefined {
    return (
      primary().first('select verifier from accounts where account = ?', account) as { verifier: string } | undefined
    )?.verifier;
  }

  function hasEnded(account: string): boolean {
    return primary().first('select 1 from ended_accounts where account = ?', account) !== undefined;
  }

  /** A device that names an account of somebody else, whose code it has not, is linked to nothing. */
  function mayLink({ account, verifier }: AccountLink): boolean {
    const found = verifierOf(account);
    return found === undefined || sameText(found, verifier);
  }

  function countFrom(deviceId: string, epoch: number): number {
    const query = 'select count(*) as n from subjects where device_id = ? and epoch = ?';
    return (primary().first(query, deviceId, epoch) as { n: number } | undefined)?.n ?? 0;
  }
}

/** looked up and kept in memory */
const FOUND_KEPT = 10_000;
interface Found {
  readonly kept: Kept;
  readonly origin: SubjectOrigin;
}

const headOf = (count: number): string =>
  // no key: tells two histories of one length apart
  `${count}.${randomBytes(8).toString('base64url')}`;

// no boundary: a row of our own vault
const itemsIn = ({ items }: Pick<Kept, 'items'>): readonly string[] => JSON.parse(items) as string[];

const NOBODY = ''.padEnd(43, 'A');
const sameText = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
