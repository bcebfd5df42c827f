import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh } from '../access/evidence.ts';
import { groundsOf, knownOf, searchFiles, SEARCH_KINDS } from './file-search.ts';

/**
 * An identity that a hardware element is declared to keep. What can be seen from outside is that the storage without the
 * element holds no usable key; how the element itself withstands people with instruments is for a reviewed record.
 */
export const identityTamperResistance: Case = {
  id: 'identity-tamper-resistance',
  topic: 'identity-tamper-resistance',
  title:
    'Searches the whole storage, read out without the hardware element, for keys in usable form and for bytes that could be one.',
  ready: (declaration, target) => {
    if (identitiesIn(declaration).length === 0) {
      return { ok: false, because: 'no identity is declared as kept by a hardware element' };
    }
    return (target.artefacts?.storage?.length ?? 0) > 0
      ? { ok: true }
      : { ok: false, because: 'the target file gives no storage that was read out without the element' };
  },
  effect: 'reading',
  observe: async (probe) => searchFiles(probe, 'storage', knownOf(probe)),
  judge,
};

const identitiesIn = ({ securityParameters }: Seen['declaration']) =>
  securityParameters.filter((one) => one.identity === true && (one.keptBy ?? 'software') !== 'software');

// EN 303 645 5.4-2, G044 6.4.2: the storage alone is of no use to whoever takes it; the element is judged by people
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, SEARCH_KINDS);
  const keys = rows.found.filter((row) => /private key/.test(row.data.kind));
  const keyLike = [...new Set(rows.searched.flatMap((row) => row.data.keyLike))];
  const undescribed = identitiesIn(seen.declaration).filter((one) => (one.tamperResistance ?? '').trim() === '');
  const grounds = groundsOf(rows);
  const where = keys.slice(0, 3).map((row) => `${row.data.kind} in ${row.data.file}`);
  return weigh(
    [
      ...parts,
      ...(keys.length > 0
        ? [fail(`keys lie in the storage, though a hardware element is declared: ${where.join('; ')}`, idsOf(keys))]
        : []),
      ...(undescribed.length > 0
        ? [
            fail(
              `an element is declared and not how it withstands tampering: ${undescribed.map((one) => one.id).join(', ')}`,
              grounds.evidence,
            ),
          ]
        : []),
      ...(rows.searched.length === 0
        ? []
        : [
            pass('the storage without the element holds no usable key', grounds.evidence, [
              ...grounds.uncovered,
              ...keyLike.map(
                (file) => `whether ${file}, which looks like a key, opens the identity without the element`,
              ),
            ]),
            open(
              'how the element withstands physical and electrical tampering: a reviewed record says',
              grounds.evidence,
            ),
          ]),
    ],
    'no storage was searched',
    'assisted',
  );
}
