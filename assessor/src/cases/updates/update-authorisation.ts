import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { lend, managed } from '../access/accounts/lent.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { mayFail } from '../access/signing-in.ts';
import { Called, Elsewhere, Gap, judgeInstalled, Kept, recordInstallation } from './installing.ts';
import { Asked, offering, until } from './offering.ts';
import { Page, recordPage } from './page.ts';
import { steer, steered, unsteered, updatesReady, type Steered } from './steering.ts';

/** What is offered is installed by nobody who is not logged in, has no role for it, or has not said again who they are. */
const KINDS = { page: Page, asked: Asked, called: Called, elsewhere: Elsewhere, gap: Gap, kept: Kept };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const updateAuthorisation: Case = {
  id: 'update-authorisation',
  topic: 'update-authorisation',
  title:
    'Asks for what is offered to be installed without a login, with a wrong password and as the least role, and then as its owner.',
  ready: updatesReady('next'),
  effect: 'disturbing',
  putsBack: true,
  observe: async (probe) => {
    for (const it of steered(probe.declaration)) {
      await recordInstallation(probe, it);
      if (it.apply !== undefined) await offering(probe, it, 'next', () => tryAll(probe, it));
    }
  },
  judge,
};

async function tryAll(probe: Probe, it: Steered): Promise<void> {
  const { apply } = it;
  const shown = await until(probe, it, ({ page }) => page.offered !== '');
  if (apply === undefined || shown.page.offered === '') return;
  const attempt = async (as: Called['with'], given: Parameters<typeof steer>[4]): Promise<void> => {
    const { answer, blobs } = await steer(probe, it, apply, {}, given);
    probe.record('called', it.id, { function: apply.id, with: as, answer }, blobs);
  };
  await attempt('nothing', { session: undefined });
  if (asksAgain(it) && mayFail(probe)) await attempt('wrong-password', { password: 'hwq-not-the-password-7' });
  const household = managed(probe.declaration).find(({ mechanism }) => mechanism.id === it.guard.id);
  const least = household && leastWithout(probe, it);
  const lent = household && least !== undefined ? await lend(probe, household, least) : undefined;
  if (lent !== undefined && household !== undefined) {
    if (lent.session !== undefined) await attempt('least-role', { session: lent.session, password: lent.password });
    await lent.remove();
    await probe.login.logout(it.guard.id, lent.owner);
    probe.login.forget(it.guard.id);
  }
  await until(probe, it, ({ page }) => page.read && page.version !== shown.page.version);
  await recordPage(probe, it, 'tried');
}

/** EN 303 645 5.5-5, G045 PL-2-1: the form has a field for the password of who asks */
const asksAgain = ({ apply }: Steered): boolean =>
  apply?.request.fields.some(({ role }) => role === 'current-password') === true;

/** A role that an account can be given and that may not install. */
function leastWithout({ declaration }: Probe, it: Steered): string | undefined {
  const household = managed(declaration).find(({ mechanism }) => mechanism.id === it.guard.id);
  const roles = household?.add.request.fields.find(({ role }) => role === 'account-role')?.choices ?? [];
  return roles.find((role) => {
    const granted = declaration.accessControls
      .filter((each) => each.role === role)
      .flatMap(({ functions }) => functions);
    return granted.length > 0 && it.apply !== undefined && !granted.includes(it.apply.id);
  });
}

// G045 PL-2-1: only who is authorised installs, and says right before who they are
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...steered(seen.declaration).flatMap((it) => [judgeInstalled(it, rows), ...judgeTries(it, rows)]),
      ...unsteered(seen.declaration).map(({ id }) => open(`${id}: no function is declared by which it installs`)),
    ],
    'no update mechanism is declared',
  );
}

const SAID = {
  nothing: 'who is not logged in',
  'wrong-password': 'who does not know the password',
  'least-role': 'an account whose role may not',
} as const;

function judgeTries(it: Steered, rows: Rows): readonly Part[] {
  const { id, apply, mechanism } = it;
  if (apply === undefined) return [open(`${id}: no function is declared by which it installs`)];
  if (!asksAgain(it))
    return [fail(`${id}: "${apply.id}" does not ask who it is that wants an update`, idsOf(of(rows.page, id)))];
  const tries = of(rows.called, id).filter(({ data }) => data.function === apply.id);
  const press = tries.find(({ data }) => data.with === 'session');
  const before = of(rows.page, id).findLast(({ data }) => data.when === 'installed' && data.read);
  const after = of(rows.page, id).find(({ data }) => data.when === 'tried' && data.read);
  return (['nothing', 'wrong-password', 'least-role'] as const).map((as) => {
    const mine = tries.filter(({ data }) => data.with === as && data.answer.reached);
    const evidence = idsOf([...mine, ...(after ? [after] : [])]);
    // a redirect may be the way to a login, with the status that a success has
    const taken = mine.filter(
      ({ data: { answer } }) => answer.success && answer.location === press?.data.answer.location,
    );
    if (taken.length > 0) return fail(`${id}: ${SAID[as]} has what is offered installed`, evidence);
    if (mine.length === 0 || after === undefined || before === undefined)
      return open(`${id}: whether ${SAID[as]} has what is offered installed`, evidence);
    return after.data.version === before.data.version
      ? pass(`${id}: nobody has what is offered installed who is not authorised`, evidence)
      : mechanism.automatic
        ? open(`${id}: whether ${SAID[as]} had it installed, or it came by itself`, evidence)
        : fail(`${id}: another version runs, although nobody authorised it`, evidence);
  });
}
