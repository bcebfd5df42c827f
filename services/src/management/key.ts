import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { SIGNATURES } from '@hearthward/protocol';
import { type CommandBody, type SignedCommand, signedBytes } from '@hearthward/protocol';
import { openSealedFolder } from '../authority/sealed.ts';

/**
 * The operators' key: signs commands to devices, and nothing else. It lies apart from the front-end that carries them, so
 * that whoever takes that over can hold commands back, and can neither make one nor repeat one.
 */
export interface OperatorsKey {
  /** SPKI, PEM: what the factory puts into each device */
  readonly publicPem: string;
  readonly sign: (body: CommandBody) => SignedCommand;
}

// EN 303 645 5.4-1, G044 6.4.1, G045 CR-1-2, CR-1-3: a key of its own, on the disk only sealed
export function openOperatorsKey(folder: string): OperatorsKey {
  const files = openSealedFolder(folder);
  const key = keptIn(files) ?? make(files);
  return {
    publicPem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    sign(body) {
      const text = JSON.stringify(body);
      return { v: 1, body: text, signature: sign(null, signedBytes(text), key).toString('base64url') };
    },
  };
}

const FILE = 'operators.key';

function keptIn(files: ReturnType<typeof openSealedFolder>): KeyObject | undefined {
  const sealed = files.readSealed(FILE);
  // key operators: read again
  return sealed && createPrivateKey({ key: Buffer.from(sealed), format: 'der', type: 'pkcs8' });
}

function make(files: ReturnType<typeof openSealedFolder>): KeyObject {
  // key operators
  const { privateKey } = generateKeyPairSync(SIGNATURES.ed25519.key.type);
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  files.writeSealed(FILE, der);
  der.fill(0);
  return privateKey;
}
