import type { FromServices, ToServices } from '@hearthward/services';
import { withMendable } from './commands/ceremony.ts';
import { badInput } from './exit.ts';

/** What services that run are asked through the socket in their data folder, and what they answer. */
interface Answers {
  readonly keys: 'keys';
  readonly 'rotate-key': 'key-rotated';
  readonly algorithms: 'algorithms';
  readonly 'choose-algorithm': 'algorithm-chosen';
  readonly 'choose-lasting': 'lasting-chosen';
  readonly 'begin-rollout': 'rollout-decided';
  readonly 'decide-rollout': 'rollout-decided';
  readonly rollouts: 'rollouts';
  readonly held: 'held';
  readonly 'pass-sealed': 'passed-on';
  readonly erasures: 'erasures';
  readonly 'confirm-party': 'recorded';
  readonly hold: 'recorded';
  readonly 'release-hold': 'recorded';
  readonly backup: 'backups';
  readonly backups: 'backups';
  readonly dropped: 'dropped';
  readonly 'backup-gone': 'recorded';
}
type AnswerTo<Type extends keyof Answers> = Extract<FromServices, { readonly type: Answers[Type] }>;

/** Ends the command with one line where no services run, or they refuse. */
export const asked = async <Type extends keyof Answers>(
  data: string,
  message: Extract<ToServices, { readonly type: Type }>,
): Promise<AnswerTo<Type>> => {
  const { askServices } = await import('@hearthward/services/control');
  const told = await withMendable(() => askServices(data, message));
  if (told.type === 'refused') throw badInput(`${told.because} (${told.code})`);
  return told as AnswerTo<Type>;
};
