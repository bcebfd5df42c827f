import type { Declaration } from '../schema/declaration.ts';
import { listed, type Check, type Finding } from './rule.ts';

/** Names lead somewhere, and to one place only. */

interface Reference {
  readonly path: string;
  readonly name: string | undefined;
  readonly what: string;
  readonly among: ReadonlySet<string>;
}

/** IXIT: every reference between tables leads to a row. */
export const unknownReference: Check = function* (declaration) {
  for (const { path, name, what, among } of references(declaration)) {
    if (name === undefined || among.has(name)) continue;
    yield { path, message: `no ${what} is called "${name}" (there are: ${listed(among)})` };
  }
};

/** Each telemetry field says whose data it is: `false`, or a row of table 21. */
export const unknownPersonalDataMark: Check = function* ({ telemetryData, personalData }) {
  const known = ids(personalData);
  for (const [index, field] of telemetryData.entries()) {
    if (field.personalData === false || known.has(field.personalData)) continue;
    const path = `/telemetryData/${index}/personalData`;
    yield { path, message: `no personal data is called "${field.personalData}" (there are: ${listed(known)})` };
  }
};

/** An id names one row of its table. */
export const duplicateId: Check = function* (declaration) {
  for (const [table, value] of Object.entries(declaration)) {
    if (!Array.isArray(value)) continue;
    yield* duplicatesIn(value, `/${table}`);
  }
  for (const [index, { request }] of declaration.externalFunctions.entries()) {
    if (request.transport !== 'http') continue;
    const named = request.fields.map((field) => ({ id: field.name }));
    for (const one of duplicatesIn(named, `/externalFunctions/${index}/request/fields`)) {
      yield { ...one, path: one.path.replace(/\/id$/, '/name') };
    }
  }
};

function* duplicatesIn(table: readonly { readonly id: string }[], path: string): Generator<Finding> {
  const first = new Map<string, number>();
  for (const [index, { id }] of table.entries()) {
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    else yield { path: `${path}/${index}/id`, message: `"${id}" is the name of ${path}/${before} already` };
  }
}

function* ofSetupCheck({ setupCheck, externalFunctions, communicationMechanisms }: Declaration): Generator<Reference> {
  const among = ids(externalFunctions);
  const { self, remote, tries = [] } = setupCheck ?? {};
  const named = {
    'self/page': self?.page,
    'self/findings/function': self?.findings?.function,
    'remote/function': remote?.function,
    'remote/findings/function': remote?.findings?.function,
  };
  for (const [at, name] of Object.entries(named)) yield { path: `/setupCheck/${at}`, name, what: 'function', among };
  for (const [n, row] of tries.entries())
    yield { path: `/setupCheck/tries/${n}/function`, name: row.function, what: 'function', among };
  const what = 'communication mechanism';
  yield { path: '/setupCheck/remote/mechanism', name: remote?.mechanism, what, among: ids(communicationMechanisms) };
}

