import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import {
  channelBindingOf,
  SETUP_CHECK_PATHS,
  SETUP_STATEMENT,
  type SetupAnswer,
  type SetupStatement,
  type SignedSetupStatement,
  signStatement,
} from '@hearthward/protocol';
import type { Services } from '../../src/server.ts';
import { type ClientIdentity, initialOf, type TestDevice } from '../bench.ts';

/** A device that has itself checked, step by step, so that a test can go wrong at any of them. */
export interface Asking {
  readonly tls: TLSSocket;
  readonly post: (path: string, body: string) => Promise<{ readonly status: number; readonly body: string }>;
  /** the nonce of a fresh challenge, or the refusal's status */
  readonly challenge: () => Promise<string | number>;
  readonly end: () => void;
}

export const ask = async (services: Services, identity: ClientIdentity): Promise<Asking> => {
  const { port } = services.addresses.enrolment;
  const tls = await new Promise<TLSSocket>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: services.anchorsPem, ...identity }, () => resolve(socket));
    socket.on('error', reject);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => tls;
  const post: Asking['post'] = (path, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request({ agent, method: 'POST', path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    tls,
    post,
    challenge: async () => {
      const { status, body } = await post(SETUP_CHECK_PATHS.challenge, '{"v":1}');
      return status === 200 ? String((JSON.parse(body) as { nonce: unknown }).nonce) : status;
    },
    end: () => tls.destroy(),
  };
};

export const ASK = 'q'.repeat(43);

/** What a device in order says on this connection. */
export const stated = (
  { tls }: Asking,
  device: TestDevice,
  nonce: string,
  more: Partial<SetupStatement> = {},
): SetupStatement => ({
  v: 1,
  device: device.bundle.deviceId,
  nonce,
  ask: ASK,
  channel: channelBindingOf(tls),
  at: Date.now(),
  version: '1.0.0',
  integrity: 'whole',
  tls: {
    version: tls.getProtocol() ?? '',
    suite: tls.getCipher().standardName,
    group: String((tls.getEphemeralKeyInfo() as { name?: string }).name),
  },
  settings: [{ code: 'password', good: true }],
  ...more,
});

export const signed = (device: TestDevice, statement: SetupStatement, by = device): SignedSetupStatement => {
  const { key } = initialOf(by);
  const text = JSON.stringify(statement);
  return {
    v: 1,
    statement: text,
    signature: signStatement(SETUP_STATEMENT, text, createPrivateKey(key)),
    certificate: new X509Certificate(initialOf(device).cert).raw.toString('base64'),
  };
};

/** The whole conversation. */
export const checked = async (
  services: Services,
  identity: ClientIdentity,
  device: TestDevice,
  more: Partial<SetupStatement> = {},
  by = device,
): Promise<{ readonly status: number; readonly code?: string; readonly answer?: SetupAnswer }> => {
  const asking = await ask(services, identity);
  try {
    const nonce = await asking.challenge();
    if (typeof nonce === 'number') return { status: nonce };
    return outcome(await state(asking, signed(device, stated(asking, device, nonce, more), by)));
  } finally {
    asking.end();
  }
};

export const state = (asking: Asking, statement: SignedSetupStatement) =>
  asking.post(SETUP_CHECK_PATHS.statement, JSON.stringify(statement));

export const outcome = ({ status, body }: { readonly status: number; readonly body: string }) =>
  status === 200
    ? { status, answer: JSON.parse(body) as SetupAnswer }
    : { status, code: (JSON.parse(body) as { code: string }).code };

export const badIn = (answer: SetupAnswer | undefined): readonly string[] =>
  (answer?.findings ?? []).filter(({ good }) => !good).map(({ code }) => code);
