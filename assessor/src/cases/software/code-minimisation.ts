import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, open, pass, readEvidence, weigh } from '../access/evidence.ts';
import { leftoverIn } from './leftover-forms.ts';
import { givenSoftware } from './packages.ts';

/**
 * The software as shipped holds nothing that only builds, tests or debugs. Whether each thing that is left is needed is for
 * its makers to say, by the measures that they declare.
 */
const strict = { additionalProperties: false };
const Found = Type.Object({ what: Type.String(), file: Type.String() }, strict);
const Searched = Type.Object({ files: Type.Integer(), bytes: Type.Integer() }, strict);
const Planted = Type.Object({ what: Type.String(), found: Type.Boolean() }, strict);
const KINDS = { found: Found, searched: Searched, planted: Planted };

export const codeMinimisation: Case = {
  id: 'code-minimisation',
  topic: 'code-minimisation',
  title: 'Searches the software as shipped for tools, tests, debug symbols and other things of its makers.',
  ready: givenSoftware,
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const [what, path, bytes] of PLANTED)
    probe.record('planted', 'product', { what, found: leftoverIn(path, bytes) === what });
  let [files, bytes] = [0, 0];
  for await (const file of probe.files.read('software')) {
    files += 1;
    bytes += file.bytes.length;
    const what = leftoverIn(file.path, file.bytes);
    if (what !== undefined) probe.record('found', 'product', { what, file: file.path });
  }
  probe.record('searched', 'product', { files, bytes });
}

/** An ELF header of 64-bit little-endian, of that type. */
const elf = (type: number, rest = ''): Uint8Array =>
  Buffer.concat([Buffer.from('7f454c46020101000000000000000000', 'hex'), Uint8Array.of(type, 0), Buffer.from(rest)]);
/** The search has to find one of each kind. */
const PLANTED: readonly (readonly [what: string, path: string, bytes: Uint8Array])[] = [
  ['debugger', 'usr/bin/gdbserver', elf(2)],
  ['compiler', 'usr/bin/gcc', elf(2)],
  ['package manager', 'node_modules/npm/package.json', Buffer.from('{"name":"npm","version":"1.0.0"}')],
  ['debug symbols', 'usr/lib/x.so', elf(3, '\0.debug_info\0')],
  ['source map', 'main.js.map', Buffer.from('{"version":3,"mappings":"AAAA"}')],
  ['test', 'lib/a.test.js', Buffer.from('test()')],
  ['version control', '.git/HEAD', Buffer.from('ref')],
  ['editor’s copy', 'main.js.orig', Buffer.from('run()')],
  ['core dump', 'core', elf(4)],
];

// EN 303 645 5.6-6, G044 6.6.6: what the device does not need does not ship
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const measures = seen.declaration.codeMinimisation;
  const searched = rows.searched.filter(({ data }) => data.files > 0 && data.bytes > 0);
  const kinds = new Set(rows.planted.filter(({ data }) => data.found).map(({ data }) => data.what));
  const blind = PLANTED.filter(([what]) => !kinds.has(what)).map(([what]) => `that the search finds a planted ${what}`);
  const files = searched.reduce((sum, { data }) => sum + data.files, 0);
  const some = rows.found.slice(0, 3).map(({ data }) => `${data.file} (${data.what})`);
  return weigh(
    [
      ...parts,
      ...(measures.length === 0 ? [fail('no measure that keeps the code small is declared', [])] : []),
      ...(rows.found.length > 0
        ? [
            fail(
              `it ships what only its makers use: ${some.join(', ')}${rows.found.length > 3 ? `, and ${rows.found.length - 3} more` : ''}`,
              idsOf(rows.found),
            ),
          ]
        : []),
      ...(searched.length > 0
        ? [
            pass(
              `none of ${files} files is there for its makers alone; by the declaration: ${measures.map(({ measure }) => measure).join('; ')}`,
              [...idsOf(searched), ...idsOf(rows.planted)],
              blind,
            ),
          ]
        : [open('what the software holds')]),
    ],
    'no software was searched',
    'assisted',
  );
}