function* references(it: Declaration): Generator<Reference> {
  yield {
    path: '/remoteManagement/switch/function',
    name: it.remoteManagement?.switch.function,
    what: 'function',
    among: ids(it.externalFunctions),
  };
  yield {
    path: '/selfTestShown/function',
    name: it.selfTestShown?.function,
    what: 'function',
    among: ids(it.externalFunctions),
  };
  const { shown, onDemand, endedBy } = it.integrity ?? {};
  for (const [at, name] of Object.entries({ 'shown/function': shown?.function, onDemand, endedBy }))
    yield { path: `/integrity/${at}`, name, what: 'function', among: ids(it.externalFunctions) };
  const { function: told, endedBy: known } = it.tamperShown ?? {};
  for (const [at, name] of Object.entries({ function: told, endedBy: known }))
    yield { path: `/tamperShown/${at}`, name, what: 'function', among: ids(it.externalFunctions) };
  yield* ofSetupCheck(it);
  for (const [n, row] of (it.selfTests ?? []).entries()) {
    if (row.part !== 'sensor') continue;
    yield { path: `/selfTests/${n}/of`, name: row.of, what: 'sensor', among: ids(it.externalSensors) };
  }
  yield* each(it.malwareProtection?.covers ?? [], '/malwareProtection/covers', 'function', ids(it.externalFunctions));
  const services = ids(it.softwareServices);
  const associated = ids(it.associatedServices);
  const functions = ids(it.externalFunctions);
  const parameters = ids(it.securityParameters);
  const personalData = ids(it.personalData);
  const mechanisms = ids(it.communicationMechanisms);
  const authentication = ids(it.authenticationMechanisms);
  const reachable = new Set([...services, ...associated]);

  for (const [n, row] of it.authenticationMechanisms.entries()) {
    const path = `/authenticationMechanisms/${n}`;
    yield* each(row.services, `${path}/services`, 'software or associated service', reachable);
    yield { path: `${path}/secondTo`, name: row.secondTo, what: 'authentication mechanism', among: authentication };
    yield {
      path: `${path}/recovery/interface`,
      name: row.recovery?.interface,
      what: 'interface',
      among: ids(it.interfaces),
    };
    yield { path: `${path}/change/function`, name: row.change?.function, what: 'function', among: functions };
  }
  for (const [n, row] of it.softwareServices.entries()) {
    const path = `/softwareServices/${n}`;
    yield { path: `${path}/interface`, name: row.interface, what: 'interface', among: ids(it.interfaces) };
    yield* each(row.authentication, `${path}/authentication`, 'authentication mechanism', authentication);
  }
  for (const [n, { mechanism }] of (it.timeSources ?? []).entries())
    yield { path: `/timeSources/${n}/mechanism`, name: mechanism, what: 'communication mechanism', among: mechanisms };
  for (const [n, row] of it.communicationMechanisms.entries()) {
    const path = `/communicationMechanisms/${n}`;
    const [what, among] =
      row.direction === 'inbound'
        ? (['software service', services] as const)
        : (['associated service', associated] as const);
    yield { path: `${path}/service`, name: row.service, what, among };
    yield { path: `${path}/chosenBy/function`, name: row.chosenBy?.function, what: 'function', among: functions };
    yield { path: `${path}/dialledOn/function`, name: row.dialledOn?.function, what: 'function', among: functions };
    yield* each(row.parameters, `${path}/parameters`, 'security parameter', parameters);
  }
  for (const [n, row] of it.softwareComponents.entries()) {
    const path = `/softwareComponents/${n}/updateMechanism`;
    yield { path, name: row.updateMechanism, what: 'update mechanism', among: ids(it.updateMechanisms) };
  }
  const components = ids(it.softwareComponents);
  for (const [n, row] of it.networkSecurityImplementations.entries()) {
    const path = `/networkSecurityImplementations/${n}/component`;
    yield { path, name: row.component, what: 'software component', among: components };
  }
  for (const [n, row] of it.updateMechanisms.entries()) {
    const path = `/updateMechanisms/${n}`;
    const { status, check, apply, postpone, choose } = row.controls ?? {};
    yield { path: `${path}/over`, name: row.over, what: 'communication mechanism', among: mechanisms };
    yield* each(row.parameters ?? [], `${path}/parameters`, 'security parameter', parameters);
    yield* each(row.downtime?.functions ?? [], `${path}/downtime/functions`, 'function', functions);
    for (const [by, name] of Object.entries({ status, check, apply, postpone, 'choose/function': choose?.function })) {
      yield { path: `${path}/controls/${by}`, name, what: 'function', among: functions };
    }
  }
  for (const [n, row] of it.secureManagementProcesses.entries()) {
    const path = `/secureManagementProcesses/${n}/parameter`;
    yield { path, name: row.parameter, what: 'security parameter', among: parameters };
    const renewedBy = `/secureManagementProcesses/${n}/renewedBy/function`;
    yield { path: renewedBy, name: row.renewedBy?.function, what: 'function', among: functions };
    const shown = `/secureManagementProcesses/${n}/algorithmShown/function`;
    yield { path: shown, name: row.algorithmShown?.function, what: 'function', among: functions };
  }
  for (const [n, row] of it.accessControls.entries()) {
    yield* each(row.functions, `/accessControls/${n}/functions`, 'function', functions);
  }
  for (const [n, row] of it.personalData.entries()) {
    const path = `/personalData/${n}`;
    yield* each(row.communicatedOver, `${path}/communicatedOver`, 'communication mechanism', mechanisms);
    yield { path: `${path}/sealedTo`, name: row.sealedTo, what: 'party', among: ids(it.dataParties ?? []) };
    const { control } = row.consent ?? {};
    for (const [at, name] of Object.entries({
      function: control?.function,
      'shown/function': control?.shown?.function,
    }))
      yield { path: `${path}/consent/control/${at}`, name, what: 'function', among: functions };
  }
  for (const [n, row] of (it.dataParties ?? []).entries()) {
    yield* each(row.items, `/dataParties/${n}/items`, 'personal data', personalData);
  }
  for (const [n, row] of it.telemetryData.entries()) {
    const path = `/telemetryData/${n}`;
    yield { path: `${path}/sensor`, name: row.sensor, what: 'sensor', among: ids(it.externalSensors) };
    yield { path: `${path}/over`, name: row.over, what: 'communication mechanism', among: mechanisms };
  }
  for (const [n, row] of it.deletionFunctions.entries()) {
    const path = `/deletionFunctions/${n}`;
    const erasable = new Set([...personalData, 'user-configuration', 'credentials']);
    yield* each(row.deletes, `${path}/deletes`, 'personal data', erasable);
    yield { path: `${path}/function`, name: row.function, what: 'function', among: functions };
  }
  for (const [n, row] of it.userInterfaces.entries()) {
    yield { path: `/userInterfaces/${n}/service`, name: row.service, what: 'software service', among: services };
  }
  for (const [n, row] of it.externalFunctions.entries()) {
    const path = `/externalFunctions/${n}`;
    yield { path: `${path}/service`, name: row.service, what: 'software service', among: services };
    yield { path: `${path}/readBack/function`, name: row.readBack?.function, what: 'function', among: functions };
    for (const [at, field] of (row.request.transport === 'http' ? row.request.fields : []).entries()) {
      const marked = `${path}/request/fields/${at}/personalData`;
      yield { path: marked, name: field.personalData, what: 'personal data', among: personalData };
    }
  }
  for (const [n, row] of it.inputValidation.entries()) {
    const covered = new Set([...functions, ...ids(it.userInterfaces)]);
    yield* each(row.covers, `/inputValidation/${n}/covers`, 'function or user interface', covered);
  }
}

function* each(names: readonly string[], path: string, what: string, among: ReadonlySet<string>): Generator<Reference> {
  for (const [index, name] of names.entries()) yield { path: `${path}/${index}`, name, what, among };
}

const ids = (table: readonly { readonly id: string }[]): ReadonlySet<string> => new Set(table.map((row) => row.id));
