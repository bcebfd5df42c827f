import type { X509Certificate } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import { topicsOf } from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import type { Authority } from '../authority/authority.ts';
import type { AlgorithmPolicy } from '../enrolment/algorithms.ts';
import type { Log } from '../front/log.ts';
import type { Custody } from '../registry/custody.ts';
import { sortMessage } from '../privacy/kept/sort.ts';
import type { Privacy, WordRefusal } from '../privacy/privacy.ts';
import type { Registry } from '../registry/devices.ts';
import type { Store } from '../store/open.ts';
import { recordObserved } from '../telemetry/events.ts';
import type { Ingest } from '../telemetry/ingest.ts';
import { type MessageRefusal, readEvent, readPrivacy, readSeal, readTelemetry } from '../telemetry/validate.ts';

/** What the transport asks: who a certificate is, and what becomes of a message. Nothing here knows MQTT. */
export interface BusParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly algorithms: Pick<AlgorithmPolicy, 'speaks'>;
  readonly registry: Registry;
  readonly custody: Custody;
  readonly ingest: Ingest;
  readonly privacy: Pick<Privacy, 'hear' | 'newsFor' | 'settled'>;
  readonly clock: Clock;
  readonly declarations: readonly Declaration[];
  readonly log: Log;
}

export interface Identity {
  readonly deviceId: string;
  /** of the certificate, lower-case hex */
  readonly serial: string;
  readonly notAfter: number;
  readonly declaration: Declaration;
}

/** The device that a certificate names, where the certificate is its live operational one and the device is in service. */
export async function identify(
  { store, algorithms, custody, clock, declarations }: BusParts,
  certificate: X509Certificate | undefined,
): Promise<Identity | undefined> {
  if (!certificate || !(await algorithms.speaks(certificate))) return undefined;
  const serial = certificate.serialNumber.toLowerCase();
  const row = await store.db
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.device_id', 'certificates.device_id')
    .select([
      'certificates.device_id',
      'certificates.status',
      'certificates.not_before',
      'certificates.not_after',
      'devices.product_id',
    ])
    .where('certificates.serial', '=', serial)
    .where('certificates.fingerprint', '=', certificate.fingerprint256.replaceAll(':', '').toLowerCase())
    .where('certificates.kind', '=', 'operational')
    .executeTakeFirst();
  const declaration = declarations.find(({ product }) => product.id === row?.product_id);
  if (!row || !declaration) return undefined;
  const now = clock.now();
  // G045 AU-1-10: revoked and superseded certificates are refused although they still verify, in a resumed session too
  const refused = custody.refused(serial);
  if (refused || row.status !== 'live') {
    const detail = { serial, status: refused ?? row.status, at: 'messages' };
    await recordObserved(store.db, row.device_id, now, 'ended-certificate-used', detail);
    return undefined;
  }
  if (now < row.not_before || now > row.not_after) return undefined;
  return { deviceId: row.device_id, serial, notAfter: row.not_after, declaration };
}

/** `parted`: the device is reset, and what it connected with is over once it is answered */
export type Received = 'stored' | 'seen-before' | 'parted' | 'topic-refused' | WordRefusal | MessageRefusal;

/**
 * Resolves when the message, or that it was refused, is on the disk. A message that breaks the declaration is answered like
 * any other: MQTT 3.1.1 has no refusal but ending the connection, and the device would send the same again for ever.
 */
export async function receive(
  parts: BusParts,
  identity: Identity,
  topic: string,
  payload: Uint8Array,
): Promise<Received> {
  const { ingest, privacy, custody, store, clock } = parts;
  const { deviceId, declaration } = identity;
  if (clock.now() > identity.notAfter) return 'topic-refused';
  const own = topicsOf(deviceId);
  switch (topic) {
    case own.telemetry: {
      const read = readTelemetry(payload, declaration);
      // whose it is and what they allowed was said before it, and may be on its way to the disk still
      await privacy.settled(deviceId);
      if (read.ok) return ingest.telemetry(deviceId, sortMessage(read.message, declaration), read.at);
      return refused(read.code);
    }
    case own.events: {
      const read = readEvent(payload);
      if (read.ok) return ingest.event(deviceId, read.message, read.at);
      return refused(read.code);
    }
    case own.seals: {
      const read = readSeal(payload);
      if (read.ok) return ingest.seal(deviceId, read.message);
      return refused(read.code);
    }
    case own.privacy: {
      const read = readPrivacy(payload);
      if (!read.ok) return refused(read.code);
      const { word } = read.message;
      if (word.kind === 'reset-here') {
        // what it said before, of erasures too, is heard first
        await privacy.settled(deviceId);
        await custody.part(identity, word.scrap);
        return 'parted';
      }
      const heard = await privacy.hear(deviceId, word);
      return heard === 'stored' ? heard : refused(heard);
    }
    default:
      return 'topic-refused';
  }

  async function refused(code: MessageRefusal | WordRefusal): Promise<Received> {
    await recordObserved(store.db, deviceId, clock.now(), 'message-refused', { code });
    return code;
  }
}
