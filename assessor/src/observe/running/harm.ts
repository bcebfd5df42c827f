import type { Unreachable } from '../../model.ts';
import { createBudget } from '../budget.ts';
import type { Hand, ResolvedEndpoint } from '../wire/hand.ts';
import { createHttp } from '../wire/http.ts';
import { createMqtt } from '../wire/mqtt.ts';
import { createTls } from '../wire/tls.ts';

/**
 * Whether the target still lives. Asked before the first case, where silence is bad input, and after every case,
 * where a target that does not answer twice in a row ends the run: the assessor may be what brought it down.
 */
export type Health =
  | { readonly alive: true }
  | { readonly alive: false; readonly endpoint: ResolvedEndpoint; readonly ill: Unreachable };

export interface Doctor {
  readonly check: (endpoints: readonly ResolvedEndpoint[]) => Promise<Health>;
  readonly close: () => void;
}

/** Its requests are not the cases': they have their own budget, and leave no evidence. */
export function createDoctor(hand: Hand): Doctor {
  const own: Hand = { ...hand, budget: createBudget({ requests: Number.MAX_SAFE_INTEGER }), keep: () => '' };
  const http = createHttp(own);
  const mqtt = createMqtt(own);
  const tls = createTls(own);

  const talk = async (endpoint: ResolvedEndpoint): Promise<Unreachable | undefined> => {
    if (endpoint.scheme === 'http' || endpoint.scheme === 'https') {
      const reached = await http.request(endpoint.id, { method: 'GET', path: '/' });
      return reached.ok || reached.because === 'too-large' ? undefined : reached;
    }
    const connected = await mqtt.connect(endpoint.id, { client: 'given' });
    if (connected.ok) await connected.answer.close();
    // a broker may close on a stranger without a word: that it took the connection is life enough
    return connected.ok || connected.because === 'reset' ? undefined : connected;
  };
  const examine = async (endpoint: ResolvedEndpoint): Promise<Unreachable | undefined> => {
    const ill = await talk(endpoint);
    if (ill === undefined || (endpoint.scheme !== 'https' && endpoint.scheme !== 'mqtts')) return ill;
    if (ill.because !== 'tls' && ill.because !== 'reset') return ill;
    // a service that wants a client certificate refuses a stranger, and is well
    const greeted = await tls.handshake(endpoint.id, {});
    const asked = greeted.ok
      ? greeted.answer.clientCertificateRequested && greeted.answer.trusted
      : greeted.clientCertificateRequested;
    return asked === true ? undefined : ill;
  };
  return {
    check: async (endpoints) => {
      for (const endpoint of endpoints) {
        const ill = await examine(endpoint);
        if (ill !== undefined) return { alive: false, endpoint, ill };
      }
      return { alive: true };
    },
    close: () => {
      http.close();
      mqtt.close();
    },
  };
}

/** What an unhealthy answer means to whoever wrote the target file, in one line with its cure. */
export function explainIll(
  endpoint: ResolvedEndpoint,
  ill: Unreachable,
): { readonly message: string; readonly cure: string } {
  const where = `${endpoint.scheme}://${endpoint.host}:${endpoint.port}`;
  switch (ill.because) {
    case 'refused':
      return {
        message: `nothing listens at ${where} (${endpoint.id})`,
        cure: 'start the target, or correct the address',
      };
    case 'timeout':
      return {
        message: `${where} (${endpoint.id}) does not answer: ${ill.detail}`,
        cure: 'restart the target, or correct the address',
      };
    case 'tls':
      return {
        message: `no trusted TLS with ${where} (${endpoint.id}): ${ill.detail}`,
        cure: 'give `trust` or `fingerprint` of its certificate, or correct the scheme',
      };
    case 'reset':
    case 'protocol':
    case 'too-large':
      return {
        message: `${where} (${endpoint.id}) does not speak ${endpoint.scheme}: ${ill.detail}`,
        cure: 'correct the scheme or the port',
      };
  }
}

/** Two checks in a row without life: stop. */
export type HarmState = { readonly missed: number };
export const WELL: HarmState = { missed: 0 };
export function afterCheck(
  state: HarmState,
  health: Health,
): { readonly state: HarmState; readonly next: 'go-on' | 'ask-again' | 'stop' } {
  if (health.alive) return { state: WELL, next: 'go-on' };
  const missed = state.missed + 1;
  return { state: { missed }, next: missed >= 2 ? 'stop' : 'ask-again' };
}
