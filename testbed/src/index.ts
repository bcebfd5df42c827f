/**
 * The test bed: the whole line in one process, a person who sets devices up, and the faulty twins.
 *
 * Guarantees: a twin differs from the good product in one fault, put in from outside; every case that has a twin is run
 * against both. Refuses: a case that does not exist. Leaves to `assessor` what is seen. Nothing that ships imports it.
 */
export { BENCH_BATCH, makeBenchIdentity, type AskFactory, type BenchIdentity } from './bench-identity.ts';
export { inventPassword, PersonStuck, setUpAsAPerson, type SetUpBy } from './person.ts';
export { startLine, type Line, type LineOptions, type Unit } from './line.ts';
export { shippedFiles, stageSoftware } from './shipped.ts';
export { takenPorts } from './network/taken-ports.ts';
export { runTwins, type RunTwinsOptions } from './lanes/run-twins.ts';
export { serveLane } from './lanes/lane.ts';
export { PARTS_WITHOUT_TWIN, TWINS, WITHOUT_TWIN } from './twins/index.ts';
export type { Fault, Twin, TwinRow } from './twin.ts';
