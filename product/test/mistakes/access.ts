import type { Declaration } from '../../src/index.ts';
import { form, part, type Mistake } from './mistake.ts';

/** Names that lead nowhere, and who may come in. */
export const ACCESS_MISTAKES: readonly Mistake[] = [
  {
    rule: 'unknown-reference',
    name: 'a service on an interface that is not declared',
    spoil: (it) => (part(it.softwareServices[0]).interface = 'wifi'),
    path: '/softwareServices/0/interface',
  },
  {
    rule: 'unknown-reference',
    name: 'a recovery by a button that is not declared',
    spoil: (it) => (part(login(it).recovery).interface = 'knob'),
    path: '/authenticationMechanisms/0/recovery/interface',
  },
  {
    rule: 'unknown-reference',
    name: 'an outbound mechanism to a service that nobody operates',
    spoil: (it) => (part(it.communicationMechanisms[1]).service = 'analytics'),
    path: '/communicationMechanisms/1/service',
  },
  {
    rule: 'unknown-reference',
    name: 'an outbound mechanism to a service of the device itself',
    spoil: (it) => (part(it.communicationMechanisms[2]).service = 'panel'),
    path: '/communicationMechanisms/2/service',
  },
  {
    rule: 'unknown-reference',
    name: 'a role with a function that does not exist',
    spoil: (it) => part(it.accessControls[0]).functions.push('open-door'),
    path: '/accessControls/0/functions/48',
  },
  {
    rule: 'unknown-reference',
    name: 'a key that is made anew by a function that does not exist',
    spoil: (it) => {
      part(it.secureManagementProcesses[1]).renewedBy = { function: 'turn-the-key' };
    },
    path: '/secureManagementProcesses/1/renewedBy/function',
  },
  {
    rule: 'unknown-reference',
    name: 'an algorithm that is shown on a page that does not exist',
    spoil: (it) => {
      part(it.secureManagementProcesses[1]).algorithmShown = { function: 'crystal-ball', element: 'algorithm' };
    },
    path: '/secureManagementProcesses/1/algorithmShown/function',
  },
  {
    rule: 'unknown-reference',
    name: 'a connection that is opened on a function that does not exist',
    spoil: (it) => {
      part(it.communicationMechanisms[1]).dialledOn = { function: 'call-home' };
    },
    path: '/communicationMechanisms/1/dialledOn/function',
  },
  {
    rule: 'unknown-reference',
    name: 'a deletion of personal data that is not declared',
    spoil: (it) => part(it.deletionFunctions[0]).deletes.push('diary'),
    path: '/deletionFunctions/0/deletes/5',
  },
  {
    rule: 'unknown-reference',
    name: 'a component with an update mechanism that is not declared',
    spoil: (it) => (part(it.softwareComponents[1]).updateMechanism = 'usb-stick'),
    path: '/softwareComponents/1/updateMechanism',
  },
  {
    rule: 'duplicate-id',
    name: 'two sensors of one name',
    spoil: (it) => it.externalSensors.push({ ...part(it.externalSensors[0]) }),
    path: '/externalSensors/2/id',
  },
  {
    rule: 'duplicate-id',
    name: 'two fields of one name in a form',
    spoil: (it) => form(it, 'set-lamp').fields.push({ ...part(form(it, 'set-lamp').fields[0]) }),
    path: '/externalFunctions/2/request/fields/1/name',
  },
  {
    rule: 'service-without-authentication',
    name: 'a panel open to anyone, without a reason',
    product: 'window-sensor',
    spoil: (it) => it.softwareServices.push({ ...OPEN_PAGE, interface: 'radio' }),
    path: '/softwareServices/0/authentication',
  },
  {
    rule: 'open-security-change',
    name: 'a change of security on a public service',
    spoil: (it) => {
      it.softwareServices.push({ ...OPEN_PAGE, publicBecause: 'shows the time' });
      part(it.externalFunctions[5]).service = 'page';
    },
    path: '/externalFunctions/5/securityRelevant',
  },
  {
    rule: 'universal-password',
    name: 'one password for every hub',
    spoil: (it) => (login(it).initialValue = { kind: 'universal', value: 'admin' }),
    path: '/authenticationMechanisms/0/initialValue/kind',
  },
  {
    rule: 'password-without-generation',
    name: 'a label password made nobody knows how',
    spoil: (it) =>
      (login(it).initialValue = { kind: 'unique-per-device', entropyBits: 80, generation: ' ', mustBeChanged: true }),
    path: '/authenticationMechanisms/0/initialValue/generation',
  },
  {
    rule: 'password-without-change',
    name: 'a password for life',
    spoil: (it) => delete login(it).change,
    path: '/authenticationMechanisms/0/change',
  },
  {
    rule: 'unlimited-guessing',
    name: 'as many guesses as one likes',
    spoil: (it) => delete login(it).bruteForce,
    path: '/authenticationMechanisms/0/bruteForce',
  },
  {
    rule: 'limits-out-of-order',
    name: 'a session that is idle for longer than it lives',
    spoil: (it) => (part(login(it).session).idleSeconds = 50_000),
    path: '/authenticationMechanisms/0/session/idleSeconds',
  },
  {
    rule: 'limits-out-of-order',
    name: 'a shortest password that is longer than the longest',
    spoil: (it) => (part(login(it).rules).minimumLength = 129),
    path: '/authenticationMechanisms/0/rules/minimumLength',
  },
  {
    rule: 'limits-out-of-order',
    name: 'a first delay that is longer than the longest',
    spoil: (it) => (part(login(it).bruteForce).firstDelaySeconds = 901),
    path: '/authenticationMechanisms/0/bruteForce/firstDelaySeconds',
  },
  {
    rule: 'second-login-unclear',
    name: 'an offer to end a session where many are admitted',
    spoil: (it) => (part(login(it).session).administrators = 'many'),
    path: '/authenticationMechanisms/0/session/secondLogin',
  },
  {
    rule: 'second-login-unclear',
    name: 'an offer that cannot be declined',
    spoil: (it) => Object.assign(part(part(login(it).session).secondLogin), { decline: 'end' }),
    path: '/authenticationMechanisms/0/session/secondLogin/decline',
  },
  {
    rule: 'set-up-unclear',
    name: 'a set-up whose inputs share a name',
    spoil: (it) => (part(login(it).setUp).fields.initialPassword = 'password'),
    path: '/authenticationMechanisms/0/setUp/fields',
  },
  {
    rule: 'set-up-unclear',
    name: 'a set-up that replaces nothing',
    spoil: (it) => (login(it).initialValue = { kind: 'defined-by-user' }),
    path: '/authenticationMechanisms/0/setUp',
  },
  {
    rule: 'unlimited-guessing',
    name: 'one-time codes that anyone may guess for ever',
    spoil: (it) => delete second(it, 'panel-code').bruteForce,
    path: '/authenticationMechanisms/1/bruteForce',
  },
  {
    rule: 'unknown-reference',
    name: 'a second factor to a mechanism that is not declared',
    spoil: (it) => (second(it, 'panel-code').secondTo = 'panel-pin'),
    path: '/authenticationMechanisms/1/secondTo',
  },
  {
    rule: 'second-factor-unclear',
    name: 'a second factor to another second factor',
    spoil: (it) => (second(it, 'panel-passkey').secondTo = 'panel-code'),
    path: '/authenticationMechanisms/2/secondTo',
  },
  {
    rule: 'second-factor-unclear',
    name: 'a second factor to what proves a machine',
    spoil: (it) => (second(it, 'panel-passkey').secondTo = 'device-certificate'),
    path: '/authenticationMechanisms/2/secondTo',
  },
  {
    rule: 'second-factor-unclear',
    name: 'a second factor where its first does not guard',
    spoil: (it) => second(it, 'panel-code').services.push('messages'),
    path: '/authenticationMechanisms/1/services/1',
  },
  {
    rule: 'second-factor-unclear',
    name: 'a service that a second factor alone opens',
    spoil: (it) => part(it.softwareServices[0]).authentication.push('panel-code'),
    path: '/softwareServices/0/authentication/1',
  },
  {
    rule: 'function-without-role',
    name: 'a function that nobody is granted',
    spoil: (it) => {
      const { functions } = part(it.accessControls[0]);
      functions.splice(functions.indexOf('renew-keys'), 1);
    },
    path: '/externalFunctions/19/id',
  },
  {
    rule: 'role-without-functions',
    name: 'a role that may call nothing',
    spoil: (it) => part(it.accessControls[2]).functions.splice(0),
    path: '/accessControls/2/functions',
  },
  {
    rule: 'role-unknown',
    name: 'accounts of a role that nobody described',
    spoil: (it) => {
      const { fields } = form(it, 'add-account');
      fields[1] = { ...part(fields[1]), choices: ['guest', 'neighbour'] };
    },
    path: '/externalFunctions/40/request/fields/1/choices',
  },
  {
    rule: 'accounts-changed-by-guests',
    name: 'guests who may invite guests',
    spoil: (it) => part(it.accessControls[2]).functions.push('add-account'),
    path: '/accessControls/2/functions/12',
  },
  {
    rule: 'guard-not-mutual',
    name: 'a guard that does not know what it guards',
    spoil: (it) => part(it.softwareServices[0]).authentication.push('device-certificate'),
    path: '/softwareServices/0/authentication/1',
  },
];

const second = (it: Declaration, id: string) => part(it.authenticationMechanisms.find((each) => each.id === id));
const login = (it: Declaration) => part(it.authenticationMechanisms[0]);

const OPEN_PAGE = {
  id: 'page',
  description: { en: 'A page' },
  interface: 'lan',
  protocol: 'http',
  transport: 'tcp',
  port: 80,
  states: ['initialised' as const],
  purpose: 'the time',
  authentication: [],
  discloses: [],
} satisfies Declaration['softwareServices'][number];
