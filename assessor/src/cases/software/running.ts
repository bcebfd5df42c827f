import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Probe } from '../../model.ts';
import type { ProcessSeen } from '../../observe/system/seen.ts';

/** One process of the product, as it is recorded: its command line stays out, since it may hold a secret. */
export const Running = Type.Object(
  {
    pid: Type.Integer(),
    users: Type.Array(Type.Integer()),
    groups: Type.Array(Type.Integer()),
    capabilities: Type.Array(Type.String()),
    mayGain: Type.Boolean(),
    writableCode: Type.Integer(),
    executableData: Type.Integer(),
    ownPages: Type.Boolean(),
    personality: Type.Integer(),
    network: Type.Boolean(),
    code: Type.Integer(),
    writable: Type.Array(Type.String()),
    unread: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type Running = Static<typeof Running>;

/** Subject of a process that no declared one has the words of. */
export const UNDECLARED = 'product';
const NAMED = 3;

export const systemIsGiven: Case['ready'] = (_declaration, target) =>
  target.artefacts?.runningSystem !== undefined && target.artefacts.processes !== undefined
    ? { ok: true }
    : { ok: false, because: 'the target file gives no running system to read, or none of its processes' };

/** Records each process of the product under the declared one that it is. */
export async function observeRunning(probe: Probe): Promise<void> {
  for (const each of await probe.system.processes()) {
    const { words, writable, ...seen } = each;
    const data: Running = {
      ...seen,
      users: [...seen.users],
      groups: [...seen.groups],
      capabilities: [...seen.capabilities],
      unread: [...seen.unread],
      writable: writable.slice(0, NAMED),
    };
    probe.record('process', declaredAs(probe.declaration, words), data);
  }
}

/** The row that most words of the command line speak for, of those of which every word is there. */
export const declaredAs = ({ privilegeControls }: Declaration, words: ProcessSeen['words']): string => {
  const said = new Set(words.flatMap((word) => [word, nameOf(word)]));
  const [best] = privilegeControls
    .filter(({ commandLine }) => commandLine?.every((word) => said.has(word)))
    .toSorted((a, b) => (b.commandLine?.length ?? 0) - (a.commandLine?.length ?? 0));
  return best?.id ?? UNDECLARED;
};

/** `/opt/hub/signer.js` is `signer`. */
const nameOf = (word: string): string => (word.split('/').at(-1) ?? word).replace(/\.[a-z]{1,4}$/, '');
