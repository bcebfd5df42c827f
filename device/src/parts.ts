import type { FastifyInstance } from 'fastify';
import type { SecureContextOptions } from 'node:tls';
import type { SoftwareService } from '@hearthward/product';
import { readCsrAttributes, tlsParameters, verifyConfirmation } from '@hearthward/protocol';
import * as web from '@hearthward/web';
import { credentialsOf } from './access/accounts.ts';
import { decidePorts } from './board/decide.ts';
import { decideTamper } from './board/tamper/decide.ts';
import { decideCeremonies } from './access/factors/ceremony/decide.ts';
import { decideFactors } from './access/factors/decide.ts';
import { decideHousehold } from './access/household/decide.ts';
import { guard } from './access/guard.ts';
import { mayRecover } from './access/presence/presence.ts';
import { checkCredential, verifyPassword } from './access/passwords/record.ts';
import { pinRules, type PinRefusal } from './access/passwords/pin.ts';
import { passwordRules, type PasswordRefusal } from './access/passwords/rules.ts';
import { decideSessions } from './access/sessions/decide.ts';
import { decideSignIn } from './access/sign-in/decide.ts';
import { learnAnchors } from './channel/anchors.ts';
import { renewal, type RenewalRule } from './channel/renewal.ts';
import { clientTls } from './channel/secured.ts';
import { takeFile } from './incoming/take.ts';
import { decideThrottle } from './access/throttle/decide.ts';
import { decideExposure, mayDial } from './exposure/decide.ts';
import { decideLog } from './logging/chain/decide.ts';
import { record, type Recorder } from './logging/record.ts';
import { decideRepeats } from './logging/repeats/decide.ts';
import type { PanelContext } from './panel/context.ts';
import { loginAnswer, troubleAnswer } from './panel/http/answers.ts';
import { isGenuine } from './panel/http/forgery.ts';
import { responseHeaders } from './panel/http/headers.ts';
import { validate } from './panel/http/validate.ts';
import { decideSelfTest } from './selftest/decide.ts';
import type { TestedHardware } from './selftest/bench.ts';
import { decideManagement } from './management/decide.ts';
import type { Millis } from './seams.ts';
import { createSealer } from './secrets/sealer.ts';
import { viewOf, wiping } from './secrets/wiping.ts';
import { decideConsents } from './privacy/consents/decide.ts';
import { decideErasures } from './privacy/erasure/decide.ts';
import { withoutPerson } from './privacy/erasing.ts';
import { flowsOf } from './privacy/flows.ts';
import { decideLedger } from './privacy/ledger/decide.ts';
import { decideSubjects } from './privacy/subjects/decide.ts';
import { answerTo } from './setup/check/decide.ts';
import { selfCheck } from './setup/check/self.ts';
import { decideSetup } from './setup/decide.ts';
import { decideTelemetry } from './telemetry/decide.ts';
import { sealFields } from './telemetry/parcels.ts';
import { ownSlots } from './updates/backend.ts';
import { decideUpdates } from './updates/decide.ts';
import { beginStart } from './updates/slots/begin.ts';
import { verifySteps } from './updates/slots/verify.ts';
import { openMetadata } from './updates/tuf/client.ts';

/**
 * What a device is composed of: each protection is one part with a narrow type. A product takes `defaultParts`; a test
 * bed replaces exactly one, and gets a device with exactly that fault. No part has a switch that weakens it.
 */
