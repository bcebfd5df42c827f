import { openPossession, readCsrAttributes, readImage, readPackIndex, readPackPrefix } from '@hearthward/protocol';
import { readCertsOnly } from '../../device/src/channel/certs-only.ts';
import { remadeWav } from '../../device/src/incoming/wav.ts';
import { readForm } from '../../device/src/panel/http/body.ts';
import { cookieOf } from '../../device/src/panel/http/cookies.ts';
import { readMultipart } from '../../device/src/panel/http/multipart.ts';
import { DOCUMENT_TARGETS } from './documents.ts';
import type { FuzzTarget } from './driver.ts';
import { MESSAGE_TARGETS } from './messages.ts';
import { UPDATE_TARGETS } from './updates.ts';

/** Parsers of hostile bytes that stand alone; each must read or refuse whatever it is given. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const seed = (content: string): Uint8Array => Buffer.from(content, 'latin1');

export const TARGETS: Readonly<Record<string, FuzzTarget>> = {
  ...UPDATE_TARGETS,
  ...MESSAGE_TARGETS,
  ...DOCUMENT_TARGETS,
  'panel-form': { seeds: [seed('a=1&b=%C3%A9+x&_csrf=t'), seed('&&=%zz')], run: (bytes) => readForm(text(bytes)) },
  'panel-files': {
    seeds: [
      seed('--m\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--m--\r\n'),
      seed(
        '--m\r\ncontent-disposition: form-data; name="f"; filename="x"\r\ncontent-type: audio/wav\r\n\r\nR\r\n--m--',
      ),
    ],
    run: (bytes) => readMultipart(bytes, 'multipart/form-data; boundary=m'),
  },
  'panel-cookies': {
    seeds: [seed('__Host-session=abc; __Host-form=def'), seed('a==;;=')],
    run: (bytes) => cookieOf(text(bytes), '__Host-session'),
  },
  sound: {
    seeds: [Buffer.from('UklGRigAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQQAAACAo7mj', 'base64')],
    run: (bytes) => {
      const made = remadeWav(bytes);
      if (made && !Buffer.from(remadeWav(made) ?? []).equals(made)) throw new Error('not canonical');
    },
  },
  possession: {
    seeds: [seed('1700000000000.MIIBAA.AAAA'), seed('1.AA.BB')],
    run: (bytes) => openPossession(text(bytes)),
  },
  'csr-attributes': {
    seeds: [seed('MAcGBSuBBAAi'), Buffer.from(Buffer.from('300906072a8648ce3d0201', 'hex').toString('base64'))],
    run: (bytes) => readCsrAttributes(text(bytes)),
  },
  'csr-attributes-der': {
    seeds: [Buffer.from('300906072a8648ce3d0201', 'hex'), Buffer.from('3000', 'hex')],
    run: (bytes) => readCsrAttributes(Buffer.from(bytes).toString('base64')),
  },
  'est-answer': {
    seeds: [Buffer.from('302306092a864886f70d010702a016301402010131003000a000a1003100', 'hex')],
    run: (bytes) => readCertsOnly(Buffer.from(bytes)),
  },
  'image-manifest': {
    seeds: [seed('{"v":1,"product":"p","number":1,"entry":"a.js","files":[{"path":"a.js","length":1,"sha256":""}]}')],
    run: (bytes) => readImage(bytes, 1 << 20),
  },
  'pack-index': {
    seeds: [seed('{"v":1,"blocks":[{"at":0,"bytes":1,"unpacked":1,"files":["00"],"from":[]}]}')],
    run: (bytes) => readPackIndex(bytes, 1 << 20),
  },
  'pack-prefix': { seeds: [seed('HWPACK1\n\0\0\0\x10')], run: (bytes) => readPackPrefix(bytes) },
};
