import { notClaimed } from '@hearthward/product';

/** Rows that the sensor does not hold, each with the reason (EN 303 645 4-1). */
export const rows = notClaimed([
  {
    reason: 'The sensor cannot be updated; it is replaced instead.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.3-1', '4.3-2'],
      'etsi-en-303-645@2.1.1': ['5.3-1', '5.5-3'],
      'mcmc-g044@2023': ['6.3.1', '6.5.3'],
      'mcmc-g045@2024': ['PL-2-1', 'PL-2-2', 'PL-2-3'],
    },
  },
  {
    reason:
      'Contact and promised times are published, but reports are not yet kept with clocks that would show timely action.',
    refs: { 'etsi-ts-103-645@1.1.1': ['4.2-2'], 'etsi-en-303-645@2.1.1': ['5.2-2'], 'mcmc-g044@2023': ['6.2.2'] },
  },
  {
    reason: 'Its components are not yet watched for known vulnerabilities over the support period.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.2-3'],
      'etsi-en-303-645@2.1.1': ['5.2-3'],
      'mcmc-g044@2023': ['6.2.3'],
      'mcmc-g045@2024': ['PL-1-2', 'PL-3-3'],
    },
  },
  {
    reason: 'Read-out protection of the microcontroller does not withstand a laboratory; there is no secure element.',
    refs: { 'etsi-en-303-645@2.1.1': ['5.4-2'], 'mcmc-g044@2023': ['6.4.2'] },
  },
  {
    reason: 'One image without processes runs on a microcontroller without memory protection.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.6-5'],
      'etsi-en-303-645@2.1.1': ['5.6-7', '5.6-8'],
      'mcmc-g044@2023': ['6.6.7', '6.6.8'],
    },
  },
  {
    reason: 'The software is not verified when it starts, and tests itself no further than its watchdog.',
    refs: {
      'etsi-ts-103-645@1.1.1': ['4.7-1', '4.7-2'],
      'etsi-en-303-645@2.1.1': ['5.7-1', '5.7-2'],
      'mcmc-g044@2023': ['6.7.1', '6.7.2'],
      'mcmc-g045@2024': ['PL-1-4', 'PL-3-4'],
    },
  },
  {
    reason: 'The sensor is declared but not built yet, so there is no development process to show.',
    refs: { 'etsi-en-303-645@2.1.1': ['5.6-9'], 'mcmc-g044@2023': ['6.6.9'], 'mcmc-g045@2024': ['PL-1-1', 'PL-1-3'] },
  },
  {
    reason: 'What it tells is shown to the people at home and not examined for security anomalies.',
    refs: { 'etsi-ts-103-645@1.1.1': ['4.10-1'], 'etsi-en-303-645@2.1.1': ['5.10-1'], 'mcmc-g044@2023': ['6.10.1'] },
  },
  {
    reason: 'No protection against malware is given to consumers; the sensor runs nothing but its own image.',
    refs: { 'mcmc-g044@2023': ['7-f'] },
  },
  {
    reason:
      'No backup of the sensor’s data is kept, and so no procedure that erases one; the code prints no condition here.',
    refs: { 'mcmc-g044@2023': ['7-g'] },
  },
  {
    reason: 'The sensor has no users, accounts, passwords or sessions of its own; the code prints no condition here.',
    refs: {
      'mcmc-g045@2024': [
        'AU-1-1',
        'AU-1-2',
        'AU-1-3',
        'AU-1-4',
        'AU-1-5',
        'AU-1-6',
        'AU-1-7',
        'AU-1-8',
        'AU-2-3',
        'DS-3-1',
        'DS-3-2',
      ],
    },
  },
  {
    reason: 'The radio link rests on a shared key; the sensor has no certificates.',
    refs: { 'mcmc-g045@2024': ['AU-1-9', 'AU-1-10'] },
  },
  {
    reason:
      'The last state lies in flash under read-out protection, not encrypted, and is overwritten without proof of erasure.',
    refs: { 'mcmc-g045@2024': ['DS-1-3', 'DS-1-4', 'DS-1-5', 'DS-4-1'] },
  },
  {
    reason: 'The sensor keeps no log; the hub records what concerns it.',
    refs: { 'mcmc-g045@2024': ['PL-4-1', 'PL-4-2', 'PL-4-3'] },
  },
  {
    reason: 'The housing closes without a tamper contact or seal.',
    refs: { 'mcmc-g045@2024': ['PH-2-1'] },
  },
]);
