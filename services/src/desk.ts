/**
 * What people at a desk need: software updates from an image to what devices may be offered, and the door of services that
 * run. An entry of its own, since whoever signs a release loads nothing of what answers devices.
 */
export { FAULTS, ServicesFault, type FaultCode } from './faults.ts';
export { askServices } from './front/control.ts';
export { USUAL_PLAN, type RolloutPlan } from './updates/rollout/plan.ts';
export type { RolloutStatus } from './updates/rollout/status.ts';
export {
  addProduct,
  begin as beginRepository,
  type ProductHolders,
  renew as renewRoles,
  revoke as revokeKey,
  rotate as rotateKeys,
} from './updates/repository/ceremonies.ts';
export { hashedName, openStatic } from './updates/repository/files.ts';
export {
  approvalOf,
  dropProposal,
  grantsFor,
  hasProposal,
  type Proposal,
  readProposal,
  signProposal,
  whyUnpublishable,
  writeProposal,
} from './updates/repository/proposal.ts';
export { publish as publishProposal, type Published } from './updates/repository/publish.ts';
export { publishOffers } from './updates/repository/refresh.ts';
export { hasHolders, hasRepository, holdersIn, openUpdateRoom, UPDATES_FOLDER } from './updates/repository/room.ts';
export { linesOf } from './updates/repository/show.ts';
export { countOf, productsIn, readState, type State } from './updates/repository/state.ts';
export { makeKeyFile, openKeyFile } from './updates/repository/signers/key-file.ts';
export { readRoleKey, type RoleKey, type RoleSigner } from './updates/repository/signers/keys.ts';
export { makeTokenKey, openToken } from './updates/repository/signers/token.ts';
export { repositoryStatus, type RepositoryStatus } from './updates/repository/status.ts';
export { buildImage, imageInputs, type BuiltImage } from './updates/image/build.ts';
export { buildFirstStage } from './updates/image/first-stage.ts';
export { readPlatform, type Platform } from './updates/image/native.ts';
export { build as buildRelease } from './updates/release/build.ts';
export { readCatalogue, readDecisions } from './updates/release/catalogue.ts';
export { readReleaseFolder, RELEASE_FILE } from './updates/release/folder.ts';
export { proposeRelease, releasesIn, whyNotRelease, whySigned } from './updates/release/propose.ts';
export { publishRelease } from './updates/release/publish.ts';
export { readWords } from './updates/release/words.ts';
export { proposeSignatures, publishSignatures, signaturesIn } from './updates/signatures.ts';
export { type Clock, systemClock } from './clock.ts';
