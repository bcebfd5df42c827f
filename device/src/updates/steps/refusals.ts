import { isOffered, type Offer } from '@hearthward/protocol';
import type { Millis } from '../../seams.ts';
import type { UpdateState } from '../state.ts';
import { isNews, type refusalOf } from './accept.ts';
import type { DeviceFacts, OfferedRelease, Step } from './events.ts';
import { EVERYONE, saying } from './notices.ts';

/** What is refused and says that something is wrong is told to whoever administers the device and to its maker, once. */

export const tellRefusals = (
  before: UpdateState,
  weighed: readonly { readonly each: OfferedRelease; readonly refusal: ReturnType<typeof refusalOf> }[],
  now: Millis,
): Step =>
  weighed.reduce<Step>(
    (step, { each, refusal }) => {
      if (refusal === undefined || !isNews(refusal)) return step;
      const about = { version: each.release.version, image: { number: each.release.number } };
      const said = once(step.state, `${each.target.sha256} ${refusal}`, { about, because: refusal }, now);
      return also(said, step.effects);
    },
    { state: before, effects: [] },
  );

/** What is offered to this device and signed by nobody who may, is told once, whatever it calls itself. */
// EN 303 645 5.3-9, G044 6.3.9: whoever has the online keys alone and tries is heard of
export const tellUnfounded = (
  before: Step,
  unfounded: readonly Offer[],
  { deviceId }: DeviceFacts,
  now: Millis,
): Step =>
  unfounded
    .filter((offer) => isOffered(offer, deviceId))
    .reduce<Step>((step, { image, version, number }) => {
      const about = { version, image: { number } };
      const said = once(step.state, `unsigned ${image}`.slice(0, 120), { about, because: 'unsigned' }, now);
      return also(said, step.effects);
    }, before);

/** A refusal that was told of is not told of again. */
export const once = (
  state: UpdateState,
  key: string,
  said: Pick<Parameters<typeof saying>[1], 'about' | 'because'>,
  now: Millis,
): Step => {
  if (state.refusalsTold.includes(key)) return { state, effects: [] };
  const refusalsTold = [...state.refusalsTold, key].slice(-16);
  return saying({ ...state, refusalsTold }, { what: 'refused', ...said }, EVERYONE, now);
};

const also = ({ state, effects }: Step, more: Step['effects']): Step => ({ state, effects: [...more, ...effects] });
