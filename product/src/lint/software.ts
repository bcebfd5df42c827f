import type { Topic } from '@hearthward/standards';
import type { Declaration } from '../schema/declaration.ts';
import { claimedOn, type Check } from './rule.ts';

/** What runs, how long it is cared for, and whether the tables hold what the claims need. */

/** EN 303 645 5.3-1: each component is updateable, or says why not. */
export const componentWithoutUpdate: Check = function* ({ softwareComponents }) {
  for (const [index, it] of softwareComponents.entries()) {
    if (it.updateMechanism !== undefined || (it.notUpdateableBecause ?? '').trim() !== '') continue;
    const path = `/softwareComponents/${index}`;
    yield { path, message: `"${it.id}" has neither an update mechanism nor a reason for having none` };
  }
};

/** EN 303 645 5.3-1: not both. */
export const componentContradicts: Check = function* ({ softwareComponents }) {
  for (const [index, it] of softwareComponents.entries()) {
    if (it.updateMechanism === undefined || it.notUpdateableBecause === undefined) continue;
    const path = `/softwareComponents/${index}/notUpdateableBecause`;
    yield { path, message: `"${it.id}" has an update mechanism and a reason for having none` };
  }
};

/** EN 303 645 5.3-14: who cannot update says how the product is replaced. */
export const replacementMissing: Check = function* (declaration, { facts }) {
  const claimed = claimedOn(declaration, 'replacement-information');
  if (claimed === '' || facts.constrained !== true || facts['software-updateable'] !== false) return;
  if (declaration.replacementSupport !== undefined) return;
  const message = `the constrained product cannot be updated and no replacement is declared, yet ${claimed} is claimed`;
  yield { path: '/replacementSupport', message };
};

/** EN 303 645 5.3-13: the support period is a day that exists and has not passed. */
export const supportEnded: Check = function* ({ support }, { today }) {
  const day = new Date(`${support.until}T00:00:00Z`);
  const path = '/support/until';
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== support.until) {
    yield { path, message: `${support.until} is no day of the calendar` };
  } else if (support.until < today) yield { path, message: `support ended on ${support.until}, today is ${today}` };
};

/** EN 303 645 5.5-3: what cannot be replaced may be used to the end of the support period. */
export const algorithmsEndBeforeSupport: Check = function* ({ softwareComponents, support }) {
  for (const [index, { id, cryptography }] of softwareComponents.entries()) {
    const until = cryptography?.suffices?.until;
    if (until === undefined || until >= support.until) continue;
    const path = `/softwareComponents/${index}/cryptography/suffices/until`;
    yield {
      path,
      message: `the algorithms of "${id}" suffice until ${until}, and support lasts until ${support.until}`,
    };
  }
};

/** Tables and pages that a claim cannot do without; `needed` says when. */
const NEEDED: readonly {
  readonly topic: Topic;
  readonly path: string;
  readonly what: string;
  readonly needed?: (declaration: Declaration) => boolean;
  readonly given: (declaration: Declaration) => boolean;
}[] = [
  {
    topic: 'update-mechanism',
    path: '/updateMechanisms',
    what: 'update mechanism',
    needed: (it) => it.product.constrained === false,
    given: (it) => it.updateMechanisms.length > 0,
  },
  {
    topic: 'secure-boot',
    path: '/secureBoot',
    what: 'secure boot mechanism',
    given: (it) => it.secureBoot.length > 0,
  },
  {
    topic: 'vulnerability-monitoring',
    path: '/vulnerabilityMonitoring',
    what: 'way of watching for vulnerabilities',
    given: (it) => it.vulnerabilityMonitoring.length > 0,
  },
  {
    topic: 'vulnerability-timeliness',
    path: '/vulnerabilityTypes',
    what: 'kind of vulnerability with its target time',
    given: (it) => it.vulnerabilityTypes.length > 0,
  },
  {
    topic: 'key-management',
    path: '/secureManagementProcesses',
    what: 'management of critical security parameters',
    needed: (it) => it.securityParameters.some((parameter) => parameter.kind === 'critical'),
    given: (it) => it.secureManagementProcesses.length > 0,
  },
  {
    topic: 'reviewed-implementations',
    path: '/networkSecurityImplementations',
    what: 'reviewed implementation',
    needed: (it) => it.communicationMechanisms.some((mechanism) => mechanism.tls !== undefined),
    given: (it) => it.networkSecurityImplementations.length > 0,
  },
  {
    topic: 'self-test',
    path: '/selfTests',
    what: 'self-test',
    given: (it) => (it.selfTests ?? []).length > 0,
  },
  {
    topic: 'tamper-detection',
    path: '/tamperInputs',
    what: 'tamper input',
    given: (it) => (it.tamperInputs ?? []).length > 0,
  },
  {
    topic: 'code-minimisation',
    path: '/codeMinimisation',
    what: 'measure that keeps code small',
    given: (it) => it.codeMinimisation.length > 0,
  },
  {
    topic: 'least-privilege-software',
    path: '/privilegeControls',
    what: 'privilege control',
    given: (it) => it.privilegeControls.length > 0,
  },
  {
    topic: 'secure-development',
    path: '/secureDevelopment',
    what: 'development process',
    given: (it) => it.secureDevelopment.length > 0,
  },
  {
    topic: 'resilience',
    path: '/resilienceMechanisms',
    what: 'resilience mechanism',
    given: (it) => it.resilienceMechanisms.length > 0,
  },
  {
    topic: 'erase-service-data',
    path: '/deletionFunctions',
    what: 'function that erases personal data from the services',
    needed: (it) => it.personalData.some((data) => data.storedAt.includes('services')),
    given: (it) => it.deletionFunctions.some((deletion) => deletion.where.includes('services')),
  },
  {
    topic: 'sensing-documented',
    path: '/userInformation/sensing',
    what: 'page about what it senses',
    needed: (it) => it.externalSensors.length > 0,
    given: (it) => it.userInformation.sensing !== undefined,
  },
  {
    topic: 'privacy-information',
    path: '/userInformation/privacy',
    what: 'privacy notice',
    needed: (it) => it.personalData.length > 0,
    given: (it) => it.userInformation.privacy !== undefined,
  },
  {
    topic: 'telemetry-information',
    path: '/userInformation/telemetry',
    what: 'page about telemetry',
    needed: (it) => it.telemetryData.length > 0,
    given: (it) => it.userInformation.telemetry !== undefined,
  },
  {
    topic: 'deletion-instructions',
    path: '/userInformation/deletion',
    what: 'page on how to delete personal data',
    needed: (it) => it.personalData.length > 0,
    given: (it) => it.userInformation.deletion !== undefined,
  },
  {
    topic: 'setup-check',
    path: '/userInformation/setupCheck',
    what: 'page on how to check the set-up',
    given: (it) => it.userInformation.setupCheck !== undefined,
  },
];

/** A claim whose information is missing cannot be proven by anybody. */
export const claimWithoutInformation: Check = function* (declaration) {
  for (const { topic, path, what, needed, given } of NEEDED) {
    if (given(declaration) || needed?.(declaration) === false) continue;
    const claimed = claimedOn(declaration, topic);
    if (claimed !== '') yield { path, message: `no ${what} is declared, yet ${claimed} is claimed` };
  }
};
