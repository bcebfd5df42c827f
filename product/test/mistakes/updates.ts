import type { Declaration } from '../../src/index.ts';
import { form, part, type Mistake } from './mistake.ts';

type Mechanism = Declaration['updateMechanisms'][number];
const updates = (it: Declaration): Mechanism => part(it.updateMechanisms[0]);
const controls = (it: Declaration): NonNullable<Mechanism['controls']> => part(updates(it).controls);
const AT = '/updateMechanisms/0';

/** What can be updated, how, and who decides. */
export const UPDATE_MISTAKES: readonly Mistake[] = [
  {
    rule: 'component-without-update',
    name: 'a component that is forgotten',
    spoil: (it) => delete part(it.softwareComponents[0]).updateMechanism,
    path: '/softwareComponents/0',
  },
  {
    rule: 'component-contradicts',
    name: 'a component that is and is not updateable',
    spoil: (it) => (part(it.softwareComponents[0]).notUpdateableBecause = 'it is small'),
    path: '/softwareComponents/0/notUpdateableBecause',
  },
  {
    rule: 'cryptography-not-updateable',
    name: 'algorithms that are replaced in a component that is not',
    spoil: (it) => (part(it.softwareComponents[2]).cryptography = { uses: true, updateable: true }),
    path: '/softwareComponents/2/cryptography/updateable',
  },
  {
    rule: 'claim-without-information',
    name: 'updates claimed without a mechanism',
    spoil: (it) => {
      it.updateMechanisms = [];
      for (const component of it.softwareComponents.filter((each) => each.updateMechanism !== undefined)) {
        delete component.updateMechanism;
        component.notUpdateableBecause = 'there is no way to';
        component.cryptography = { uses: false, updateable: false };
      }
    },
    path: '/updateMechanisms',
  },
  {
    rule: 'unknown-reference',
    name: 'updates over a way that is not declared',
    spoil: (it) => (updates(it).over = 'carrier-pigeon'),
    path: `${AT}/over`,
  },
  {
    rule: 'unknown-reference',
    name: 'updates installed by a function that is not declared',
    spoil: (it) => (controls(it).apply = 'install-now'),
    path: `${AT}/controls/apply`,
  },
  {
    rule: 'network-update-unfounded',
    name: 'updates that come from somewhere',
    spoil: (it) => delete updates(it).over,
    path: `${AT}/over`,
  },
  {
    rule: 'network-update-unfounded',
    name: 'updates that are known by nothing',
    spoil: (it) => (updates(it).parameters = []),
    path: `${AT}/parameters`,
  },
  {
    rule: 'updates-in-the-clear',
    name: 'updates over a way that everybody reads',
    product: 'window-sensor',
    spoil: (it) => {
      it.updateMechanisms.push({ ...RADIO });
      part(it.communicationMechanisms[0]).authentication = 'none';
    },
    path: `${AT}/over`,
  },
  {
    rule: 'automatic-without-control',
    name: 'updates that install themselves whether one wants or not',
    spoil: (it) => part(controls(it).choose).choices.splice(0, 1),
    path: `${AT}/controls`,
  },
  {
    rule: 'automatic-without-control',
    name: 'updates that nobody can put off',
    spoil: (it) => delete controls(it).postpone,
    path: `${AT}/controls`,
  },
  {
    rule: 'update-not-simple',
    name: 'a person who needs an afternoon',
    spoil: (it) => (updates(it).simpleSteps = 4),
    path: `${AT}/simpleSteps`,
  },
  {
    rule: 'checks-too-seldom',
    name: 'a look once a month',
    spoil: (it) => (part(updates(it).checks).everyHours = 720),
    path: `${AT}/checks/everyHours`,
  },
  {
    rule: 'checks-too-seldom',
    name: 'no look after the set-up',
    spoil: (it) => (part(updates(it).checks).afterInitialisation = false),
    path: `${AT}/checks/afterInitialisation`,
  },
  {
    rule: 'older-installed',
    name: 'the hole of last year, installed again',
    spoil: (it) => (updates(it).olderVersions = 'installed'),
    path: `${AT}/olderVersions`,
  },
  {
    rule: 'update-unauthorised',
    name: 'whoever finds the page open installs',
    spoil: (it) => form(it, 'apply-update').fields.pop(),
    path: `${AT}/controls/apply`,
  },
  {
    rule: 'update-controls-unclear',
    name: 'a page of updates that changes something',
    spoil: (it) => (controls(it).status = 'check-updates'),
    path: `${AT}/controls/status`,
  },
  {
    rule: 'update-controls-unclear',
    name: 'a choice by a field that is not there',
    spoil: (it) => (part(part(controls(it).choose).choices[0]).field = 'automatic'),
    path: `${AT}/controls/choose/choices/0/field`,
  },
  {
    rule: 'update-controls-unclear',
    name: 'a choice that is yes either way',
    spoil: (it) => (part(part(controls(it).choose).choices[0]).off = 'on'),
    path: `${AT}/controls/choose/choices/0`,
  },
];

const RADIO: Mechanism = {
  id: 'radio',
  description: { en: 'Updates over the radio' },
  overNetwork: true,
  automatic: false,
  notifications: false,
  userControl: 'from the hub',
  authenticity: 'signature',
  trust: 'keys of the manufacturer',
  cryptography: 'Ed25519',
  check: 'by the hub',
  disruption: 'one minute',
  over: 'hub-link',
  parameters: ['link-key'],
};
