/**
 * The device runtime: what a manufacturer's product stands on.
 *
 * Guarantees: what the product's declaration does not have cannot happen on the device, be it a listener, an outbound
 * connection or a telemetry field; keys stay with the process that alone holds them; what is stored is sealed, and
 * survives a power cut at any moment. Refuses: a data folder of another device, version or running instance, with a
 * `DeviceFault` that names the cure. Leaves to the product its functions, to the operating system the walls between
 * processes, to `services` everything beyond the home.
 */
export * from './seams.ts';
export type { Board, PortShown, PortsShown } from './board/board.ts';
export { linuxPorts } from './board/linux/ports.ts';
export { DeviceFault, FAULT_CODES, type FaultCode } from './driver/faults.ts';
export { openRoom, type Executors, type Room, type RoomDefinition } from './driver/room.ts';
export { readFactoryBundle, isManufactured, type InstalledBundle } from './manufacture/bundle.ts';
export { installFirstRelease } from './manufacture/first-release.ts';
export { installFactoryBundle, prepareDevice } from './manufacture/manufacture.ts';
export type { ScannerSettings } from './incoming/scanner.ts';
export type { GuardSettings } from './secrets/guards/guard.ts';
export type { ExaminedSlot } from './integrity/examine.ts';
export type { LogVerdict } from './logging/chain/verify.ts';
export { pressButton } from './access/presence/press.ts';
export type { DeviceParts } from './parts.ts';
export { runDevice, type Device } from './processes/run.ts';
export { ownUsers, type Users } from './processes/boot/users.ts';
export type { RunningDevice } from './processes/assembly.ts';
export type { startDeviceInProcess as StartDeviceInProcess } from './processes/in-process.ts';

/** Whether the log of a device that does not run is as it wrote it; see `logging/examine.ts`. */
export const examineLog = async (dataDir: string) => (await import('./logging/examine.ts')).examineLog(dataDir);

/** Whether the software in a data folder is what its maker signed; see `integrity/examine.ts`. */
export const examineSoftware = async (dataDir: string) =>
  (await import('./integrity/examine.ts')).examineSoftware(dataDir);

/** A whole device in this process, for tests and faulty twins; see `processes/in-process.ts`. */
export const startDeviceInProcess = async (
  ...options: Parameters<typeof import('./processes/in-process.ts').startDeviceInProcess>
) => (await import('./processes/in-process.ts')).startDeviceInProcess(...options);
