/**
 * The manufacturer's associated services in one process: factory, certificate authority, enrolment, registry, MQTT
 * front-end, telemetry, operator console and public pages, on an embedded store.
 *
 * Guarantees: a message is acknowledged when it is on the disk; a device has one identity, one live certificate and its own
 * topics; public pages say what the declaration says. Refuses: certificates of others, undeclared fields, a data folder in
 * use or of another version. Leaves to `product` what is declared, to `web` how pages look, to `device` its own keys.
 */
export { startServices, type Listen, type Listeners, type Services, type ServicesOptions } from './server.ts';
export { FAULTS, ServicesFault, type FaultCode } from './faults.ts';
export { labelSvg } from './factory/label.ts';
export { labelsPdf, type Paper } from './factory/label-pdf.ts';
export { qrText } from './factory/layout.ts';
export { ALPHABET, PASSWORD_LENGTH, type Carrier } from './factory/passwords.ts';
export { checkBatch, type BatchRefusal, type Labelled } from './factory/batch.ts';
export { batchCsv, drawSamples, SAMPLES_MOST } from './factory/samples.ts';
export type { BatchMade, Factory, Made, MadeDevice, MakeRefusal, NotMade, Station } from './factory/make.ts';
export type { FromServices, ToServices } from './front/process.ts';
export { begin, type CeremonyRoom, renewRootLists, rollOver, takeBack } from './authority/ceremony.ts';
export type { AuthorityName } from './authority/generations.ts';
export type { Reason } from './authority/lists.ts';
export { splitRoot, withShares } from './authority/offline.ts';
export { examineUses, hasAuthority, listUses, statusOf } from './authority/audit.ts';
export { SHARES_MOST } from './authority/shares.ts';
export { decideRollout, PLANNED, type Counts, type Rollout } from './updates/rollout/decide.ts';
export { type Decided, openRollouts, type Rollouts } from './updates/rollout/driver.ts';
export { openStore, type Store } from './store/open.ts';
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
export { buildImage, imageInputs } from './updates/image/build.ts';
export { readPlatform } from './updates/image/native.ts';
export { build as buildRelease } from './updates/release/build.ts';
export { readCatalogue, readDecisions } from './updates/release/catalogue.ts';
export { readReleaseFolder, RELEASE_FILE } from './updates/release/folder.ts';
export { proposeRelease, releasesIn, whyNotRelease, whySigned } from './updates/release/propose.ts';
export { publishRelease } from './updates/release/publish.ts';
export { readWords } from './updates/release/words.ts';
export { askServices } from './front/control.ts';
export type { AlgorithmState } from './enrolment/algorithms.ts';
export { SHORTEST_SECONDS } from './enrolment/lasting.ts';
export { SERVICE_KEYS, type ServiceKeyId } from './keys/register.ts';
export { type Clock, systemClock } from './clock.ts';
export type { Log, LogEntry } from './front/log.ts';
