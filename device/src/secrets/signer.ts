import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { DeviceFault } from '../driver/faults.ts';
import type { Clock, Millis } from '../seams.ts';
import { certificationRequest } from './certificates.ts';
import { exported, imported, newKey, type Keystore } from './keystore.ts';
import type { ReleaseId } from './register.ts';

/** A key as `core` gets it. Whoever gets it wipes `key` after use. */
export interface ReleasedKey {
  /** data: 32 raw bytes; panel and channel: PKCS#8 in PEM */
  readonly key: Buffer;
  /** PEM, own certificate first; empty for the data key */
  readonly certificates: readonly string[];
}

export interface SignerStatus {
  readonly enrolled: boolean;
  /** end of the operational certificate, ISO 8601 */
  readonly until?: string;
}

/** The one holder of the device's keys; see KEY_REGISTER for what each is for. */
export interface Signer {
  /** each key once per start, the channel's once per enrolment */
  readonly release: (id: ReleaseId) => Promise<ReleasedKey>;
  /** makes a new operational key and has it certified; `carrier` takes the bytes to the enrolment service and back */
  /** `floor`: time before which nothing is taken for current, as core knows it; it can only shorten what is believed */
  readonly enrol: (carrier: Duplex, floor?: Millis) => Promise<SignerStatus>;
  /** erases the operational key; the initial identity stays */
  readonly forget: () => Promise<void>;
  readonly status: () => Promise<SignerStatus>;
  readonly close: () => void;
}

/** What the signer needs to speak to enrolment; the conversation itself is EST (RFC 7030). */
export type Enrolment = (request: {
  readonly carrier: Duplex;
  readonly csr: string;
  /** who asks: initial identity at first, operational identity at renewal */
  readonly as: { readonly key: string; readonly certificates: readonly string[] };
  readonly renewal: boolean;
  /** what expiry is compared with */
  readonly now: Millis;
}) => Promise<readonly string[]>;

/** Software keystore behind the signer's interface. `identity` reads what the factory put in: id and certificates. */
export const softwareSigner = (options: {
  readonly keystore: Keystore;
  readonly identity: () => { readonly deviceId: string; readonly certificates: readonly string[] };
  readonly enrolment: Enrolment;
  readonly clock: Clock;
}): Signer => {
  const { keystore } = options;
  const released = new Set<ReleaseId>();

  const release = async (id: ReleaseId): Promise<ReleasedKey> => {
    // G045 CR-1-2: a key leaves once per start, to the one that asked first
    if (released.has(id)) throw refused(`The ${id} key was released already`);
    const keys = keystore.keys();
    if (id === 'channel' && !keys.channel) throw refused('There is no operational key before enrolment');
    released.add(id);
    switch (id) {
      case 'data':
        return { key: Buffer.from(keys.data, 'base64'), certificates: [] };
      case 'panel':
        return { key: pemOf(keys.panel.key), certificates: [keys.panel.certificate] };
      case 'channel':
        return { key: pemOf(keys.channel?.key ?? ''), certificates: keys.channel?.certificates ?? [] };
      default:
        // Types are gone at run time: the initial identity and every other key stay, whatever is asked.
        id satisfies never;
        throw refused('That key is released to nobody');
    }
  };

  // EN 303 645 5.5-1, G045 AU-1-10: the operational certificate is asked for, and renewed, under a key made here
  const enrol = async (carrier: Duplex, floor = 0): Promise<SignerStatus> => {
    const now = Math.max(options.clock.now(), floor);
    const keys = keystore.keys();
    const { deviceId, certificates } = options.identity();
    const key = newKey();
    // An operational certificate that has ended proves nothing any more: then the initial identity asks again.
    const current = keys.channel && isCurrent(keys.channel.certificates, now) ? keys.channel : undefined;
    const answer = await options.enrolment({
      carrier,
      csr: certificationRequest(key, { CN: deviceId }),
      as: current
        ? { key: pemOf(current.key).toString('utf8'), certificates: current.certificates }
        : { key: pemOf(keys.identity).toString('utf8'), certificates },
      renewal: current !== undefined,
      now,
    });
    const own = answer[0];
    if (own === undefined || !new X509Certificate(own).checkPrivateKey(key)) {
      throw new DeviceFault(
        'services-refused',
        'Enrolment answered with a certificate for another key',
        'Try again later; report it to the manufacturer if it stays.',
      );
    }
    keystore.save({ ...keystore.keys(), channel: { key: exported(key), certificates: [...answer] } });
    released.delete('channel');
    return statusOf(answer);
  };

  return {
    release,
    enrol,
    forget: async () => {
      const { channel: _erased, ...rest } = keystore.keys();
      keystore.save(rest);
      released.delete('channel');
    },
    status: async () => statusOf(keystore.keys().channel?.certificates),
    close: () => keystore.close(),
  };
};

const statusOf = (certificates: readonly string[] | undefined): SignerStatus => {
  const own = certificates?.[0];
  return own === undefined
    ? { enrolled: false }
    : { enrolled: true, until: new X509Certificate(own).validToDate.toISOString() };
};

const isCurrent = (certificates: readonly string[], now: number): boolean =>
  certificates[0] !== undefined && new X509Certificate(certificates[0]).validToDate.getTime() > now;

const pemOf = (key: string): Buffer => Buffer.from(imported(key).export({ type: 'pkcs8', format: 'pem' }));

const refused = (message: string): DeviceFault =>
  new DeviceFault('signer-refused', message, 'Restart the device; report it if it comes back.');
