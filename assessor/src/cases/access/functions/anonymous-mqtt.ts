import { Type, type Static } from 'typebox';
import type { Probe } from '../../../model.ts';
import { madeUp } from '../signing-in.ts';
import { guardOf, type MqttFunction } from '../subjects.ts';

/**
 * A topic tried without a login. MQTT 3.1.1 acknowledges what it silently drops, and brokers may grant a subscription
 * and then withhold its messages: only a message that came through proves access.
 */
export const Anonymous = Type.Object(
  {
    /** absent where the connection was not answered in MQTT */
    returnCode: Type.Optional(Type.Integer()),
    granted: Type.Boolean(),
    /** messages of the topic that came to the one who is not logged in */
    messages: Type.Integer(),
    published: Type.Enum(['not-tried', 'not-acknowledged', 'acknowledged']),
    /** the published message came back over a subscription */
    delivered: Type.Boolean(),
    /** the right credentials were accepted by the same service */
    control: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Anonymous = Static<typeof Anonymous>;

const LISTEN_MS = 800;

export async function tryAnonymously(probe: Probe, each: MqttFunction): Promise<Anonymous> {
  const control = await controlOf(probe, each);
  const connected = await probe.mqtt.connect(each.service, { client: 'none' });
  const none = { granted: false, messages: 0, published: 'not-tried', delivered: false, control } as const;
  if (!connected.ok) return none;
  const session = connected.answer;
  if (session.returnCode !== 0) {
    await session.close();
    return { ...none, returnCode: session.returnCode };
  }
  const { granted } = await session.subscribe(each.request.topic);
  const mark = `hearthward-${madeUp()}`;
  let published: Anonymous['published'] = 'not-tried';
  if (each.kind === 'publish' && probe.target.authorisation.changes) {
    const { acknowledged } = await session.publish(concrete(each.request.topic), mark);
    published = acknowledged ? 'acknowledged' : 'not-acknowledged';
  }
  await probe.clock.wait(LISTEN_MS);
  const received = session.received();
  const delivered = received.some((message) => message.payload === mark);
  await session.close();
  return {
    returnCode: 0,
    granted,
    messages: received.filter((message) => message.payload !== mark).length,
    published,
    delivered,
    control,
  };
}

export type Access = 'open' | 'closed' | 'unknown';

/** What the attempt proves. Pure. */
export function accessOf(tried: Anonymous): Access {
  if (tried.messages > 0 || tried.delivered) return 'open';
  if (tried.returnCode === undefined) return 'unknown';
  if (tried.returnCode === 4 || tried.returnCode === 5) return 'closed';
  if (tried.returnCode !== 0) return 'unknown';
  // Connected, but neither heard nor trusted with anything.
  return !tried.granted && tried.published !== 'acknowledged' ? 'closed' : 'unknown';
}

/** Wildcards are for subscriptions; a message needs a plain topic. */
const concrete = (topic: string): string => topic.replaceAll('+', 'hearthward').replaceAll('#', 'hearthward');

async function controlOf(probe: Probe, each: MqttFunction): Promise<boolean> {
  const guard = guardOf(probe.declaration, each);
  if (guard === undefined || probe.target.accounts?.[guard.id] === undefined) return false;
  return (await probe.login.attempt(guard.id)).kind === 'in';
}
