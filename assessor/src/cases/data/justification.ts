import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh } from '../access/evidence.ts';

/** Recommendations that a product does not follow, or that do not fit it, have a recorded reason. */
const Claim = Type.Object(
  {
    code: Type.String(),
    ref: Type.String(),
    support: Type.Union([Type.Literal('N'), Type.Literal('N/A')]),
    reason: Type.String(),
  },
  { additionalProperties: false },
);
const Listed = Type.Object({ claims: Type.Integer() }, { additionalProperties: false });
const KINDS = { claim: Claim, listed: Listed };

export const justification: Case = {
  id: 'justification',
  topic: 'justification',
  title: 'Reads the declaration’s own list of what is not supported or does not apply, and looks for a reason at each.',
  ready: () => ({ ok: true }),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  let claims = 0;
  for (const [code, rows] of Object.entries(probe.declaration.rows)) {
    for (const [ref, { support, reason }] of Object.entries(rows)) {
      claims += 1;
      probe.record('claim', `${code}/${ref}`, { code, ref, support, reason });
    }
  }
  probe.record('listed', 'product', { claims });
}

// EN 303 645 4-1: each recommendation that is not followed has its justification.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const declared = Object.entries(seen.declaration.rows).flatMap(([code, refs]) =>
    Object.keys(refs).map((ref) => `${code}/${ref}`),
  );
  const read = new Set(rows.claim.map((row) => row.subject));
  const missing = declared.filter((each) => !read.has(each));
  const bare = rows.claim.filter((row) => row.data.reason.trim().split(/\s+/).length < LEAST_WORDS);
  if (rows.listed.length === 0) return weigh(parts, 'the declaration’s list was not read');
  if (bare.length > 0)
    return weigh(
      [
        ...parts,
        fail(`no reason is given for ${bare.map((row) => `${row.data.code} ${row.data.ref}`).join(', ')}`, idsOf(bare)),
      ],
      '',
    );
  if (missing.length > 0) return weigh([...parts, open(`the reason of ${missing.join(', ')}`, idsOf(rows.listed))], '');
  if (rows.claim.length === 0)
    return weigh(
      [...parts, open('nothing is declared as not supported, so there is no reason to read', idsOf(rows.listed))],
      '',
    );
  return weigh(
    [
      ...parts,
      pass(
        `each of the ${rows.claim.length} rows that are not supported or do not apply has a reason`,
        idsOf([...rows.listed, ...rows.claim]),
      ),
    ],
    '',
  );
}
/** Fewer words are a remark, not a reason. */
const LEAST_WORDS = 3;
