/**
 * Installers of whole operating systems behind `SlotBackend`, for products that have one. Guarantees what the slots of
 * our own do, as far as installer and boot loader do what they say; refuses what is below the floor, or is no bundle
 * that was signed; leaves to the boot loader to count starts, and to the installer to write.
 *
 * RAUC needs the package `dbus-native`, which products without it do not bring.
 */
export { ubootEnvironment, type BootEnvironment } from './boot-environment.ts';
export type { InstallerAnswer, Seen, SystemInstaller } from './installer.ts';
export { raucInstaller, type Rauc, type RaucOptions } from './rauc.ts';
export { swupdateInstaller, type SwupdateOptions } from './swupdate.ts';
export { beginSystemSlots, systemSlots, type SystemSlots } from './system-slots.ts';
export { tpmCounter, type TpmCounterOptions } from './tpm-counter.ts';
