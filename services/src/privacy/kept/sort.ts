import type { Declaration } from '@hearthward/product';
import type { SealedParcel, Subject, TelemetryMessage } from '@hearthward/protocol';

/** A message as it is kept: what belongs to no person, and for each personal-data item what belongs to whom. */
export interface SortedMessage {
  readonly seq: number;
  readonly fields: TelemetryMessage['fields'];
  readonly personal?: readonly PersonalPart[];
}
export interface PersonalPart {
  readonly productId: string;
  readonly item: string;
  /** absent: of the one that the device has had since it was set up */
  readonly subject?: Subject;
  readonly onConsent: boolean;
  readonly retentionDays: number;
  readonly fields: TelemetryMessage['fields'];
  /** of an item that its party alone can read; then there are no fields */
  readonly sealed?: SealedParcel;
}

/** Fields as the declaration has them; the message was read by it. */
// EN 303 645 6-1, 6-4, G044 7-a, 7-d, G045 DS-1-4: what is somebody's is told apart before anything is kept
export function sortMessage(
  { seq, fields, of = {}, sealed = {} }: TelemetryMessage,
  declaration: Declaration,
): SortedMessage {
  const itemOf = new Map(declaration.telemetryData.map(({ id, personalData }) => [id, personalData]));
  const plain: [string, Value][] = [];
  const personal = new Map<string, [string, Value][]>();
  for (const [id, value] of Object.entries(fields)) {
    const item = itemOf.get(id);
    if (item === undefined || item === false) plain.push([id, value]);
    else personal.set(item, [...(personal.get(item) ?? []), [id, value]]);
  }
  for (const item of Object.keys(sealed)) personal.set(item, []);
  const parts = [...personal].map(([item, values]): PersonalPart => {
    const parcel = Object.hasOwn(sealed, item) ? sealed[item] : undefined;
    const declared = declaration.personalData.find(({ id }) => id === item);
    const subject = Object.hasOwn(of, item) ? of[item] : undefined;
    return {
      productId: declaration.product.id,
      item,
      ...(subject === undefined ? {} : { subject }),
      // an item that no row describes was consented to by nobody, and is kept for no time
      onConsent: declared?.legalBasis !== 'contract' && (declared?.legalBasis ?? 'consent') === 'consent',
      retentionDays: declared?.retentionDays ?? 0,
      fields: Object.fromEntries(values),
      ...(parcel === undefined ? {} : { sealed: parcel }),
    };
  });
  return { seq, fields: Object.fromEntries(plain), personal: parts };
}

type Value = TelemetryMessage['fields'][string];
