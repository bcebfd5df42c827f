import { createHash } from 'node:crypto';
import { DIGESTS } from '@hearthward/protocol';

/** SHA-256 as base64url: under which name what is secret, or says who somebody is, stands in the store. */
export const digestOf = (text: string): string => createHash(DIGESTS.sha256.digest).update(text).digest('base64url');
