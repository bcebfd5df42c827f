import { part, type Mistake } from './mistake.ts';

/** The board, its ports, and what is done where they are touched. */
export const HARDWARE_MISTAKES: readonly Mistake[] = [
  {
    rule: 'debug-off-by-nothing',
    name: 'pads that are off because somebody says so',
    spoil: (it) => delete part(it.interfaces[3]).switchedOffBy,
    path: '/interfaces/3',
  },
  {
    rule: 'port-declared-twice',
    name: 'two interfaces that are seen as one',
    spoil: (it) => (part(it.interfaces[4]).port = { kind: 'serial' }),
    path: '/interfaces/4/port',
  },
  {
    rule: 'interface-unspecified',
    name: 'a socket of nobody knows which form',
    spoil: (it) => {
      delete it.rows['mcmc-g045@2024']?.['PH-1-1'];
      delete part(it.interfaces[1]).form;
    },
    path: '/interfaces/1',
  },
  {
    rule: 'self-test-incomplete',
    name: 'a random generator that nobody tries',
    spoil: (it) => void it.selfTests?.splice(3, 1),
    path: '/selfTests',
  },
  {
    rule: 'self-test-incomplete',
    name: 'a sensor of which nobody knows which',
    spoil: (it) => delete part(it.selfTests?.[5]).of,
    path: '/selfTests/5',
  },
  {
    rule: 'self-test-incomplete',
    name: 'a memory that is of something',
    spoil: (it) => (part(it.selfTests?.[1]).of = 'temperature'),
    path: '/selfTests/1',
  },
  {
    rule: 'self-test-incomplete',
    name: 'a safe state that nobody described',
    spoil: (it) => delete part(it.selfTests?.[7]).safeState,
    path: '/selfTests/7/onFailure',
  },
  {
    rule: 'unknown-reference',
    name: 'a self-test of a sensor that is not there',
    spoil: (it) => (part(it.selfTests?.[5]).of = 'pressure'),
    path: '/selfTests/5/of',
  },
  {
    rule: 'unknown-reference',
    name: 'a result of the self-test that no function shows',
    spoil: (it) => (part(it.selfTestShown).function = 'read-result'),
    path: '/selfTestShown/function',
  },
  {
    rule: 'unknown-reference',
    name: 'a check of the software that no function begins',
    spoil: (it) => (part(it.integrity).onDemand = 'look-at-it'),
    path: '/integrity/onDemand',
  },
  {
    rule: 'unknown-reference',
    name: 'a change of the software that no function shows',
    spoil: (it) => (part(part(it.integrity).shown).function = 'read-result'),
    path: '/integrity/shown/function',
  },
  {
    rule: 'claim-without-information',
    name: 'a claimed self-test of nothing',
    spoil: (it) => delete it.selfTests,
    path: '/selfTests',
  },
  {
    rule: 'tamper-unclear',
    name: 'a lid that is watched while nothing remembers it',
    spoil: (it) => delete part(it.tamperInputs?.[0]).latch,
    path: '/tamperInputs/0',
  },
  {
    rule: 'tamper-unclear',
    name: 'keys that are destroyed, nobody knows which',
    spoil: (it) => delete part(it.tamperInputs?.[1]).zeroises,
    path: '/tamperInputs/1',
  },
  {
    rule: 'tamper-unclear',
    name: 'a product whose keys are gone for nobody knows how long',
    spoil: (it) => delete part(it.tamperInputs?.[1]).broughtBack,
    path: '/tamperInputs/1',
  },
  {
    rule: 'tamper-unclear',
    name: 'people who find their records gone and read nothing of it',
    spoil: (it) => delete part(it.tamperShown).zeroised,
    path: '/tamperShown',
  },
  {
    rule: 'tamper-unclear',
    name: 'a claimed answer to tampering of which the manufacturer never hears',
    spoil: (it) => {
      delete it.rows['mcmc-g045@2024']?.['PH-2-1'];
      for (const each of it.communicationMechanisms) delete each.alert;
    },
    path: '/tamperInputs',
  },
  {
    rule: 'tamper-unclear',
    name: 'a claimed answer to tampering that nobody at home can read of',
    spoil: (it) => {
      delete it.rows['mcmc-g045@2024']?.['PH-2-1'];
      delete it.tamperShown;
      delete part(it.tamperInputs?.[1]).zeroises;
      part(it.tamperInputs?.[1]).onTamper = 'quarantine';
    },
    path: '/tamperInputs',
  },
  {
    rule: 'unknown-reference',
    name: 'an opened case that no function shows',
    spoil: (it) => (part(it.tamperShown).function = 'read-case'),
    path: '/tamperShown/function',
  },
  {
    rule: 'claim-without-information',
    name: 'a claimed answer to tampering by nothing',
    spoil: (it) => {
      delete it.rows['mcmc-g045@2024']?.['PH-2-1'];
      delete it.tamperInputs;
    },
    path: '/tamperInputs',
  },
  {
    rule: 'time-unclear',
    name: 'time that comes over nothing',
    spoil: (it) => delete part(it.timeSources?.[0]).mechanism,
    path: '/timeSources/0',
  },
  {
    rule: 'time-unclear',
    name: 'network time that is believed',
    spoil: (it) => (part(it.timeSources?.[0]).kind = 'network-time'),
    path: '/timeSources/0',
  },
  {
    rule: 'unknown-reference',
    name: 'time over a mechanism that does not exist',
    spoil: (it) => (part(it.timeSources?.[0]).mechanism = 'sundial'),
    path: '/timeSources/0/mechanism',
  },
];
