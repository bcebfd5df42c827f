import { SOFTWARE_GUARD, type GuardSettings, type KeyGuard } from './guard.ts';
import { pkcs11Guard } from './pkcs11.ts';
import { softwareGuard } from './software.ts';
import { tpm2Guard } from './tpm2.ts';

/** `owner`: eight random bytes in hexadecimal, by which a device knows its objects in an element that it shares. */
export type OpenGuard = (folder: string, owner: string) => KeyGuard;

export const guardFor =
  (settings: GuardSettings = SOFTWARE_GUARD): OpenGuard =>
  (folder, owner) => {
    switch (settings.kind) {
      case 'software':
        return softwareGuard(folder);
      case 'tpm2':
        return tpm2Guard(settings, folder);
      case 'pkcs11':
        return pkcs11Guard(settings, owner);
    }
  };
