import { type Doc, isTargets } from '../repository/metadata.ts';
import { readProposal } from '../repository/proposal.ts';
import { publish, type Published } from '../repository/publish.ts';
import { type Ceremony, lastUse, type UpdateRoom } from '../repository/room.ts';
import { judge } from '../repository/rules.ts';
import { readState } from '../repository/state.ts';
import { readReleaseFolder, unpackRelease } from './folder.ts';
import { putRelease, whyNotRelease, whySigned } from './propose.ts';

/**
 * Publishes a release that people signed. Its folder is read and its pack opened again, it is held against what is published,
 * its signatures are counted; then its files are laid out, and at last the metadata that names them. It is offered to no
 * device by that: a rollout does so.
 */
export async function publishRelease(
  room: UpdateRoom,
  folder: string,
  { who, why }: Ceremony,
): Promise<Published & { readonly what?: string }> {
  const read = await readReleaseFolder(folder);
  if (!read.ok) return read;
  const { release } = read.value;
  const what = `${release.product} ${release.version}`;
  const opened = await unpackRelease(read.value);
  if (!opened.ok) return opened;
  const { docs } = readProposal(folder);
  const [doc] = docs;
  if (!isTargets(doc) || docs.length !== 1)
    return { ok: false, code: 'release-mislabelled', because: `it asks for more than ${what}` };
  const because = whySigned(doc, read.value) ?? whyLost(readState(room.files)?.delegated.get(doc.role), doc, what);
  if (because !== undefined) return { ok: false, code: 'release-mislabelled', because };
  const state = readState(room.files);
  const already = state?.delegated.get(doc.role)?.metadata.signed.version === doc.metadata.signed.version;
  if (state && !already) {
    const early = judge(state, docs, room.clock.now(), lastUse(room));
    const refused = whyNotRelease(state, release) ?? (early.ok ? undefined : early);
    if (refused) return { ok: false, code: refused.code, because: refused.because };
    await putRelease(room, read.value);
  }
  const done = publish(room, {
    docs,
    who,
    why,
    also: (now) => (now ? whyNotRelease(now, release) : undefined),
  });
  return { ...done, what };
}

/** What was published before, and is no longer named, would vanish for every device that has not got it. */
function whyLost(before: Doc | undefined, doc: Doc, what: string): string | undefined {
  if (!isTargets(before) || !isTargets(doc)) return undefined;
  const lost = Object.keys(before.metadata.signed.targets).find((path) => !doc.metadata.signed.targets[path]);
  return lost === undefined ? undefined : `it is signed as ${what}, and takes ${lost} away`;
}
