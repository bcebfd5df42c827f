import { randomBytes, X509Certificate } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import { type FactoryBundle, IdentityRequest, type Label } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { type Clock, iso } from '../clock.ts';
import type { Authority } from '../authority/authority.ts';
import { readRequest, type RequestRefusal } from '../authority/x509.ts';
import { audit } from '../operators/audit.ts';
import type { Query, Store } from '../store/open.ts';
import { type BatchRefusal, checkBatch, DEVICE_COST, makePassword, recordOf } from './passwords.ts';

/**
 * The factory station: gives a new device its identity, its trust and its label, once. The device makes its keys itself;
 * the password is on the label alone, the device gets its argon2id record, and nothing here keeps either.
 */
export interface Factory {
  readonly makeDevice: (request: unknown, station: Station) => Promise<Made>;
  /** labels of a batch that is never sold, for assessors: CSV with serial, mac and password */
  readonly samplePasswords: (count: number) => Promise<string>;
}
export interface Station {
  readonly operator: string;
  readonly batch: string;
  /** the panel's address as the label prints it; by default the product's name in the local network */
  readonly address?: string;
}
export type Made =
  | { readonly ok: true; readonly bundle: FactoryBundle; readonly label: Label }
  | { readonly ok: false; readonly code: MakeRefusal; readonly because: string };
export type MakeRefusal =
  | RequestRefusal
  | BatchRefusal['code']
  | 'request-invalid'
  | 'product-unknown'
  | 'panel-certificate-unreadable'
  | 'serial-already-made';

export interface FactoryParts {
  readonly store: Store;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly declarations: readonly Declaration[];
  readonly services: () => FactoryBundle['services'];
}

export function openFactory(parts: FactoryParts): Factory {
  return {
    makeDevice: (request, station) => makeDevice(parts, request, station),
    samplePasswords: (count) => samplePasswords(parts, count),
  };
}

async function makeDevice(parts: FactoryParts, hostile: unknown, station: Station): Promise<Made> {
  const { store, authority, clock } = parts;
  if (!Value.Check(IdentityRequest, hostile)) return refuse('request-invalid', 'the request does not hold its schema');
  const declaration = parts.declarations.find(({ product }) => product.id === hostile.productId);
  if (!declaration) return refuse('product-unknown', `no product ${hostile.productId} is declared here`);
  const fingerprint = fingerprintOf(hostile.panelCertificate);
  if (!fingerprint) return refuse('panel-certificate-unreadable', 'the panel’s certificate cannot be read');
  const csr = await readRequest(hostile.csr);
  if (!csr.ok) return csr;
  if (await isMade(store.db, hostile.serial)) return alreadyMade(hostile.serial);

  const password = makePassword(hostile);
  const mistake = checkBatch([{ ...hostile, password }]);
  if (mistake) return { ok: false, ...mistake };
  // EN 303 645 5.6-2: the name that the network sees says nothing of serial, model or time
  const deviceId = randomBytes(DEVICE_ID_BYTES).toString('hex');
  const identity = await authority.issueInitial(csr.publicKey, deviceId, hostile.serial);
  const initialPassword = await recordOf(password, DEVICE_COST);
  const now = clock.now();
  const kept = await store.transaction(async (tx) => {
    // EN 303 645 5.4-2, G045 AU-3-1: one identity per serial; a second device with the same one is a copy
    if (await isMade(tx, hostile.serial)) return false;
    await tx
      .insertInto('devices')
      .values({
        device_id: deviceId,
        product_id: hostile.productId,
        serial: hostile.serial,
        mac: hostile.mac,
        batch: station.batch,
        fingerprint,
        made_at: now,
        epoch: 0,
        enrolled_at: null,
        revoked_at: null,
      })
      .execute();
    await tx.insertInto('device_state').values({ device_id: deviceId, connected: 0, last_seen: null }).execute();
    const { serial, notBefore, notAfter, fingerprint: of } = identity;
    await tx
      .insertInto('certificates')
      .values({
        serial,
        device_id: deviceId,
        kind: 'initial',
        status: 'live',
        not_before: notBefore,
        not_after: notAfter,
        fingerprint: of,
      })
      .execute();
    await audit(tx, now, {
      actor: station.operator,
      action: 'device-made',
      subject: deviceId,
      detail: { serial: hostile.serial, batch: station.batch },
    });
    return true;
  });
  if (!kept) return alreadyMade(hostile.serial);

  return {
    ok: true,
    bundle: {
      v: 1,
      deviceId,
      serial: hostile.serial,
      initialIdentity: [...identity.chainPem],
      anchors: [authority.anchorsPem],
      initialPassword,
      services: parts.services(),
      madeAt: iso(now),
    },
    label: {
      model: declaration.product.model.designation,
      serial: hostile.serial,
      password,
      fingerprint,
      address: station.address ?? addressOf(declaration),
    },
  };
}

/** 80 bits: two devices get the same with a chance of 1 in 10^12 after a million devices */
const DEVICE_ID_BYTES = 10;

const refuse = (code: MakeRefusal, because: string): Made => ({ ok: false, code, because });
const alreadyMade = (serial: string) => refuse('serial-already-made', `a device with serial ${serial} was made before`);

async function isMade(query: Query, serial: string): Promise<boolean> {
  const row = await query.selectFrom('devices').select('device_id').where('serial', '=', serial).executeTakeFirst();
  return row !== undefined;
}

function fingerprintOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    return undefined;
  }
}

function addressOf({ product, softwareServices }: Declaration): string {
  const port = softwareServices.find(({ protocol }) => protocol === 'https')?.port ?? HTTPS_PORT;
  return `https://${product.id}.local${port === HTTPS_PORT ? '' : `:${port}`}`;
}
const HTTPS_PORT = 443;

// EN 303 645 5.1-2: what an assessor's statistics need, made by the same code as every label
async function samplePasswords({ store, clock }: FactoryParts, count: number): Promise<string> {
  const wanted = Math.min(Math.max(Math.trunc(count) || 0, 0), SAMPLES_MOST);
  const rows = Array.from({ length: wanted }, (_, index) => {
    // 02: locally administered, so that no sample bears the address of a real interface
    const mac = `02:${randomBytes(5)
      .toString('hex')
      .replaceAll(/(..)(?=.)/g, '$1:')}`;
    const carrier = { serial: `SAMPLE${String(index + 1).padStart(6, '0')}`, mac };
    return { ...carrier, password: makePassword(carrier) };
  });
  await audit(store.db, clock.now(), {
    actor: 'factory',
    action: 'samples-made',
    subject: 'labels',
    detail: { count: wanted },
  });
  return ['serial,mac,password', ...rows.map((r) => `${r.serial},${r.mac},${r.password}`), ''].join('\n');
}
const SAMPLES_MOST = 100_000;
