import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient, defineInterface, Variant, type DefinedInterface, type MessageBus } from 'dbus-native';

/**
 * A service that behaves towards D-Bus as RAUC does (de.pengutronix.rauc.Installer), with two slots and a boot loader
 * that counts starts. Its bundles are text: `BUNDLE compatible COMPATIBLE`, and `works` where what is in it comes up.
 */
export interface RaucPeer {
  /** what it does with the next installations */
  behave: 'well' | 'fails' | 'ends' | 'hangs' | 'activates';
  /** the boot loader starts what its variables say; what does not come up costs a try */
  readonly reboot: () => Promise<void>;
  readonly slot: (name: string) => Readonly<RaucSlot>;
  readonly booted: () => string;
  readonly primary: () => string | undefined;
  /** a technician installs by hand */
  readonly byHand: (name: string, bundle: string) => void;
  /** somebody at the boot loader's console */
  readonly activate: (name: string) => void;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
interface RaucSlot {
  contents: string;
  transaction: string | undefined;
  /** starts that the boot loader still gives it */
  left: number;
}

export const bundleOf = (compatible: string, salt: string, works = true): Buffer =>
  Buffer.from(`BUNDLE compatible ${compatible} ${salt} ${works ? 'works' : 'breaks'}\n`);

const SERVICE = 'de.pengutronix.rauc';
const INTERFACE = 'de.pengutronix.rauc.Installer';
const TRIES = 3;
const text = (value: string) => new Variant('s', value);

export const startRaucPeer = async (address: string, compatible: string): Promise<RaucPeer> => {
  const slots: Record<string, RaucSlot> = {
    'rootfs.0': { contents: bundleOf(compatible, 'factory').toString(), transaction: undefined, left: TRIES },
    'rootfs.1': { contents: '', transaction: undefined, left: 0 },
  };
  let order = ['rootfs.0', 'rootfs.1'];
  let booted = 'rootfs.0';
  let operation = 'idle';
  let lastError = '';
  let bus: MessageBus | undefined;
  let installer: DefinedInterface | undefined;
  const at = (name: string): RaucSlot => {
    const slot = slots[name === 'booted' ? booted : name === 'other' ? other() : name];
    if (!slot) throw refusal(`No slot with name ${name} found`);
    return slot;
  };
  const other = (): string => (booted === 'rootfs.0' ? 'rootfs.1' : 'rootfs.0');
  const primary = (): string | undefined => order.find((name) => at(name).left > 0);
  const activate = (name: string): void => {
    order = [name, ...order.filter((each) => each !== name)];
    at(name).left = TRIES;
  };

  const install = async (source: string, transaction: string): Promise<void> => {
    const bundle = readFileSync(source, 'latin1');
    const slot = at(other());
    operation = 'installing';
    slot.left = 0;
    slot.contents = 'half';
    if (peer.behave === 'hangs') return;
    bus?.emitPropertiesChanged('/', INTERFACE, { Operation: operation });
    await wait(5);
    if (peer.behave === 'ends') return peer.stop();
    lastError = peer.behave === 'fails' ? 'Failed updating slot rootfs.1: failed to write' : '';
    if (lastError === '') {
      Object.assign(slot, { contents: bundle, transaction });
      if (peer.behave === 'activates') activate(other());
    }
    installer?.emit['Completed']?.(lastError === '' ? 0 : 1);
    operation = 'idle';
    bus?.emitPropertiesChanged('/', INTERFACE, { Operation: operation });
  };

  const described = () =>
    defineInterface({
      name: INTERFACE,
      methods: {
        InspectBundle: {
          in: { source: 's', args: 'a{sv}' },
          out: { info: 'a{sv}' },
          handler: ({ source }: { readonly source: string }) => {
            const [, its] = /^BUNDLE compatible (\S+) /.exec(readFileSync(source, 'latin1')) ?? [];
            if (its === undefined)
              throw refusal('signature verification failed: Verify error: unable to get local issuer certificate');
            return { 'manifest-hash': text('ab'.repeat(32)), update: new Variant('a{sv}', { compatible: text(its) }) };
          },
        },
        InstallBundle: {
          in: { source: 's', args: 'a{sv}' },
          out: {},
          handler: ({ source, args }: { readonly source: string; readonly args: Readonly<Record<string, string>> }) => {
            if (operation !== 'idle') throw refusal('Already processing a different method');
            if (args['require-manifest-hash'] !== 'ab'.repeat(32)) throw refusal('manifest hash mismatch');
            void install(source, args['transaction-id'] ?? '');
            return null;
          },
        },
        Mark: {
          in: { state: 's', slot: 's' },
          out: { slot_name: 's', message: 's' },
          handler: ({ state, slot }: { readonly state: string; readonly slot: string }) => {
            if (state === 'active') activate(slot);
            else at(slot).left = state === 'good' ? TRIES : 0;
            return { slot_name: slot, message: `marked slot ${slot} as ${state}` };
          },
        },
        GetSlotStatus: {
          in: {},
          out: { status: 'a(sa{sv})' },
          handler: () =>
            Object.entries(slots).map(([name, { transaction, left }]) => [
              name,
              {
                class: text('rootfs'),
                state: text(name === booted ? 'booted' : 'inactive'),
                'boot-status': text(left > 0 ? 'good' : 'bad'),
                ...(transaction === undefined ? {} : { 'installed.transaction': text(transaction) }),
              },
            ]),
        },
        GetPrimary: {
          in: {},
          out: { primary: 's' },
          handler: () => {
            const name = primary();
            if (name === undefined) throw refusal('Unable to obtain primary element');
            return name;
          },
        },
      },
      properties: {
        Operation: { type: 's', access: 'read', get: () => operation },
        LastError: { type: 's', access: 'read', get: () => lastError },
        Compatible: { type: 's', access: 'read', get: () => compatible },
      },
      signals: { Completed: { args: { result: 'i' } } },
    });

  const peer: RaucPeer = {
    behave: 'well',
    reboot: async () => {
      await peer.stop();
      for (;;) {
        const name = primary();
        if (name === undefined) throw new Error('nothing can be started');
        at(name).left -= 1;
        if (!at(name).contents.includes('works')) continue;
        booted = name;
        break;
      }
      await peer.start();
    },
    slot: at,
    booted: () => booted,
    primary,
    activate,
    byHand: (name, bundle) => Object.assign(at(name), { contents: bundle, transaction: 'by-hand', left: TRIES }),
    start: async () => {
      operation = 'idle';
      bus = createClient({ busAddress: address });
      installer = described();
      await bus.export('/', installer);
      await bus.ownName(SERVICE);
    },
    stop: async () => {
      const was = bus;
      bus = undefined;
      await was?.close();
    },
  };
  await peer.start();
  return peer;
};

/** As GLib's own D-Bus code names an error that has no name of its own. */
const refusal = (message: string): Error =>
  Object.assign(new Error(message), { dbusName: 'org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code30' });
