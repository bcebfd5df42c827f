import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { startDeviceInProcess } from '../../device/src/index.ts';
import { openKeystore } from '../../device/src/secrets/keystore.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../../device/test/stand-in/factory.ts';
import { person, setUp } from '../../device/test/stand-in/person.ts';
import { TOLD_TO_STRANGERS, type Surface } from '../pages/disclosure.ts';

interface Said {
  readonly status: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly whole: string;
}
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const LONG = 'a'.repeat(20_000);
/** As a stranger asks who tries what there is. */
const QUESTIONS: Readonly<Record<string, readonly [line: string, headers?: readonly string[], body?: string]>> = {
  'the sign-in page': ['GET /login'],
  root: ['GET /'],
  'an unknown page': ['GET /nowhere'],
  'a page of people': ['GET /people'],
  'an address upwards': ['GET /..%2f..%2fetc/passwd'],
  'an address that is none': ['GET /%zz'],
  'an unknown method': ['PROPFIND /'],
  'a wrong password': ['POST /login', [FORM], 'user=owner&password=wrong'],
  'a form that is none': ['POST /login', [FORM], '%zz=%'],
  'JSON for a form': ['POST /login', ['Content-Type: application/json'], '{"user":'],
  'a body of no kind': ['POST /login', ['Content-Type: image/png'], 'x'],
  'a long body': ['POST /login', [FORM], LONG],
  'a program': ['GET /api/nowhere'],
  'another name': ['GET /login', ['Host: elsewhere.example']],
};

describe('what strangers are told', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let device: Awaited<ReturnType<typeof startDeviceInProcess>>;
  const answers: Said[] = [];
  let noRequest = '';

  before(async () => {
    folder = await temporaryFolder();
    await manufactured(folder.path);
    const keystore = openKeystore(folder.path);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    device = await startDeviceInProcess({ declaration, product: hub, dataDir: folder.path });
    await setUp(person(port(), certificate), LABEL_PASSWORD);
    for (const [line, headers = [], body = ''] of Object.values(QUESTIONS)) {
      const own = headers.some((each) => each.startsWith('Host:')) ? [] : ['Host: 127.0.0.1'];
      const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
      const head = [`${line} HTTP/1.1`, ...own, ...headers, ...length, 'Connection: close', '', ''].join('\r\n');
      answers.push(readAnswer(await talk(head + body)));
    }
    noRequest = await talk('HELO there\r\n\r\n');
  });
  after(async () => {
    await device.stop();
    await folder.remove();
  });

  const port = (): number => device.listen['panel']?.port ?? 0;
  const reached = async (options: { readonly maxVersion?: SecureVersion; readonly ciphers?: string }) => {
    const given = { rejectUnauthorized: false, minVersion: 'TLSv1', ALPNProtocols: ['h2', 'http/1.1'] } as const;
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: port(), ...given, ...options });
    try {
      await once(socket, 'secureConnect');
      return { version: socket.getProtocol(), protocol: socket.alpnProtocol, shown: socket.getPeerX509Certificate() };
    } catch {
      return undefined;
    } finally {
      socket.destroy();
    }
  };
  const talk = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let said = '';
      const socket = connect({ host: '127.0.0.1', port: port(), rejectUnauthorized: false }, () => socket.write(bytes));
      socket.setEncoding('utf8').on('data', (text: string) => (said += text));
      socket.on('error', () => undefined).on('close', () => resolve(said));
    });

  const heard: Readonly<Record<Surface, () => readonly string[] | Promise<readonly string[]>>> = {
    versions: async () => {
      const versions = (['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).map((maxVersion) =>
        reached({ maxVersion, ...(maxVersion < 'TLSv1.2' ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}) }),
      );
      return (await Promise.all(versions)).flatMap((each) => each?.version ?? []);
    },
    protocol: async () => [String((await reached({}))?.protocol)],
    subject: async () => {
      const { subject, issuer } = (await shown()) ?? {};
      return [subject ?? '', ...(issuer === subject ? [] : [issuer ?? ''])];
    },
    names: async () => (await shown())?.subjectAltName?.split(', ').map((name) => name.replace(/^DNS:/, '')) ?? [],
    validity: async () => {
      const { validFromDate, validToDate } = (await shown()) ?? {};
      return [validFromDate, validToDate].map((date) => date?.toISOString().slice(0, 10) ?? '');
    },
    key: async () => {
      const { publicKey, keyUsage } = (await shown()) ?? {};
      const curve = publicKey?.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'P-256' : 'another';
      return [curve, ...(keyUsage ?? []).map((use) => (use === '1.3.6.1.5.5.7.3.1' ? 'serverAuth' : use))];
    },
    headers: () => answers.flatMap(({ headers }) => headers.map(([name]) => name)),
    cookies: () =>
      answers.flatMap(({ headers }) =>
        headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value.split('=')[0] ?? ''),
      ),
    words: () => wordsOf(answers[0]?.body ?? ''),
    statuses: () =>
      answers
        .filter(({ status }) => status !== '200')
        .map(({ status, headers }) =>
          [status, ...headers.filter(([name]) => name === 'location').map(([, to]) => to)].join(' '),
        ),
    problems: () =>
      answers
        .filter(({ headers }) => headers.some(([, value]) => value.startsWith('application/problem+json')))
        .flatMap(({ body }) => Object.keys(JSON.parse(body) as object)),
    noRequest: () => noRequest.split('\r\n').filter(Boolean),
  };
  const shown = async () => (await reached({}))?.shown;

  for (const [surface, { tells }] of Object.entries(TOLD_TO_STRANGERS)) {
    test(`${surface}: what the page says, no more and no less`, async () => {
      const said = [...new Set(await heard[surface as Surface]())];
      assert.deepEqual(said.toSorted(), [...tells].toSorted());
    });
  }

  test('nothing that is told has a word of what this device is', () => {
    const everything = [...answers.map(({ whole }) => whole), noRequest].join('\n').toLowerCase();
    const { model, name, softwareVersion } = declaration.product;
    const secret = [
      model.designation,
      name.en,
      softwareVersion,
      'HH100000001',
      '02:00:00:00:00:01',
      'node',
      'fastify',
      'linux',
      folder.path,
    ];
    assert.deepEqual(
      secret.filter((word) => everything.includes(word.toLowerCase())),
      [],
    );
    assert.ok(everything.includes('sign in'), 'there was something to read');
  });
});

const readAnswer = (whole: string): Said => {
  const [head = '', ...rest] = whole.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: first.split(' ')[1] ?? '',
    headers: lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
    body: rest.join('\r\n\r\n'),
    whole,
  };
};

/** What a person reads: text between tags, each once. */
const wordsOf = (html: string): readonly string[] => [
  ...new Set(
    html
      .replace(/<(script|style)\b.*?<\/\1>/gs, '')
      .split(/<[^>]*>/)
      .map((text) => text.replace(/\s+/g, ' ').trim())
      .filter((text) => text !== ''),
  ),
];
