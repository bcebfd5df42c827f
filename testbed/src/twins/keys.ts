import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Target } from '@hearthward/assessor';
import { makeCertificate } from '../certificate.ts';
import { inPlaceOf } from '../stand-ins/impostor.ts';
import type { Twin } from '../twin.ts';
import { part } from './access.ts';
import { OF_THE_MANUFACTURER, rootsOf, welcome, withOneIdentity } from './channel.ts';

/** Faults of keys: whose they are, what they are for, how they live, and who wrote what uses them. */

export const KEY_TWINS: readonly Twin[] = [
  {
    name: 'shares-its-update-key',
    case: 'parameters-unique',
    topic: 'parameters-unique',
    fault: 'every unit checks its updates with one and the same symmetric key',
    made: { by: 'artefact', plant: (target) => inBoth(target, 'update.key', randomBytes(32)) },
  },
  {
    name: 'speaks-with-a-shared-key',
    case: 'parameters-unique',
    topic: 'parameters-unique',
    fault: 'every unit proves itself to the services with the key of the first',
    made: { by: 'artefact', plant: withOneIdentity },
  },
  {
    name: 'serves-pages-with-its-client-key',
    case: 'key-single-purpose',
    topic: 'key-single-purpose',
    fault: 'the key with which the unit proves itself to the services serves its panel as well',
    made: {
      by: 'company',
      start: async (target) => {
        const key = readFileSync(target.clientIdentity?.key ?? '', 'utf8');
        return inPlaceOfPanel(target, await makeCertificate({ key, purposes: [SERVER_AUTH] }));
      },
    },
  },
  {
    name: 'is-certified-for-all-ends',
    case: 'key-single-purpose',
    topic: 'key-single-purpose',
    fault: 'the certificate of the panel is one for servers and for clients',
    made: {
      by: 'company',
      start: async (target) => inPlaceOfPanel(target, await makeCertificate({ purposes: [SERVER_AUTH, CLIENT_AUTH] })),
    },
  },
  {
    name: 'renews-in-name-only',
    case: 'key-management',
    topic: 'key-management',
    fault: 'the owner is told that keys were made anew, and they are the ones of before',
    made: {
      by: 'part',
      parts: () => ({
        extend: (_app, context) => void Object.assign(context.keys ?? {}, { renew: async () => undefined }),
      }),
    },
  },
  {
    name: 'takes-replaced-keys',
    case: 'key-management',
    topic: 'key-management',
    fault: 'the service that takes the messages goes on with keys that were replaced',
    made: {
      by: 'company',
      start: (target) => inPlaceOf(target, 'messages', { ...OF_THE_MANUFACTURER, ca: rootsOf(target) }, welcome),
    },
  },
  part(
    'keeps-its-algorithm',
    'crypto-agility',
    'crypto-agility',
    'the device makes its keys anew with the algorithm of always, whatever the services want',
    () => ({ csrAttributes: () => undefined }),
  ),
  {
    name: 'outlives-its-algorithms',
    case: 'crypto-agility',
    topic: 'crypto-agility',
    fault: 'what cannot be updated is supported for longer than its algorithms may be used',
    made: {
      by: 'declaration',
      alter: (good) => ({
        ...good,
        softwareComponents: good.softwareComponents.map(({ cryptography, ...each }) =>
          cryptography?.suffices === undefined
            ? { ...each, ...(cryptography ? { cryptography } : {}) }
            : { ...each, cryptography: { uses: true, updateable: false } },
        ),
      }),
    },
  },
  {
    name: 'ships-its-own-cipher',
    case: 'reviewed-implementations',
    topic: 'reviewed-implementations',
    fault: 'a file of the software is an AES that its makers wrote themselves',
    // who has reviewed what it rests on is for its makers to name
    goodIs: 'INCONCLUSIVE',
    made: { by: 'artefact', plant: withOwnCipher },
  },
  {
    name: 'forgets-how-a-key-lives',
    case: 'key-management',
    topic: 'key-management',
    fault: 'nobody says how the key of the channel is made, kept and ended',
    made: {
      by: 'declaration',
      alter: (good) => ({
        ...good,
        secureManagementProcesses: good.secureManagementProcesses.filter((each) => each.parameter !== 'local-identity'),
      }),
    },
  },
];

/** The beginning of the S-box of FIPS 197, figure 7, in a file beside the software. */
function withOwnCipher(target: Target, dir: string): Target {
  const folder = join(dir, 'own-cipher');
  mkdirSync(folder, { recursive: true });
  const box = [0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76];
  writeFileSync(join(folder, 'cipher.js'), `export const box = [${box.join(', ')}];\n`);
  return { ...target, artefacts: { ...target.artefacts, software: [...(target.artefacts?.software ?? []), folder] } };
}

/** RFC 5280, 4.2.1.12 */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const notFound = (socket: TLSSocket): void =>
  void socket.once('data', () =>
    socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
  );

/** A server with these credentials where the panel was. */
async function inPlaceOfPanel(target: Target, credentials: { readonly cert: string; readonly key: string }) {
  const { target: placed, stop } = await inPlaceOf(
    target,
    'panel',
    { minVersion: 'TLSv1.3', ...credentials },
    notFound,
  );
  const { panel, ...associatedServices } = placed.associatedServices ?? {};
  const fingerprint = createHash('sha256').update(new X509Certificate(credentials.cert).raw).digest('hex');
  return {
    target: { ...placed, associatedServices, services: { panel: { url: panel?.url ?? '', fingerprint } } },
    stop,
  };
}

/** The same bytes in the storages of both units; they are copies that are made again for the next twin. */
function inBoth(target: Target, file: string, bytes: Uint8Array): Target {
  const { storage = [], otherStorage = [] } = target.artefacts ?? {};
  for (const folder of [...storage, ...otherStorage]) writeFileSync(join(folder, file), bytes);
  return target;
}
