import type { Declaration, PersonalData, TelemetryData } from '@hearthward/product';
import type { SealedParcel, Subject, TelemetryMessage } from '@hearthward/protocol';
import type { AccountDeviceName } from '@hearthward/web';
import { DAY, iso } from '../../clock.ts';
import type { Registry } from '../../registry/devices.ts';
import { type Span, spanOf } from '../../registry/enrolments.ts';
import type { Store } from '../../store/open.ts';
import type { SubjectOrigin, Vault } from '../seams.ts';

/** What is kept of a person, device by device and item by item, as the product's declaration has them. */

/** Reads of what is kept; whoever calls has made sure of a session and notes the look. */
export interface Kept {
  /** how much is kept of these people and of which days (UTC, since the epoch), without opening any of it */
  readonly held: (
    subjects: readonly Subject[],
    of: { readonly productId: string; readonly item: string },
  ) => Promise<{ readonly count: number; readonly firstDay: number; readonly lastDay: number } | undefined>;
  /** what can be read, newest day first */
  readonly of: (
    subjects: readonly Subject[],
    wanted: { readonly productId: string; readonly items: readonly string[]; readonly since: number },
  ) => AsyncIterable<{
    readonly subject: Subject;
    readonly item: string;
    readonly at: number;
    readonly fields: TelemetryMessage['fields'];
    readonly sealed?: SealedParcel;
  }>;
}

export interface LinkedDevice extends AccountDeviceName {
  readonly declaration: Declaration;
  readonly subjects: readonly Subject[];
  readonly isBlocked: boolean;
  /** when it was theirs; what came before or after is another household's */
  readonly span: Span;
  /** declared items that are kept under any of the pseudonyms */
  readonly items: readonly LinkedItem[];
}
export interface LinkedItem {
  readonly item: PersonalData;
  readonly fields: readonly TelemetryData[];
  readonly subjects: readonly Subject[];
}

export interface HoldingsParts {
  readonly store: Store;
  readonly vault: Pick<Vault, 'subjectsOf' | 'originOf' | 'stateOf'>;
  readonly registry: Pick<Registry, 'find'>;
  readonly declarations: readonly Declaration[];
}

/** The devices that a code was typed at, with what each one's declaration says may be kept. */
export const devicesOf = (parts: HoldingsParts, account: string): Promise<readonly LinkedDevice[]> =>
  devicesFrom(parts, parts.vault.subjectsOf(account));

export async function devicesFrom(
  { store, vault, registry, declarations }: HoldingsParts,
  people: readonly Subject[],
): Promise<readonly LinkedDevice[]> {
  const byDevice = new Map<string, (Pick<SubjectOrigin, 'items' | 'epoch'> & { readonly subject: Subject })[]>();
  for (const subject of people) {
    const origin = vault.originOf(subject);
    if (!origin) continue;
    const { deviceId, items, epoch } = origin;
    byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), { subject, items, epoch }]);
  }
  const found: LinkedDevice[] = [];
  for (const [deviceId, own] of byDevice) {
    const device = await registry.find(deviceId);
    const declaration = device && declarations.find(({ product }) => product.id === device.productId);
    if (!declaration) continue;
    const items = declaration.personalData.flatMap((item): readonly LinkedItem[] => {
      const subjects = own.filter(({ items: named }) => named.includes(item.id)).map(({ subject }) => subject);
      const fields = declaration.telemetryData.filter(({ personalData }) => personalData === item.id);
      return subjects.length > 0 && fields.length > 0 ? [{ item, fields, subjects }] : [];
    });
    const epochs = own.map(({ epoch }) => epoch);
    const span = await spanOf(store.db, deviceId, { first: Math.min(...epochs), last: Math.max(...epochs) });
    found.push({
      deviceId,
      serial: device.serial,
      product: declaration.product.name,
      ...(span.until === undefined ? {} : { partedAt: iso(span.until) }),
      span,
      declaration,
      subjects: own.map(({ subject }) => subject),
      isBlocked: own.some(({ subject }) => vault.stateOf(subject) === 'blocked'),
      items,
    });
  }
  return found.sort((a, b) => (a.serial < b.serial ? -1 : 1));
}

export interface KeptValues {
  readonly at: number;
  readonly values: readonly (readonly [TelemetryData, Value])[];
  /** what its party alone can read; then there are no values */
  readonly sealed?: SealedParcel;
}

/** No more than is declared is read, whatever is there: neither older, nor of another field. */
// EN 303 645 6-1, 6-4, G044 7-a, 7-d
export async function* valuesOf(
  kept: Kept,
  { declaration }: Pick<LinkedDevice, 'declaration'>,
  { item, fields, subjects }: LinkedItem,
  now: number,
): AsyncGenerator<KeptValues> {
  const since = sinceOf(item, now);
  const wanted = { productId: declaration.product.id, items: [item.id], since };
  for await (const row of kept.of(subjects, wanted)) {
    if (row.at < since) continue;
    if (row.sealed && row.sealed.to === item.sealedTo) yield { at: row.at, values: [], sealed: row.sealed };
    const values = fields.flatMap((field) => {
      const value = Object.hasOwn(row.fields, field.id) ? row.fields[field.id] : undefined;
      return value === undefined ? [] : [[field, value] as const];
    });
    if (values.length > 0) yield { at: row.at, values };
  }
}

export type Value = TelemetryMessage['fields'][string];

/** Who alone can read an item that is sealed, by name. */
export const sealedToName = ({ dataParties = [] }: Declaration, { sealedTo }: PersonalData): string | undefined =>
  sealedTo === undefined ? undefined : (dataParties.find(({ id }) => id === sealedTo)?.name ?? sealedTo);

/** 0 days: as long as nobody deletes it */
const sinceOf = ({ retentionDays }: PersonalData, now: number): number =>
  retentionDays === 0 ? 0 : now - retentionDays * DAY;
