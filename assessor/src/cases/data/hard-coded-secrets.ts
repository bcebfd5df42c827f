import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { groundsOf, knownOf, searchFiles, SEARCH_KINDS } from './file-search.ts';
import { givenSoftware } from '../software/packages.ts';

/** The software as shipped holds no secret: whoever buys one unit could read it for all. */
export const hardCodedSecrets: Case = {
  id: 'hard-coded-secrets',
  topic: 'hard-coded-secrets',
  title: 'Searches the software as shipped for keys, passwords, tokens and the known passwords of the unit.',
  ready: givenSoftware,
  effect: 'reading',
  observe: async (probe) => searchFiles(probe, 'software', knownOf(probe)),
  judge,
};

// EN 303 645 5.4-3, TS 103 645 4.4-1, G044 6.4.3, G045 AU-2-1: no secret in the software.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, SEARCH_KINDS);
  const declared = seen.declaration.securityParameters.filter((each) => each.hardCoded && each.kind === 'critical');
  const told: Part[] =
    declared.length > 0 && rows.searched.length > 0
      ? [
          fail(
            `by its declaration ${declared.map((each) => each.id).join(', ')} is written into the software`,
            idsOf(rows.searched),
          ),
        ]
      : [];
  const certain = rows.found.filter((row) => !FOR_A_PERSON.has(row.data.kind));
  const unclear = rows.found.filter((row) => FOR_A_PERSON.has(row.data.kind));
  const where = certain.slice(0, 3).map((row) => `${row.data.kind} in ${row.data.file}, line ${row.data.line}`);
  const grounds = groundsOf(rows);
  const searched = rows.searched.reduce((sum, row) => sum + row.data.files, 0);
  return weigh(
    [
      ...parts,
      ...told,
      ...(certain.length > 0
        ? [
            fail(
              `the software holds secrets: ${where.join('; ')}${certain.length > 3 ? `, and ${certain.length - 3} more` : ''}`,
              idsOf(certain),
            ),
          ]
        : []),
      ...unclear.map((row) => open(`whether the ${row.data.kind} in ${row.data.file} protects anything`, [row.id])),
      ...(rows.searched.length === 0
        ? []
        : [
            pass(
              `no key, password or token was found in ${searched} files of the software`,
              grounds.evidence,
              grounds.uncovered,
            ),
          ]),
    ],
    'no software was searched',
  );
}
/** Without its passphrase a key is no secret yet; the passphrase may be. */
const FOR_A_PERSON = new Set(['encrypted private key (PEM)']);
