/**
 * Software updates on the device: two slots, one commit point, a way back.
 *
 * Guarantees: what starts is a whole image that the manufacturer signed, at or above the floor of security versions,
 * whenever the power goes; what worked before the update stays until the new one has been found healthy. Refuses what
 * is older, for another model, damaged, or failed before, by name. Leaves to `tuf` what is signed, to `download` how
 * the bytes come, to `boot` to begin a start with `beginStart`.
 */
export type { HttpAnswer, HttpGet } from './download/ranges.ts';
export { beginStart, decideStart, type Beginning, type NoBeginning } from './slots/begin.ts';
export { systemDisk, type Disk, type DiskEntry, type Writing } from './slots/disk.ts';
export { agreeOnFloor, type AgreedFloor, type Floors } from './slots/floors.ts';
export * from './slots/moves.ts';
export * from './slots/records.ts';
export * from './slots/slots.ts';
export * from './slots/start.ts';
export { placesOf, verifySlot, type VerifiedSlot } from './slots/verify.ts';
export {
  LIMITS,
  openMetadata,
  type Believed,
  type MetadataWorld,
  type Target,
  type UpdateMetadata,
} from './tuf/client.ts';
export { metadataOver, type Fetched, type FetchMetadata } from './tuf/fetch.ts';
export { measure } from './tuf/measure.ts';
export type { Refusal as MetadataRefusal } from './tuf/metadata.ts';
export { folderStore, type MetadataStore } from './tuf/store.ts';
export { ownSlots, slotExecutors, statusOf, type FloorCounter, type SlotBackend } from './backend.ts';
export { decideUpdates, updatesWith, type OfferRule } from './decide.ts';
export { UPDATES_ROOM, updatesRoom } from './room.ts';
export * from './state.ts';
export * from './steps/events.ts';
export { openUpdates, type Updates, type UpdatesWorld } from './open.ts';
export { openContents, type Contents } from './download/contents.ts';
export { sourceOf, verifyCandidate } from './fetching.ts';
