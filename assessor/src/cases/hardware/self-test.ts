import type { Declaration } from '@hearthward/product';
import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { readPage, shownPage, type ShownPage } from './shown.ts';

/** Each part that a laboratory can make fail is made to fail; after a power cycle the product has to say so. */
const strict = { additionalProperties: false } as const;
/** what the laboratory did; `because` is empty where it did it */
const Handled = Type.Object(
  { what: Type.Enum(['failed', 'mended', 'power-cycled'] as const), because: Type.String() },
  strict,
);
/** the declared page: whether it came, and which of the declared texts stand on it */
const Result = Type.Object(
  {
    when: Type.Enum(['whole', 'failed', 'mended'] as const),
    read: Type.Boolean(),
    passed: Type.Boolean(),
    failed: Type.Boolean(),
  },
  strict,
);
const KINDS = { handled: Handled, result: Result };
const WHOLE = 'product';

export const selfTest: Case = {
  id: 'self-test',
  topic: 'self-test',
  title:
    'Reads what the product says of its last self-test; has a laboratory make one part after the other fail, switches it off and on, and reads it again.',
  ready: (declaration, target) => {
    if ((declaration.selfTests ?? []).length === 0) return { ok: false, because: 'no self-test is declared' };
    const shown = shownOf(declaration);
    if (shown === undefined)
      return { ok: false, because: 'no function over HTTP is declared that shows what the self-test found' };
    if (target.accounts?.[shown.guard.id]?.password === undefined)
      return { ok: false, because: 'the target file gives no account that sees what the self-test found' };
    if (!target.authorisation.changes)
      return { ok: false, because: 'the target’s authorisation does not allow anything to be changed' };
    const { powerCycle, failPart = {} } = target.handling ?? {};
    if (Object.keys(failPart).length === 0)
      return { ok: false, because: lacking(target, '/handling/failPart', 'how parts are made to fail') };
    return powerCycle === undefined
      ? { ok: false, because: lacking(target, '/handling/powerCycle', 'how the power is switched') }
      : { ok: true };
  },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

type Shown = ShownPage & { readonly passed: string; readonly failed: string };
function shownOf(declaration: Declaration): Shown | undefined {
  const { selfTestShown: shown } = declaration;
  const page = shownPage(declaration, shown?.function);
  return shown && page ? { ...page, passed: shown.passed, failed: shown.failed } : undefined;
}

async function observe(probe: Probe): Promise<void> {
  const shown = shownOf(probe.declaration);
  if (shown === undefined) return;
  // one that says nothing while it is whole has been seen enough of
  if (!(await read(probe, shown, WHOLE, 'whole'))) return;
  for (const { id } of probe.declaration.selfTests ?? []) {
    if (probe.target.handling?.failPart?.[id] === undefined) continue;
    try {
      if (!(await handled(probe, id, 'failed'))) continue;
      if (await handled(probe, id, 'power-cycled')) await read(probe, shown, id, 'failed');
    } finally {
      await handled(probe, id, 'mended');
    }
  }
  if (await handled(probe, WHOLE, 'power-cycled')) await read(probe, shown, WHOLE, 'mended');
}

async function handled(probe: Probe, id: string, what: 'failed' | 'mended' | 'power-cycled'): Promise<boolean> {
  const { laboratory } = probe;
  const told =
    what === 'power-cycled'
      ? await laboratory.powerCycle()
      : await laboratory.failPart(id, what === 'failed' ? 'ask' : 'takeBack');
  probe.record('handled', id, { what, because: told.ok ? '' : told.because });
  return told.ok;
}

/** Whether it says something. */
async function read(
  probe: Probe,
  shown: Shown,
  subject: string,
  when: 'whole' | 'failed' | 'mended',
): Promise<boolean> {
  const seen = await readPage(probe, shown, [shown.passed, shown.failed], (texts) => texts.includes(true));
  const [passed = false, failed = false] = seen.texts;
  probe.record('result', subject, { when, read: seen.read, passed, failed }, seen.blobs);
  return seen.read && (passed || failed);
}

// G045 PL-3-4: errors of the main parts are found when the product is switched on
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const declared = seen.declaration.selfTests ?? [];
  const result = (subject: string, when: string) => of(rows.result, subject).find(({ data }) => data.when === when);
  const whole = result(WHOLE, 'whole');
  const mended = result(WHOLE, 'mended');
  if (whole === undefined) return weigh(parts, 'what the product says of its self-test was not read');
  const found: Part[] = [];
  if (!whole.data.read) found.push(open('what the product says of its self-test', [whole.id]));
  else if (whole.data.failed)
    found.push(open('what fails of a whole unit: it says that its last self-test found something', [whole.id]));
  else if (!whole.data.passed) found.push(fail('it says of no self-test at its start that it was passed', [whole.id]));
  for (const { id } of declared) {
    const its = result(id, 'failed');
    const done = of(rows.handled, id).filter(({ data }) => data.because === '' && data.what !== 'mended');
    const after = its?.data;
    if (its === undefined || after === undefined || done.length < 2 || !after.read)
      found.push(open(`what becomes of a unit whose ${id} fails`, idsOf(of(rows.handled, id))));
    else if (!after.failed || after.passed)
      found.push(fail(`its ${id} does not work, and after a start it says nothing of it`, [its.id, ...idsOf(done)]));
    else found.push(pass(`a failure of each of ${declared.length} parts is told after a start`, [its.id, whole.id]));
  }
  if (mended?.data.passed !== true || mended.data.failed)
    found.push(open('that a unit whose parts work again says so', idsOf(mended ? [mended] : [])));
  return weigh([...parts, ...found], 'nothing was tried');
}
