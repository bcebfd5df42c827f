import type { Declaration } from '@hearthward/product';
import { DeviceFault } from '../../driver/faults.ts';
import { SOFTWARE_GUARD, type GuardSettings } from './guard.ts';

/** What is declared is what there is: a product that declares an element must not run without it. Fault: declaration-mismatch. */
// EN 303 645 5.4-2, G044 6.4.2: the declared element guards the identity, or the device does not start
export const mustBeDeclared = (declaration: Declaration, guard: GuardSettings = SOFTWARE_GUARD): void => {
  const keptBy = declaration.securityParameters.find((one) => one.identity)?.keptBy ?? SOFTWARE_GUARD.kind;
  if (keptBy === guard.kind) return;
  throw new DeviceFault(
    'declaration-mismatch',
    `The identity is declared as kept by ${keptBy}, and this software keeps it by ${guard.kind}`,
    'Declare what guards the identity, or pass the declared guard to runDevice.',
  );
};
