import { Release, SignatureSet } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { targetsOf } from './ceremonies.ts';
import { type Doc, isRoot, isTargets, type TargetIn } from './metadata.ts';
import type { Proposal } from './proposal.ts';
import { type Grant, grantOf, rolesIn, type State } from './state.ts';

/**
 * What a proposal says, in lines for the people who are asked to sign it: made from the very metadata that is signed, and
 * from what is published now, never from what somebody wrote beside it.
 */
// EN 303 645 5.3-9: nobody signs what they were not shown
export function linesOf(
  state: State | undefined,
  { docs }: Pick<Proposal, 'docs'>,
  holders: Readonly<Record<string, string>>,
): readonly string[] {
  return [...docs].sort((a, b) => (a.role < b.role ? -1 : 1)).flatMap((doc) => linesFor(state, doc, holders));
}

function linesFor(state: State | undefined, doc: Doc, holders: Readonly<Record<string, string>>): string[] {
  const { version, expires } = doc.metadata.signed;
  const before = publishedOf(state, doc.role);
  const now = before ? `now ${before.metadata.signed.version}` : 'the first';
  const head = `${doc.role} ${version} (${now}), good until ${expires}`;
  if (isRoot(doc)) return [head, ...rootLines(doc, isRoot(before) ? before : undefined, holders)];
  if (!isTargets(doc)) return [head];
  const old = isTargets(before) ? before : undefined;
  return [head, ...delegationLines(doc, old, holders), ...targetLines(doc, old)];
}

const publishedOf = (state: State | undefined, role: string): Doc | undefined => {
  if (role === 'root') return state?.root;
  return role === 'targets' ? state?.targets : state?.delegated.get(role);
};

const NONE: Grant = { keyids: [], threshold: 0, keys: {} };

function rootLines(
  doc: Parameters<typeof grantOf>[0],
  before: typeof doc | undefined,
  holders: Record<string, string>,
): string[] {
  return (['root', 'targets', 'snapshot', 'timestamp'] as const).map((role) =>
    keyLine(role, grantOf(doc, role), before ? grantOf(before, role) : NONE, holders),
  );
}

function delegationLines(
  doc: Parameters<typeof rolesIn>[0],
  before: typeof doc | undefined,
  holders: Record<string, string>,
): string[] {
  const gone = before ? rolesIn(before).filter(({ name }) => !rolesIn(doc).some((role) => role.name === name)) : [];
  return [
    ...rolesIn(doc).map(({ name, paths, terminating }) => {
      const keys = keyLine(name, grantOf(doc, name), before ? grantOf(before, name) : NONE, holders);
      return `${keys}; speaks of ${paths?.join(', ') ?? 'nothing'}${terminating ? ', and ends the search' : ''}`;
    }),
    ...gone.map(({ name }) => `  - ${name}: is delegated nothing any more`),
  ];
}

function keyLine(role: string, now: Grant, before: Grant, holders: Readonly<Record<string, string>>): string {
  const named = (keyid: string) => `${holders[keyid] ?? 'somebody'} ${keyid.slice(0, 16)}`;
  const sign = (keyid: string) => (before.keyids.includes(keyid) ? '' : '+ ');
  const kept = now.keyids.map((keyid) => `${sign(keyid)}${named(keyid)}`);
  const gone = before.keyids.filter((keyid) => !now.keyids.includes(keyid)).map((keyid) => `- ${named(keyid)}`);
  return `  ${role}: ${now.threshold} of ${now.keyids.length}: ${[...kept, ...gone].join(', ')}`;
}

function targetLines(doc: Parameters<typeof rolesIn>[0], before: typeof doc | undefined): string[] {
  const now = targetsOf(doc);
  const old = before ? targetsOf(before) : {};
  const same = (a: TargetIn | undefined, b: TargetIn) => JSON.stringify(a) === JSON.stringify(b);
  const fresh = Object.entries(now).filter(([path, target]) => !same(old[path], target));
  const gone = Object.keys(old).filter((path) => !now[path]);
  const unchanged = Object.keys(now).length - fresh.length;
  return [
    ...fresh.flatMap(([path, target]) => [
      `  ${old[path] ? '!' : '+'} ${path}  ${target.length} bytes  ${target.sha256}`,
      ...releaseLines(target.custom),
    ]),
    ...gone.map((path) => `  - ${path}`),
    ...(unchanged > 0 ? [`  ${unchanged} files as before`] : []),
  ];
}

function releaseLines(custom: object | undefined): string[] {
  if (custom === undefined) return [];
  if (Value.Check(SignatureSet, custom))
    return [
      `      signatures ${custom.number} of malware for ${custom.product}; devices go by them until ${custom.freshUntil}`,
    ];
  if (!Value.Check(Release, custom)) return ['      says what is no release of ours'];
  const { product, version, number, kind, securityVersion, models, summary, risksRemoved, downtimeSeconds } = custom;
  const inOrder = (words: { readonly en: string; readonly ms?: string | undefined }) =>
    oneLine([words.en, words.ms].filter(Boolean).join(' / '));
  return [
    `      ${product} ${version}, number ${number}, ${kind}, security version ${securityVersion}`,
    `      for ${models.join(', ')}; takes ${custom.unpackedBytes} bytes; deltas: ${custom.deltas.length}`,
    ...(custom.fromNumber === undefined ? [] : [`      only from number ${custom.fromNumber} on`]),
    `      new: ${inOrder(summary)}`,
    ...risksRemoved.map(({ id, severity, risk }) => `      takes away ${id} (${severity}): ${inOrder(risk)}`),
    `      away for ${downtimeSeconds} s; goes on: ${custom.keepsWorking.map(inOrder).join('; ') || 'nothing'}`,
  ];
}

/** Words of a release are shown on a terminal: no control character of theirs gets there. */
const oneLine = (text: string): string => text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
