import { notClaimed } from '@hearthward/product';

/**
 * Rows that the hub does not hold yet, each with the reason (EN 303 645 4-1). A row that is not named here is claimed
 * wherever its conditions hold; what does not apply follows from the facts and is never written by hand.
 */
export const rows = notClaimed([
  {
    reason:
      'A procedure with target times is declared, but no records with clocks show yet that repairs come within them.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.3-3'],
      'etsi-en-303-645@2.1.1': ['5.3-8'],
      'mcmc-g044@2023': ['6.3.8'],
    },
  },
  {
    reason:
      'Contact and promised times are published, but reports are not yet kept with clocks that would show timely action.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.2-2'],
      'etsi-en-303-645@2.1.1': ['5.2-2'],
      'mcmc-g044@2023': ['6.2.2'],
    },
  },
  {
    reason: 'Components are listed and pinned, but not yet watched for known vulnerabilities over the support period.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.2-3'],
      'etsi-en-303-645@2.1.1': ['5.2-3'],
      'mcmc-g044@2023': ['6.2.3'],
      'mcmc-g045@2024': ['PL-1-2', 'PL-3-3'],
    },
  },
  {
    reason:
      'The initial identity is kept in a software key store; without a hardware element it does not resist physical tampering.',
    refs: { 'etsi-en-303-645@2.1.1': ['5.4-2'], 'mcmc-g044@2023': ['6.4.2'] },
  },
  {
    reason:
      'This reference hub is software on a general host: its board and the ports of that board are not designed yet.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.6-2'],
      'etsi-en-303-645@2.1.1': ['5.6-3'],
      'mcmc-g044@2023': ['6.6.3'],
      'mcmc-g045@2024': ['PH-1-1', 'PH-1-2'],
    },
  },
  {
    reason:
      'Whoever opens the hub is answered with an alarm, quarantine or destroyed keys, and a laboratory’s hands show it on the model of its board; a reference hub that is software has no case of its own that anybody could open.',
    refs: { 'mcmc-g045@2024': ['PH-2-1'] },
  },
  {
    reason:
      'Software is verified at each start by the loader, from the root of the factory’s bundle; but both lie on the host’s disk, and this code asks for a root of trust in hardware.',
    refs: { 'etsi-ts-103-645@1.1.1': ['4.7-1'] },
  },
  {
    reason: 'Telemetry is received and kept, but not yet examined for security anomalies.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.10-1'],
      'etsi-en-303-645@2.1.1': ['5.10-1'],
      'mcmc-g044@2023': ['6.10.1'],
    },
  },
  {
    reason:
      'The reference host brings no scanner: what people upload is read strictly and written anew, and nothing unsigned runs, but nobody looks for malware in it.',
    refs: { 'mcmc-g044@2023': ['7-f'] },
  },
  {
    reason: 'The source is published, so making the code hard to read would protect nothing.',
    refs: { 'mcmc-g045@2024': ['PL-1-3'] },
  },
]);
