import { Variant } from 'dbus-native';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { otherSlot, SLOTS, type SlotName } from '../slots/records.ts';
import { installerFault, oneLine, type InstallerAnswer, type SystemInstaller } from './installer.ts';
import { callRauc, connectRauc, INSTALLER, RaucRefused, watchRauc } from './rauc-bus.ts';

/**
 * RAUC as the installer, through what its service offers on D-Bus (de.pengutronix.rauc.Installer; RAUC 1.10 and later; bundles of the
 * formats verity and crypt).
 * Its configuration has to say `activate-installed=false`: what is installed starts when somebody has agreed to it.
 */
export interface RaucOptions {
  /** name of each slot in RAUC's configuration, as in `rootfs.0` */
  readonly slots: Readonly<Record<SlotName, string>>;
  /** address of the bus; the system's own where absent */
  readonly bus?: string;
  /** how long an answer may take, in milliseconds */
  readonly answerMillis?: number;
  /** how long an installation may go on without a sign of life, in milliseconds */
  readonly idleMillis?: number;
}
export interface Rauc extends SystemInstaller {
  readonly close: () => Promise<void>;
}

const ANSWER_MILLIS = 30_000;
const IDLE_MILLIS = 10 * 60_000;

const Slots = Type.Array(
  Type.Tuple([
    Type.String(),
    Type.Object({ state: Type.Optional(Type.String()), 'installed.transaction': Type.Optional(Type.String()) }),
  ]),
);
const Bundle = Type.Object({
  'manifest-hash': Type.String({ pattern: '^[0-9a-f]{64}$' }),
  update: Type.Object({ compatible: Type.String() }),
});

export const raucInstaller = (options: RaucOptions): Rauc => {
  const { slots, answerMillis = ANSWER_MILLIS, idleMillis = IDLE_MILLIS } = options;
  const bus = connectRauc(options.bus, answerMillis);

  const call = async <Schema extends TSchema>(
    answers: Schema,
    message: Parameters<typeof callRauc>[1],
    timeout = answerMillis,
  ): Promise<Static<Schema>> => {
    const answer = await callRauc(bus, message, timeout);
    if (Value.Check(answers, answer)) return answer;
    throw installerFault(`RAUC’s answer to ${message.member} cannot be read`, 'Use RAUC 1.10 or a later one.');
  };
  const property = (name: string): Promise<string> =>
    call(Type.String(), {
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [INSTALLER, name],
    });
  const mark = async (state: 'good' | 'bad' | 'active', slot: SlotName): Promise<void> => {
    await call(Type.Unknown(), { member: 'Mark', signature: 'ss', body: [state, slots[slot]] });
  };
  const nameOf = (theirs: string): SlotName | undefined => SLOTS.find((name) => slots[name] === theirs);

  /** 0 where it succeeded. What a restart of this process left running is waited for: RAUC does one thing at a time. */
  const installed = async (bundle: string, label: string, manifestHash: string): Promise<number> => {
    const watch = await watchRauc(bus, idleMillis);
    try {
      while ((await property('Operation')) !== 'idle') await watch.completed();
      watch.forget();
      const args = {
        'transaction-id': new Variant('s', label),
        'require-manifest-hash': new Variant('s', manifestHash),
      };
      await call(Type.Unknown(), { member: 'InstallBundle', signature: 'sa{sv}', body: [bundle, args] });
      return await watch.completed();
    } finally {
      await watch.end();
    }
  };

  return {
    look: async () => {
      const known = (await call(Slots, { member: 'GetSlotStatus' })).flatMap(([theirs, facts]) => {
        const name = nameOf(theirs);
        return name ? [{ name, facts }] : [];
      });
      const booted = known.find(({ facts }) => facts.state === 'booted')?.name;
      const next = nameOf(await call(Type.String(), { member: 'GetPrimary' }));
      if (booted && next) {
        const labels = known.map(({ name, facts }) => [name, facts['installed.transaction']] as const);
        return { booted, next, labels: Object.fromEntries(labels.filter(([, label]) => label !== undefined)) };
      }
      throw installerFault(
        'RAUC runs none of the slots that the product names, or starts none of them next',
        'Name the slots as RAUC’s own configuration does.',
      );
    },
    install: async (bundle, label) => {
      // it reads the whole bundle, and checks its signature
      const message = { member: 'InspectBundle', signature: 'sa{sv}', body: [bundle, {}] };
      const inspected = await orRefused('bundle', call(Bundle, message, idleMillis));
      if ('ok' in inspected) return inspected;
      const { compatible } = inspected.update;
      if (compatible !== (await property('Compatible'))) return refused('bundle', `it is for ${oneLine(compatible)}`);
      // signature and purpose are right: what fails now is the writing
      const result = await orRefused('place', installed(bundle, label, inspected['manifest-hash']));
      if (result === 0) return { ok: true };
      return typeof result === 'object' ? result : refused('place', oneLine(await property('LastError')));
    },
    start: (slot) => mark('active', slot),
    keep: (booted) => mark('good', booted),
    abandon: async (slot) => {
      await mark('bad', slot);
      await mark('active', otherSlot(slot));
    },
    close: () => bus.close(),
  };
};

/** What RAUC refuses is an answer; that it is busy says nothing of the bundle. */
const orRefused = async <Answer>(
  fault: 'bundle' | 'place',
  work: Promise<Answer>,
): Promise<Answer | InstallerAnswer> => {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof RaucRefused)) throw thrown;
    return refused(/already processing/i.test(thrown.message) ? 'place' : fault, thrown.message);
  }
};

const refused = (fault: 'bundle' | 'place', because: string): InstallerAnswer => ({ ok: false, fault, because });
