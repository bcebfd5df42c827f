/**
 * The data of a device across releases of its software. Guarantees: the newer software works on a migrated copy, the
 * older one finds what it left and every change and log entry that was acknowledged since; refuses, by name, a change
 * during a trial that the older one could not read. Leaves to the slots which software runs.
 */
export { beginState, type OpenedState, type StateOpener } from './begin.ts';
export { stateFiles, type StateFiles } from './files.ts';
export { type Document, type Migration, type StateFormat } from './migrations.ts';
export { openState } from './open.ts';
