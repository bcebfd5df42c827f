import { fileURLToPath } from 'node:url';
import type { Target } from '@hearthward/assessor';
import { pressButton, readFactoryBundle } from '@hearthward/device';
import declaration from '@hearthward/example-hub';
import type { FromServices } from '@hearthward/services';
import { openDesk, type Desk, type Wish } from '@hearthward/testbed/desk';
import { BACKUP, restoringOf } from '@hearthward/testbed/restoring';
import type { DataFolder } from '../data-folder.ts';
import type { Part, Parts } from '../processes.ts';
import { labelOf } from './label.ts';

/**
 * A unit of the same model that nobody uses, run beside the hub, on which an assessor may do what cannot be put back. It is
 * handled as in a laboratory: by its power, by its button, and by what the manufacturer says of it when asked, who also tries what a backup brings back.
 */
export interface Spare {
  /** what a target file says of it */
  readonly target: NonNullable<Target['spare']>;
}

const LOADER_MODULE = fileURLToPath(import.meta.resolve('@hearthward/device/loader'));
const ASKED = { who: 'the assessor of this hub', why: 'an assessment of the spare unit' };
const POWER_CYCLE: Wish = { handling: 'power-cycle' };
const FACTORY_RESET: Wish = { handling: 'factory-reset' };
const MAKE_BACKUP: Wish = { handling: BACKUP };

/** @param roots file of the certificates that confirmations of the manufacturer lead to */
export const startSpare = async (
  data: DataFolder,
  parts: Parts,
  services: Part,
  panel: string,
  roots: string,
): Promise<Spare> => {
  const { deviceId } = readFactoryBundle(data.spare).bundle;
  const { serial, fingerprint } = labelOf(data, 'spare');
  const switchOn = (): Promise<Part> => parts.start('the spare unit', LOADER_MODULE, ['--data', data.spare]);
  let unit = await switchOn();
  const restoring = restoringOf(
    async (asked) => (await services.ask(asked)) as unknown as FromServices,
    { dataDir: data.services, declarations: [declaration] },
    data.copies,
  );
  const desk = await openDesk(
    async (asked) => {
      if (!('handling' in asked)) return false;
      switch (asked.handling) {
        case POWER_CYCLE.handling:
          await unit.cut();
          unit = await switchOn();
          return true;
        case FACTORY_RESET.handling:
          pressButton(data.spare, 'long');
          return true;
        case MAKE_BACKUP.handling:
          return restoring.make();
        default:
          return false;
      }
    },
    {
      held: async () => JSON.stringify((await services.ask({ type: 'held', device: serial, ...ASKED }))['values']),
      confirmed: async () => {
        const { erasures } = await services.ask({ type: 'erasures', all: true });
        return newestOf(erasures as Erasures, deviceId);
      },
      copies: restoring.copies,
      restored: () => restoring.restored(deviceId),
    },
  );
  return { target: targetOf(desk, data, { panel, fingerprint, roots }) };
};

const targetOf = (
  desk: Desk,
  data: DataFolder,
  { panel, fingerprint, roots }: { readonly panel: string; readonly fingerprint: string; readonly roots: string },
): Spare['target'] => ({
  services: { panel: { url: panel, fingerprint } },
  accounts: { 'panel-password': { user: 'owner', initialPassword: data.secret('spare-label-password') ?? '' } },
  handling: { powerCycle: desk.command(POWER_CYCLE), factoryReset: desk.command(FACTORY_RESET) },
  held: desk.printing('held'),
  confirmed: { ask: desk.printing('confirmed'), roots },
  backups: {
    make: desk.command(MAKE_BACKUP),
    copies: desk.printing('copies'),
    restored: desk.printing('restored'),
  },
  runningStorage: [data.spare],
});

type Erasures = Extract<FromServices, { readonly type: 'erasures' }>['erasures'];

/** As its person has it; empty while there is none. */
const newestOf = (erasures: Erasures, deviceId: string): string => {
  const own = erasures.filter(({ askedBy }) => askedBy.who === 'device' && askedBy.deviceId === deviceId);
  const confirmation = own.toSorted((a, b) => b.askedAt - a.askedAt)[0]?.confirmations.at(-1);
  return confirmation === undefined ? '' : JSON.stringify(confirmation);
};
