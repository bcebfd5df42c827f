import { X509Certificate } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import {
  isSigned,
  SETUP_STATEMENT,
  type SetupStatement,
  type SignedSetupStatement,
  statusOf,
} from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import type { Query } from '../store/open.ts';
import type { Registry } from '../registry/devices.ts';
import { releasesIn } from '../updates/release/propose.ts';
import { hasRepository, openUpdateRoom } from '../updates/repository/room.ts';
import { readState } from '../updates/repository/state.ts';
import { rolloutsOf } from '../updates/rollout/rows.ts';
import type { Knocking, ReleaseFacts, SetupFacts } from './decide.ts';

/** What the services hold of a device, from their own side. */
export interface FactsWorld {
  readonly db: Query;
  readonly clock: Clock;
  readonly registry: Pick<Registry, 'find'>;
  readonly declarations: readonly Declaration[];
  /** the folder of updates */
  readonly updates: string;
}

/** Who knocks with this certificate, as the register has it; `serial` is lower-case hex. */
export async function knocking(db: Query, serial: string): Promise<Knocking & { readonly row?: KnownCertificate }> {
  const row = await db
    .selectFrom('certificates')
    .innerJoin('devices', 'devices.device_id', 'certificates.device_id')
    .select([
      'certificates.device_id',
      'certificates.kind',
      'certificates.status',
      'certificates.not_before',
      'certificates.not_after',
      'devices.revoked_at',
      'devices.held_at',
    ])
    .where('certificates.serial', '=', serial)
    .executeTakeFirst();
  if (!row) return { certificate: undefined, revoked: false, held: false };
  const [notBefore, notAfter] = [Number(row.not_before), Number(row.not_after)];
  return {
    certificate: { kind: row.kind, status: row.status, notAfter },
    revoked: row.revoked_at !== null,
    held: row.held_at !== null,
    row: { deviceId: row.device_id, notBefore, notAfter },
  };
}
export interface KnownCertificate {
  readonly deviceId: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Undefined where the product of the device is not declared here any more. */
export async function factsOf(
  world: FactsWorld,
  known: KnownCertificate,
  given: {
    readonly statement: SetupStatement;
    readonly signed: SignedSetupStatement;
    readonly tls: SetupFacts['tls'];
  },
): Promise<SetupFacts | undefined> {
  const now = world.clock.now();
  const device = await world.registry.find(known.deviceId);
  const declaration = world.declarations.find(({ product }) => product.id === device?.productId);
  if (!device || !declaration) return undefined;
  const { statement, signed, tls } = given;
  return {
    now,
    certificate: known,
    identityProven: await isIdentity(world.db, known.deviceId, signed),
    software: {
      declared: declaration.product.softwareVersion,
      releases: await releasesOf(world, declaration.product.id),
    },
    supportUntil: declaration.support.until,
    contact: { connected: device.state === 'connected', lastSeen: device.lastSeen },
    logDoubted: device.doubtedAt !== undefined,
    tls,
    groupUsable: statusOf('key-agreement', statement.tls.group, now) !== 'refused',
    statement,
  };
}

/** Signed by the key of the very certificate that the factory had made for this device. Hostile: false where unreadable. */
// G045 AU-3-1, EN 303 645 5.4-2: the operational key, which core has, is not enough to be the device that was made
async function isIdentity(db: Query, deviceId: string, signed: SignedSetupStatement): Promise<boolean> {
  const shown = identityIn(signed.certificate);
  if (!shown) return false;
  const row = await db
    .selectFrom('certificates')
    .select('fingerprint')
    .where('device_id', '=', deviceId)
    .where('kind', '=', 'initial')
    .where('status', '=', 'live')
    .where('fingerprint', '=', shown.fingerprint)
    .executeTakeFirst();
  return row !== undefined && isSigned(SETUP_STATEMENT, { ...signed, key: shown.key });
}

function identityIn(der: string): { readonly fingerprint: string; readonly key: string } | undefined {
  try {
    const { fingerprint256, publicKey } = new X509Certificate(Buffer.from(der, 'base64'));
    return {
      fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
      key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    };
  } catch {
    return undefined;
  }
}

/** What is published for the product, newest last, and how far each is on its way. */
async function releasesOf({ db, clock, updates }: FactsWorld, product: string): Promise<readonly ReleaseFacts[]> {
  const state = hasRepository(updates) ? readState(openUpdateRoom(updates, clock).files) : undefined;
  if (!state) return [];
  const phases = new Map((await rolloutsOf(db, product)).map(({ version, state: { phase } }) => [version, phase]));
  return releasesIn(state, product).map(({ version, risksRemoved }) => {
    const phase = phases.get(version);
    const risks = risksRemoved.flatMap(({ id, severity }) => (severity === 'none' ? [] : [id]));
    return { version, risks, ...(phase ? { phase } : {}) };
  });
}
