import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { answered, blobsOf } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';
import { hasToken } from './disclosure-scan.ts';

/** The model can be told from the product itself. A label is for people to see: a reviewed record closes that. */
const Shown = Type.Object(
  { success: Type.Boolean(), reached: Type.Boolean(), session: Type.Boolean(), text: Type.String() },
  { additionalProperties: false },
);
const KINDS = { shown: Shown };

export const modelDesignation: Case = {
  id: 'model-designation',
  topic: 'model-designation',
  title: 'Reads the page that is declared to show the model, and looks for the designation.',
  ready: (declaration) =>
    readers(declaration).length > 0
      ? { ok: true }
      : { ok: false, because: 'no function that shows the model is declared; a label needs a reviewed record' },
  effect: 'reading',
  observe,
  judge,
};

const readers = (declaration: Declaration): readonly HttpFunction[] =>
  declaration.externalFunctions.filter(overHttp).filter((each) => each.purpose === 'model-designation');

async function observe(probe: Probe): Promise<void> {
  for (const each of readers(probe.declaration)) {
    const guard = guardOf(probe.declaration, each);
    const session = guard === undefined ? undefined : await probe.login.shared(guard.id);
    const reached = await probe.login.call(each.id, session);
    const { success } = answered(each, reached);
    // the attributes of a page are no place where a person reads
    const text = reached.ok
      ? reached.answer.body
          .replace(/<(?:script|style)\b[\s\S]*?<\/(?:script|style)\s*>|<[^>]*>/gi, ' ')
          .replace(/\s+/g, ' ')
          .slice(0, LARGEST_TEXT)
      : '';
    probe.record(
      'shown',
      each.id,
      { success, reached: reached.ok, session: session !== undefined, text },
      blobsOf(reached),
    );
  }
}
const LARGEST_TEXT = 32 * 1024;

// EN 303 645 5.3-16, G044 6.3.16: the model designation is clearly recognisable.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { designation } = seen.declaration.product.model;
  return weigh(
    [...parts, ...readers(seen.declaration).map((each) => judgeOne(each, designation, of(rows.shown, each.id)))],
    'no function that shows the model is declared',
  );
}

function judgeOne(
  each: HttpFunction,
  designation: string,
  rows: readonly { id: string; subject: string; data: { success: boolean; reached: boolean; text: string } }[],
): Part {
  const found = rows.filter((row) => row.data.reached && hasToken(row.data.text, designation));
  if (found.length > 0) return pass(`${each.id} shows the model ${designation}`, idsOf(found));
  // an answer with the declared status whose declared text is missing is an answer too
  const answers = rows.filter((row) => row.data.reached && (row.data.success || row.data.text.length > 0));
  const entered = answers.filter((row) => row.data.success || each.success.contains !== undefined);
  if (entered.some((row) => row.data.success))
    return fail(`${each.id} does not show the model ${designation}`, idsOf(entered));
  return open(`${each.id}: the page that shows the model was not reached`, idsOf(rows));
}
