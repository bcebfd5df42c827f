import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { blobOf, outcomeOf, readEvidence, weigh } from '../evidence.ts';
import { mayFail, strongPassword } from '../signing-in.ts';
import { accountAndChanges, reachable, userPasswords } from '../subjects.ts';
import { changerOf, lengthFor } from './changing.ts';
import { observeFactoryDefault } from './factory-default.ts';
import { KINDS } from './forced-evidence.ts';
import { judgeDifference, judgeForce } from './judge-forced.ts';

/**
 * The first login brings a new password, other than the one before. An account with `initialPassword` and no
 * `password` is a unit in factory default; only there can the force itself be seen.
 */
export const passwordChangeForced: Case = {
  id: 'password-change-forced',
  topic: 'password-change-forced',
  title:
    'Tries to keep the current or the initial password where a new one is due, and to use a product before it is changed.',
  ready: accountAndChanges(userPasswords, 'no password that a user changes is declared'),
  effect: 'disturbing',
  putsBack: true,
  spare: 'factory-default',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, userPasswords(probe.declaration))) {
    const account = probe.target.accounts?.[mechanism.id];
    if (account?.password === undefined && account?.initialPassword !== undefined) {
      await observeFactoryDefault(probe, mechanism, account.initialPassword);
    } else await observeInUse(probe, mechanism, account?.initialPassword);
  }
}

async function observeInUse(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  initial: string | undefined,
): Promise<void> {
  const changer = changerOf(probe, mechanism);
  if (changer === undefined) return;
  const wanted = [
    ['current', changer.current] as const,
    ...(initial === undefined ? [] : [['initial', initial] as const]),
  ];
  for (const [asked, value] of wanted) {
    const session = await changer.enter(changer.current);
    if (session === undefined) {
      probe.record('blocked', mechanism.id, { because: 'the right password is not accepted' });
      return;
    }
    const { answer, blobs } = await changer.change(session, changer.current, value);
    const entered = (await changer.enter(changer.current)) !== undefined;
    probe.record('same-again', mechanism.id, { asked, answer, entered }, blobs);
    if (!entered && !(await changer.restore(value))) return;
  }
  if (initial !== undefined && mayFail(probe)) {
    const outcome = await probe.login.attempt(mechanism.id, { password: initial });
    probe.record('initial', mechanism.id, { outcome: outcomeOf(outcome) }, blobOf(outcome));
  }
  const session = await changer.enter(changer.current);
  if (session === undefined) return;
  const strong = strongPassword(probe, lengthFor(mechanism));
  const { answer, blobs } = await changer.change(session, changer.current, strong);
  const entered = (await changer.enter(strong)) !== undefined;
  probe.record(
    'strong',
    mechanism.id,
    { answer, entered, restored: !entered || (await changer.restore(strong)) },
    blobs,
  );
}

// G045 AU-1-1: a password is made or changed at the first authentication, and differs from the one before.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...userPasswords(seen.declaration).flatMap((mechanism) => [
        judgeForce(mechanism, rows),
        ...judgeDifference(mechanism, rows),
      ]),
    ],
    'no password that a user changes is declared',
  );
}
