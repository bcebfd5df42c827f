import { createClient, systemBus, type DBusError, type Message, type MessageBus } from 'dbus-native';
import { DeviceFault } from '../../driver/faults.ts';
import { installerFault, oneLine } from './installer.ts';

/** RAUC's service on a bus: calls that end in time, and what it says while it installs. */
export const SERVICE = 'de.pengutronix.rauc';
export const INSTALLER = 'de.pengutronix.rauc.Installer';

/** What RAUC itself answers with an error; anything else that goes wrong is a fault of the place. */
export class RaucRefused extends DeviceFault {
  constructor(said: unknown, cause: unknown) {
    super('slots-unusable', `RAUC refuses: ${oneLine(said)}`, 'Look into its journal.', cause);
  }
}

/** `address` of the bus; the system's own where absent. */
export const connectRauc = (address: string | undefined, answerMillis: number): MessageBus => {
  const bus = address === undefined ? systemBus() : createClient({ busAddress: address, timeout: answerMillis });
  // every call that was under way is told; there is nobody else to tell
  bus.connection.on('error', () => undefined);
  return bus;
};

export const callRauc = async (
  bus: MessageBus,
  message: Message & { readonly member: string },
  timeout: number,
): Promise<unknown> => {
  try {
    return (await bus.invoke(
      { interface: INSTALLER, ...message, destination: SERVICE, path: '/' },
      { timeout },
    )) as unknown;
  } catch (thrown) {
    throw faultOf(thrown as DBusError);
  }
};

const OF_BUS = 'org.freedesktop.DBus.Error.';
const faultOf = (error: DBusError): DeviceFault => {
  const { dbusName } = error;
  if (dbusName === undefined) return gone('RAUC does not answer', error);
  return dbusName.startsWith(OF_BUS) ? gone('RAUC is not running', error) : new RaucRefused(error.message, error);
};

/** One installation as it is heard of on the bus. */
export interface Watch {
  /** the next result; faults where the service ends or says nothing for too long */
  readonly completed: () => Promise<number>;
  /** results that came so far are of something else */
  readonly forget: () => void;
  readonly end: () => Promise<void>;
}

export const watchRauc = async (bus: MessageBus, idleMillis: number): Promise<Watch> => {
  const subscriptions = [
    await bus.watch(`type='signal',sender='${SERVICE}',path='/'`),
    await bus.watch(`type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${SERVICE}'`),
  ];
  const owner = await bus.getNameOwner(SERVICE).catch((thrown: DBusError) => {
    throw faultOf(thrown);
  });
  const results: number[] = [];
  let ended: DeviceFault | undefined;
  let heard: () => void = () => undefined;

  const hear = ({ type, sender, member, body }: Message): void => {
    if (type !== SIGNAL) return;
    // anybody on the bus can send a signal, and none but the bus can say whose it is
    if (member === 'NameOwnerChanged' && sender === BUS && body?.[0] === SERVICE) ended = gone('RAUC ended meanwhile');
    else if (sender !== owner) return;
    const [result] = body ?? [];
    if (member === 'Completed' && typeof result === 'number') results.push(result);
    heard();
  };
  const closed = (): void => {
    ended = gone('The connection to RAUC ended');
    heard();
  };
  // no boundary: the system’s own bus; each type is asked for before it is used
  bus.connection.on('message', hear);
  bus.connection.on('close', closed);

  return {
    completed: async () => {
      for (;;) {
        const result = results.shift();
        if (result !== undefined) return result;
        if (ended) throw ended;
        const signOfLife = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), idleMillis);
          heard = () => {
            clearTimeout(timer);
            resolve(true);
          };
        });
        if (!signOfLife) throw gone('RAUC has been silent for too long');
      }
    },
    forget: () => {
      results.length = 0;
    },
    end: async () => {
      bus.connection.removeListener('message', hear);
      bus.connection.removeListener('close', closed);
      // the bus drops them with the connection, where that is gone already
      await Promise.all(subscriptions.map((each) => each.remove().catch(() => undefined)));
    },
  };
};

const SIGNAL = 4;
const BUS = 'org.freedesktop.DBus';

const gone = (because: string, cause?: unknown): DeviceFault =>
  installerFault(because, 'Start its service again; the update goes on by itself then.', cause);
