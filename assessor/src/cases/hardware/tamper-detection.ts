import { Type, type Static } from 'typebox';
import type { Case, Judgement, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { inputsOf, observeOpened, WHOLE } from './opening.ts';
import { shownPage } from './shown.ts';

/**
 * A laboratory opens what each declared tamper input guards, in each power state that it is watched in. Keys may be
 * destroyed by that, so it runs only where the owner allows what cannot be put back.
 */
export const tamperDetection: Case = {
  id: 'tamper-detection',
  topic: 'tamper-detection',
  title:
    'Has a laboratory open the product, running and switched off, and looks whether it says so, remembers it, and has destroyed the keys that it declares.',
  ready: (declaration, target) => {
    if ((declaration.tamperInputs ?? []).length === 0) return { ok: false, because: 'no tamper input is declared' };
    const page = shownPage(declaration, declaration.tamperShown?.function);
    if (page === undefined)
      return { ok: false, because: 'no function over HTTP is declared that shows whether it was opened' };
    if (target.accounts?.[page.guard.id]?.password === undefined)
      return { ok: false, because: 'the target file gives no account that sees whether it was opened' };
    if (!target.authorisation.destructive)
      return { ok: false, because: 'the target’s authorisation does not allow what cannot be put back' };
    return Object.keys(target.handling?.openCase ?? {}).length > 0
      ? { ok: true }
      : { ok: false, because: lacking(target, '/handling/openCase', 'how it is opened') };
  },
  effect: 'destructive',
  observe: observeOpened,
  judge,
};

const strict = { additionalProperties: false } as const;
/** what the laboratory did; `because` is empty where it did it */
const Handled = Type.Object(
  { what: Type.Enum(['opened', 'closed', 'opened-while-off'] as const), because: Type.String() },
  strict,
);
/** the declared page, and which of the declared texts stand on it; `named`: that of the input itself */
const Shown = Type.Object(
  {
    when: Type.Enum(['whole', 'opened', 'closed', 'opened-while-off'] as const),
    read: Type.Boolean(),
    untouched: Type.Boolean(),
    tampered: Type.Boolean(),
    named: Type.Boolean(),
  },
  strict,
);
/** after keys were to be destroyed: whether the password of before opens it, and what its first page says */
const Destroyed = Type.Object({ opens: Type.Boolean(), reached: Type.Boolean(), said: Type.Boolean() }, strict);
/** whether the manufacturer says that this unit has told of it */
const Alerted = Type.Object({ heard: Type.Boolean() }, strict);
const KINDS = { handled: Handled, shown: Shown, destroyed: Destroyed, alerted: Alerted };

// G045 PH-2-1: what is opened says so, remembers it, and has destroyed what it says that it destroys
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const whole = of(rows.shown, WHOLE).find(({ data }) => data.when === 'whole');
  if (whole === undefined) return weigh(parts, 'whether it says that it was opened was not read');
  const found: Part[] = [];
  if (!whole.data.read) found.push(open('what the product says of its case', [whole.id]));
  else if (whole.data.tampered) found.push(open('what becomes of a unit that nobody has opened before', [whole.id]));
  else if (!whole.data.untouched) found.push(fail('it does not say that nobody has opened it', [whole.id]));
  for (const { id, watched, onTamper } of inputsOf(seen.declaration)) {
    const its = of(rows.shown, id);
    const hands = of(rows.handled, id).filter(({ data }) => data.because === '');
    const opened = (when: Opened, how: string): Part => {
      const done = hands.find(({ data }) => data.what === when);
      return ofOpened(
        `its ${id} was opened ${how}`,
        done?.id,
        its.find(({ data }) => data.when === when),
      );
    };
    if (onTamper === 'zeroise') {
      found.push(ofKeys(id, of(rows.destroyed, id), idsOf(hands)));
      continue;
    }
    if (watched.includes('running'))
      found.push(opened('opened', 'while it ran'), opened('closed', 'while it ran, and closed again'));
    if (watched.includes('off')) found.push(opened('opened-while-off', 'while it was switched off'));
    if (watched.includes('standby')) found.push(open(`what becomes of it when its ${id} is opened while it sleeps`));
  }
  const silent = rows.alerted.filter(({ data }) => !data.heard);
  if (silent.length > 0) found.push(fail('it was opened, and who made it was not told', idsOf(silent)));
  else if (seen.declaration.communicationMechanisms.some(({ alert }) => alert === true) && rows.alerted.length === 0)
    found.push(open('whether who made it is told'));
  return weigh([...parts, ...found], 'nothing was opened');
}
type Opened = 'opened' | 'closed' | 'opened-while-off';

function ofOpened(what: string, done: string | undefined, its: Reading<Static<typeof Shown>> | undefined): Part {
  if (done === undefined || its === undefined || !its.data.read)
    return open(`what it says once ${what}`, its ? [its.id] : []);
  const { tampered, named, untouched } = its.data;
  return tampered && named && !untouched
    ? pass('whoever opens it is noticed and remembered', [its.id, done])
    : fail(`${what}, and it says nothing of it`, [its.id, done]);
}

function ofKeys(id: string, destroyed: readonly Reading<Static<typeof Destroyed>>[], hands: readonly string[]): Part {
  const [its] = destroyed;
  if (its === undefined || !its.data.reached || hands.length === 0)
    return open(`what becomes of its keys when its ${id} is opened`, hands);
  const evidence = [its.id, ...hands];
  if (its.data.opens) return fail(`its ${id} was opened, and the password of before still opens it`, evidence);
  return its.data.said
    ? pass('keys are destroyed as declared, and it says how it is brought back', evidence)
    : fail(`its ${id} was opened, and nothing says how it is brought back`, evidence);
}
