import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iso } from '../clock.ts';
import { asFault } from '../faults.ts';
import type { CeremonyRoom } from './ceremony.ts';
import { digestOf, type Generation, labelOf } from './generations.ts';
import { liveAmong } from './kept.ts';
import { openUses, type Use, verifyUses } from './uses.ts';
import { readCertificate } from './x509.ts';

/** What an auditor asks of the authority's folder: what is there, and whether the log of uses tells all of it. */
export interface GenerationState {
  readonly label: string;
  readonly state: 'issues' | 'trusted' | 'ended' | 'taken-back';
  /** `offline`: of a root, in its shares; any other authority needs its key */
  readonly key: 'here' | 'offline' | 'missing';
  readonly until: string;
  /** SHA-256 of its certificate, lower-case hex */
  readonly fingerprint: string;
}
export type UsesExamined =
  | { readonly ok: true; readonly count: number; readonly head: string }
  | { readonly ok: false; readonly because: string };

export const hasAuthority = (folder: string): boolean => existsSync(join(folder, 'root.pem'));

/** Every generation, oldest first. */
export function statusOf({ parts, kept }: CeremonyRoom): readonly GenerationState[] {
  const now = parts.clock.now();
  return (['root', 'initial', 'operational', 'service'] as const).flatMap((name) => {
    const live = liveAmong(kept, name, now);
    const stateOf = (each: Generation): GenerationState['state'] => {
      if (live.includes(each)) return each === live[0] ? 'issues' : 'trusted';
      return each.certificate.notAfter.getTime() < now ? 'ended' : 'taken-back';
    };
    return kept.generations[name].toReversed().map((each) => ({
      label: labelOf(each),
      state: stateOf(each),
      key: each.key ? ('here' as const) : name === 'root' ? ('offline' as const) : ('missing' as const),
      until: iso(each.certificate.notAfter.getTime()),
      fingerprint: digestOf(each.certificate),
    }));
  });
}

export const listUses = (folder: string): readonly Use[] => openUses(folder).entries();

/**
 * Whether the log is whole: each entry follows the one before it, everything signed that lies in the folder is in it, and so
 * is the head that somebody wrote down earlier. The last two find an end that was cut off, which the chain alone cannot.
 */
// G044 6.5.8, G045 CR-1-2: a use of a manufacturer's key that was hidden afterwards is found
export function examineUses(folder: string, head?: string): UsesExamined {
  const verified = verifyUses(folder);
  if (!verified.ok) return { ok: false, because: `line ${verified.line}: ${verified.because}` };
  const uses = listUses(folder);
  const known = new Set(uses.map(({ signed }) => signed.digest));
  const unlogged = signedIn(folder).find(({ digest }) => !known.has(digest));
  if (unlogged) return { ok: false, because: `${unlogged.file} was signed and is not in the log` };
  if (head !== undefined && !uses.some(({ hash }) => hash === head))
    return { ok: false, because: 'the head that was written down is not in it' };
  return verified;
}

function signedIn(folder: string): readonly { readonly file: string; readonly digest: string }[] {
  try {
    return readdirSync(folder)
      .sort()
      .flatMap((file) => {
        const text = () => readFileSync(join(folder, file), 'utf8');
        if (file.endsWith('.pem')) return [{ file, digest: digestOf(readCertificate(text())) }];
        if (file.endsWith('.crl'))
          return [{ file, digest: createHash('sha256').update(Buffer.from(text(), 'base64')).digest('hex') }];
        return [];
      });
  } catch (error) {
    throw asFault(error, folder);
  }
}
