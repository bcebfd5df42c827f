import type { ImpostorProbe, StandIn } from '../../impostor.ts';
import type { Hand } from '../wire/hand.ts';
import { openDoor, type Door, type Place } from './door.ts';
import { leadOn } from './lead-on.ts';
import { masksOf, wear } from './masks.ts';
import { meet } from './meet.ts';

/** Where a redirect of the target file leads: `dialled` is where the device's connections go, `here` where they arrive. */
export interface Redirect {
  readonly dialled: Place;
  readonly here: Place;
}

/** Listens only while a case stands in, and at the addresses that the target file names; `close` ends what is left. */
export function createImpostor(
  hand: Hand,
  redirects: ReadonlyMap<string, Redirect>,
): ImpostorProbe & { readonly close: () => void } {
  const open = new Set<Door>();
  const leave = async (door: Door): Promise<void> => {
    open.delete(door);
    await door.close();
  };
  return {
    masks: (service) => {
      const endpoint = hand.endpoint(service);
      return endpoint === undefined ? [] : masksOf(hand, endpoint);
    },
    standIn: async (service) => {
      const redirect = redirects.get(service);
      const endpoint = hand.endpoint(service);
      if (redirect === undefined || endpoint === undefined)
        return { ok: false, because: 'the target file gives no redirect of what the device dials' };
      hand.budget.spendRequest();
      const opened = await openDoor(redirect.here, redirect.dialled, hand.waits.connect);
      if (!opened.ok) return opened;
      const { door } = opened;
      open.add(door);
      let cut = (): void => undefined;
      const standIn: StandIn = {
        meet: async (mask, withinMs) => {
          cut();
          const visitor = await door.next(withinMs);
          const identity = visitor && wear(mask, endpoint.host, hand, endpoint);
          if (visitor === undefined || identity === undefined) return undefined;
          const shown = (host = endpoint.host) => wear(mask, host, hand, endpoint) ?? identity;
          const { looks, ...met } = await meet(visitor, shown, hand.waits.connect);
          return { ...met, blob: hand.keep(`from the device to ${service}, ${mask}\n${looks}\n`) };
        },
        leadOn: async (withinMs) => {
          const visitor = await door.next(withinMs);
          if (visitor === undefined) return undefined;
          hand.budget.spendRequest();
          const led = await leadOn(visitor, endpoint, hand.waits.answer);
          ({ cut } = led);
          return {
            wentOn: led.wentOn,
            stood: led.stood,
            blob: hand.keep(`from the device to ${service}, genuine\n${led.looks}\n`),
          };
        },
        leave: () => leave(door),
      };
      return { ok: true, standIn };
    },
    close: () => {
      for (const door of open) void leave(door);
    },
  };
}
