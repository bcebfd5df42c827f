import { randomBytes } from 'node:crypto';
import type { Channel } from '../channel/channel.ts';
import { every } from '../driver/every.ts';
import type { OpenProduct } from '../processes/product.ts';
import type { ControlLine } from '../processes/control/line.ts';
import type { Clock, DeviceState } from '../seams.ts';
import { telemetryOf } from '../telemetry/sending.ts';
import type { DeviceParts } from '../parts.ts';
import { openPrivacy, type Privacy, type PrivacyWorld } from './privacy.ts';

/** How often telemetry looks for fields that are due; none is sent more often than declared. */
const TELEMETRY_EVERY = 1_000;

/** The room of a running device, and the telemetry that leaves it by what people allow. */
export const standPrivacy = (
  world: Pick<PrivacyWorld, 'declaration' | 'store' | 'clock' | 'record' | 'fault'> & {
    readonly parts: DeviceParts;
    readonly channel: Channel;
    readonly product: OpenProduct;
    /** by which telemetry is dated */
    readonly dated: Clock;
    readonly state: () => DeviceState;
    readonly control: ControlLine | undefined;
    readonly failedLogins: () => number;
  },
): Privacy & { readonly begin: () => () => Promise<void> | void } => {
  const { declaration, store, parts, channel, product, fault } = world;
  const privacy = openPrivacy({
    declaration,
    store,
    clock: world.clock,
    // no key: the room says what it draws
    random: (bytes) => randomBytes(bytes),
    parts,
    channel,
    forget: (items) => product.functions.forget?.(items),
    record: world.record,
    fault,
  });
  channel.listen('told', privacy.hear);
  const sendTelemetry = telemetryOf({
    declaration,
    store,
    now: world.dated.now,
    decide: parts.telemetry,
    seal: parts.parcels,
    discarded: world.control?.discarded,
    values: () => ({ 'failed-logins': world.failedLogins(), ...product.telemetry() }),
    flows: privacy.flows,
    say: (body) => channel.say('telemetry', body).catch(fault),
  });
  const tick = (): void => {
    if (world.state() !== 'initialised') return;
    privacy.tick().then(sendTelemetry).catch(fault);
  };
  return { ...privacy, begin: () => every(TELEMETRY_EVERY, tick, fault) };
};
