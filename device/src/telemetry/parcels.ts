import { generateKeyPairSync } from 'node:crypto';
import type { Declaration, PersonalData } from '@hearthward/product';
import {
  type Recipient,
  recipientNow,
  sealParcel,
  type SealedParcel,
  senderOf,
  SIGNATURES,
  Subject,
} from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Millis } from '../seams.ts';
import type { TelemetryValue } from './decide.ts';

/**
 * What is sealed to its declared party before it has a place in any queue: fields of an item with `sealedTo` leave core as
 * one parcel, or not at all. Each pseudonym has a sender's key of its own, which goes when the pseudonym does.
 */
export const SendersState = Type.Array(
  Type.Object(
    {
      subject: Subject,
      /** private, PKCS#8 in base64url */
      key: Type.String(),
      /** item -> number of its last parcel */
      last: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
    },
    { additionalProperties: false },
  ),
);
export type SendersState = Static<typeof SendersState>;

/** The party and its key that holds now, of an item that is sealed; `keyless` where nothing of it can leave. */
export const sealingOfItem = (
  { dataParties = [] }: Pick<Declaration, 'dataParties'>,
  { sealedTo }: PersonalData,
  now: Millis,
): { readonly party: string; readonly recipient: Recipient } | 'plain' | 'keyless' => {
  if (sealedTo === undefined) return 'plain';
  const keys = dataParties.find(({ id }) => id === sealedTo)?.sealingKeys ?? [];
  const recipient = recipientNow(keys, now);
  return recipient ? { party: sealedTo, recipient } : 'keyless';
};

export interface Leaving {
  /** item -> whose */
  readonly of: Readonly<Record<string, Subject>>;
  readonly fields: Readonly<Record<string, TelemetryValue>>;
  readonly at: string;
  readonly now: Millis;
}
export interface Parcelled {
  /** to be stored before anything of it is said: no number is used twice */
  readonly senders: SendersState;
  readonly fields: Readonly<Record<string, TelemetryValue>>;
  readonly sealed: Readonly<Record<string, SealedParcel>>;
}

/** What is sealed, and the rest as it is. */
// EN 303 645 5.8-1, 5.8-2, TS 103 645 4.8-1, G044 6.8.1, 6.8.2: nobody between the device and the declared party reads it
export function sealFields(
  declaration: Pick<Declaration, 'product' | 'dataParties' | 'personalData' | 'telemetryData'>,
  senders: SendersState,
  { of, fields, at, now }: Leaving,
): Parcelled {
  const itemOf = new Map(declaration.telemetryData.map(({ id, personalData }) => [id, personalData]));
  let kept = senders;
  const left = new Map(Object.entries(fields));
  const sealed: Record<string, SealedParcel> = {};
  for (const item of declaration.personalData) {
    const own = Object.entries(fields).filter(([id]) => itemOf.get(id) === item.id);
    const to = sealingOfItem(declaration, item, now);
    if (own.length === 0 || to === 'plain') continue;
    for (const [id] of own) left.delete(id);
    const subject = of[item.id];
    // nobody whose it is, or nobody who could open it: it stays here
    if (to === 'keyless' || subject === undefined) continue;
    const known = kept.find((sender) => sender.subject === subject);
    const sender = known ?? { subject, key: newSender(), last: {} };
    const n = (sender.last[item.id] ?? 0) + 1;
    const place = { product: declaration.product.id, item: item.id, subject };
    sealed[item.id] = sealParcel(to, place, n, { at, fields: Object.fromEntries(own) }, senderOf(sender.key));
    const next = { ...sender, last: { ...sender.last, [item.id]: n } };
    kept = known ? kept.map((each) => (each === known ? next : each)) : [...kept, next];
  }
  return { senders: kept, fields: Object.fromEntries(left), sealed };
}

const newSender = (): string =>
  // key sender
  generateKeyPairSync(SIGNATURES.ed25519.key.type)
    .privateKey.export({ format: 'der', type: 'pkcs8' })
    .toString('base64url');
