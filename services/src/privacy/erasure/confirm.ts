import { createPublicKey, sign } from 'node:crypto';
import {
  type Confirmation,
  ERASURE_TYPE,
  type ErasureStatement,
  keyIdOf,
  preAuthentication,
  signatureOf,
  SIGNATURES,
  whyNotSettled,
} from '@hearthward/protocol';
import type { Confirming } from '../../authority/confirming.ts';
import { iso } from '../../clock.ts';
import { type Erasure, reportOf } from './decide.ts';
import type { Concerned } from './rows.ts';

/** What a person gets: made of what places said, refused where that does not make a confirmation, then signed (DSSE 1.0). */
export function confirmationOf(
  as: ErasureStatement['kind'],
  { order, places }: Erasure,
  { manufacturer, product }: Concerned,
  now: number,
  { key, certificates }: Confirming,
): Confirmation {
  const statement: ErasureStatement = {
    v: 1,
    kind: as,
    id: order.id,
    manufacturer,
    product,
    subjects: [...order.subjects],
    requestedAt: iso(order.askedAt),
    at: iso(now),
    places: places.map(reportOf),
  };
  const because = whyNotSettled(statement);
  if (because !== undefined) throw new Error(`not to be confirmed: ${because}`);
  const payload = Buffer.from(JSON.stringify(statement));
  const algorithm = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  if (!algorithm) throw new Error('the key of confirmations is of no algorithm of the registry');
  const sig = sign(SIGNATURES[algorithm].digest, preAuthentication(ERASURE_TYPE, payload), key);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    payloadType: ERASURE_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyIdOf(spki), sig: sig.toString('base64') }],
    certificates: [...certificates],
  };
}
