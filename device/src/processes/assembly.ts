import type { ScannerSettings } from '../incoming/scanner.ts';
import type { Declaration } from '@hearthward/product';
import type { Presence } from '../access/presence/presence.ts';
import type { Board } from '../board/board.ts';
import type { Oversight } from '../exposure/oversight.ts';
import type { WallLine } from '../exposure/wall-line.ts';
import type { PanelContext } from '../panel/context.ts';
import type { DeviceParts } from '../parts.ts';
import type { QuarantineLink } from '../quarantine/link.ts';
import type { Clock, DeviceState, Listen, ProductFactory, SecurityEvent, Surface } from '../seams.ts';
import type { Renewal } from '../secrets/renewal.ts';
import type { Signer } from '../secrets/signer.ts';
import type { UpdatesLink } from '../updates/running/link.ts';
import type { ControlLine } from './control/line.ts';

/** What a device is put together of, and what is had of it. */

export interface Assembly {
  readonly declaration: Declaration;
  readonly product: ProductFactory;
  readonly dataDir: string;
  readonly signer: Signer;
  readonly fault: (thrown: unknown) => void;
  readonly scanner?: ScannerSettings;
  /** where presses of the button come from besides the product's board */
  readonly presence?: Presence;
  readonly clock?: Clock;
  /** what spreads starts and new tries over time, from 0 up to 1; random where absent */
  readonly draw?: () => number;
  /** where one differs from `defaultParts`; faulty twins are made of these */
  readonly parts?: Partial<DeviceParts>;
  /** instead of where the factory said; port 0 takes any */
  readonly listen?: Listen;
  /** ends the processes in order, so that they are started again; absent where nobody would */
  readonly restart?: () => void;
  /** whoever holds the slots; absent where the software lies in none */
  readonly updates?: UpdatesLink;
  /** the image that runs has not been confirmed */
  readonly onTrial?: boolean;
  readonly protection?: PanelContext['protection'];
  /** of a product that has a control loop */
  readonly control?: ControlLine;
  /** instead of the product's own */
  readonly board?: Board;
  /** whoever keeps the record of the quarantine; absent where nobody does */
  readonly quarantine?: QuarantineLink;
  /** of a process that is the device's alone */
  readonly oversight?: Oversight;
  /** of a device whose network namespace is its own */
  readonly wall?: WallLine;
  /** added to the panel's server, after everything of ours */
  readonly surfaces?: readonly Surface[];
}

export interface RunningDevice {
  readonly listen: Listen;
  readonly state: () => DeviceState;
  readonly isConnected: () => boolean;
  readonly events: (limit: number) => readonly SecurityEvent[];
  /** as the button of the device does it */
  readonly press: Presence['pressed'];
  readonly keys: Renewal;
  readonly stop: () => Promise<void>;
}
