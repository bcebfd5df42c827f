import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where modules lie that are started by their path. TypeScript in a checkout, JavaScript in an image: the ending is this module's own. */
export const SIGNER_MODULE = fileURLToPath(new URL(`../signer${extname(import.meta.filename)}`, import.meta.url));

/** A module of this package, whose folder the processes may read. */
export const OWN_PACKAGE = fileURLToPath(new URL('../../index.ts', import.meta.url));
