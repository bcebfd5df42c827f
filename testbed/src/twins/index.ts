import type { Twin } from '../twin.ts';
import { ACCESS_TWINS, ACCOUNT_TWINS, SESSION_TWINS } from './access.ts';
import { CHANNEL_TWINS } from './channel.ts';
import { DATA_TWINS } from './data.ts';
import { ERASING_TWINS } from './erasing.ts';
import { EXPOSURE_TWINS } from './exposure.ts';
import { HARDWARE_TWINS } from './hardware.ts';
import { INTEGRITY_TWINS } from './integrity.ts';
import { KEY_TWINS } from './keys.ts';
import { PAGES_TWINS } from './pages.ts';
import { PRIVACY_TWINS } from './privacy.ts';
import { PROCESS_TWINS } from './processes.ts';
import { SOFTWARE_TWINS } from './software.ts';
import { UPDATE_TWINS } from './updates.ts';

/** Every twin; one at least for every case that decides automatically. */
export const TWINS: readonly Twin[] = [
  ...ACCESS_TWINS,
  ...ACCOUNT_TWINS,
  ...SESSION_TWINS,
  ...CHANNEL_TWINS,
  ...EXPOSURE_TWINS,
  ...PAGES_TWINS,
  ...DATA_TWINS,
  ...PRIVACY_TWINS,
  ...ERASING_TWINS,
  ...KEY_TWINS,
  ...PROCESS_TWINS,
  ...SOFTWARE_TWINS,
  ...HARDWARE_TWINS,
  ...INTEGRITY_TWINS,
  ...UPDATE_TWINS,
];

/** Cases that the hub gives nothing to try, with the reason; their own tests hold that they can fail. */
export const WITHOUT_TWIN: Readonly<Record<string, string>> = {
  obfuscation: 'the source of the hub is published, so that nothing is won by making its programs hard to read',
  'identity-tamper-resistance': 'the hub keeps its identity in software and declares no hardware element',
  'replacement-information': 'asked only of constrained products whose software cannot be updated',
  'update-timely': 'the hub does not claim yet that its repairs come in time',
};

/** Parts of a device whose fault no case sees from outside, with the reason; the tests named hold them by value. */
export const PARTS_WITHOUT_TWIN: Readonly<Record<string, { readonly because: string; readonly heldBy: string }>> = {
  anchors: {
    because: 'new roots are read only from a service that proved itself under an old one: an impostor shows none',
    heldBy: 'device/test/channel/anchors.test.ts',
  },
  ceremonies: {
    because: 'no case answers for a second factor',
    heldBy: 'device/test/access/factors/ceremony.test.ts',
  },
  exposure: {
    because: 'a unit of the test bed shares its process with others, and what a process has open is compared as one',
    heldBy: 'device/test/exposure/compare.test.ts',
  },
  factors: {
    because: 'no case answers for a second factor',
    heldBy: 'device/test/access/factors/codes.test.ts',
  },
  mayRecover: {
    because: 'it asks for the button of the device, which no case can press',
    heldBy: 'device/test/access/gate.test.ts',
  },
  pinRules: {
    because: 'they are for children, whom no case signs in',
    heldBy: 'device/test/access/household.test.ts',
  },
  ports: {
    because: 'no case opens the case and puts a line on the board while the product runs',
    heldBy: 'device/test/board/ports.test.ts',
  },
  repeats: {
    because: 'whether what repeats is counted or written each time, no reader of the log is told',
    heldBy: 'device/test/logging/repeats.test.ts',
  },
  slots: {
    because: 'what it writes is verified again by the loader, so that no other image starts',
    heldBy: 'device/test/updates/slots.test.ts',
  },
  telemetry: {
    because: 'what the device says to its services is sealed on its way',
    heldBy: 'device/test/telemetry/decide.test.ts',
  },
  subjects: {
    because: 'pseudonyms are told to the services alone',
    heldBy: 'device/test/privacy/subjects.test.ts',
  },
  consents: {
    because: 'what it decides is refused by the services too, and seen by no case of its own',
    heldBy: 'device/test/privacy/consent.test.ts',
  },
  erasures: {
    because: 'no case erases a person’s data on the bench yet',
    heldBy: 'device/test/privacy/erasure.test.ts',
  },
  removePerson: {
    because: 'no case erases a person’s data on the bench yet',
    heldBy: 'device/test/privacy/erasure.test.ts',
  },
  ledger: {
    because: 'what left the home is read by no case yet',
    heldBy: 'device/test/privacy/ledger.test.ts',
  },
  parcels: {
    because: 'what comes readable and should be sealed is refused by the services too',
    heldBy: 'device/test/privacy/sealed.test.ts',
  },
  flows: {
    because: 'what may not flow is dropped by the services too',
    heldBy: 'device/test/privacy/consent.test.ts',
  },
  confirmation: {
    because: 'no case hands a false confirmation to a device',
    heldBy: 'device/test/privacy/news.test.ts',
  },
  verifyPassword: {
    because: 'it is called by `checkCredential`, in whose place a twin has its fault',
    heldBy: 'device/test/access/passwords.test.ts',
  },
};
