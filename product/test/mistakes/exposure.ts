import type { Declaration } from '../../src/index.ts';
import { form, part, type Mistake } from './mistake.ts';

const present = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new TypeError('the example does not declare it');
  return value;
};

/** Where the hub’s one file stands. */
const fileAt = '/externalFunctions/46/request/fields/0';

/** What is open, and how it talks. */

export const EXPOSURE_MISTAKES: readonly Mistake[] = [
  {
    rule: 'remote-without-encryption',
    name: 'messages in the clear',
    spoil: (it) => {
      part(it.communicationMechanisms[2]).protocol = 'mqtt';
      delete part(it.communicationMechanisms[2]).tls;
    },
    path: '/communicationMechanisms/2/tls',
  },
  {
    rule: 'alert-unclear',
    name: 'an alert that whoever answers hears',
    spoil: (it) => (part(it.communicationMechanisms[2]).authentication = 'none'),
    path: '/communicationMechanisms/2/alert',
  },
  {
    rule: 'tls-undeclared',
    name: 'HTTPS of nobody knows which TLS',
    spoil: (it) => delete part(it.softwareServices[0]).tls,
    path: '/softwareServices/0/tls',
  },
  {
    rule: 'debug-enabled',
    name: 'debug pads that are open in the hands of the consumer',
    product: 'window-sensor',
    spoil: (it) => part(it.interfaces[2]).enabled.push('initialised'),
    path: '/interfaces/2/enabled/0',
  },
  {
    rule: 'service-on-disabled-interface',
    name: 'a listener on an interface that is off at first',
    spoil: (it) => part(it.interfaces[0]).enabled.shift(),
    path: '/softwareServices/0/states/0',
  },
  {
    rule: 'port-twice',
    name: 'two listeners on one port',
    spoil: (it) =>
      it.softwareServices.push({
        ...part(it.softwareServices[0]),
        id: 'shadow',
        authentication: [],
        publicBecause: 'x',
      }),
    path: '/softwareServices/1/port',
  },
  {
    rule: 'alert-unclear',
    name: 'an alert that would have to be fetched',
    spoil: (it) => {
      part(it.communicationMechanisms[0]).alert = true;
      delete part(it.communicationMechanisms[2]).alert;
    },
    path: '/communicationMechanisms/0/alert',
  },
  {
    rule: 'alert-unclear',
    name: 'two ways out of being cut off',
    spoil: (it) => (part(it.communicationMechanisms[3]).alert = true),
    path: '/communicationMechanisms/3/alert',
  },
  {
    rule: 'choice-unclear',
    name: 'a place that the owner names, and the manufacturer too',
    spoil: (it) =>
      (part(it.communicationMechanisms[2]).chosenBy = {
        function: 'set-remote-management',
        field: 'remote',
        off: 'off',
      }),
    path: '/communicationMechanisms/2/chosenBy',
  },
  {
    rule: 'choice-unclear',
    name: 'a way that the owner cannot close',
    spoil: (it) => {
      const way = part(it.communicationMechanisms[3]);
      delete way.service;
      delete way.dialledOn;
      way.chosenBy = { function: 'set-remote-management', field: 'remote', off: 'never' };
    },
    path: '/communicationMechanisms/3/chosenBy/off',
  },
  {
    rule: 'children-unnamed',
    name: 'a network of children that no rule can tell from the owner’s',
    spoil: (it) => it.interfaces.push({ ...part(it.interfaces[0]), id: 'mesh', serves: 'children', device: 'mesh0' }),
    path: '/interfaces/0/device',
  },
  {
    rule: 'children-unnamed',
    name: 'children on a button',
    spoil: (it) => {
      part(it.interfaces[0]).device = 'lan0';
      part(it.interfaces[2]).serves = 'children';
    },
    path: '/interfaces/2/serves',
  },
  {
    rule: 'basic-protocol-twice',
    name: 'the same exception twice',
    spoil: (it) => it.basicProtocols?.push({ ...part(it.basicProtocols[0]), id: 'again' }),
    path: '/basicProtocols/6/protocol',
  },
  {
    rule: 'unknown-reference',
    name: 'cryptography that is carried by a component that is not declared',
    spoil: (it) => (part(it.networkSecurityImplementations[0]).component = 'kernel'),
    path: '/networkSecurityImplementations/0/component',
  },
  {
    rule: 'remote-management-unasked',
    name: 'managed from afar out of the box',
    spoil: (it) => (present(it.remoteManagement).byDefault = 'on'),
    path: '/remoteManagement/byDefault',
  },
  {
    rule: 'remote-management-unasked',
    name: 'a switch that nobody can read',
    spoil: (it) => (present(it.remoteManagement).switch.function = 'change-password'),
    path: '/remoteManagement/switch/function',
  },
  {
    rule: 'read-back-not-read',
    name: 'a change that is read back by a change',
    spoil: (it) => (part(it.externalFunctions[2]).readBack = { function: 'set-target', field: '/lamp' }),
    path: '/externalFunctions/2/readBack/function',
  },
  {
    rule: 'example-outside-field',
    name: 'a target beyond the range of its field',
    spoil: (it) => (part(form(it, 'set-target').fields[0]).example = 31),
    path: '/externalFunctions/3/request/fields/0/example',
  },
  {
    rule: 'example-outside-field',
    name: 'a choice that is none of the choices',
    spoil: (it) => (part(form(it, 'set-lamp').fields[0]).example = 'dim'),
    path: '/externalFunctions/2/request/fields/0/example',
  },
  {
    rule: 'example-outside-field',
    name: 'a box that means what is none of its choices where it is not ticked',
    spoil: (it) => (part(form(it, 'set-lamp').fields[0]).absent = 'no'),
    path: '/externalFunctions/2/request/fields/0/absent',
  },
  {
    rule: 'example-outside-field',
    name: 'a pattern that is no pattern',
    spoil: (it) => (part(form(it, 'set-name').fields[0]).pattern = '('),
    path: '/externalFunctions/4/request/fields/0/example',
  },
  ...(['maximum', 'media'] as const).map((missing) => ({
    rule: 'file-unclear',
    name: `a file without ${missing}`,
    spoil: (it: Declaration) => delete part(form(it, 'set-chime').fields[0])[missing],
    path: fileAt,
  })),
  {
    rule: 'file-unclear',
    name: 'a file in a form that carries none',
    spoil: (it) => (form(it, 'set-chime').encoding = 'form'),
    path: fileAt,
  },
  {
    rule: 'file-unclear',
    name: 'a file in which nobody looks for malware',
    spoil: (it) => delete it.malwareProtection,
    path: fileAt,
  },
  {
    rule: 'file-unclear',
    name: 'signatures that nobody reads',
    spoil: (it) => (part(it.malwareProtection).signatureSet = { format: 'ndb', freshDays: 30 }),
    path: '/malwareProtection/signatureSet',
  },
  {
    rule: 'unknown-reference',
    name: 'malware protection of what does not exist',
    spoil: (it) => part(it.malwareProtection).covers.push('set-wallpaper'),
    path: '/malwareProtection/covers/1',
  },
  {
    rule: 'example-outside-field',
    name: 'a good file that is none',
    spoil: (it) => (part(form(it, 'set-chime').fields[0]).example = 'no base64!'),
    path: `${fileAt}/example`,
  },
  {
    rule: 'input-not-validated',
    name: 'an input that nothing reads with care',
    spoil: (it) => part(it.inputValidation[0]).covers.shift(),
    path: '/externalFunctions/2/id',
  },
];
