import { claimedOn, isEncrypted, type Check } from './rule.ts';

/** What it senses, keeps and sends. */

/** EN 303 645 5.8-3: a sensor is there for something that people can be told. */
export const sensorWithoutPurpose: Check = function* ({ externalSensors }) {
  for (const [index, it] of externalSensors.entries()) {
    if (it.purpose.en.trim() === '') {
      yield { path: `/externalSensors/${index}/purpose/en`, message: `sensor "${it.id}" has no purpose` };
    }
  }
};

/** EN 303 645 5.8-3, 6-5: where a sensor's readings go is said. */
export const sensorNotAccountedFor: Check = function* ({ externalSensors, telemetryData }) {
  const sent = new Set(telemetryData.map((it) => it.sensor));
  for (const [index, it] of externalSensors.entries()) {
    if (sent.has(it.id) || (it.staysLocal ?? '').trim() !== '') continue;
    const path = `/externalSensors/${index}/id`;
    yield { path, message: `no telemetry field names sensor "${it.id}", nor is it said that its readings stay local` };
  }
};

/** EN 303 645 5.13-1: what a sensor cannot say is discarded, and somebody notices. */
export const sensorRangeUnclear: Check = function* ({ externalSensors, telemetryData }) {
  for (const [index, { id, range }] of externalSensors.entries()) {
    if (range === undefined || range.minimum < range.maximum) continue;
    const path = `/externalSensors/${index}/range`;
    yield { path, message: `sensor "${id}" has a range in which nothing lies` };
  }
  const index = externalSensors.findIndex(({ range }) => range !== undefined);
  if (index < 0 || telemetryData.some((it) => it.id === DISCARDED && it.type === 'integer')) return;
  const path = `/externalSensors/${index}/range`;
  yield { path, message: `how many readings lie beyond their range is in no telemetry field "${DISCARDED}"` };
};
/** The field that the device runtime fills in. */
const DISCARDED = 'discarded-readings';

/** EN 303 645 6-2, 6-3: consent is asked for, and can be taken back. */
export const consentWithoutWithdrawal: Check = function* ({ personalData }) {
  for (const [index, it] of personalData.entries()) {
    if (it.legalBasis !== 'consent') continue;
    if (it.consent !== undefined && it.consent.how.trim() !== '' && it.consent.withdraw.trim() !== '') continue;
    yield {
      path: `/personalData/${index}/consent`,
      message: `"${it.id}" rests on consent, but how it is given and withdrawn is not said`,
    };
  }
};

/** EN 303 645 6-2, 6-3: each purpose has an answer of its own, which can be seen. */
export const consentControlUnclear: Check = function* ({ personalData, externalFunctions }) {
  const taken = new Map<string, string>();
  for (const [index, { id, consent }] of personalData.entries()) {
    if (consent?.control === undefined) continue;
    const { function: name, field, given, withdrawn } = consent.control;
    const path = `/personalData/${index}/consent/control`;
    const call = externalFunctions.find((each) => each.id === name);
    if (call === undefined) continue;
    const fields = call.request.transport === 'http' ? call.request.fields : [];
    const choices = fields.find((each) => each.name === field)?.choices ?? [];
    if (given === withdrawn || !choices.includes(given) || !choices.includes(withdrawn))
      yield { path: `${path}/field`, message: `"${field}" of "${name}" does not offer both answers of "${id}"` };
    else if ((consent.control.shown ?? call.readBack) === undefined)
      yield { path: `${path}/function`, message: `nothing shows what "${name}" has done` };
    const before = taken.get(`${name} ${field}`);
    if (before === undefined) taken.set(`${name} ${field}`, id);
    else yield { path: `${path}/field`, message: `one answer is taken for "${before}" and for "${id}"` };
  }
};

/** EN 303 645 6-5: a field's values can be told from others. */
export const telemetryShape: Check = function* ({ telemetryData }) {
  for (const [index, it] of telemetryData.entries()) {
    const path = `/telemetryData/${index}`;
    if (it.type === 'choice' && (it.choices ?? []).length === 0) {
      yield { path: `${path}/choices`, message: `"${it.id}" is a choice without choices` };
    }
    if ((it.minimum ?? -Infinity) > (it.maximum ?? Infinity)) {
      yield { path: `${path}/minimum`, message: `the minimum of "${it.id}" is above its maximum` };
    }
  }
};

/** IXIT 24-TelData: telemetry leaves the device. */
export const telemetryOverInbound: Check = function* ({ communicationMechanisms, telemetryData }) {
  const inbound = new Set(communicationMechanisms.filter((it) => it.direction === 'inbound').map((it) => it.id));
  for (const [index, it] of telemetryData.entries()) {
    if (inbound.has(it.over)) {
      yield { path: `/telemetryData/${index}/over`, message: `"${it.over}" only takes connections, it sends nothing` };
    }
  }
};

/** EN 303 645 6-1: personal data travels only where its row says. */
export const personalDataElsewhere: Check = function* ({ communicationMechanisms, personalData, telemetryData }) {
  const ways = new Map(personalData.map((it) => [it.id, it.communicatedOver]));
  const known = new Set(communicationMechanisms.map((it) => it.id));
  for (const [index, it] of telemetryData.entries()) {
    const declared = it.personalData === false ? undefined : ways.get(it.personalData);
    if (declared === undefined || declared.includes(it.over) || !known.has(it.over)) continue;
    const path = `/telemetryData/${index}/over`;
    yield { path, message: `personal data "${it.personalData}" is not declared to travel over "${it.over}"` };
  }
};

/** EN 303 645 5.8-2: what can do harm in wrong hands is encrypted on its way. */
export const sensitiveWithoutEncryption: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'sensitive-data-in-transit');
  if (claimed === '') return;
  const plain = new Set(declaration.communicationMechanisms.filter((it) => !isEncrypted(it)).map((it) => it.id));
  for (const [index, it] of declaration.personalData.entries()) {
    for (const [n, way] of it.communicatedOver.entries()) {
      if (!it.sensitive || !plain.has(way)) continue;
      const path = `/personalData/${index}/communicatedOver/${n}`;
      yield {
        path,
        message: `sensitive "${it.id}" travels over "${way}" without encryption, yet ${claimed} is claimed`,
      };
    }
  }
};

/** EN 303 645 5.11-1: what the device keeps of a person, the person can erase. */
export const personalDataNotErasable: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'erase-device-data');
  if (claimed === '') return;
  const erased = new Set(
    declaration.deletionFunctions.filter((it) => it.where.includes('device')).flatMap((it) => it.deletes),
  );
  for (const [index, it] of declaration.personalData.entries()) {
    if (!it.storedAt.includes('device') || erased.has(it.id)) continue;
    const path = `/personalData/${index}/storedAt`;
    yield { path, message: `no deletion function erases "${it.id}" from the device, yet ${claimed} is claimed` };
  }
};
