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
];
