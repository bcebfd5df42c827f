import { readFileSync } from 'node:fs';
import { RECORDS } from '../judge/findings.ts';
import type { LoadedTarget } from '../load-target.ts';
import type { Observation } from '../model.ts';
import type { Redactor } from './redaction/redact.ts';

/** What the target file gave: its secrets never reach evidence, its reviewed documents do. */
export function hideWhatWasGiven(loaded: LoadedTarget, redactor: Redactor): void {
  if (loaded.spare !== undefined) hideWhatWasGiven(loaded.spare, redactor);
  for (const account of Object.values(loaded.target.accounts ?? {})) {
    for (const value of [account.password, account.initialPassword]) if (value !== undefined) redactor.secret(value);
  }
  for (const identity of [loaded.clientIdentity, loaded.forRenewal])
    if (identity !== undefined) redactor.secret(identity.key.trim());
  const batch = loaded.target.artefacts?.initialPasswords;
  if (batch === undefined) return;
  for (const line of readFileSync(loaded.resolve(batch), 'utf8').split(/\r?\n/).slice(1)) {
    const password = line.split(',')[2]?.trim().replace(/^"|"$/g, '');
    if (password !== undefined) redactor.listed(password);
  }
}

export function withoutSecrets(target: LoadedTarget['target']): unknown {
  const { accounts, spare } = target;
  return {
    ...target,
    ...(accounts === undefined ? {} : { accounts: hidden(accounts) }),
    ...(spare === undefined ? {} : { spare: { ...spare, accounts: hidden(spare.accounts) } }),
  };
}

function hidden(accounts: NonNullable<LoadedTarget['target']['accounts']>): unknown {
  const hide = (value: string | undefined): string | undefined => (value === undefined ? undefined : '[redacted]');
  return Object.fromEntries(
    Object.entries(accounts).map(([id, account]) => [
      id,
      { ...account, password: hide(account.password), initialPassword: hide(account.initialPassword) },
    ]),
  );
}

/** The document stays with whoever reviewed it: its hash, date and reviewer are the evidence. */
export function noteRecords(
  target: LoadedTarget['target'],
  append: (entry: Omit<Observation, 'id'>) => unknown,
  at: string,
): void {
  for (const record of target.records ?? []) {
    const { topic, file: _file, ...data } = record;
    append({ case: RECORDS, kind: 'record', subject: topic, at, data: { ...data }, blobs: [] });
  }
}
