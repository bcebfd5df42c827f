import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '@tufjs/models';
import {
  readSignatures,
  rolesOf,
  SIGNATURE_FORMATS,
  SIGNATURE_LIMITS,
  SignatureSet,
  signaturesPath,
  type SignatureFormat,
} from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { DAY } from '../clock.ts';
import { asFault } from '../faults.ts';
import { targetsOf } from './repository/ceremonies.ts';
import { hashedName } from './repository/files.ts';
import { type Doc, isTargets, makeTargets, sha256, type TargetIn } from './repository/metadata.ts';
import { readProposal, writeProposal } from './repository/proposal.ts';
import { publish, type Published } from './repository/publish.ts';
import { expiryOf, expiryText } from './repository/roles.ts';
import { type Ceremony, lastUse, type UpdateRoom } from './repository/room.ts';
import { judge } from './repository/rules.ts';
import { productsIn, readState, type State } from './repository/state.ts';

/**
 * Sets of malware signatures, published as releases are: a folder with the set and what is to be signed of it goes from one
 * person to the next, `publishSignatures` reads every byte of it again. Its numbers rise, so that no device takes an older
 * set; how long it holds is signed with it, and nobody but those who may sign a security release can prolong it.
 */
export type SignaturesRefusal = 'product-unknown' | 'signatures-refused' | 'signatures-mislabelled';
type Refused = { readonly ok: false; readonly code: SignaturesRefusal; readonly because: string };

export interface SetIn {
  readonly product: string;
  readonly format: SignatureFormat;
  readonly bytes: Uint8Array;
  /** how long devices go by it, from now */
  readonly freshDays: number;
}

const fileOf = (folder: string, format: SignatureFormat): string => join(folder, `set.${format}`);

/** The form of the set in a folder; undefined where there is none, or more than one. */
export const signaturesIn = (folder: string): SignatureFormat | undefined => {
  const [format, ...more] = SIGNATURE_FORMATS.filter((each) => existsSync(fileOf(folder, each)));
  return more.length === 0 ? format : undefined;
};

/** What people will sign of a set, written into a new folder beside it. */
export function proposeSignatures(
  { clock }: Pick<UpdateRoom, 'clock'>,
  state: State,
  folder: string,
  { product, format, bytes, freshDays }: SetIn,
  { who, why }: Ceremony,
): { readonly ok: true; readonly set: SignatureSet; readonly count: number } | Refused {
  if (!productsIn(state.targets).includes(product))
    return refused('product-unknown', `this repository has no product ${product}`);
  if (!Number.isInteger(freshDays) || freshDays < 1 || freshDays > SIGNATURE_LIMITS.freshDays)
    return refused('signatures-refused', `a set holds for 1 to ${SIGNATURE_LIMITS.freshDays} days`);
  const read = readSignatures(format, bytes);
  if (!read.ok) return refused('signatures-refused', read.because);
  const { security: role } = rolesOf(product);
  const published = state.delegated.get(role);
  const named = published ? targetsOf(published) : {};
  const path = signaturesPath(product, format);
  const now = clock.now();
  const set: SignatureSet = {
    v: 1,
    product,
    number: (setOf(named[path])?.number ?? 0) + 1,
    madeAt: expiryText(now),
    freshUntil: expiryText(now + freshDays * DAY),
  };
  const target = { length: bytes.length, sha256: sha256(bytes), custom: set };
  const version = (published?.metadata.signed.version ?? 0) + 1;
  writeProposal(folder, {
    about: { v: 1, what: `signatures ${set.number} of ${product}`, who, why, holders: {} },
    docs: [makeTargets(role, version, expiryOf('releases', now), { ...named, [path]: target })],
  });
  try {
    writeFileSync(fileOf(folder, format), bytes, { flag: 'wx' });
  } catch (error) {
    throw asFault(error, folder);
  }
  return { ok: true, set, count: read.count };
}

/** Hostile: a folder that somebody brought. The set is laid out under its digest before anything names it. */
// EN 303 645 5.3-9, 5.3-10, G045 PL-2-3: no set is published that is cut off, swapped, older, or takes something else away
export function publishSignatures(
  room: UpdateRoom,
  folder: string,
  { who, why }: Ceremony,
): Published & { readonly what?: string } {
  const format = signaturesIn(folder);
  const { docs } = readProposal(folder);
  const [doc] = docs;
  if (format === undefined || !isTargets(doc) || docs.length !== 1)
    return refused('signatures-mislabelled', 'it asks for more than one set of signatures');
  const state = readState(room.files);
  const product = productsIn(state?.targets).find((each) => rolesOf(each).security === doc.role);
  if (!state || product === undefined)
    return refused('product-unknown', `${doc.role} signs for no product of this repository`);
  const path = signaturesPath(product, format);
  const target = targetsOf(doc)[path];
  const set = setOf(target);
  const bytes = contentOf(fileOf(folder, format));
  const read = bytes && readSignatures(format, bytes);
  if (!target || set?.product !== product || !bytes || sha256(bytes) !== target.sha256)
    return refused('signatures-mislabelled', `what was signed of ${path} is not what the folder has`);
  if (!read?.ok) return refused('signatures-refused', read?.because ?? 'there is no set');
  const whyNot = (now: State | undefined) => {
    const because = whyElse(now?.delegated.get(doc.role), doc, path);
    return because === undefined ? undefined : { code: 'signatures-mislabelled', because };
  };
  const isThere = state.delegated.get(doc.role)?.metadata.signed.version === doc.metadata.signed.version;
  if (!isThere) {
    const early = judge(state, docs, room.clock.now(), lastUse(room));
    const not = whyNot(state) ?? (early.ok ? undefined : early);
    if (not) return { ok: false, code: not.code, because: not.because };
    room.files.put(hashedName(path, target.sha256), bytes);
  }
  return { ...publish(room, { docs, who, why, also: whyNot }), what: `signatures ${set.number} of ${product}` };
}

/** Everything but this set is as it was, and the set is a newer one. */
function whyElse(before: Doc | undefined, doc: Doc<Targets>, path: string): string | undefined {
  const was: Readonly<Record<string, TargetIn>> = isTargets(before) ? targetsOf(before) : {};
  const now = targetsOf(doc);
  const changed = [...new Set([...Object.keys(was), ...Object.keys(now)])].find(
    (each) => each !== path && !Value.Equal(was[each], now[each]),
  );
  if (changed !== undefined) return `it is signed as signatures, and changes ${changed}`;
  const [old, next] = [setOf(was[path])?.number ?? 0, setOf(now[path])?.number ?? 0];
  return next > old ? undefined : `signatures ${next} do not come after ${old}`;
}

const setOf = (target: TargetIn | undefined): SignatureSet | undefined =>
  Value.Check(SignatureSet, target?.custom) ? target.custom : undefined;

const contentOf = (file: string): Buffer | undefined => {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() && found.size <= SIGNATURE_LIMITS.bytes ? readFileSync(file) : undefined;
};

const refused = (code: SignaturesRefusal, because: string): Refused => ({ ok: false, code, because });
