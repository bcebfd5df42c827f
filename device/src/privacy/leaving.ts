import type { PrivacyWord } from '@hearthward/protocol';
import type { Channel } from '../channel/channel.ts';
import type { Clock } from '../seams.ts';
import type { PrivacyState } from './state.ts';

/** Last words of a device that is about to forget everything: what the services have of somebody is to go too. */
export interface Leaving {
  /** number of the wish once the services have it, null where they have nothing of this person; nothing is erased here by it */
  readonly askToForget: (account: string) => Promise<{ readonly id: string | null } | 'unreachable'>;
  /** once everything here is gone */
  readonly tellGone: (id: string) => Promise<void>;
  /**
   * Once everything here is gone: what the device connects with is over. `scrap`: nobody is to use it again. Where nobody can
   * be reached, the next set-up ends it.
   */
  readonly tellReset: (scrap: boolean) => Promise<void>;
}

/** A person waits for the first, the reset for the second; neither for ever. */
const ANSWER_WITHIN = 5_000;
const LOOK_EVERY = 50;

export const openLeaving = (world: {
  readonly clock: Clock;
  readonly channel: Pick<Channel, 'say' | 'state'> | undefined;
  readonly state: () => PrivacyState;
  readonly id: () => string;
}): Leaving => {
  const { channel, clock } = world;

  const say = async (word: PrivacyWord): Promise<boolean> => {
    if (channel?.state().phase !== 'connected') return false;
    await channel.say('privacy', { v: 1, at: new Date(clock.now()).toISOString(), word });
    for (let waited = 0; waited < ANSWER_WITHIN; waited += LOOK_EVERY) {
      if (!channel.state().queue.some(({ topic }) => topic === 'privacy')) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    return false;
  };

  return {
    // EN 303 645 5.11-2, G044 6.11.2: asked, and received, before the device is no longer there to ask
    askToForget: async (account) => {
      const { pseudonyms } = world.state().subjects;
      const subjects = pseudonyms.filter((each) => each.account === account).map(({ subject }) => subject);
      if (subjects.length === 0) return { id: null };
      const id = world.id();
      const undoUntil = new Date(clock.now()).toISOString();
      return (await say({ kind: 'erase', id, subjects, undoUntil })) ? { id } : 'unreachable';
    },
    tellGone: async (id) => void (await say({ kind: 'erased-here', id })),
    // EN 303 645 5.11-1, G045 AU-1-10, DS-1-5: the certificate goes with the key, at both ends
    tellReset: async (scrap) => void (await say({ kind: 'reset-here', scrap })),
  };
};
