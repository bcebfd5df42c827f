import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { givenSoftware, manifestIn, ownerOf } from './packages.ts';
import { plainnessOf, type Plainness } from './plainness.ts';

/**
 * What is declared to be hard to read is: no names that say what they are for, no comments, no map back to the sources.
 * How long it keeps a determined reader busy, no program can say.
 */
const strict = { additionalProperties: false };
const Read = Type.Object(
  {
    files: Type.Integer(),
    /** files that are no programs */
    unread: Type.Integer(),
    /** declared names in them, and how many of these say something */
    names: Type.Integer(),
    telling: Type.Integer(),
    comments: Type.Integer(),
    maps: Type.Integer(),
    /** one file that can be read as it was written */
    example: Type.String(),
  },
  strict,
);
const Planted = Type.Object({ plain: Type.Boolean(), obscured: Type.Boolean() }, strict);
const KINDS = { read: Read, planted: Planted };

export const obfuscation: Case = {
  id: 'obfuscation',
  topic: 'obfuscation',
  title: 'Reads the programs that are declared to be obfuscated, and counts what still says what it is for.',
  ready: (declaration, target) => {
    if ((declaration.obfuscation ?? []).length === 0)
      return { ok: false, because: 'no obfuscation of its software is declared' };
    return givenSoftware(declaration, target);
  },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const [plain, obscured] = PLANTED.map((text) => plainnessOf(text)).map((each) => each && isTelling(each));
  probe.record('planted', 'product', { plain: plain === true, obscured: obscured === false });
  const owners = new Map<string, string>();
  const scripts: { path: string; text: string }[] = [];
  const maps: string[] = [];
  for await (const { path, bytes } of probe.files.read('software')) {
    if (path.endsWith('package.json')) owners.set(path.slice(0, -'package.json'.length), manifestIn(bytes)?.name ?? '');
    else if (/\.[cm]?js$/.test(path)) scripts.push({ path, text: Buffer.from(bytes).toString('utf8') });
    else if (path.endsWith('.map')) maps.push(path);
  }
  for (const { id, packages } of probe.declaration.obfuscation ?? []) {
    const isMine = (path: string): boolean => packages.includes(ownerOf(path, owners));
    const mine = scripts.filter(({ path }) => isMine(path));
    const read = mine.flatMap(({ path, text }) => {
      const plainness = plainnessOf(text);
      return plainness ? [{ path, ...plainness }] : [];
    });
    const sum = (count: 'names' | 'telling' | 'comments' | 'maps') => read.reduce((all, each) => all + each[count], 0);
    probe.record('read', id, {
      files: mine.length,
      unread: mine.length - read.length,
      names: sum('names'),
      telling: sum('telling'),
      comments: sum('comments'),
      maps: sum('maps') + maps.filter(isMine).length,
      example: read.find(isTelling)?.path ?? '',
    });
  }
}

const PLANTED = [
  'const remainingTries = 3;\n// what is left\nfunction countDown(account) { return account.tries - remainingTries; }\n',
  'const a=3;function b(c){return c.tries-a}export{b as countDown};',
] as const;

/** Short names are what a program gives; a few stay where a language asks for them. */
const MOST_TELLING = 0.1;
const isTelling = ({ names, telling, comments, maps }: Plainness): boolean =>
  comments > 0 || maps > 0 || telling > names * MOST_TELLING;

// G045 PL-1-3: whoever reads the code out of a device does not get it as it was written
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const declared = seen.declaration.obfuscation ?? [];
  const told = rows.planted.filter(({ data }) => data.plain && data.obscured);
  return weigh(
    [
      ...parts,
      ...declared.map(({ id, measure }): Part => {
        const mine = of(rows.read, id);
        const last = mine.at(-1)?.data;
        if (last === undefined || last.files === 0) return open(`${id}: where its programs are`, idsOf(mine));
        if (last.maps > 0) return fail(`${id}: maps that lead back to the sources ship with it`, idsOf(mine));
        if (isTelling(last))
          return fail(
            `${id}: ${last.telling} of ${last.names} names and ${last.comments} comments say what they are for, as in ${last.example}`,
            idsOf(mine),
          );
        return pass(
          `${id}: ${last.files} files are hard to read (${measure})`,
          [...idsOf(mine), ...idsOf(told)],
          [
            ...(told.length > 0 ? [] : ['that plain code is told from obscured code']),
            ...(last.unread === 0 ? [] : [`${id}: ${last.unread} files that are no programs`]),
            ...(last.names > 0 ? [] : [`${id}: names that could be read`]),
          ],
        );
      }),
    ],
    'no obfuscation is declared',
    'assisted',
  );
}
