import type { Command } from 'commander';
import type { RepositoryStatus, RolloutStatus } from '@hearthward/services/desk';
import { asked } from '../asking.ts';
import { badInput, Refusal } from '../exit.ts';
import { json, paint, say, table } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';
import { printRollouts } from './rollout.ts';
import { type InData, inData, publishedIn, roomIn } from './room.ts';

/** Offline roles are shown as due when this is left: time enough for people to meet. */
const DUE_DAYS = 60;

export const statusCommand = (): Command =>
  inData('status')
    .description(
      'what is published: roles, who signed them, when they end; releases, what is offered, and how rollouts go; whether the log of uses is whole, else it ends with 65',
    )
    .addHelpText('after', '\nExample:\n  hearthward release status --data ./services')
    .action(async (options: InData) => {
      const services = await import('@hearthward/services/desk');
      const status = await withMendable(async () => {
        const state = await publishedIn(options.data);
        return services.repositoryStatus(await roomIn(options.data), state);
      });
      const rollouts = await rolloutsIn(options.data);
      if (options.json) json({ ...status, ...(rollouts ? { rollouts } : {}) });
      else {
        print(status);
        if (!rollouts) say('\nthe services do not run: how rollouts go is not known');
        else if (rollouts.length > 0) {
          say('');
          printRollouts(rollouts);
        }
      }
      if ('because' in status.log)
        throw badInput(`${status.log.because}: treat the key as compromised (docs/ceremonies.md)`);
    });

/** Only the services that run have counted; a copy of the metadata is enough for everything else. */
const rolloutsIn = async (data: string): Promise<readonly RolloutStatus[] | undefined> => {
  try {
    return (await asked(data, { type: 'rollouts' })).rollouts;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

const print = (status: RepositoryStatus): void => {
  say(
    table(
      ['role', 'version', 'needs', 'signed by', 'until'],
      status.roles.map(({ role, version, threshold, keys, expires, daysLeft }) => [
        role,
        String(version),
        `${threshold} of ${keys.length}`,
        keys.flatMap(({ holder, keyid, signed }) => (signed ? [`${holder} ${keyid.slice(0, 8)}`] : [])).join(', '),
        until(expires, daysLeft, threshold),
      ]),
    ),
  );
  for (const { product, releases, offers } of status.products) {
    say('');
    if (releases.length === 0) say(`${product}: no release`);
    else
      say(
        table(
          [product, 'number', 'kind', 'security version', 'models', 'offered to'],
          releases.map(({ version, number, kind, securityVersion, models }) => {
            const offer = offers.find((each) => each.version === version);
            const share = offer ? `${offer.state} to ${offer.below / 100} %` : 'nobody';
            return [version, String(number), kind, String(securityVersion), models.join(', '), share];
          }),
        ),
      );
  }
  if ('head' in status.log) say(`\n${status.log.count} uses of keys, whole; write down the head: ${status.log.head}`);
};

const until = (expires: string, daysLeft: number, threshold: number): string => {
  if (daysLeft < 0) return paint('red', `${expires}, ended`);
  // the services see to what one key signs
  return threshold > 1 && daysLeft < DUE_DAYS ? paint('yellow', `${expires}, renew it: ${daysLeft} days`) : expires;
};
