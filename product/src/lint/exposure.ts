import type { Declaration } from '../schema/declaration.ts';
import { claimedOn, isEncrypted, type Check } from './rule.ts';

/** What is open, and how it talks. */

/** EN 303 645 5.5-1: what others can reach from afar is encrypted. */
export const remoteWithoutEncryption: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'communication-cryptography');
  if (claimed === '') return;
  for (const [index, it] of declaration.communicationMechanisms.entries()) {
    if (!it.remotelyAccessible || isEncrypted(it)) continue;
    const path = `/communicationMechanisms/${index}/tls`;
    yield { path, message: `"${it.id}" is reached remotely without encryption, yet ${claimed} is claimed` };
  }
};

/** A protocol that is TLS by its name says which TLS. */
export const tlsUndeclared: Check = function* ({ softwareServices }) {
  for (const [index, it] of softwareServices.entries()) {
    if ((it.protocol !== 'https' && it.protocol !== 'mqtts') || it.tls !== undefined) continue;
    yield {
      path: `/softwareServices/${index}/tls`,
      message: `"${it.id}" speaks ${it.protocol}, but its TLS is not declared`,
    };
  }
};

/** EN 303 645 5.6-4: a debug interface within reach is off in the hands of the consumer. */
export const debugEnabled: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'debug-interfaces');
  if (claimed === '') return;
  for (const [index, it] of declaration.interfaces.entries()) {
    const state = it.enabled.indexOf('initialised');
    if (!it.debug || state === -1) continue;
    const path = `/interfaces/${index}/enabled/${state}`;
    yield { path, message: `debug interface "${it.id}" is enabled when initialised, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.6-1: nothing listens on an interface that is off. */
export const serviceOnDisabledInterface: Check = function* ({ interfaces, softwareServices }) {
  const enabled = new Map(interfaces.map((it) => [it.id, it.enabled]));
  for (const [index, it] of softwareServices.entries()) {
    const states = enabled.get(it.interface);
    if (states === undefined) continue;
    for (const [n, state] of it.states.entries()) {
      if (states.includes(state)) continue;
      const path = `/softwareServices/${index}/states/${n}`;
      yield { path, message: `"${it.id}" listens when ${state}, but interface "${it.interface}" is disabled then` };
    }
  }
};

/** IXIT 13-SoftServ: one listener per port. */
export const portTwice: Check = function* ({ softwareServices }) {
  const first = new Map<string, string>();
  for (const [index, it] of softwareServices.entries()) {
    const port = `${it.interface} ${it.transport} ${it.port}`;
    const before = first.get(port);
    if (before === undefined) first.set(port, it.id);
    else
      yield {
        path: `/softwareServices/${index}/port`,
        message: `${it.transport} ${it.port} is the port of "${before}" already`,
      };
  }
};

/** EN 303 645 5.7-2: a product that is cut off tells of itself by one way, out. */
export const alertUnclear: Check = function* ({ communicationMechanisms }) {
  let before: string | undefined;
  for (const [index, it] of communicationMechanisms.entries()) {
    if (it.alert !== true) continue;
    const path = `/communicationMechanisms/${index}/alert`;
    if (it.direction !== 'outbound') {
      yield { path, message: `"${it.id}" is no way out, and can carry no alert` };
    } else if (before !== undefined) {
      yield { path, message: `"${before}" is the way of the alert already` };
    } else if (it.authentication === 'none') {
      yield { path, message: `"${it.id}" tells whoever answers: its peer is not authenticated` };
    }
    before ??= it.id;
  }
};

/** EN 303 645 5.6-1: a way that only the owner opens is out, has its port, and leads to nobody else. */
export const choiceUnclear: Check = function* ({ communicationMechanisms, externalFunctions }) {
  for (const [index, it] of communicationMechanisms.entries()) {
    const { chosenBy } = it;
    if (chosenBy === undefined) continue;
    const path = `/communicationMechanisms/${index}/chosenBy`;
    if (it.direction !== 'outbound') yield { path, message: `"${it.id}" is no way out: nobody chooses where it leads` };
    if (it.service !== undefined || it.alert === true) {
      yield { path, message: `"${it.id}" leads to a place of the manufacturer’s, and to one that the owner names` };
    }
    if (it.port === undefined) yield { path, message: `"${it.id}" has no port, and nothing could let it pass` };
    if (it.authentication === 'none' || it.tls === undefined) {
      yield { path, message: `"${it.id}" tells whoever answers: its peer is not authenticated over TLS` };
    }
    const by = externalFunctions.find(({ id }) => id === chosenBy.function);
    const field =
      by?.request.transport === 'http' ? by.request.fields.find(({ name }) => name === chosenBy.field) : undefined;
    if (by && !field?.choices?.includes(chosenBy.off)) {
      yield {
        path: `${path}/off`,
        message: `"${by.id}" has no choice "${chosenBy.off}" of "${chosenBy.field}" that ends it`,
      };
    }
  }
};

/** G045 DS-2-1: rules that keep networks apart tell them by the names that the system gives them. */
export const childrenUnnamed: Check = function* ({ interfaces }) {
  if (!interfaces.some((it) => it.serves === 'children')) return;
  for (const [index, it] of interfaces.entries()) {
    if (it.kind === 'network' && it.device === undefined) {
      const path = `/interfaces/${index}/device`;
      yield { path, message: `"${it.id}" has no name by which the children’s network is kept apart from the owner’s` };
    } else if (it.kind !== 'network' && it.serves !== undefined) {
      const path = `/interfaces/${index}/serves`;
      yield { path, message: `"${it.id}" is no network, and nobody’s things are on it` };
    }
  }
};

/** EN 303 645 5.5-5: each exception once, with one reason. */
export const basicProtocolTwice: Check = function* ({ basicProtocols = [] }) {
  const first = new Map<string, string>();
  for (const [index, { id, protocol }] of basicProtocols.entries()) {
    const before = first.get(protocol);
    if (before === undefined) first.set(protocol, id);
    else yield { path: `/basicProtocols/${index}/protocol`, message: `${protocol} is declared by "${before}" already` };
  }
};

/** EN 303 645 5.5-4: who manages from afar does so because somebody at home wants it. */
export const remoteManagementUnasked: Check = function* (declaration) {
  const { remoteManagement, externalFunctions } = declaration;
  const claimed = claimedOn(declaration, 'remote-management');
  if (claimed === '' || remoteManagement === undefined) return;
  const { byDefault, switch: its } = remoteManagement;
  if (byDefault === 'on')
    yield {
      path: '/remoteManagement/byDefault',
      message: `it is on before anybody wants it, yet ${claimed} is claimed`,
    };
  const by = externalFunctions.find(({ id }) => id === its.function);
  if (by && (by.kind !== 'change' || by.readBack === undefined))
    yield {
      path: '/remoteManagement/switch/function',
      message: `"${its.function}" is no change that can be read back, so nobody can see whether it is off`,
    };
};

/** IXIT 28-ExtAPI: what a change did is read back by a function that reads. */
export const readBackNotRead: Check = function* ({ externalFunctions }) {
  const kinds = new Map(externalFunctions.map((it) => [it.id, it.kind]));
  for (const [index, { readBack }] of externalFunctions.entries()) {
    const kind = readBack && kinds.get(readBack.function);
    if (readBack === undefined || kind === undefined || kind === 'read') continue;
    const path = `/externalFunctions/${index}/readBack/function`;
    yield { path, message: `"${readBack.function}" does not read, it is a ${kind} function` };
  }
};

/** EN 303 645 5.13-1: an example that its own field refuses says nothing of the field. */
export const exampleOutsideField: Check = function* ({ externalFunctions }) {
  for (const [index, { request }] of externalFunctions.entries()) {
    if (request.transport !== 'http') continue;
    for (const [n, field] of request.fields.entries()) {
      const because = whyOutside(field);
      const path = `/externalFunctions/${index}/request/fields/${n}`;
      if (because !== undefined)
        yield { path: `${path}/example`, message: `the example of "${field.name}" ${because}` };
      const unsent = field.absent === undefined ? undefined : whyOutside({ ...field, example: field.absent });
      if (unsent !== undefined)
        yield { path: `${path}/absent`, message: `what "${field.name}" means where it is not sent ${unsent}` };
    }
  }
};

/** EN 303 645 5.13-1: each input has a row that says how it is validated. */
export const inputNotValidated: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'input-validation');
  if (claimed === '') return;
  const covered = new Set(declaration.inputValidation.flatMap((it) => it.covers));
  for (const [index, it] of declaration.externalFunctions.entries()) {
    const takesInput = it.request.transport === 'http' && it.request.fields.length > 0;
    if (!takesInput || covered.has(it.id)) continue;
    yield {
      path: `/externalFunctions/${index}/id`,
      message: `no row of the input validation covers "${it.id}", yet ${claimed} is claimed`,
    };
  }
};

/** G044 7-f: a file that people bring is bounded, of a declared format, and somebody says what is done about malware in it. */
export const fileUnclear: Check = function* ({ externalFunctions, malwareProtection }) {
  for (const [index, { id, request }] of externalFunctions.entries()) {
    if (request.transport !== 'http') continue;
    for (const [n, field] of request.fields.entries()) {
      if (field.type !== 'file') continue;
      const path = `/externalFunctions/${index}/request/fields/${n}`;
      if (request.encoding !== 'multipart')
        yield { path, message: `the file "${field.name}" comes in no multipart form` };
      if (field.maximum === undefined) yield { path, message: `how large the file "${field.name}" may be is not said` };
      if (field.media === undefined)
        yield { path, message: `which formats the file "${field.name}" may have is not said` };
      if (malwareProtection?.covers.includes(id) !== true)
        yield { path, message: `no malware protection covers the file "${field.name}" of "${id}"` };
    }
  }
  if (malwareProtection?.signatureSet && malwareProtection.scanner === 'none')
    yield {
      path: '/malwareProtection/signatureSet',
      message: 'there is a set of signatures, and no scanner that reads it',
    };
};

type Field = Extract<Declaration['externalFunctions'][number]['request'], { transport: 'http' }>['fields'][number];

function whyOutside({
  type,
  example,
  minimum = -Infinity,
  maximum = Infinity,
  choices,
  pattern,
}: Field): string | undefined {
  switch (type) {
    case 'boolean':
      return typeof example === 'boolean' ? undefined : 'is neither true nor false';
    case 'choice':
      if (choices === undefined || choices.length === 0) return 'cannot be one of its choices: none is declared';
      return typeof example === 'string' && choices.includes(example) ? undefined : `is none of ${choices.join(', ')}`;
    case 'string': {
      if (typeof example !== 'string') return 'is not a text';
      const length = Array.from(example).length;
      if (length < minimum || length > maximum) return `has ${length} characters, outside ${minimum} to ${maximum}`;
      return pattern === undefined || matches(pattern, example) ? undefined : `does not match ${pattern}`;
    }
    case 'file': {
      if (typeof example !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(example)) return 'is not base64';
      const bytes = Buffer.from(example, 'base64').length;
      return bytes < minimum || bytes > maximum ? `has ${bytes} bytes, outside ${minimum} to ${maximum}` : undefined;
    }
    case 'integer':
    case 'number':
      if (typeof example !== 'number' || (type === 'integer' && !Number.isInteger(example))) return `is no ${type}`;
      return example < minimum || example > maximum ? `is outside ${minimum} to ${maximum}` : undefined;
  }
}

/** A pattern that is no regular expression matches nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch (fault) {
    if (fault instanceof SyntaxError) return false;
    throw fault;
  }
}
