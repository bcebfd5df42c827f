import { ACCESS_TWINS, SESSION_TWINS } from './access.ts';
import type { Twin } from '../twin.ts';

/** Every twin; one at least for every case that decides automatically. */
export const TWINS: readonly Twin[] = [...ACCESS_TWINS, ...SESSION_TWINS];
