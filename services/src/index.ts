/**
 * The manufacturer's associated services in one process: factory, certificate authority, enrolment, registry, MQTT
 * front-end, telemetry, operator console and public pages, on an embedded store.
 *
 * Guarantees: a message is acknowledged when it is on the disk; a device has one identity, one live certificate and its own
 * topics; public pages say what the declaration says. Refuses: certificates of others, undeclared fields, a data folder in
 * use or of another version. Leaves to `product` what is declared, to `web` how pages look, to `device` its own keys.
 */
export * from './desk.ts';
export { startServices, type Listen, type Listeners, type Services, type ServicesOptions } from './server.ts';
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
export { restoreServices } from './privacy/erasure/restored.ts';
export type { Backup } from './store/backups.ts';
export type { ErasureProgress } from './privacy/seams.ts';
export type { AlgorithmState } from './enrolment/algorithms.ts';
export { SHORTEST_SECONDS } from './enrolment/lasting.ts';
export { SERVICE_KEYS, type ServiceKeyId } from './keys/register.ts';
export type { Log, LogEntry } from './front/log.ts';
