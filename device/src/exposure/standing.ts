import type { Server } from 'node:net';
import type { Declaration, SoftwareService } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import type { RecordEvent } from '../channel/channel.ts';
import { every } from '../driver/every.ts';
import type { Listen, SafetyCheck } from '../seams.ts';
import type { decideExposure } from './decide.ts';
import { openExposure, type Exposure } from './exposure.ts';
import { kernelSockets } from './kernel.ts';
import type { Outbound } from './outbound.ts';
import type { Oversight } from './oversight.ts';
import type { WallLine } from './wall-line.ts';

export interface Standing extends Exposure {
  /** looks at once, and then every minute; gives back how it ends */
  readonly watch: () => () => void;
  /** for the page on safety */
  readonly checks: (language: Language) => readonly SafetyCheck[];
}

/** The device's exposure as the rest of it knows it: what drifts is recorded, and reported with what is recorded. */
export const standExposed = (world: {
  readonly declaration: Declaration;
  readonly listen: Listen;
  /** serves the listener of the panel */
  readonly panel: Server;
  readonly outbound: Outbound;
  readonly record: RecordEvent;
  /** of a process that is the device's alone; without it others' sockets would be taken for the device's */
  readonly oversight: Oversight | undefined;
  /** of a device whose network namespace is its own */
  readonly wall: WallLine | undefined;
  readonly decide: typeof decideExposure;
  readonly fault: (thrown: unknown) => void;
}): Standing => {
  const { declaration, listen, outbound, record, oversight, wall } = world;
  const exposure = openExposure({
    declaration,
    listen,
    servers: { [panelServiceOf(declaration)?.id ?? 'panel']: world.panel },
    decide: world.decide,
    drift: ({ listener, because, closed }) =>
      record('exposure-drift', { listener, because, closed: closed ? 'yes' : 'no' }),
    ...(oversight
      ? {
          overseer: {
            look: () => {
              const sockets = kernelSockets();
              return sockets && { sockets, wholeSystem: oversight.wholeSystem, ...outbound.sight() };
            },
            shut: oversight.shut,
          },
        }
      : {}),
  });
  oversight?.onRefused((peer) => void exposure.refused(peer).catch(world.fault));
  const check = (good: boolean, text: 'declared' | 'drift' | 'wall' | 'open', language: Language): SafetyCheck => ({
    good,
    text: message(language, `exposure.${text}`),
  });
  return {
    ...exposure,
    enter: async (state) => {
      // what the new state has must pass before it is asked for, and what it has not must not pass from now on
      wall?.entered(state, outbound.chosen());
      await exposure.enter(state);
    },
    watch: () => {
      exposure.observe().catch(world.fault);
      return every(LOOK_MILLIS, exposure.observe, world.fault);
    },
    checks: (language) => {
      if (!oversight) return [];
      const good = exposure.drifts().length === 0;
      const inForce = wall?.inForce();
      return [
        check(good, good ? 'declared' : 'drift', language),
        ...(inForce === undefined ? [] : [check(inForce, inForce ? 'wall' : 'open', language)]),
      ];
    },
  };
};

/** What opens by mistake stays open for no longer than this, in whatever state the device is. */
const LOOK_MILLIS = 60_000;

/** The declared listener that the panel is served on. */
export const panelServiceOf = ({ userInterfaces, softwareServices }: Declaration): SoftwareService | undefined => {
  const id = userInterfaces.find((each) => each.service !== undefined)?.service ?? 'panel';
  return softwareServices.find((each) => each.id === id);
};
