import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { primitivesIn } from './primitive-forms.ts';
import { givenSoftware, manifestIn, ownerOf } from '../software/packages.ts';

/**
 * What protects the network side was written and looked at by others: each implementation is declared with its review,
 * what lies in the image is of the declared version, and nothing else there holds primitives of its own.
 */
const strict = { additionalProperties: false };
/** `of`: the package that the file belongs to; empty where it belongs to none */
const Primitive = Type.Object(
  { primitive: Type.String(), form: Type.String(), file: Type.String(), of: Type.String() },
  strict,
);
const Package = Type.Object({ name: Type.String(), version: Type.String() }, strict);
const Searched = Type.Object({ files: Type.Integer(), bytes: Type.Integer() }, strict);
const Planted = Type.Object({ form: Type.String(), found: Type.Boolean() }, strict);
const KINDS = { primitive: Primitive, package: Package, searched: Searched, planted: Planted };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type Implementation = Declaration['networkSecurityImplementations'][number];

export const reviewedImplementations: Case = {
  id: 'reviewed-implementations',
  topic: 'reviewed-implementations',
  title:
    'Searches the software as shipped for cryptography of its own, and compares what it rests on with the declaration.',
  ready: givenSoftware,
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const [form, sample] of PLANTED)
    probe.record('planted', 'product', { form, found: primitivesIn(sample).some((each) => each.form === form) });
  const declared = new Set(probe.declaration.networkSecurityImplementations.flatMap(({ packages = [] }) => packages));
  const owners = new Map<string, string>();
  const found: { primitive: string; form: string; file: string }[] = [];
  let [files, bytes] = [0, 0];
  for await (const file of probe.files.read('software')) {
    files += 1;
    bytes += file.bytes.length;
    if (file.path.endsWith('package.json')) {
      const manifest = manifestIn(file.bytes);
      if (manifest !== undefined) owners.set(file.path.slice(0, -'package.json'.length), manifest.name);
      if (manifest !== undefined && declared.has(manifest.name))
        probe.record('package', manifest.name, { ...manifest });
    }
    for (const { primitive, form } of primitivesIn(file.bytes)) found.push({ primitive, form, file: file.path });
  }
  for (const each of found) probe.record('primitive', 'product', { ...each, of: ownerOf(each.file, owners) });
  probe.record('searched', 'product', { files, bytes });
}

/** The search has to find what it looks for, in each form. */
const PLANTED: readonly (readonly [form: string, sample: Uint8Array])[] = [
  ['bytes', Buffer.from('00637c777bf26b6fc53001672bfed7ab76ff', 'hex')],
  ['numbers', Buffer.from('const K = [0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5];')],
  ['digits', Buffer.from("hex('637c777bf26b6fc53001672bfed7ab76')")],
];

// EN 303 645 5.5-2, G044 6.5.2: network and security functions rest on implementations that others have reviewed
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const declared = seen.declaration.networkSecurityImplementations;
  if (declared.length === 0) return weigh([...parts, fail('no implementation is declared', [])], '', 'assisted');
  return weigh(
    [
      ...parts,
      ...declared.flatMap((each) => judgeDeclared(each, seen.declaration, rows)),
      ...judgeSearch(declared, rows),
    ],
    'no software was searched',
    'assisted',
  );
}

function judgeDeclared(each: Implementation, declaration: Declaration, rows: Rows): readonly Part[] {
  const { id, link, version, packages = [], component } = each;
  const runsOn = declaration.softwareComponents.find((one) => one.id === component);
  return [
    ...(link === undefined ? [open(`${id}: where its review can be read`)] : []),
    ...(version === undefined ? [open(`${id}: of which version it is`)] : []),
    ...(packages.length === 0 && runsOn === undefined ? [open(`${id}: where in the product it is`)] : []),
    // a version that only the declaration tells is a claim; what runs below the packages is in no manifest
    ...(packages.length === 0 && runsOn !== undefined ? [open(`${id}: that ${version ?? 'it'} is what runs`)] : []),
    ...packages.map((name) => {
      const mine = of(rows.package, name);
      const other = mine.filter(({ data }) => data.version !== version);
      if (other.length > 0)
        return fail(`${name} is ${other[0]?.data.version} in the image, and ${version} is declared`, idsOf(other));
      return mine.length > 0
        ? pass('what the image holds is of the declared versions', idsOf(mine))
        : open(`${name}: that the image holds it`);
    }),
  ];
}

function judgeSearch(declared: readonly Implementation[], rows: Rows): readonly Part[] {
  const reviewed = new Set(declared.flatMap(({ packages = [] }) => packages));
  const own = rows.primitive.filter(({ data }) => !reviewed.has(data.of));
  const searched = rows.searched.filter(({ data }) => data.files > 0 && data.bytes > 0);
  const seen = new Set(rows.planted.filter(({ data }) => data.found).map(({ data }) => data.form));
  const blind = PLANTED.filter(([form]) => !seen.has(form)).map(([form]) => `that the search finds planted ${form}`);
  return [
    ...own.map(({ id, data }) =>
      fail(`${data.file} implements ${data.primitive} itself, and no review of it is declared`, [id]),
    ),
    ...(searched.length > 0
      ? [
          pass(
            'nothing in the software implements cryptography but what is declared',
            [...idsOf(searched), ...idsOf(rows.planted)],
            blind,
          ),
        ]
      : [open('that the software holds no cryptography of its own')]),
  ];
}
