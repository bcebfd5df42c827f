import { renameSync, writeFileSync } from 'node:fs';
import type { Target } from '../target.ts';
import type { ClientIdentity, Renewable } from './wire/hand.ts';

/**
 * The identity that may be renewed. Its issuer ends the one before, so the files of the target are replaced as its device
 * would have replaced them: another assessment with the same target file finds a certificate that is in use.
 */
export function createRenewable(
  first: ClientIdentity,
  named: NonNullable<NonNullable<Target['clientIdentity']>['forRenewal']>,
  resolve: (path: string) => string,
): Renewable {
  let current = first;
  let replaced: ClientIdentity | undefined;
  return {
    current: () => current,
    replaced: () => replaced,
    replace: (next) => {
      [replaced, current] = [current, next];
      // both are written before either takes its place: a disk that is full leaves the pair that was there
      const files = [
        [resolve(named.key), next.key],
        [resolve(named.certificate), next.certificate],
      ] as const;
      for (const [file, content] of files) writeFileSync(`${file}.renewed`, content, { mode: 0o600 });
      for (const [file] of files) renameSync(`${file}.renewed`, file);
    },
  };
}
