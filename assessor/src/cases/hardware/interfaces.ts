import type { Declaration, DeclaredInterface, PortKind } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { portsOn, portsShipped } from './ports.ts';

/** Ports of the board: what the product's own system shows as on, and what its software as shipped would switch on, against the declaration. */
const strict = { additionalProperties: false } as const;
const PortRow = Type.Object({ kind: Type.String(), name: Type.String() }, strict);
/** whether the system could be read at all: every Linux has a command line */
const Looked = Type.Object({ system: Type.Boolean() }, strict);
const KINDS = { looked: Looked, on: PortRow, shipped: PortRow };

const DEBUG: ReadonlySet<string> = new Set<PortKind>(['serial', 'test-access', 'kernel-debug', 'process-debug']);
/** A bridge for debuggers or a console, though its plug is one for everything. */
const isDebug = ({ kind, name = '' }: { readonly kind: string; readonly name?: string }): boolean =>
  DEBUG.has(kind) || (kind === 'usb-device' && /adb|acm|ser/.test(name));

const caseOf = (
  id: 'debug-interfaces' | 'physical-interfaces',
  title: string,
  judge: (seen: Seen) => Judgement,
): Case => ({
  id,
  topic: id,
  title,
  ready: (declaration, target) => {
    if (!declaration.interfaces.some((each) => isOf(each, id)))
      return { ok: false, because: 'no interface of this kind is declared' };
    return target.artefacts?.board === undefined
      ? { ok: false, because: 'the target file does not give the system of the product’s own board' }
      : { ok: true };
  },
  effect: 'reading',
  observe: (probe) => observe(probe, (port) => isDebug(port) === (id === 'debug-interfaces')),
  judge,
});

const isOf = (each: DeclaredInterface, id: string): boolean =>
  id === 'debug-interfaces' ? each.debug : each.kind === 'physical' && !each.debug;

export const debugInterfaces = caseOf(
  'debug-interfaces',
  'Reads from the product’s own system, and from its software as shipped, which consoles, test accesses and debuggers are on.',
  (seen) => judge(seen, 'debug-interfaces'),
);
export const physicalInterfaces = caseOf(
  'physical-interfaces',
  'Reads from the product’s own system which sockets and slots for others take something, against those that it declares.',
  (seen) => judge(seen, 'physical-interfaces'),
);

async function observe(probe: Probe, which: (port: { kind: string; name: string }) => boolean): Promise<void> {
  const { board } = probe.system;
  probe.record('looked', 'product', { system: (await board.text('proc/cmdline')) !== undefined });
  for (const port of (await portsOn(board)).filter(which)) record('on', port);
  for (const port of (await portsShipped(probe.files)).filter(which)) record('shipped', port);

  function record(kind: 'on' | 'shipped', { kind: of, name }: { kind: string; name: string }): void {
    const data = { kind: of, name };
    probe.record(kind, declaredAs(probe.declaration, data)?.id ?? 'product', data);
  }
}

const declaredAs = ({ interfaces }: Declaration, { kind, name }: Static<typeof PortRow>) => {
  const ofKind = interfaces.filter((each) => each.port?.kind === kind);
  return ofKind.find((each) => each.port?.name === name) ?? ofKind.find((each) => each.port?.name === undefined);
};

// EN 303 645 5.6-3, 5.6-4, G045 PH-1-1, PH-1-2: on is what is declared to be on once people use it, and nothing else
function judge(seen: Seen, id: 'debug-interfaces' | 'physical-interfaces'): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const [looked] = rows.looked;
  if (looked === undefined) return weigh(parts, 'the system of the board was not read');
  if (!looked.data.system) return weigh([...parts, open('what the system of the board shows', [looked.id])], '');
  const declared = seen.declaration.interfaces.filter((each) => isOf(each, id));
  const found: Part[] = [
    ...rows.on.flatMap((row) => ofPort(seen.declaration, row, 'is on')),
    ...rows.shipped.flatMap((row) => ofPort(seen.declaration, row, 'would be switched on by the software as shipped')),
  ];
  for (const each of declared) {
    if (id === 'debug-interfaces' && each.enabled.includes('initialised'))
      found.push(
        fail(`${each.id}, which is for debugging, is declared to be on while people use the product`, [looked.id]),
      );
    else if (id === 'debug-interfaces' && each.port === undefined)
      found.push(open(`whether ${each.id} is off: it is not declared how the system shows it`, [looked.id]));
  }
  return weigh(
    [
      ...parts,
      ...found,
      pass(`of ${declared.length} declared interfaces each is as declared, and no other is on`, [looked.id]),
    ],
    'nothing was looked at',
  );
}

function ofPort(declaration: Declaration, { id, data }: Reading<Static<typeof PortRow>>, how: string): readonly Part[] {
  const its = declaredAs(declaration, data);
  const name = `${data.kind} ${data.name}`;
  if (its === undefined) return [fail(`${name} ${how}, and nobody declares it`, [id])];
  return its.enabled.includes('initialised') ? [] : [fail(`${name} ${how}, and ${its.id} is declared to be off`, [id])];
}
