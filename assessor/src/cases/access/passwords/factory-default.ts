import type { AuthenticationMechanism } from '@hearthward/product';
import type { LoginSession, Probe, SetUpWalk } from '../../../model.ts';
import { readForms } from '../../../observe/login/forms.ts';
import { answered, blobsOf } from '../answers.ts';
import { blobOf, outcomeOf } from '../evidence.ts';
import { mayFail, signIn, strongPassword } from '../signing-in.ts';
import { readersBehind } from '../subjects.ts';
import { changeFunction, lengthFor } from './changing.ts';
import { isUsed, type Replaced, type Use } from './forced-evidence.ts';

/**
 * A unit as it is delivered: what its initial password opens, whether it may stay, what opens once it is replaced. The
 * initial password comes back only by a factory reset, so all but the looking needs leave for what cannot be undone.
 */
export async function observeFactoryDefault(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  initial: string,
): Promise<void> {
  const admitted = await enter(probe, mechanism, initial, 'before');
  if (!probe.target.authorisation.destructive) {
    probe.record('blocked', mechanism.id, {
      because: 'the authorisation does not allow the initial password to be replaced, which cannot be undone',
    });
    return;
  }
  // A product that can be used already has been told apart; nothing of it needs to be changed for that.
  if (admitted === 'usable') return;
  if (mechanism.setUp !== undefined) {
    if (await enterSetUp(probe, mechanism)) return;
  } else if (!admitted || changeFunction(probe, mechanism) === undefined) {
    probe.record('blocked', mechanism.id, {
      because: 'neither a set-up nor a function is declared by which the initial password is replaced',
    });
    return;
  }
  const kept = await replace(probe, mechanism, { from: initial, to: initial, given: 'initial' });
  if (kept === undefined) return;
  let usable = await use(probe, mechanism, kept, 'still');
  if (admitted) usable = (await enter(probe, mechanism, initial, 'still')) === 'usable' || usable;
  // Where the initial password may stay there is nothing more to be seen on this unit.
  if (usable) return;

  const strong = strongPassword(probe, lengthFor(mechanism));
  await replace(probe, mechanism, { from: initial, to: strong, given: 'strong' });
  const renewed = await signIn(probe, mechanism, { password: strong });
  probe.record('renewed', mechanism.id, { outcome: outcomeOf(renewed) }, blobOf(renewed));
  if (renewed.kind !== 'in') return;
  await use(probe, mechanism, renewed.session, 'after');
  if (!mayFail(probe)) return;
  const outcome = await signIn(probe, mechanism, { password: initial });
  probe.record('initial', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
}

/** By the ordinary login; false where it does not admit the initial password. */
async function enter(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  initial: string,
  when: 'before' | 'still',
): Promise<'usable' | 'closed' | false> {
  if (!mayFail(probe)) return false;
  const outcome = await signIn(probe, mechanism, { password: initial });
  if (when === 'before') {
    probe.record('factory-login', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
  }
  if (outcome.kind !== 'in') return false;
  return (await use(probe, mechanism, outcome.session, when)) ? 'usable' : 'closed';
}

/** By the first pages of the set-up; true where nothing is left to be seen behind them. */
async function enterSetUp(probe: Probe, mechanism: AuthenticationMechanism): Promise<boolean> {
  const walked = await probe.login.setUp(mechanism.id);
  if (!walked.ok) {
    probe.record('blocked', mechanism.id, { because: walked.because });
    return true;
  }
  const { walk } = walked;
  const last = walk.pages.at(-1);
  // A set-up of one page asks for both at once; one of several asks for the new one of who has given the initial one.
  const proven = walk.sent.includes('initial-password') || last?.asks.includes('initial-password') === true;
  const data = {
    asked: walk.ended === 'new-password-asked' && proven,
    pages: walk.pages.length,
    status: last?.status ?? 0,
  };
  probe.record('factory-set-up', mechanism.id, data, blobsOfWalk(walk));
  return use(probe, mechanism, walk.session, 'before');
}

/** Replaces the initial password the way that the declaration gives; the session that this leaves behind, if any. */
async function replace(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  wanted: { readonly from: string; readonly to: string; readonly given: Replaced['given'] },
): Promise<LoginSession | undefined> {
  const { from, to, given } = wanted;
  const record = (by: Replaced['by'], seen: Omit<Replaced, 'given' | 'by'>, blobs: readonly string[]): void =>
    probe.record('replaced', mechanism.id, { given, by, ...seen }, blobs);
  if (mechanism.setUp !== undefined) {
    const walked = await probe.login.setUp(mechanism.id, to);
    if (!walked.ok) return undefined;
    const { walk } = walked;
    const sent = walk.sent.includes('new-password') && walk.ended !== 'unreachable';
    const status = walk.pages.at(-1)?.status ?? 0;
    record('set-up', { sent, answer: answerOf(walk), pages: walk.pages.length, status }, blobsOfWalk(walk));
    return walk.session;
  }
  const found = changeFunction(probe, mechanism);
  const entered = await signIn(probe, mechanism, { password: from });
  if (found === undefined || entered.kind !== 'in') return undefined;
  const values: Record<string, string> = {};
  for (const field of found.request.fields) {
    if (field.role !== undefined) values[field.name] = field.role === 'current-password' ? from : to;
  }
  const reached = await probe.login.call(found.id, entered.session, values);
  const answer = answered(found, reached);
  const said = answer.success ? 'taken' : answer.reached ? 'refused' : 'unclear';
  record('function', { sent: answer.reached, answer: said, pages: 1, status: answer.status }, blobsOf(reached));
  return entered.session;
}
/** What the walk says of the new password: only the page that asked for it can refuse it. */
function answerOf({ ended, pages, sent }: SetUpWalk): Replaced['answer'] {
  if (!sent.includes('new-password')) return 'unclear';
  if (ended === 'nothing-asked') return 'taken';
  const refuses = ended === 'asked-again' ? pages.at(-1) : ended === 'refused' ? pages.at(-2) : undefined;
  return refuses?.asks.includes('new-password') === true ? 'refused' : 'unclear';
}

/** Calls every declared function that reads behind the mechanism; true where one of them works. */
async function use(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  session: LoginSession | undefined,
  when: Use['when'],
): Promise<boolean> {
  let works = false;
  for (const each of readersBehind(probe.declaration, mechanism)) {
    const reached = await probe.login.call(each.id, session);
    const seen: Use = {
      function: each.id,
      when,
      answer: answered(each, reached),
      asks: reached.ok && asksPassword(reached.answer.body),
    };
    probe.record('use', mechanism.id, seen, blobsOf(reached));
    works ||= isUsed(seen);
  }
  return works;
}

const asksPassword = (body: string): boolean =>
  readForms(body).some((form) => form.inputs.some((input) => input.type === 'password'));

const blobsOfWalk = (walk: SetUpWalk): readonly string[] => walk.pages.map((page) => page.blob);
