import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, ReleaseKind, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { Called, Elsewhere, Gap, judgeInstalled, Kept, recordInstallation } from './installing.ts';
import { Asked } from './offering.ts';
import { Page } from './page.ts';
import { judgeRefused, judgeTold, recordRefusal, Refusal } from './refusing.ts';
import { steered, unsteered, updatesReady, type Steered } from './steering.ts';

/** What must not be installed is not, whoever asks for it; the good release, which is, shows that the way is open. */
const KINDS = {
  page: Page,
  asked: Asked,
  called: Called,
  elsewhere: Elsewhere,
  gap: Gap,
  kept: Kept,
  refusal: Refusal,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

const made = (
  id: Case['topic'],
  title: string,
  releases: readonly ReleaseKind[],
  judgeOne: (it: Steered, rows: Rows) => readonly Part[],
  judgeAll: (declaration: Declaration, rows: Rows) => readonly Part[] = () => [],
): Case => ({
  id,
  topic: id,
  title,
  ready: updatesReady('next', ...releases),
  effect: 'disturbing',
  putsBack: true,
  observe: async (probe) => {
    for (const it of steered(probe.declaration)) {
      await recordInstallation(probe, it);
      for (const release of releases) await recordRefusal(probe, it, release);
    }
  },
  judge: (seen: Seen): Judgement => {
    const { rows, parts } = readEvidence(seen, KINDS);
    return weigh(
      [
        ...parts,
        ...steered(seen.declaration).flatMap((it) => judgeOne(it, rows)),
        ...unsteered(seen.declaration).map(({ id }) => open(`${id}: no functions are declared by which it is steered`)),
        ...judgeAll(seen.declaration, rows),
      ],
      'no update mechanism is declared',
    );
  },
});

// EN 303 645 5.3-1, G044 6.3.1, TS 103 645 4.3-1: each component comes with an update, or with the reason why none comes
export const updateCoverage = made(
  'update-coverage',
  'Installs a release by each update mechanism, and looks whether every component has one or says why it has none.',
  [],
  (it, rows) => [judgeInstalled(it, rows)],
  ({ softwareComponents }) => {
    const left = softwareComponents.filter((each) => each.updateMechanism === undefined);
    const unexplained = left.filter((each) => (each.notUpdateableBecause ?? '').trim() === '');
    if (softwareComponents.length === 0) return [open('which software components there are')];
    return unexplained.length > 0
      ? [fail(`${unexplained.map(({ id }) => id).join(', ')}: neither updateable, nor said why not`, [])]
      : [];
  },
);

// EN 303 645 5.3-2, G044 6.3.2: new software is installed, and not to put an old hole back or another model's software on
export const updateMechanism = made(
  'update-mechanism',
  'Installs a good release, then offers one that is older and one for another model.',
  ['older', 'other-model'],
  (it, rows) => [judgeInstalled(it, rows), judgeRefused(it, 'older', rows), judgeRefused(it, 'other-model', rows)],
);

// EN 303 645 5.3-9, G044 6.3.9, G045 PL-2-3, TS 103 645 4.3-7: what was changed or comes from somebody else is not installed, and told of
export const updateAuthenticity = made(
  'update-authenticity',
  'Offers a release whose bytes are not those that were signed and one that nobody has signed, and looks who is told.',
  ['damaged', 'unsigned'],
  (it, rows) => [
    judgeInstalled(it, rows),
    ...(['damaged', 'unsigned'] as const).flatMap((release) => [
      judgeRefused(it, release, rows),
      judgeTold(it, release, rows),
    ]),
  ],
);

// EN 303 645 5.3-10, G044 6.3.10: who is believed over a network is who has the keys, and nobody else
export const updateTrust = made(
  'update-trust',
  'Offers a release over the network that is signed by nobody whom the product has reason to believe.',
  ['unsigned'],
  (it, rows) => {
    const { id, mechanism } = it;
    const way = mechanism.overNetwork && (mechanism.over === undefined || (mechanism.parameters ?? []).length === 0);
    return [
      judgeInstalled(it, rows),
      judgeRefused(it, 'unsigned', rows),
      ...(way ? [open(`${id}: by which keys an update that comes over a network is known`)] : []),
    ];
  },
);

// G045 PL-2-2: what does not come up gives way to what was there before
export const updateRollback = made(
  'update-rollback',
  'Offers a release that does not come up, and looks whether the version of before runs again and says why.',
  ['failing'],
  (it, rows) => {
    const { id } = it;
    const mine = of(rows.refusal, id).filter(({ data }) => data.release === 'failing');
    const tried = mine.filter(({ data }) => data.pressed || data.onPage || data.after !== data.before);
    const another = tried.filter(({ data }) => data.before !== '' && data.after !== data.before);
    const lost = another.filter(({ data }) => data.settled !== 'no');
    if (lost.length > 0)
      return [
        fail(`${id}: after an update that does not come up, ${lost[0]?.data.before} does not run again`, idsOf(lost)),
      ];
    if (another.length > 0)
      return [open(`${id}: which version runs in the end: it was still at work when last seen`, idsOf(another))];
    const back = tried.filter(({ data }) => data.before !== '' && (data.onPage || data.inLog));
    return [
      judgeInstalled(it, rows),
      back.length > 0
        ? pass(`${id}: the version of before runs again after an update that does not come up`, idsOf(back))
        : open(`${id}: that the version of before runs again after an update that does not come up`, idsOf(mine)),
    ];
  },
);