export interface DeviceParts {
  readonly throttle: typeof decideThrottle;
  readonly sessions: typeof decideSessions;
  /** the way from a right password to a session */
  readonly signIn: typeof decideSignIn;
  /** what second factors an account has, and which answers they take */
  readonly factors: typeof decideFactors;
  /** what people were asked of their factors and have not answered */
  readonly ceremonies: typeof decideCeremonies;
  /** who has an account, in which role */
  readonly household: typeof decideHousehold;
  readonly setup: typeof decideSetup;
  /** the device's own answer to whether it is securely set up */
  readonly selfCheck: typeof selfCheck;
  /** what the manufacturer's answer to that comes to */
  readonly setupAnswer: typeof answerTo;
  readonly telemetry: typeof decideTelemetry;
  /** what is sealed to its declared party before it leaves */
  readonly parcels: typeof sealFields;
  /** under which pseudonyms the services know people, and who lives here */
  readonly subjects: typeof decideSubjects;
  /** who may decide about an item, and what they decided */
  readonly consents: typeof decideConsents;
  /** what of personal data may leave now */
  readonly flows: typeof flowsOf;
  /** what becomes of a wish to be erased */
  readonly erasures: typeof decideErasures;
  /** what is left of the device's records without one person */
  readonly removePerson: typeof withoutPerson;
  /** whether a confirmation is the manufacturer's */
  readonly confirmation: typeof verifyConfirmation;
  /** what left the home, counted */
  readonly ledger: typeof decideLedger;
  /** whether, when and by whom the device is managed from afar */
  readonly management: typeof decideManagement;
  /** which records open an account */
  readonly credentialsOf: typeof credentialsOf;
  /** the work of a login, the same whether or not there is an account */
  readonly checkCredential: typeof checkCredential;
  readonly verifyPassword: typeof verifyPassword;
  /** which ports of the board are on and should not be */
  readonly ports: typeof decidePorts;
  readonly selfTest: typeof decideSelfTest;
  /** what becomes of a device that somebody opened */
  readonly tamper: typeof decideTamper;
  /** what listens, what may leave, and what becomes of the rest */
  readonly exposure: typeof decideExposure;
  /** which of its connections a device may open that is cut off */
  readonly mayDial: typeof mayDial;
  /** which image a start begins with; the loader’s, which no image of the device can replace */
  readonly beginStart: typeof beginStart;
  /** whether the image that runs is what it was */
  readonly verifySteps: typeof verifySteps;
  /** what a new password must be */
  readonly passwordRules: typeof passwordRules;
  /** what a child's new PIN must be */
  readonly pinRules: typeof pinRules;
  /** whether a change of password goes through: refusals, none where it does */
  readonly passwordChange: typeof passwordChange;
  /** whether the label password may serve to choose a new one */
  readonly mayRecover: typeof mayRecover;
  /** 256 random bits; `previous` is the id that the client came with */
  readonly newSessionId: (random: (bytes: number) => Uint8Array, previous: string | undefined) => string;
  readonly guard: typeof guard;
  readonly isGenuine: typeof isGenuine;
  readonly validate: typeof validate;
  /** what becomes of a file that somebody brings */
  readonly takeFile: typeof takeFile;
  readonly loginAnswer: typeof loginAnswer;
  readonly troubleAnswer: typeof troubleAnswer;
  readonly headers: typeof responseHeaders;
  readonly record: Recorder;
  /** what an event does to the log: its place in the chain, and what makes way for it */
  readonly log: typeof decideLog;
  /** which events stand alone in the log, and which are counted together */
  readonly repeats: typeof decideRepeats;
  readonly pages: PanelPages;
  readonly tls: typeof tlsOptions;
  /** the device's own end of its connections to the manufacturer's services */
  readonly clientTls: typeof clientTls;
  /** which roots of the manufacturer are believed, of those held and those shown */
  readonly anchors: typeof learnAnchors;
  /** what the services want of the device's next key, of what they say */
  readonly csrAttributes: typeof readCsrAttributes;
  /** when the device asks for a new certificate of its own */
  readonly renewal: RenewalRule;
  /** what lies on the disk of the state of the rooms and of events, and what opens it */
  readonly sealing: typeof createSealer;
  /** what of a repository is believed */
  readonly metadata: typeof openMetadata;
  /** the way of a release through the device */
  readonly updates: typeof decideUpdates;
  /** what images are written to, and which of them starts */
  readonly slots: typeof ownSlots;
  /** what the self-test tries, where a test bed has broken a piece of it */
  readonly hardware?: (whole: TestedHardware) => TestedHardware;
  /** adds routes and hooks before the panel is ready */
  readonly extend?: (app: FastifyInstance, context: PanelContext) => void;
  /** opens listeners besides the declared ones; gives back how to close them */
  readonly extraListeners?: (context: PanelContext) => Promise<() => Promise<void>>;
}

export type PanelPages = Pick<
  typeof web,
  | 'setupPage'
  | 'loginPage'
  | 'forgottenPage'
  | 'anotherSessionPage'
  | 'homePage'
  | 'passwordPage'
  | 'securityPage'
  | 'newCodePage'
  | 'newPasskeyPage'
  | 'recoveryCodesPage'
  | 'secondStepPage'
  | 'peoplePage'
  | 'privacyPage'
  | 'eraseMinePage'
  | 'receiptsPage'
  | 'leavingPage'
  | 'safetyPage'
  | 'updatesPage'
  | 'resetPage'
  | 'errorPage'
  | 'stylesheet'
  | 'panelScript'
>;

/** G045 AU-1-2, EN 303 645 5.1-4: a session alone changes no password; who changes it must know it */
const passwordChange = (facts: {
  readonly currentIsRight: boolean;
  readonly refused: readonly (PasswordRefusal | PinRefusal | 'pin-locked')[];
}): readonly (PasswordRefusal | PinRefusal | 'pin-locked' | 'wrong-password')[] =>
  facts.currentIsRight ? facts.refused : ['wrong-password'];

// G045 DS-3-2: 256 bits of the system's generator, new every time
export const newSessionId = (random: (bytes: number) => Uint8Array): string =>
  wiping(random(32), (bytes) => viewOf(bytes).toString('base64url'));

// EN 303 645 5.5-1, TS 103 645 4.5-1, G044 6.5.1, G045 DS-1-1: the declared version at least, and no weak suite
const tlsOptions = (declared: SoftwareService['tls'], now: Millis): SecureContextOptions => ({
  ...tlsParameters(declared?.minimumVersion === '1.3' ? 'TLSv1_3' : 'TLSv1_2', now),
  honorCipherOrder: true,
});

export const defaultParts: DeviceParts = {
  throttle: decideThrottle,
  sessions: decideSessions,
  signIn: decideSignIn,
  factors: decideFactors,
  ceremonies: decideCeremonies,
  household: decideHousehold,
  setup: decideSetup,
  selfCheck,
  setupAnswer: answerTo,
  telemetry: decideTelemetry,
  parcels: sealFields,
  subjects: decideSubjects,
  consents: decideConsents,
  flows: flowsOf,
  erasures: decideErasures,
  removePerson: withoutPerson,
  confirmation: verifyConfirmation,
  ledger: decideLedger,
  management: decideManagement,
  credentialsOf,
  checkCredential,
  verifyPassword,
  ports: decidePorts,
  selfTest: decideSelfTest,
  tamper: decideTamper,
  exposure: decideExposure,
  mayDial,
  beginStart,
  verifySteps,
  passwordRules,
  pinRules,
  passwordChange,
  mayRecover,
  newSessionId,
  guard,
  isGenuine,
  validate,
  takeFile,
  loginAnswer,
  troubleAnswer,
  headers: responseHeaders,
  record,
  log: decideLog,
  repeats: decideRepeats,
  pages: web,
  tls: tlsOptions,
  clientTls,
  anchors: learnAnchors,
  csrAttributes: readCsrAttributes,
  renewal,
  sealing: createSealer,
  metadata: openMetadata,
  updates: decideUpdates,
  slots: ownSlots,
};
