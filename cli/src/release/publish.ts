import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { badInput } from '../exit.ts';
import { json, say } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';
import { type Recorded, recorded, updatesIn } from './room.ts';

export const publishCommand = (): Command =>
  recorded('publish')
    .description('takes what enough people signed into the repository; devices are offered it by a rollout')
    .argument('<folder>', 'a release, signatures, or what `release keys` proposed, signed')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release publish ./1.2.0 --data ./services --who Alice --why "release 1.2.0"\n\nWhat is refused leaves the repository as it was.',
    )
    .action(async (folder: string, options: Recorded) => {
      const services = await import('@hearthward/services/desk');
      const done = await withMendable(async () => {
        const room = services.openUpdateRoom(await updatesIn(options.data), services.systemClock);
        if (existsSync(join(folder, services.RELEASE_FILE))) return services.publishRelease(room, folder, options);
        if (services.signaturesIn(folder)) return services.publishSignatures(room, folder, options);
        const { about, docs } = services.readProposal(folder);
        return services.publishProposal(room, { docs, holders: about.holders, who: options.who, why: options.why });
      });
      if (!done.ok) throw badInput(`${done.because} (${done.code}): nothing was published`);
      if (options.json) return json({ published: done.published, already: done.already === true });
      return say(
        done.already ? `published already: ${done.published.join(', ')}` : `published: ${done.published.join(', ')}`,
      );
    });
