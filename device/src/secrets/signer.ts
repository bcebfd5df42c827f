import { createPublicKey, randomBytes, sign, verify, X509Certificate, type KeyObject } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  preferred,
  readSetupStatement,
  SETUP_STATEMENT,
  SIGNATURES,
  signatureOf,
  signPossession,
  signStatement,
  statusOf,
  type SealingId,
  type SignatureId,
  type SignedSetupStatement,
  type Wanted,
} from '@hearthward/protocol';
import { DeviceFault } from '../driver/faults.ts';
import { readSealed, signReportsOf, signSeal, type Seal, type Sealed } from '../logging/chain/seal.ts';
import type { Clock, Millis } from '../seams.ts';
import { certificationRequest, fingerprintOf } from './certificates.ts';
import { exported, imported, newDataKey, newKey, panelIdentity, type Keys, type Keystore } from './keystore.ts';
import type { AnchorsLearnt } from '../channel/anchors.ts';
import type { ReleaseId, RenewableId } from './register.ts';

/** A key as `core` gets it. Whoever gets it wipes `key` after use. */
export interface ReleasedKey {
  /** data: 32 raw bytes; panel and channel: PKCS#8 in PEM */
  readonly key: Buffer;
  /** PEM, own certificate first; empty for the data key */
  readonly certificates: readonly string[];
  /** the data key that an unfinished renewal replaced: what it still seals is sealed anew, then `settle` destroys it */
  readonly earlier?: Buffer;
}

export interface SignerStatus {
  readonly enrolled: boolean;
  /** end of the operational certificate, ISO 8601 */
  readonly until?: string;
  /** its beginning, ISO 8601 */
  readonly from?: string;
  /** SHA-256 of the operational certificate, lower-case hex */
  readonly fingerprint?: string;
  /** what the operational key signs with */
  readonly algorithm?: SignatureId;
  /** roots of the manufacturer that are believed, PEM */
  readonly anchors: readonly string[];
  /** what an enrolment changed of them */
  readonly changed?: Omit<AnchorsLearnt, 'anchors'>;
  /** after an enrolment: how the services want stored things to be sealed, where they say so */
  readonly sealing?: SealingId;
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
  /**
   * Makes a new key in place of the old and hands it out. The panel's is replaced at once; the data key's predecessor
   * stays until `settle`, so that a power cut between the two loses nothing.
   */
  readonly renew: (id: RenewableId) => Promise<ReleasedKey>;
  /** destroys the data key that was replaced */
  readonly settle: () => Promise<void>;
  /** the device's word for how far its log has come; never for less than it gave it for since its start */
  readonly sealLog: (statement: string) => Promise<Seal>;
  readonly status: () => Promise<SignerStatus>;
  /** the initial identity's word for what a device states to its manufacturer's check: of this device, and nothing else */
  readonly attest: (statement: string) => Promise<SignedSetupStatement>;
  /** whether the keys do what they are for: what the identity signs, its certificate verifies. Nobody gives the text. */
  readonly test: () => Promise<boolean>;
  /** the device's word that somebody is at it now, with which they may ask the manufacturer about it. Nobody gives the text. */
  readonly possession: () => Promise<string>;
  /** destroys every key, where the product declares that this is its answer to being opened; refused elsewhere */
  readonly zeroise: () => Promise<void>;
  readonly close: () => void;
}

/** What the signer needs to speak to enrolment; the conversation itself is EST (RFC 7030). */
export type Enrolment = (request: {
  readonly carrier: Duplex;
  /** the request for a new key, of the kind that the services want */
  readonly request: (wanted: Wanted) => string;
  /** who asks: initial identity at first, operational identity at renewal */
  readonly as: { readonly key: string; readonly certificates: readonly string[] };
  readonly renewal: boolean;
  readonly anchors: readonly string[];
  /** what expiry is compared with */
  readonly now: Millis;
}) => Promise<{ readonly certificates: readonly string[]; readonly anchors: AnchorsLearnt }>;

