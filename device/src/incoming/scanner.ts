import type { Declaration } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import { DeviceFault } from '../driver/faults.ts';
import { askClamd } from './clamd.ts';

/** Who looks for malware in what people bring: ClamAV's daemon over a socket of this machine, or nobody. */
const strict = { additionalProperties: false } as const;
/** folder of the manufacturer's signatures (`signatures/folder.ts`): `database` in it is the scanner's DatabaseDirectory */
const Signatures = Type.Optional(Type.String());
const ScannerSettings = Type.Union([
  Type.Object({ kind: Type.Literal('none') }, strict),
  Type.Object({ kind: Type.Literal('clamd'), socket: Type.String(), signatures: Signatures }, strict),
  Type.Object(
    { kind: Type.Literal('clamd'), port: Type.Integer({ minimum: 1, maximum: 65_535 }), signatures: Signatures },
    strict,
  ),
]);
export type ScannerSettings = Static<typeof ScannerSettings>;

/** Where the scanner reads the manufacturer's signatures, and the updater puts them. */
export const signaturesOf = (settings: ScannerSettings | undefined): string | undefined =>
  settings?.kind === 'clamd' ? settings.signatures : undefined;

export type ScanVerdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'malware' }
  | { readonly kind: 'not-scanned'; readonly because: 'unreachable' | 'no-answer' | 'signatures-stale' };
/** Absent where the platform has none. */
export type Scan = (bytes: Uint8Array) => Promise<ScanVerdict>;

/**
 * What is declared is what there is.
 * @throws DeviceFault `declaration-mismatch` where the product declares another scanner than it has
 */
// G044 7-f: a product that promises a scan must not run without its scanner
export const scanWith = (declaration: Declaration, settings: ScannerSettings = { kind: 'none' }): Scan | undefined => {
  const declared = declaration.malwareProtection?.scanner ?? 'none';
  if (declared !== settings.kind)
    throw new DeviceFault(
      'declaration-mismatch',
      `The scanner is declared as ${declared}, and this software has ${settings.kind}`,
      'Declare the scanner that there is, or pass the declared one to runDevice.',
    );
  const isDeclared = declaration.malwareProtection?.signatureSet !== undefined;
  if (isDeclared !== (settings.kind === 'clamd' && settings.signatures !== undefined))
    throw new DeviceFault(
      'declaration-mismatch',
      isDeclared
        ? 'A set of signatures is declared, and this software has no folder for it'
        : 'This software has a folder for signatures, and no set of them is declared',
      'Declare the set in malwareProtection, and pass its folder to runDevice, or neither.',
    );
  return settings.kind === 'none' ? undefined : (bytes) => askClamd(settings, bytes);
};
