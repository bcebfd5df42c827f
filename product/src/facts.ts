import { FACTS, type Fact, type Facts, type Truth } from '@hearthward/standards';
import type { Declaration } from './schema/declaration.ts';

/** What a declaration says of a fact, and where it says it. */
export interface FactWithReason {
  readonly fact: Fact;
  readonly value: Truth;
  /** one clause in English, with the JSON pointer that it rests on */
  readonly because: string;
}

/** The facts that the codes' conditions ask for; what the declaration leaves open is `undefined`. */
export function factsOf(declaration: Declaration): Facts {
  return Object.fromEntries(factsWithReasons(declaration).map(({ fact, value }) => [fact, value]));
}

/** Every fact, in the order of `FACTS`. */
export function factsWithReasons(declaration: Declaration): readonly FactWithReason[] {
  return FACTS.map((fact) => {
    const [value, because] = DERIVED[fact](declaration);
    return { fact, value, because };
  });
}

type Derived = readonly [value: Truth, because: string];

const DERIVED: Readonly<Record<Fact, (declaration: Declaration) => Derived>> = {
  'passwords-used': ({ authenticationMechanisms }) =>
    any(authenticationMechanisms, isPassword, '/authenticationMechanisms', 'password or PIN'),
  'pre-installed-passwords-used': ({ authenticationMechanisms }) => {
    const open = authenticationMechanisms.findIndex((it) => isPassword(it) && it.initialValue.kind === 'issued');
    const found = any(authenticationMechanisms, isPreinstalled, '/authenticationMechanisms', 'pre-installed password');
    return found[0] === true || open === -1
      ? found
      : [undefined, `a password is issued, which says not whether in the factory (/authenticationMechanisms/${open})`];
  },
  'user-authentication': ({ authenticationMechanisms }) =>
    any(
      authenticationMechanisms,
      (it) => it.subject === 'user',
      '/authenticationMechanisms',
      'mechanism that authenticates users',
    ),
  constrained: ({ product }) => stated(product.constrained !== false, '/product/constrained'),
  'software-updateable': ({ softwareComponents }) =>
    softwareComponents.length === 0
      ? [undefined, 'no software component is declared (/softwareComponents)']
      : any(
          softwareComponents,
          (it) => it.updateMechanism !== undefined,
          '/softwareComponents',
          'component with an update mechanism',
        ),
  'update-mechanism': ({ updateMechanisms }) =>
    any(updateMechanisms, () => true, '/updateMechanisms', 'update mechanism'),
  'automatic-updates': ({ updateMechanisms }) =>
    any(updateMechanisms, (it) => it.automatic, '/updateMechanisms', 'automatic update mechanism'),
  'update-notifications': ({ updateMechanisms }) =>
    any(updateMechanisms, (it) => it.notifications, '/updateMechanisms', 'update mechanism that notifies'),
  'updates-over-network': ({ updateMechanisms }) =>
    any(updateMechanisms, (it) => it.overNetwork, '/updateMechanisms', 'update mechanism over a network'),
  'hard-coded-identity': ({ securityParameters }) =>
    securityParameters.some((it) => it.identity !== undefined)
      ? any(securityParameters, (it) => it.identity === true, '/securityParameters', 'fixed unique identity')
      : [undefined, 'no security parameter says whether it is a fixed identity (/securityParameters)'],
  'debug-interface-accessible': ({ interfaces }) =>
    interfaces.length === 0
      ? [undefined, 'no interface is declared (/interfaces)']
      : any(interfaces, (it) => it.debug && it.accessible, '/interfaces', 'accessible debug interface'),
  'telemetry-collected': ({ telemetryData }) => any(telemetryData, () => true, '/telemetryData', 'telemetry field'),
  'personal-data-processed': ({ personalData }) => any(personalData, () => true, '/personalData', 'personal data'),
  'consent-based-processing': ({ personalData }) =>
    any(personalData, (it) => it.legalBasis === 'consent', '/personalData', 'personal data processed by consent'),
  'backups-kept': ({ backupsKept }) =>
    backupsKept === undefined ? [undefined, 'not declared (/backupsKept)'] : stated(backupsKept, '/backupsKept'),
  gateway: ({ product }) => stated(product.gateway, '/product/gateway'),
};

function any<T>(table: readonly T[], test: (row: T) => boolean, path: string, what: string): Derived {
  const index = table.findIndex(test);
  return index === -1 ? [false, `no ${what} is declared (${path})`] : [true, `${what} declared (${path}/${index})`];
}

const stated = (value: boolean, path: string): Derived => [value, `declared ${value ? 'true' : 'false'} (${path})`];

type Mechanism = Declaration['authenticationMechanisms'][number];
const isPassword = (it: Mechanism): boolean => it.factor === 'password' || it.factor === 'pin';
const isPreinstalled = (it: Mechanism): boolean =>
  isPassword(it) && (it.initialValue.kind === 'unique-per-device' || it.initialValue.kind === 'universal');
