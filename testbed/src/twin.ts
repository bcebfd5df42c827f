import type { Target } from '@hearthward/assessor';
import type { DeviceParts } from '@hearthward/device';
import type { Declaration } from '@hearthward/product';
import type { Topic } from '@hearthward/standards';
import type { Starting } from './real/unit.ts';
import type { AlteredPage } from './stand-ins/altering-site.ts';

/**
 * A faulty twin: the good product with exactly one fault, which exactly one case has to catch. The fault is put in from
 * outside (a part replaced, a page altered, a folder planted); no product of ours has a switch for it.
 */
export interface Twin {
  readonly name: string;
  /** id of the case that must see it */
  readonly case: string;
  readonly topic: Topic;
  /** what is wrong with it, in one sentence */
  readonly fault: string;
  readonly made: Fault;
  /**
   * the state that its unit is in when the case begins; set up where absent. `processes`: set up, and run as in a home;
   * `new-home`: set up by somebody just before, of whom the services know nothing yet. All twins of a case agree in it
   */
  readonly unit?: 'factory-default' | 'processes' | 'new-home';
  /** what the good product is declared as for this case, where the hub gives it nothing to try. All twins of a case agree in it */
  readonly declares?: (hub: Declaration) => Declaration;
  /** the units and the services of this case are run as `declares` says, on a line of their own. All twins of a case agree in it */
  readonly runs?: boolean;
  /** where even the good product is left open, since only people can close it; PASS where absent */
  readonly goodIs?: 'INCONCLUSIVE';
}

export type Fault =
  /** a device in which one part is another */
  | { readonly by: 'part'; readonly parts: (good: DeviceParts) => Partial<DeviceParts> }
  /** the manufacturer's site with pages altered on their way */
  | { readonly by: 'site'; readonly alter: (page: AlteredPage) => AlteredPage }
  /** another program beside the device, or in place of an associated service; returns how it ends */
  | {
      readonly by: 'company';
      readonly start: (
        target: Target,
        dir: string,
      ) => Promise<{ readonly target: Target; readonly stop: () => Promise<void> }>;
    }
  /** what is handed to the assessor: a batch of labels, software, storage */
  | { readonly by: 'artefact'; readonly plant: (target: Target, dir: string) => Target }
  /** a unit of real processes, started in another way */
  | { readonly by: 'start'; readonly how: Starting }
  /** a declaration that says another thing than the device does */
  | { readonly by: 'declaration'; readonly alter: (good: Declaration) => Declaration };

export interface TwinRow {
  readonly case: string;
  readonly topic: Topic;
  /** verdict on the good product */
  readonly good: string;
  /** it is the one that the good product deserves, and the case said FAIL of the twin */
  readonly told: boolean;
  readonly twin: string;
  /** the case said FAIL of the twin */
  readonly caught: boolean;
  /** the case, of the good product or of the twin, came to a verdict only at a second look, alone */
  readonly again: boolean;
  /** what it said */
  readonly because: string;
}
