import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh } from '../access/evidence.ts';
import { groundsOf, knownOf, searchFiles, SEARCH_KINDS } from './file-search.ts';

/** Lasting storage, read out as a laboratory would, gives away neither passwords nor keys. */
export const secureStorage: Case = {
  id: 'secure-storage',
  topic: 'secure-storage',
  title:
    'Searches the storage that was read out for the known passwords in every encoding, for their plain hashes, and for readable keys.',
  ready: (_declaration, target) =>
    (target.artefacts?.storage?.length ?? 0) > 0
      ? { ok: true }
      : { ok: false, because: 'the target file gives no storage that was read out' },
  effect: 'reading',
  observe: async (probe) => searchFiles(probe, 'storage', knownOf(probe)),
  judge,
};

// EN 303 645 5.4-1, G044 6.4.1, G045 AU-2-1, G045 DS-1-3: secrets in storage are protected.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, SEARCH_KINDS);
  const certain = rows.found.filter((row) => row.data.kind !== ENCRYPTED);
  const sealed = rows.found.filter((row) => row.data.kind === ENCRYPTED);
  const where = certain.slice(0, 3).map((row) => `${row.data.kind} (${row.data.as}) in ${row.data.file}`);
  const keyLike = [...new Set(rows.searched.flatMap((row) => row.data.keyLike))];
  const known = rows.searched.some((row) => row.data.known > 0);
  const grounds = groundsOf(rows);
  const uncovered = [
    ...grounds.uncovered,
    ...(known ? [] : ['secrets that the assessor knows: the target file gives no password to search for']),
    ...keyLike.map((file) => `whether ${file}, which looks like a key, is protected by other means`),
  ];
  return weigh(
    [
      ...parts,
      ...(certain.length > 0
        ? [
            fail(
              `storage gives away secrets: ${where.join('; ')}${certain.length > 3 ? `, and ${certain.length - 3} more` : ''}`,
              idsOf(certain),
            ),
          ]
        : []),
      ...sealed.map((row) => open(`where the passphrase of the key in ${row.data.file} is`, [row.id])),
      ...(rows.searched.length === 0
        ? []
        : [pass('storage holds neither the known passwords nor a readable key', grounds.evidence, uncovered)]),
    ],
    'no storage was searched',
  );
}
const ENCRYPTED = 'encrypted private key (PEM)';
