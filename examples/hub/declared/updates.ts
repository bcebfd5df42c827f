import type { Declaration, ExternalFunction } from '@hearthward/product';
import { change, currentPassword, read, type HttpField } from './functions.ts';

/** How new software comes to the hub, and what people do about it: IXIT 7, and its part of 28. */

const PAGE = '/updates';
const UPDATES = { en: 'Signed images into the slot that does not run', ms: 'Imej bertandatangan ke dalam slot ganti' };

/** What the page shows is what the press is for. */
const offeredNumber: HttpField = { name: 'number', type: 'integer', minimum: 1, maximum: 2_147_483_647, example: 1 };

const CHOICES = (['automatic', 'notices'] as const).flatMap((what) =>
  (['security', 'feature'] as const).map(
    (kind) => ({ field: `${what}-${kind}`, what, kind, on: 'on', off: 'off' }) as const,
  ),
);

export const updateFunctions: readonly ExternalFunction[] = [
  read(
    'read-updates',
    'What the hub runs, what is new, which risks go away with it, and what happens by itself',
    PAGE,
    {
      // the page has a field for a password where an update is ready: its mark tells it from a login
      success: { status: [200], contains: 'id="update_version"' },
    },
  ),
  change('check-updates', 'Looks for updates now', { path: `${PAGE}/check`, page: PAGE }, []),
  change(
    'apply-update',
    'Installs the update that is shown',
    { path: `${PAGE}/apply`, page: PAGE },
    [offeredNumber, currentPassword()],
    { securityRelevant: true },
  ),
  change('postpone-update', 'Puts the update off for hours or days', { path: `${PAGE}/postpone`, page: PAGE }, [
    offeredNumber,
    { name: 'hours', type: 'choice', choices: ['8', '24', '168'], example: '8' },
  ]),
  change(
    'choose-updates',
    'Says for each kind of update whether it is installed without asking, and told of',
    { path: `${PAGE}/choice`, page: PAGE },
    CHOICES.map(({ field }) => ({ name: field, type: 'choice', choices: ['on', 'off'], example: 'on', absent: 'off' })),
    { securityRelevant: true, readBack: { function: 'read-updates', field: 'notices-feature' } },
  ),
];

export const updateMechanisms: Declaration['updateMechanisms'] = [
  {
    id: 'slots',
    description: UPDATES,
    overNetwork: true,
    automatic: true,
    notifications: true,
    kinds: ['security', 'feature'],
    userControl:
      'owners choose for security and feature updates apart whether they are installed without asking and told of, put them off, and install them at once with their password',
    authenticity:
      'the manifest of an image is a target of a TUF repository whose release roles sign offline; it names every file by its SHA-256 digest',
    trust: 'root metadata of the repository, given in the factory and renewed by two of three offline keys',
    cryptography: 'Ed25519 signatures, SHA-256 digests, TLS 1.2 with forward secrecy or TLS 1.3 on the way',
    check: 'after the set-up, then daily at a minute that each hub draws for itself, and whenever somebody asks',
    rollback:
      'the image of before stays in the other slot until the new one has been found healthy; it comes back by itself, and the reason is told',
    disruption:
      'the page and the readings pause while the processes start anew, half a minute at most; the thermostat goes on in a process of its own, and the lamp stays as it was set',
    parameters: ['update-root', 'trust-anchors'],
    over: 'updates',
    metadata: { format: 'tuf', path: '/updates/metadata/' },
    checks: { afterInitialisation: true, everyHours: 24, randomised: true },
    controls: {
      status: 'read-updates',
      marks: {
        version: 'update_version',
        lastCheck: 'update_checked',
        supportEnd: 'update_support',
        offered: 'update_new',
        risks: 'update_risks',
        downtime: 'update_downtime',
        begins: 'update_begins',
        ended: 'update_ended',
      },
      check: 'check-updates',
      apply: 'apply-update',
      postpone: 'postpone-update',
      choose: { function: 'choose-updates', choices: CHOICES },
    },
    simpleSteps: 2,
    downtime: {
      seconds: 30,
      functions: ['home', 'status', 'set-lamp', 'set-target'],
      keepsWorking: ['the thermostat holds the target temperature', 'the lamp stays as it was set'],
    },
    olderVersions: 'refused',
    refusalTold: ['administrator', 'manufacturer'],
  },
];