/** Software keystore behind the signer's interface. `identity` reads what the factory put in: id and certificates. */
export const softwareSigner = (options: {
  readonly keystore: Keystore;
  readonly identity: () => {
    readonly deviceId: string;
    readonly certificates: readonly string[];
    /** the first ones, as the factory put them in */
    readonly anchors: readonly string[];
  };
  readonly enrolment: Enrolment;
  readonly clock: Clock;
  /** every key may be destroyed for ever; false where absent */
  readonly mayZeroise?: boolean | undefined;
}): Signer => {
  const { keystore } = options;
  const released = new Set<ReleaseId>();
  /** after the services refused the operational certificate, the initial identity asks */
  let distrusted = false;
  let sealed: Sealed['log'] | undefined;

  const release = async (id: ReleaseId): Promise<ReleasedKey> => {
    // G045 CR-1-2: a key leaves once per start, to the one that asked first
    if (released.has(id)) throw refused(`The ${id} key was released already`);
    const keys = keystore.keys();
    if (id === 'channel' && !keys.channel) throw refused('There is no operational key before enrolment');
    released.add(id);
    switch (id) {
      case 'data':
        return dataKeyOf(keys);
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
    let key: KeyObject | undefined;
    let sealing: SealingId | undefined;
    // EN 303 645 5.5-3, G044 6.5.3: the services say which algorithm comes next; one that is refused by now is not taken
    const request = (wanted: Wanted): string => {
      const known = wanted.signature !== undefined && statusOf('signature', wanted.signature, now) !== 'refused';
      key = newKey(known ? wanted.signature : preferred('signature', now));
      sealing = wanted.sealing;
      return certificationRequest(key, { CN: deviceId });
    };
    // An operational certificate that has ended proves nothing any more: then the initial identity asks again.
    const current = keys.channel && !distrusted && isCurrent(keys.channel.certificates, now) ? keys.channel : undefined;
    const asked = options.enrolment({
      carrier,
      request,
      as: current
        ? { key: pemOf(current.key).toString('utf8'), certificates: current.certificates }
        : { key: pemOf(keys.identity).toString('utf8'), certificates },
      renewal: current !== undefined,
      anchors: keys.anchors ?? options.identity().anchors,
      now,
    });
    // The answer to an earlier renewal may have been lost, or this folder come from a backup (docs/decisions/0019).
    const { certificates: answer, anchors } = await asked.catch((fault: unknown) => {
      distrusted = current !== undefined && fault instanceof DeviceFault && fault.code === 'services-refused';
      throw fault;
    });
    distrusted = false;
    const own = answer[0];
    if (!key || own === undefined || !new X509Certificate(own).checkPrivateKey(key)) {
      throw new DeviceFault(
        'services-refused',
        'Enrolment answered with a certificate for another key',
        'Try again later; report it to the manufacturer if it stays.',
      );
    }
    const { anchors: believed, ...changed } = anchors;
    // EN 303 645 5.5-8, G044 6.5.8: certificate and the roots that it is believed by become durable together
    keystore.save({
      ...keystore.keys(),
      anchors: [...believed],
      channel: { key: exported(key), certificates: [...answer] },
    });
    released.delete('channel');
    return { ...enrolledBy(answer, believed), changed, ...(sealing ? { sealing } : {}) };
  };

  // EN 303 645 5.5-8, G045 AU-1-10: a key is replaced while the device works, and whole at any moment
  const renew = async (id: RenewableId): Promise<ReleasedKey> => {
    const keys = keystore.keys();
    switch (id) {
      case 'keystore':
        keystore.renew();
        return { key: Buffer.alloc(0), certificates: [] };
      case 'data': {
        // The store did not follow the last time (a full disk): the same renewal goes on, so that at most two keys seal it.
        if (keys.earlierData !== undefined) return dataKeyOf(keys);
        const renewed = { ...keys, data: newDataKey(), earlierData: keys.data };
        keystore.save(renewed);
        return dataKeyOf(renewed);
      }
      case 'panel': {
        const panel = panelIdentity(new Date(options.clock.now()));
        keystore.save({ ...keys, panel });
        return { key: pemOf(panel.key), certificates: [panel.certificate] };
      }
      default:
        id satisfies never;
        throw refused('That key is not renewed this way');
    }
  };

  return {
    release,
    enrol,
    renew,
    settle: async () => {
      const { earlierData: _destroyed, ...rest } = keystore.keys();
      keystore.save(rest);
    },
    forget: async () => {
      const { channel: _erased, ...rest } = keystore.keys();
      keystore.save(rest);
      released.delete('channel');
    },
    status: async () => {
      const { channel, anchors } = keystore.keys();
      return enrolledBy(channel?.certificates, anchors ?? options.identity().anchors);
    },
    test: async () => {
      const [own] = options.identity().certificates;
      if (own === undefined) return false;
      const key = imported(keystore.keys().identity);
      const algorithm = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
      if (algorithm === undefined) return false;
      // no key: it makes each text another one. The label keeps the signature from meaning anything elsewhere.
      const text = Buffer.concat([Buffer.from(SELF_TEST_LABEL), randomBytes(32)]);
      const { digest } = SIGNATURES[algorithm];
      return verify(digest, text, new X509Certificate(own).publicKey, sign(digest, text, key));
    },
    possession: async () => {
      const [own] = options.identity().certificates;
      if (own === undefined) throw refused('There is no initial identity');
      return signPossession(options.clock.now(), own, imported(keystore.keys().identity));
    },
    // G045 CR-1-3, AU-3-1: what core asks is signed only where it is a statement of this device, under a label of its own
    attest: async (statement) => {
      const { deviceId, certificates } = options.identity();
      const [own] = certificates;
      if (own === undefined || readSetupStatement(statement)?.device !== deviceId)
        throw refused('That is no statement of this device');
      const signature = signStatement(SETUP_STATEMENT, statement, imported(keystore.keys().identity));
      return { v: 1, statement, signature, certificate: new X509Certificate(own).raw.toString('base64') };
    },
    // G045 PL-4-2, CR-1-3: what has been sealed stays so, whoever has taken over the process that asks
    sealLog: async (statement) => {
      const { deviceId } = options.identity();
      const asked = readSealed(statement);
      if (asked?.device !== deviceId) throw refused('That is no log of this device');
      if (sealed && comesBefore(asked.log, sealed)) throw refused('The log had come further already');
      sealed = asked.log;
      const key = logKey(keystore);
      const shown = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
      return { statement, ...signSeal(statement, key), key: shown, reports: signReportsOf(asked, key, shown) };
    },
    // G045 PH-2-1: core may be in other hands, so that it can only ask for what the product declares
    zeroise: async () => {
      if (options.mayZeroise !== true) throw refused('Nothing declared has this device destroy its keys');
      keystore.zeroise();
    },
    close: () => keystore.close(),
  };
};
/** No message that is signed anywhere else begins with it. */
const SELF_TEST_LABEL = 'hearthward/self-test\0';

// key log
const logKey = (keystore: Keystore): KeyObject => {
  const keys = keystore.keys();
  if (keys.log !== undefined) return imported(keys.log);
  const made = newKey();
  keystore.save({ ...keys, log: exported(made) });
  return made;
};

const comesBefore = (one: Sealed['log'], other: Sealed['log']): boolean =>
  one.chain < other.chain ||
  (one.chain === other.chain && (one.seq < other.seq || one.reports.next < other.reports.next));

const enrolledBy = (certificates: readonly string[] | undefined, anchors: readonly string[]): SignerStatus => {
  const own = certificates?.[0];
  if (own === undefined) return { enrolled: false, anchors };
  const { validFromDate, validToDate, publicKey } = new X509Certificate(own);
  const algorithm = signatureOf(publicKey.asymmetricKeyType, publicKey.asymmetricKeyDetails?.namedCurve);
  return {
    enrolled: true,
    from: validFromDate.toISOString(),
    until: validToDate.toISOString(),
    fingerprint: fingerprintOf(own),
    ...(algorithm ? { algorithm } : {}),
    anchors,
  };
};

const dataKeyOf = ({ data, earlierData }: Keys): ReleasedKey => ({
  key: Buffer.from(data, 'base64'),
  certificates: [],
  ...(earlierData === undefined ? {} : { earlier: Buffer.from(earlierData, 'base64') }),
});

const isCurrent = (certificates: readonly string[], now: number): boolean =>
  certificates[0] !== undefined && new X509Certificate(certificates[0]).validToDate.getTime() > now;

const pemOf = (key: string): Buffer => Buffer.from(imported(key).export({ type: 'pkcs8', format: 'pem' }));

const refused = (message: string): DeviceFault =>
  new DeviceFault('signer-refused', message, 'Restart the device; report it if it comes back.');
