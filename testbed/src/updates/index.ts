/** What attacks the updates of a device: a repository in an attacker's hands, and a disk that forgets. */
export { EMPTY_DISK, keyOf, memoryDisk, type Durable, type MemoryDisk } from './crashes/disk.ts';
export {
  HostileRepository,
  sha256,
  signed,
  TOP_LEVEL,
  written,
  type DelegatedRoleValue,
  type RootValue,
  type TargetsValue,
  type TopLevel,
} from './hostile-repository.ts';
export { aliasOf, idOf, newSigner, signerOf, type Scheme, type Signer } from './signers.ts';
export { serveRepository, type ServedRepository } from './served.ts';
export {
  makeRelease,
  offerOf,
  productLine,
  publishOffers,
  publishRelease,
  served,
  type MadeRelease,
} from './product-line.ts';
export { NO_BUS, startBus } from './installers/bus.ts';
export { bundleOf, startRaucPeer, type RaucPeer } from './installers/rauc.ts';
export { startSwupdatePeer, ubootStarts, type SwupdatePeer } from './installers/swupdate.ts';
