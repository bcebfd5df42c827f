import type { Declaration } from '@hearthward/product';
import type { PasswordRecord, TimeSource } from '@hearthward/protocol';
import type { OwnIntegrity } from '../integrity/own.ts';
import type { OnTamper } from '../board/tamper/standing.ts';
import type { QuarantineLink } from '../quarantine/link.ts';
import type { LogForwarding } from '../logging/forwarding/forwarding.ts';
import type { Management } from '../management/management.ts';
import type { HashingCost } from '../access/passwords/cost.ts';
import type { Privacy } from '../privacy/privacy.ts';
import type { Presence } from '../access/presence/presence.ts';
import type { Scan } from '../incoming/scanner.ts';
import type { DeviceParts } from '../parts.ts';
import type { networkInterfaces } from 'node:os';
import type { Protection } from '../platform/protection.ts';
import type { Renewal } from '../secrets/renewal.ts';
import type { Clock, Millis, ProductFunctions, StateStore } from '../seams.ts';
import type { SetupCheck } from '../setup/check/standing.ts';
import type { Updates } from '../updates/open.ts';
import type { RateLimits } from './http/rate.ts';

/** All that a panel needs of its device. */
export interface PanelContext {
  readonly declaration: Declaration;
  readonly store: StateStore;
  readonly clock: Clock;
  /** what ends are compared with: never before what the device has been vouched for; the clock where absent */
  readonly floored?: Clock;
  /** by which events are dated; `clock` where absent */
  readonly dated?: Clock;
  /** what that time rests on now; nobody knows where absent */
  readonly timeSource?: () => TimeSource;
  /** milliseconds that run evenly from any beginning, whatever happens to the clock */
  readonly running: () => Millis;
  /** cryptographically strong bytes */
  readonly random: (bytes: number) => Uint8Array;
  readonly product: ProductFunctions;
  /** somebody at the device itself */
  readonly presence: Presence;
  /** what hashing a new password costs; the floor where absent */
  readonly hashing?: HashingCost;
  /** record of the password on the label */
  readonly initialPassword: PasswordRecord;
  readonly identity: { readonly serial: string };
  /** whether the channel to the manufacturer's services is up */
  readonly connection: () => boolean;
  /** the device's signed word that somebody is at it; absent where it has no identity */
  readonly possession?: () => Promise<string>;
  /** whose personal data it is, what they allow, and how it goes */
  readonly privacy: Privacy;
  /** management by the manufacturer's operators, which the owner allows here; absent where the device has none */
  readonly management?: Pick<Management, 'allowed' | 'possible' | 'allow' | 'end'>;
  /** the log on its way to a server of the owner's; absent where the product declares no such way */
  readonly forwarding?: Pick<LogForwarding, 'server' | 'choose'>;
  /** whether the device is cut off, and why */
  readonly quarantine?: Pick<QuarantineLink, 'held' | 'enter' | 'end' | 'onChange'>;
  /** has software and configuration verified at once */
  readonly integrity?: Pick<OwnIntegrity, 'check'>;
  /** who opened the device: alarms that nobody knows of yet, and how stored keys are destroyed */
  readonly tamper?: Pick<OnTamper, 'alarms' | 'know' | 'erasing' | 'keepsConnection'>;
  /** how the system protects what runs; undefined where it says nothing of it */
  readonly protection?: (() => Protection | undefined) | undefined;
  /** makes keys anew while the device works */
  readonly keys?: Pick<Renewal, 'renew' | 'panelFingerprints' | 'channelFingerprint' | 'channelAlgorithm'>;
  /** whether it is securely set up, for the page on safety; the device alone looks where absent */
  readonly setupCheck?: Pick<SetupCheck, 'self' | 'ask' | 'last' | 'offered'>;
  /** software updates; absent where the product declares none */
  readonly updates?: Pick<
    Updates,
    'state' | 'release' | 'ended' | 'progress' | 'agree' | 'postpone' | 'check' | 'choose'
  >;
  /**
   * Erases what the rest of the device keeps of its people; called after the panel's own rooms are erased and before
   * the person gets the answer. Carried out again after a power cut, so it must bear being done twice. It must not
   * wait for the panel to close.
   */
  readonly onReset: () => Promise<void>;
  /** looks for malware in what people bring; absent where the platform has no scanner */
  readonly scan?: Scan;
  readonly parts: DeviceParts;

  /** PEM; without it the panel only answers injected requests */
  readonly https?: { readonly key: string | Uint8Array; readonly cert: string | Uint8Array };
  /** names and addresses, without port, under which people reach the panel, beside the address that a connection came in on */
  readonly hosts?: readonly string[];
  /** rooms of the store that a reset erases besides the panel's own, for instance the product's settings */
  readonly eraseRooms?: readonly string[];
  readonly rate?: RateLimits;
  /** the networks that the device is on; as the system says where absent */
  readonly networks?: typeof networkInterfaces;
  /** hears of faults; the client only hears that there was one */
  readonly onFault?: (thrown: unknown) => void;
}
